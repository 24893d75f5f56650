# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which keys of a Secret may be named: some programs keep users, or the tokens themselves, in the keys."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .names import names

#: Words that keys are made of. One with another word in it is counted and not named.
WORDS = names(
    """
    access accesskey account additional admin alertmanager api apikey auth aws azure basic bearer before bucket ca
    cert certificate client conf config configuration configs connection container credentials crt data database
    datasource datasources db default dockercfg dockerconfigjson encryption endpoint endpoints file gcp gcs google
    grafana gz header host http id ini json jwt key keys ldap login minio name namespace oauth object objectstorage
    objstore passphrase passwd password pem port postgres private privatekey prometheus public redis region replaced
    root s3 scrape secret secretkey server service session ssh ssl storage store string thanos tls token toml
    tracing txt type uri url user username value web yaml yml
    """
)


#: Names of files, in letters.
FILE = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}\.(cert|conf|crt|ini|json|pem|properties|toml|txt|ya?ml)")


def is_known_key(key: str) -> bool:
    """Return whether a key is made of ordinary words, such as access-key or rootPassword, or is the name of a file."""
    if FILE.fullmatch(key):
        return True
    parts = re.split(r"[._-]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", key).lower().strip("._-"))
    return all(word in WORDS or word.rstrip("0123456789") in WORDS for word in parts)


def key_names(keys: Iterable[str]) -> str:
    """Return the keys of a Secret for people: the ordinary ones by name, others by their number."""
    every = sorted(keys)
    known = [key for key in every if is_known_key(key)]
    others = len(every) - len(known)
    if others:
        known.append(f"{others} {'more ' if known else ''}that {'is' if others == 1 else 'are'} not named here")
    return ", ".join(known) or "none"

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether objects exist that others make and the run needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..k8s.finding import Finding
from ..k8s.resources import DEPLOYMENT, SECRET
from ..objstore.secret import read_existing
from ..redaction.secret_keys import key_names
from ..requests.errors import ClusterError
from .dry_run import is_denied, message_of

if TYPE_CHECKING:
    from ..k8s.client import Cluster

#: Kinds that a run may need and does not make.
EXPECTED = {resource.kind: resource for resource in (SECRET, DEPLOYMENT)}


def expected_finding(cluster: Cluster, is_error: bool, expected: Mapping[str, Any]) -> Finding | None:
    """Return a finding where an object, or the key of it that is needed, is missing.

    Expected has kind, namespace, name, key (may be empty) and the option that names it. Whether a missing object is
    an error is for the caller to say: in check mode it may just not have been made yet.
    """
    where = f"{expected['kind']} {expected['namespace']}/{expected['name']}"
    remedy = f"Create it, or correct {expected['option']}."
    try:
        found = cluster.get(EXPECTED[expected["kind"]], expected["name"], expected["namespace"])
    except ClusterError as error:
        return None if is_denied(error) else Finding(where, message_of(error), "")
    if found is None:
        return Finding(where, "it does not exist.", remedy, is_error)
    keys = found.get("data") or {}
    if expected.get("key") and expected["key"] not in keys:
        what = f"it has no key {expected['key']}; its keys: {key_names(keys)}."
        return Finding(where, what, f"Add the key, or correct {expected['option']}.")
    return None


def objstore_secret_finding(cluster: Cluster, secret: Mapping[str, str] | None, is_error: bool) -> Finding | None:
    """Return a finding where the object-store Secret that somebody else writes is missing or wrong.

    Secret has namespace, name and key. It is not tried whether the object store takes what is in it.
    """
    if not secret:
        return None
    where = f"Secret {secret['namespace']}/{secret['name']}"
    try:
        if cluster.get(SECRET, secret["name"], secret["namespace"]) is None:
            what = "it does not exist."
            remedy = "Create it with the object-store configuration, or correct thanos_objstore_existing_secret."
            return Finding(where, what, remedy, is_error)
        read_existing(cluster, secret["namespace"], secret["name"], secret["key"], probe=False, cluster_domain="")
    except ClusterError as error:
        return None if is_denied(error) else Finding(where, str(error), "Correct it, or thanos_objstore_secret_field.")
    return None

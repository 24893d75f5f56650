# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets of the cluster: read with checks, kept once made. No value of theirs is ever in an error's text."""

from __future__ import annotations

import base64
import binascii
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..redaction.secret_keys import key_names
from ..requests.errors import ClusterError, ConflictError
from .client import Cluster
from .objects import Object
from .resources import NAMESPACE, SECRET

LETTERS_AND_DIGITS = string.ascii_letters + string.digits
MANAGED_BY = {"app.kubernetes.io/part-of": "thanos", "app.kubernetes.io/managed-by": "observability.thanos"}


def generate() -> str:
    """Return a new random secret: 40 letters and digits, which no shell, URL or YAML file misreads."""
    return "".join(secrets.choice(LETTERS_AND_DIGITS) for _letter in range(40))


def encode(text: str) -> str:
    """Return text as it stands in a Secret's data."""
    return base64.b64encode(text.encode()).decode()


def field(secret: Object, key: str) -> str:
    """Return the text under a key of a Secret; an error names the Secret and the key."""
    where = f"Secret {secret['metadata']['namespace']}/{secret['metadata']['name']}"
    data = secret.get("data") or {}
    if key not in data:
        raise ClusterError(f"{where} has no key {key}; its keys: {key_names(data)}.")
    try:
        text = base64.b64decode(data[key], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ClusterError(f"{where}: the content of key {key} is not text (base64 of UTF-8).") from None
    if not text:
        raise ClusterError(f"{where}: the content of key {key} is empty.")
    return text


def read(cluster: Cluster, namespace: str, name: str) -> Object:
    """Return a Secret that has to be there."""
    secret = cluster.get(SECRET, name, namespace)
    if secret is None:
        raise ClusterError(f"Secret {namespace}/{name} does not exist.")
    return secret


@dataclass(frozen=True)
class Entry:
    """One key of a Secret: the value given by the user (None: keep what is there), and what makes the first one."""

    given: str | None
    first: Callable[[], str]


def ensure_namespace(cluster: Cluster, name: str) -> bool:
    """Create the namespace where it is missing; True if it was."""
    if cluster.get(NAMESPACE, name) is not None:
        return False
    try:
        cluster.create(
            NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": MANAGED_BY}}
        )
    except ConflictError:  # Somebody else was faster.
        return False
    return True


def ensure(
    cluster: Cluster, namespace: str, name: str, entries: Mapping[str, Entry], labels: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    """Make the Secret hold the entries and return ("created", "changed" or nothing, its text by key).

    What exists is kept unless a value is given; other keys and labels stay. A Secret that was made
    elsewhere has to hold every key already: guessing under which other name the value stands would be worse.
    """
    current = cluster.get(SECRET, name, namespace)
    if current is None:
        texts = {key: entry.first() if entry.given is None else entry.given for key, entry in entries.items()}
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace, "labels": {**labels, **MANAGED_BY}},
            "type": "Opaque",
            "data": {key: encode(text) for key, text in texts.items()},
        }
        try:
            _create(cluster, namespace, body)
        except ConflictError:  # Another play made it meanwhile: its values are the ones.
            return ensure(cluster, namespace, name, entries, labels)
        return "created", texts
    texts = {key: field(current, key) if entry.given is None else entry.given for key, entry in entries.items()}
    data = {**(current.get("data") or {}), **{key: encode(text) for key, text in texts.items()}}
    if data == current.get("data"):
        return "", texts
    try:
        cluster.replace(SECRET, {**current, "data": data})
    except ConflictError:
        return ensure(cluster, namespace, name, entries, labels)
    return "changed", texts


def _create(cluster: Cluster, namespace: str, body: Object) -> None:
    # A dry run cannot create anything in a namespace that is itself only a dry run.
    if cluster.dry_run and cluster.get(NAMESPACE, namespace) is None:
        return
    cluster.create(SECRET, body)

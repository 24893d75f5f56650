# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Secret of ours that keeps what Grafana's provisioning files were before our changes."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..k8s.client import FIELD_MANAGER, Cluster
from ..k8s.objects import Object
from ..k8s.ownership import MANAGED_BY_LABEL, has_our_label, objection
from ..k8s.resources import SECRET
from ..requests.errors import ClusterError
from .datasource import entries
from .document import DocumentError, decode, encode
from .original import Backup, Managed

SUFFIX = "-before-thanos"
_LABELS = {MANAGED_BY_LABEL: FIELD_MANAGER, "app.kubernetes.io/part-of": "thanos"}


class NotOursError(ClusterError):
    """The Secret is not this collection's to change or remove."""


@dataclass(frozen=True)
class Copy:
    """The Secret as it is now, None where there is none, and the backup of each file."""

    namespace: str
    #: Name of Grafana's Secret.
    secret: str
    live: Object | None = None
    backups: Mapping[str, Backup] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Return the words that errors name it by."""
        return _where(self.namespace, self.secret)


def read(cluster: Cluster, namespace: str, secret: str) -> Copy:
    """Return the copy that belongs to a Secret of Grafana; of one without our label nothing is taken."""
    live = cluster.get(SECRET, secret + SUFFIX, namespace)
    if live is None or not has_our_label(live):
        return Copy(namespace, secret, live)
    data = live.get("data") or {}
    keys = [key for key in data if _state_key(key) in data]
    backups = {key: _backup(data[key], data[_state_key(key)], _where(namespace, secret), key) for key in keys}
    return Copy(namespace, secret, live, backups)


def write(cluster: Cluster, found: Copy, backups: Mapping[str, Backup | None]) -> str:
    """Make the backup of each file so, or take it away; return "created", "changed", "removed" or nothing."""
    before = (found.live or {}).get("data") or {}
    data = dict(before)
    for key, backup in backups.items():
        if backup == found.backups.get(key):
            continue
        data.pop(key, None)
        data.pop(_state_key(key), None)
        data.update(_data(key, backup) if backup is not None else {})
    if data == before:
        return ""
    if found.live is None:
        cluster.create(SECRET, _new(found, data))
        return "created"
    reason = objection(found.live)
    if reason:
        raise NotOursError(
            f"{found.where} is not ours: {reason}. Its name is the one under which the earlier content of "
            f"{found.secret} is kept: rename or remove it."
        )
    if not data:
        cluster.delete(SECRET, found.secret + SUFFIX, found.namespace)
        return "removed"
    cluster.replace(SECRET, {**copy.deepcopy(found.live), "data": data})
    return "changed"


def _where(namespace: str, secret: str) -> str:
    return f"Secret {namespace}/{secret}{SUFFIX}"


def _new(found: Copy, data: dict[str, str]) -> Object:
    metadata = {"name": found.secret + SUFFIX, "namespace": found.namespace, "labels": dict(_LABELS)}
    return {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": data}


def _backup(value: str, state: str, where: str, key: str) -> Backup:
    """Return what we wrote, checked; the error quotes nothing of it."""
    try:
        noted = json.loads(decode(state))
        backup = Backup(value, noted.get("whole", True), tuple(map(_managed, noted["managed"])))
        for section in ("datasources", "deleteDatasources"):
            entries(backup.document, section)
    except (DocumentError, ValueError, LookupError, TypeError, AttributeError):
        backup = None
    if backup is None:
        raise ClusterError(
            f"{where} does not hold what this collection wrote under its keys {key} and {_state_key(key)}. Nothing was "
            "changed. Restore that Secret; or remove it, then the earlier content of Grafana's Secret is lost."
        )
    return backup


def _managed(noted: Mapping[str, Any]) -> Managed:
    wrote = {tuple(each["path"]): tuple(each["digests"]) for each in noted.get("wrote", [])}
    if not isinstance(noted["name"], str) or not isinstance(noted["org_id"], int):
        raise TypeError("no name and number")
    return Managed(noted["name"], noted["org_id"], wrote, None if wrote else str(noted["url"]))


def _data(key: str, backup: Backup) -> dict[str, str]:
    state = {"whole": backup.whole, "managed": [_noted(one) for one in backup.managed]}
    return {key: backup.value, _state_key(key): encode(json.dumps(state))}


def _noted(one: Managed) -> dict[str, Any]:
    noted: dict[str, Any] = {"name": one.name, "org_id": one.org_id}
    if one.url is not None:
        return {**noted, "url": one.url}
    return {**noted, "wrote": [{"path": path, "digests": digests} for path, digests in one.wrote.items()]}


def _state_key(key: str) -> str:
    return key + ".state"

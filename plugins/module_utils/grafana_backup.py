# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Secret of ours that keeps what a Grafana provisioning file was before our first change."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.cluster import (
    SECRET,
    Cluster,
    ClusterError,
    Object,
)
from ansible_collections.observability.thanos.plugins.module_utils.grafana_datasource import Datasource, escape, find
from ansible_collections.observability.thanos.plugins.module_utils.grafana_document import (
    Document,
    decode,
    encode,
    parse,
)

SUFFIX = "-before-thanos"
MANAGED_BY = "app.kubernetes.io/managed-by"
_LABELS = {MANAGED_BY: "observability.thanos", "app.kubernetes.io/part-of": "thanos"}


@dataclass(frozen=True)
class Managed:
    """A datasource that we added or changed, and the url we wrote: with another url it is no longer ours."""

    name: str
    org_id: int
    url: str


@dataclass(frozen=True)
class Backup:
    """What one key of Grafana's Secret was, and which of its datasources are ours since."""

    #: The value as the Secret had it, base64: it goes back byte for byte.
    value: str
    managed: tuple[Managed, ...] = ()

    @property
    def document(self) -> Document:
        """Return what the original means."""
        return parse(decode(self.value))[0]

    def url(self, wanted: Datasource) -> str | None:
        """Return the url that we wrote for this datasource, None if it is not one of ours."""
        return next((one.url for one in self.managed if (one.name, one.org_id) == (wanted.name, wanted.org_id)), None)

    def holds_for(self, document: Document) -> bool:
        """Return whether one of our datasources is still in the document; if none is, it was written anew."""
        found = ((find(document, one.name, one.org_id), one.url) for one in self.managed)
        return any(entry is not None and entry.get("url") == url for entry, url in found)

    def with_datasource(self, wanted: Datasource) -> Backup:
        """Return the backup with this datasource among ours."""
        managed = Managed(wanted.name, wanted.org_id, escape(wanted.url))
        return replace(self, managed=(*self.without(wanted).managed, managed))

    def without(self, wanted: Datasource) -> Backup:
        """Return the backup without this datasource."""
        key = (wanted.name, wanted.org_id)
        return replace(self, managed=tuple(one for one in self.managed if (one.name, one.org_id) != key))


def read(cluster: Cluster, namespace: str, secret: str, key: str) -> Backup | None:
    """Return the backup of one key, None where there is none."""
    found = _get(cluster, namespace, secret)
    data = (found or {}).get("data") or {}
    if key not in data or _state_key(key) not in data:
        return None
    managed = json.loads(decode(data[_state_key(key)]))["managed"]
    return Backup(data[key], tuple(Managed(**one) for one in managed))


def write(cluster: Cluster, namespace: str, secret: str, key: str, backup: Backup | None) -> str:
    """Make the backup of one key so, or take it away; return "created", "changed", "removed" or nothing."""
    found = _get(cluster, namespace, secret)
    if found is None:
        if backup is None:
            return ""
        cluster.create(SECRET, _new(namespace, secret, _data(key, backup)))
        return "created"
    body: dict[str, Any] = copy.deepcopy(found)
    data = {name: value for name, value in (body.get("data") or {}).items() if name not in (key, _state_key(key))}
    if backup is not None:
        data.update(_data(key, backup))
    if data == (found.get("data") or {}):
        return ""
    if not data:
        cluster.delete(SECRET, secret + SUFFIX, namespace)
        return "removed"
    body["data"] = data
    cluster.replace(SECRET, body)
    return "changed"


def _get(cluster: Cluster, namespace: str, secret: str) -> Object | None:
    found = cluster.get(SECRET, secret + SUFFIX, namespace)
    if found is not None and (found["metadata"].get("labels") or {}).get(MANAGED_BY) != _LABELS[MANAGED_BY]:
        raise ClusterError(
            f"Secret {namespace}/{secret}{SUFFIX} is not ours (its label {MANAGED_BY} is not {_LABELS[MANAGED_BY]}), "
            f"but its name is the one under which the earlier content of {secret} is kept: rename or remove it."
        )
    return found


def _new(namespace: str, secret: str, data: dict[str, str]) -> Object:
    metadata = {"name": secret + SUFFIX, "namespace": namespace, "labels": dict(_LABELS)}
    return {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": data}


def _data(key: str, backup: Backup) -> dict[str, str]:
    state = {"managed": [vars(one) for one in backup.managed]}
    return {key: backup.value, _state_key(key): encode(json.dumps(state))}


def _state_key(key: str) -> str:
    return key + ".state"

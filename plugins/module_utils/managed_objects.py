# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which objects are there, which of them this collection made, and what would be lost with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.observability.thanos.plugins.module_utils.apply_report import title_of
from ansible_collections.observability.thanos.plugins.module_utils.cluster import (
    FIELD_MANAGER,
    NAMESPACE,
    ClusterError,
    Resource,
)
from ansible_collections.observability.thanos.plugins.module_utils.cluster_secret import MANAGED_BY
from ansible_collections.observability.thanos.plugins.module_utils.secret_keys import key_names

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.plugins.module_utils.cluster import Cluster, Object

MANAGER_LABEL = "app.kubernetes.io/managed-by"
#: Every namespace has these, whoever made it.
IN_EVERY_NAMESPACE = {("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")}
#: What Kubernetes itself makes and removes without noting an owner.
FLEETING_KINDS = {"Endpoints", "Event"}

Identity = tuple[str, str, str]


@dataclass(frozen=True)
class Found:
    """An object that is there: what it is in words, and why it is not ours to remove (empty: it is)."""

    live: Object
    description: str
    objection: str = ""


def look_up(cluster: Cluster, manifests: Sequence[Object], removed: Sequence[Object] = ()) -> list[Found]:
    """Return the objects of these manifests that are there.

    A manifest with generateName and labels stands for every object with such a name and these labels. What is in
    removed goes together with them, so it does not keep a namespace.
    """
    going = {_identity(manifest) for manifest in (*manifests, *removed)}
    live = [each for manifest in manifests for each in _live(cluster, manifest)]
    going.update(map(_identity, live))
    return [Found(each, _description(each), _objection(cluster, each, going)) for each in live]


def resource_of(manifest: Mapping[str, Any]) -> Resource:
    """Return where the API keeps objects of this kind, by the rule that Kubernetes itself guesses plurals by."""
    singular = manifest["kind"].lower()
    if singular.endswith("s"):
        plural = singular + "es"
    elif singular.endswith("y"):
        plural = singular[:-1] + "ies"
    else:
        plural = singular + "s"
    return Resource(manifest["apiVersion"], manifest["kind"], plural, "namespace" in manifest["metadata"])


def _live(cluster: Cluster, manifest: Object) -> Iterator[Object]:
    resource, metadata = resource_of(manifest), manifest["metadata"]
    namespace = metadata.get("namespace")
    if "name" in metadata:
        found = cluster.get(resource, metadata["name"], namespace)
        if found is not None:
            yield found
        return
    selector = ",".join(f"{key}={value}" for key, value in metadata["labels"].items())
    for each in cluster.list(resource, namespace, label_selector=selector):
        if each["metadata"]["name"].startswith(metadata["generateName"]):
            yield each


def _identity(manifest: Mapping[str, Any]) -> Identity:
    metadata = manifest["metadata"]
    return manifest["kind"], metadata.get("namespace") or "", metadata.get("name") or ""


def _description(live: Object) -> str:
    title = title_of(live)
    if live["kind"] == "PersistentVolumeClaim":
        status, requested = live.get("status") or {}, live["spec"]["resources"]["requests"]
        return f"{title}, {(status.get('capacity') or requested)['storage']}"
    if live["kind"] == "Secret":
        return f"{title}, keys {key_names(live.get('data') or {})}"
    return title


def _objection(cluster: Cluster, live: Object, going: set[Identity]) -> str:
    if live["kind"] == "Namespace":
        return _namespace_objection(cluster, live, going)
    labels = live["metadata"].get("labels") or {}
    # A claim from a StatefulSet's template, whose labels can never be changed: it was looked up by name and label.
    if live["kind"] == "PersistentVolumeClaim" and MANAGER_LABEL not in labels:
        return ""
    manager = labels.get(MANAGER_LABEL)
    if manager == MANAGED_BY[MANAGER_LABEL]:
        return ""
    return f"its label {MANAGER_LABEL} is {manager or 'missing'}, so it is somebody else's"


def _namespace_objection(cluster: Cluster, live: Object, going: set[Identity]) -> str:
    """A namespace takes everything in it along: it has to be ours from its beginning, and empty."""
    if not _created_by_us(live):
        return "somebody else made it"
    try:
        others = [
            title_of(each) for each in _contents(cluster, live["metadata"]["name"]) if _identity(each) not in going
        ]
    except ClusterError as error:
        return f"what is in it cannot be listed ({error})"
    return f"it also holds {', '.join(sorted(others))}" if others else ""


def _created_by_us(live: Object) -> bool:
    """Whoever creates a namespace becomes the manager of the label that the API server adds to it."""
    return any(
        entry.get("manager") == FIELD_MANAGER
        and "f:kubernetes.io/metadata.name"
        in ((entry.get("fieldsV1") or {}).get("f:metadata") or {}).get("f:labels", {})
        for entry in live["metadata"].get("managedFields") or []
    )


def _contents(cluster: Cluster, namespace: str) -> Iterable[Object]:
    """Yield what is in a namespace, but for what comes and goes with something else."""
    for resource in cluster.namespaced_kinds():
        if resource.kind in FLEETING_KINDS:
            continue
        for each in cluster.list(resource, namespace):
            is_owned = bool(each["metadata"].get("ownerReferences"))
            if not is_owned and (each["kind"], each["metadata"]["name"]) not in IN_EVERY_NAMESPACE:
                yield each


def identity_manifest(live: Object) -> Object:
    """Return just enough of an object to remove it, and nothing of its content."""
    metadata = {key: live["metadata"][key] for key in ("name", "namespace") if live["metadata"].get(key)}
    return {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": metadata}


def report(found: Sequence[Found]) -> dict[str, list[Any]]:
    """Return the module's result; a namespace comes last, since it takes along what is left."""
    ordered = sorted(found, key=lambda each: each.live["kind"] == NAMESPACE.kind)
    ours = [each for each in ordered if not each.objection]
    return {
        "definitions": [identity_manifest(each.live) for each in ours],
        "descriptions": [each.description for each in ours],
        "others": [f"{title_of(each.live)}: {each.objection}" for each in ordered if each.objection],
    }

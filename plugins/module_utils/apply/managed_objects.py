# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which objects are there, which of them this collection made, and what would be lost with them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..k8s.client import FIELD_MANAGER
from ..k8s.objects import title_of
from ..k8s.ownership import objection, removal_objection
from ..k8s.resources import CLAIM, NAMESPACE, Resource
from ..redaction.secret_keys import key_names
from ..requests.errors import ClusterError
from .claims import Claims, is_claim_name
from .namespace_contents import namespace_objection

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object


@dataclass(frozen=True)
class Found:
    """An object that is there: what it is in words, and why it is not ours to remove (empty: it is)."""

    live: Object
    description: str
    objection: str = ""

    @property
    def uid(self) -> str:
        """Return what tells the object from one of the same name before or after it."""
        return str(self.live["metadata"]["uid"])


def look_up(cluster: Cluster, manifests: Sequence[Object], removed: Sequence[Object] = ()) -> list[Found]:
    """Return the objects of these manifests that are there.

    A manifest with generateName and labels stands for every object with such a name and these labels. What is in
    removed goes together with them, so it does not keep a namespace.
    """
    claims = Claims(cluster)
    found = _found(cluster, claims, manifests)
    if not any(each.live["kind"] == NAMESPACE.kind for each in found):
        return _without_takers(claims, found)
    named = {each.uid for each in found}
    more = [each for each in _found(cluster, claims, removed) if each.uid not in named]
    whole = _without_takers(claims, [*found, *more])
    # What stays, whatever its name, keeps its namespace.
    going = {each.uid for each in whole if not each.objection}
    return [_judged_namespace(cluster, each, going) for each in whole if each.uid in named]


def _found(cluster: Cluster, claims: Claims, manifests: Iterable[Object]) -> list[Found]:
    """Return each object once, with the objections that depend on nothing else."""
    found: dict[str, Found] = {}
    for manifest in manifests:
        for live in _live(cluster, manifest):
            each = Found(live, _description(live), _objection(cluster, claims, manifest, live))
            found.setdefault(each.uid, each)
    return list(found.values())


def _objection(cluster: Cluster, claims: Claims, manifest: Object, live: Object) -> str:
    if live["kind"] == NAMESPACE.kind:
        return objection(live) if _created_by_us(live) else "somebody else made it"
    if live["kind"] == CLAIM.kind:
        metadata = manifest["metadata"]
        prefix, app = metadata.get("generateName"), (metadata.get("labels") or {}).get("app", "")
        if prefix and not is_claim_name(live["metadata"]["name"], prefix, app):
            return "its name is not one of this collection's claims"
        return claims.objection(live)
    return removal_objection(cluster, live)


def _without_takers(claims: Claims, found: Sequence[Found]) -> list[Found]:
    """Object to workloads that would take claims along which are to stay."""
    going = {each.uid for each in found if not each.objection}
    return [replace(each, objection=each.objection or taking_objection(claims, each.live, going)) for each in found]


def taking_objection(claims: Claims, workload: Object, going: Container[str] = ()) -> str:
    """Return why a workload cannot go without claims that are to stay, empty where it can."""

    def staying(found: Iterable[Object]) -> str:
        return ", ".join(title_of(each) for each in found if each["metadata"]["uid"] not in going)

    try:
        taken, owned = staying(claims.going_with(workload)), staying(claims.owned_by(workload))
    except ClusterError as error:
        return f"it cannot be told which claims would go with it ({error})"
    if taken:
        return (
            f"{taken} would go with it, since its persistentVolumeClaimRetentionPolicy.whenDeleted is Delete. "
            "Set that to Retain first"
        )
    if owned:
        return f"{owned} would go with it, since it is the owner (ownerReferences). Take that out of the claim first"
    return ""


def _judged_namespace(cluster: Cluster, each: Found, going: set[str]) -> Found:
    if each.live["kind"] != NAMESPACE.kind or each.objection:
        return each
    return replace(each, objection=namespace_objection(cluster, each.live["metadata"]["name"], going))


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


def _description(live: Object) -> str:
    title = title_of(live)
    if live["kind"] == "PersistentVolumeClaim":
        status, requested = live.get("status") or {}, live["spec"]["resources"]["requests"]
        return f"{title}, {(status.get('capacity') or requested)['storage']}"
    if live["kind"] == "Secret":
        return f"{title}, keys {key_names(live.get('data') or {})}"
    return title


def _created_by_us(live: Object) -> bool:
    """Return whether we created the namespace: what takes everything in it along has to be ours from its beginning.

    Whoever creates one becomes the manager of the label that the API server adds to it.
    """
    return any(
        entry.get("manager") == FIELD_MANAGER
        and "f:kubernetes.io/metadata.name"
        in ((entry.get("fieldsV1") or {}).get("f:metadata") or {}).get("f:labels", {})
        for entry in live["metadata"].get("managedFields") or []
    )


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

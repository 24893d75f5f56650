# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an earlier run made for a component and its manifests no longer have: shards, budgets, configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from ..k8s.ownership import objection
from ..k8s.resources import CONFIG_MAP, DEPLOYMENT, SERVICE, STATEFUL_SET, Resource

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

#: Kinds that a component's manifests may have. Volumes and Secrets hold what cannot be made again: they stay.
KINDS = (
    DEPLOYMENT,
    STATEFUL_SET,
    SERVICE,
    CONFIG_MAP,
    Resource("v1", "ServiceAccount", "serviceaccounts"),
    Resource("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
)
COMPONENT = "app.kubernetes.io/component"
INSTANCE = "app.kubernetes.io/instance"
#: Components that one stack may have several instances of, with the number of a shard or the name of a hashring at the
#: end of the name. Instances of all others have nothing to do with each other, such as the sidecars of two Prometheus.
DIVIDED = {"compact", "receive", "store"}
#: Says how the work is divided. One part of another division must not work beside the new parts.
DIVISION = "observability.thanos/shards"
OURS = {"app.kubernetes.io/managed-by": "observability.thanos", "app.kubernetes.io/part-of": "thanos"}

Manifest = Mapping[str, Any]


class Leftover(NamedTuple):
    """An object that is left over: the component it belongs to, the object, and why it is not ours (empty: it is)."""

    component: str
    live: Object
    objection: str


def find_leftovers(cluster: Cluster, manifests: Sequence[Manifest]) -> list[Leftover]:
    """Return each object of the manifests' instances that is not among them.

    Only objects with this collection's labels count, in the namespaces of the manifests. An instance that has no
    manifest at all is left alone: another play may look after it, and so is the object store, whose manifests are never
    all among these.
    """
    manifests = [manifest for manifest in manifests if not is_object_store(manifest)]
    wanted = {_identity(manifest) for manifest in manifests}
    described = [manifest for manifest in manifests if _has_our_labels(manifest)]
    selector = ",".join(f"{key}={value}" for key, value in OURS.items())
    with ThreadPoolExecutor(len(KINDS)) as pool:
        found = pool.map(lambda each: cluster.list(each[0], each[1], label_selector=selector), lists_of(manifests))
    return [
        Leftover(_component(item), item, objection(item))
        for items in found
        for item in items
        if any(_is_of_same_instance(item, manifest) for manifest in described)
        and _identity(item) not in wanted
        # The garbage collector's: it goes with its owner.
        and not item["metadata"].get("ownerReferences")
    ]


def lists_of(manifests: Sequence[Manifest]) -> list[tuple[Resource, str]]:
    """Return the kinds and namespaces in which leftovers are looked for."""
    namespaces = sorted({_namespace(manifest) for manifest in manifests if _has_our_labels(manifest)})
    return [(kind, namespace) for namespace in namespaces for kind in KINDS]


def _labels(body: Manifest) -> Mapping[str, Any]:
    labels: Mapping[str, Any] = body["metadata"].get("labels") or {}
    return labels


def _has_our_labels(manifest: Manifest) -> bool:
    labels = _labels(manifest)
    return bool(labels.get(COMPONENT)) and all(labels.get(key) == value for key, value in OURS.items())


def is_object_store(body: Manifest) -> bool:
    """Return whether it is part of the object store, which is applied apart from everything else."""
    return _component(body) == "object-store"


def _is_of_same_instance(item: Object, manifest: Manifest) -> bool:
    if (_namespace(item), _component(item)) != (_namespace(manifest), _component(manifest)):
        return False
    one, other = _instance(item), _instance(manifest)
    if _component(manifest) not in DIVIDED:
        return one == other
    whole = re.sub("-[0-9]+$", "", other)
    return one == whole or one.startswith(f"{whole}-")


def _component(body: Manifest) -> str:
    return str(_labels(body).get(COMPONENT) or "")


def _instance(body: Manifest) -> str:
    return str(_labels(body).get(INSTANCE) or "")


def _namespace(body: Manifest) -> str:
    return str(body["metadata"].get("namespace") or "")


def _identity(body: Manifest) -> tuple[str, ...]:
    division = (body["metadata"].get("annotations") or {}).get(DIVISION, "")
    return body["kind"], _namespace(body), body["metadata"]["name"], division

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether our Services would send requests to pods of somebody else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..k8s.finding import Finding
from ..k8s.objects import title_of

if TYPE_CHECKING:
    from ..k8s.objects import Object

#: Pods that have ended get no requests.
ENDED = ("Succeeded", "Failed")


def selector_of(service: Object) -> str:
    """Return the Service's selector as the API takes it, empty where it selects nothing by itself."""
    selector = (service.get("spec") or {}).get("selector") or {}
    return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))


def foreign_pods(
    service: Object, selected: Iterable[Object], manifests: Iterable[Object], are_replaced: bool = False
) -> Finding | None:
    """Return a finding where the Service selects pods that none of the manifests stands for.

    With are_replaced, pods are expected as well that a workload of the same name has, or has left, whatever its kind.
    """
    manifests = list(manifests)
    expected = (_is_expected, _is_former) if are_replaced else (_is_expected,)
    foreign = [
        pod["metadata"]["name"]
        for pod in selected
        if _lives(pod) and not any(is_one(pod, manifests) for is_one in expected)
    ]
    if not foreign:
        return None
    selector = selector_of(service)
    return Finding(
        title_of(service),
        f"its selector {selector} also selects pods of others: {', '.join(sorted(foreign))}.",
        "Take the labels from these pods or remove them: the Service would send them requests. "
        "Pods of a stack that was made by hand under the same names are replaced with thanos_adopt.",
    )


def _lives(pod: Object) -> bool:
    return not pod["metadata"].get("deletionTimestamp") and (pod.get("status") or {}).get("phase") not in ENDED


def _is_former(pod: Object, manifests: list[Object]) -> bool:
    metadata = pod["metadata"]
    owners = [owner["name"] for owner in metadata.get("ownerReferences") or []]
    # A Deployment's ReplicaSet and a StatefulSet's pod are called like the workload, with one more part.
    names = {*owners, *(name.rpartition("-")[0] for name in [*owners, metadata["name"]])}
    return any(
        manifest["kind"] in ("Deployment", "StatefulSet")
        and manifest["metadata"]["name"] in names
        and manifest["metadata"].get("namespace") == metadata.get("namespace")
        for manifest in manifests
    )


def _is_expected(pod: Object, manifests: list[Object]) -> bool:
    namespace = pod["metadata"].get("namespace")
    for owner in pod["metadata"].get("ownerReferences") or []:
        for manifest in manifests:
            name, kind = manifest["metadata"]["name"], manifest["kind"]
            if manifest["metadata"].get("namespace") != namespace:
                continue
            if owner["kind"] == kind and owner["name"] == name:
                return True
            if owner["kind"] == "ReplicaSet" and kind == "Deployment" and owner["name"].rpartition("-")[0] == name:
                return True
            # The Prometheus operator's names: prometheus-<name>, and prometheus-<name>-shard-<number>.
            if kind == "Prometheus" and f"{owner['name']}-shard-".startswith(f"prometheus-{name}-shard-"):
                return True
            # thanos-ruler-<name>. The ruler's other way, with or without the operator, is about to go.
            if kind in ("ThanosRuler", "StatefulSet") and owner["name"] == f"thanos-ruler-{name}":
                return True
            if kind == "ThanosRuler" and (owner["kind"], owner["name"]) == ("StatefulSet", name):
                return True
    return False

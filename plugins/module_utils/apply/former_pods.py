# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pods under the names that a StatefulSet of ours needs for its own: former ones of it, and those of others."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, Any

from ..k8s.finding import Finding
from ..k8s.objects import title_of
from ..k8s.ownership import controller_of, has_our_label
from ..k8s.program import container_runs, program
from ..k8s.resources import POD

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

#: Kubernetes' own, on every pod of a StatefulSet.
POD_NAME = "statefulset.kubernetes.io/pod-name"

Manifest = Mapping[str, Any]


def former_pods(cluster: Cluster, manifest: Manifest, owners: Container[str], adopt: bool) -> list[Object]:
    """Return the pods that a StatefulSet under this name has left, and that the new one cannot adopt.

    Owners are the uids of StatefulSets whose pods these may still be. Of pods without a controller, those that were
    ours, and with adopt those that run the same program, say themselves that a StatefulSet made them.
    """
    pods = _named_like_ours(cluster, manifest)
    return [pod for pod in pods if _is_former(pod, manifest, owners, adopt) and not _fits(pod, manifest)]


def foreign_pods(cluster: Cluster, manifest: Manifest, owners: Container[str], adopt: bool) -> list[Finding]:
    """Return the pods of others that have a name which the StatefulSet needs now."""
    spec = manifest["spec"]
    start = int((spec.get("ordinals") or {}).get("start") or 0)
    needed = range(start, start + int(spec.get("replicas", 1)))
    return [
        _finding(pod, manifest)
        for pod in _named_like_ours(cluster, manifest)
        if int(pod["metadata"]["name"].rpartition("-")[2]) in needed
        and not _is_former(pod, manifest, owners, adopt)
        and (controller_of(pod) is not None or not _fits(pod, manifest))
    ]


def has_template_of(live: Object, manifest: Manifest) -> bool:
    """Return whether the StatefulSet gives its pods the same claims and finds them by the same labels."""
    return claim_names(live) == claim_names(manifest) and live["spec"]["selector"] == manifest["spec"]["selector"]


def claim_names(stateful_set: Manifest) -> list[str]:
    """Return the names of the claim templates."""
    return [claim["metadata"]["name"] for claim in stateful_set["spec"].get("volumeClaimTemplates") or []]


def _named_like_ours(cluster: Cluster, manifest: Manifest) -> list[Object]:
    name, namespace = manifest["metadata"]["name"], manifest["metadata"]["namespace"]
    pattern = re.compile(rf"{re.escape(name)}-[0-9]+")
    return [pod for pod in cluster.list(POD, namespace) if pattern.fullmatch(pod["metadata"]["name"])]


def _is_former(pod: Object, manifest: Manifest, owners: Container[str], adopt: bool) -> bool:
    controller = controller_of(pod)
    if controller is not None:
        return controller.get("uid") in owners
    if _labels(pod).get(POD_NAME) != pod["metadata"]["name"]:
        return False
    wanted = program(manifest)
    return has_our_label(pod) or (adopt and any(container_runs(each, wanted) for each in pod["spec"]["containers"]))


def _fits(pod: Object, stateful_set: Manifest) -> bool:
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["spec"].get("volumes") or []
        if "persistentVolumeClaim" in volume
    }
    wanted: Mapping[str, str] = stateful_set["spec"]["selector"]["matchLabels"]
    return all(_labels(pod).get(key) == value for key, value in wanted.items()) and all(
        claims.get(name) == f"{name}-{pod['metadata']['name']}" for name in claim_names(stateful_set)
    )


def _finding(pod: Object, manifest: Manifest) -> Finding:
    controller = controller_of(pod)
    if controller is not None:
        what = f"{controller['kind']} {controller['name']} controls it"
    else:
        what = "nothing says that it is a former pod of it"
    return Finding(
        title_of(pod),
        f"it has a name that {title_of(manifest)} needs for its pods, and {what}.",
        "Remove it, or choose another namespace (thanos_namespace, minio_namespace).",
    )


def _labels(obj: Object) -> Mapping[str, str]:
    return obj["metadata"].get("labels") or {}

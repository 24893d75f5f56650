# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Prometheus object to extend, and what the Thanos components have to know of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..k8s.client import FIELD_MANAGER
from ..k8s.field_ownership import owns_field, removal_from_empty_maps
from ..k8s.resources import NAMESPACE, PROMETHEUS, Resource
from ..requests.errors import ClusterError
from .duration import duration_seconds

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

CUSTOM_RESOURCE_DEFINITION = Resource(
    "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced=False
)
CRD_NAME = "prometheuses.monitoring.coreos.com"

#: What the operator does where the object says nothing.
DEFAULT_RETENTION = "24h"
DEFAULT_REPLICA_LABEL = "prometheus_replica"
DEFAULT_PROMETHEUS_LABEL = "prometheus"
#: What kube-prometheus calls its object.
USUAL_NAME = "k8s"

#: So many blocks have to fit into the retention, so that a sidecar that was away for a while uploads every block.
MIN_BLOCKS = 3
#: Without any of them the operator leaves Prometheus' configuration to whoever writes it by hand.
SELECTORS = ("serviceMonitorSelector", "podMonitorSelector", "probeSelector", "scrapeConfigSelector")


class AbsentError(ClusterError):
    """There is no such Prometheus object, or nothing it could be in."""


class SeveralError(ClusterError):
    """There is more than one, and none is named."""


def list_prometheus(cluster: Cluster, namespace: str) -> list[Object]:
    """Return all Prometheus objects of the namespace; raise AbsentError where it has none."""
    objects = cluster.list(PROMETHEUS, namespace)
    if not objects:
        raise AbsentError(_why_none(cluster, namespace))
    return objects


def find_prometheus(objects: Sequence[Object], namespace: str, name: str = "") -> Object:
    """Return the Prometheus object with that name, or without a name the only one of the namespace."""
    names = sorted(each["metadata"]["name"] for each in objects)
    if name:
        for each in objects:
            if each["metadata"]["name"] == name:
                return each
        raise AbsentError(
            f"Prometheus object {name} does not exist in namespace {namespace}; there is {', '.join(names)}. "
            "Correct prometheus_thanos_sidecar_name."
        )
    if len(objects) > 1:
        number = {2: "Two", 3: "Three"}.get(len(objects), str(len(objects)))
        raise SeveralError(
            f"{number} Prometheus objects are in namespace {namespace}: {', '.join(names)}. "
            "Set prometheus_thanos_sidecar_name to one of them."
        )
    return objects[0]


def describe_prometheus(prometheus: Object) -> dict[str, Any]:
    """Return what the roles use of a Prometheus object."""
    metadata, spec = prometheus["metadata"], prometheus["spec"]
    return {
        "found": True,
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "replicas": _or(spec.get("replicas"), 1),
        "shards": _or(spec.get("shards"), 1),
        # An empty name is valid: the operator then sets no such label.
        "replica_label": _or(spec.get("replicaExternalLabelName"), DEFAULT_REPLICA_LABEL),
        "prometheus_label": _or(spec.get("prometheusExternalLabelName"), DEFAULT_PROMETHEUS_LABEL),
        "external_labels": spec.get("externalLabels") or {},
        "retention": retention(spec),
        "has_sidecar": spec.get("thanos") is not None,
        "version": spec.get("version") or "",
        "removal_from_empty_maps": removal_from_empty_maps(prometheus, FIELD_MANAGER),
    }


def others_with_sidecar(objects: Iterable[Object], name: str) -> dict[str, list[str]]:
    """Return what the roles use of the other Prometheus objects: which have a sidecar of this collection, in order."""
    names = [
        each["metadata"]["name"]
        for each in objects
        if each["metadata"]["name"] != name and owns_field(each, FIELD_MANAGER, ("spec", "thanos"))
    ]
    return {"others_with_sidecar": sorted(names)}


def placeholder(namespace: str, name: str = "") -> dict[str, Any]:
    """Return what to go on with where there is no Prometheus object yet."""
    metadata = {"namespace": namespace, "name": name or USUAL_NAME}
    return {**describe_prometheus({"metadata": metadata, "spec": {}}), "found": False}


def retention(spec: Object) -> str:
    """Return how long Prometheus keeps its blocks, an empty string where time does not limit it."""
    given = str(spec.get("retention") or "")
    if not given:
        return "" if spec.get("retentionSize") else DEFAULT_RETENTION
    return "" if _seconds(given, "spec.retention of the Prometheus object") == 0 else given


def check_retention(described: dict[str, Any], block_duration: str) -> None:
    """Raise ClusterError where fewer than three blocks fit into the retention."""
    if not described["retention"]:
        return
    kept = _seconds(described["retention"], "spec.retention of the Prometheus object")
    block = _seconds(block_duration, "prometheus_thanos_sidecar_block_size")
    if kept < MIN_BLOCKS * block:
        raise ClusterError(
            f"Prometheus object {described['namespace']}/{described['name']} keeps its data for "
            f"{described['retention']} only: blocks of {block_duration} could be deleted before they are uploaded. "
            f"Set its spec.retention to at least {_text(MIN_BLOCKS * block)}."
        )


def check_managed(prometheus: Object) -> None:
    """Raise ClusterError where the operator would not write external labels, without which the sidecar ends at once."""
    metadata, spec = prometheus["metadata"], prometheus["spec"]
    if spec.get("thanos") is not None or any(spec.get(name) is not None for name in SELECTORS):
        return
    raise ClusterError(
        f"Prometheus object {metadata['namespace']}/{metadata['name']} has none of {', '.join(SELECTORS)}, so the "
        "Prometheus operator leaves its configuration unmanaged, external labels too, and the sidecar would end with "
        "'no external labels configured'. Set one of them, such as spec.serviceMonitorSelector: {}; or, where you "
        "write that configuration yourself with external labels in it, set thanos_preflight to false."
    )


def _why_none(cluster: Cluster, namespace: str) -> str:
    if not _exists(cluster, NAMESPACE, namespace):
        return f"Namespace {namespace} does not exist. Correct prometheus_thanos_sidecar_namespace."
    if not _exists(cluster, CUSTOM_RESOURCE_DEFINITION, CRD_NAME):
        return (
            f"The cluster does not know Prometheus objects (CustomResourceDefinition {CRD_NAME}). "
            "Install the Prometheus operator first."
        )
    return (
        f"No Prometheus object is in namespace {namespace}. "
        "Set prometheus_thanos_sidecar_namespace to the namespace that has one."
    )


def _exists(cluster: Cluster, resource: Resource, name: str) -> bool:
    try:
        return cluster.get(resource, name) is not None
    except ClusterError:
        return True  # Not ours to read: blame the next thing.


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


def _seconds(text: str, what: str) -> float:
    try:
        return float(duration_seconds(text))
    except ValueError as error:
        raise ClusterError(f"{what}: {error}") from error


def _text(seconds: float) -> str:
    for unit, size in (("h", 3600), ("m", 60), ("s", 1)):
        if seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds * 1000:.0f}ms"

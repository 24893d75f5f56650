# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of Prometheus: every replica has a ready sidecar, and external labels are unique."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..k8s.pods import container_problem, is_settling, unix
from ..rollout.prometheus import SIDECAR
from .result import CheckResult, failed, ok

if TYPE_CHECKING:
    from ..k8s.objects import Object
    from ..thanos.api import Store

#: Fields that decide which external labels a block gets. Prometheus takes new ones without a new pod.
LABEL_FIELDS = ("f:externalLabels", "f:prometheusExternalLabelName", "f:replicaExternalLabelName")
#: Endpoints that bring data of their own; a store shows again what these have uploaded.
SOURCES = ("sidecar", "receive", "rule")


def replica_names(prometheus: Mapping[str, Any]) -> list[str]:
    """Return the names of the pods that the operator runs for a Prometheus object (as describe_prometheus tells it)."""
    return [
        f"prometheus-{prometheus['name']}{f'-shard-{shard}' if shard else ''}-{replica}"
        for shard in range(prometheus["shards"])
        for replica in range(prometheus["replicas"])
    ]


def replica_labels(prometheus: Mapping[str, Any], pod: str = "") -> dict[str, str]:
    """Return the external labels of a replica, without a pod those that all replicas share."""
    labels = {str(key): str(value) for key, value in prometheus["external_labels"].items()}
    if prometheus["prometheus_label"]:
        labels[prometheus["prometheus_label"]] = f"{prometheus['namespace']}/{prometheus['name']}"
    if pod and prometheus["replica_label"]:
        labels[prometheus["replica_label"]] = pod
    return labels


def labels_changed(prometheus: Object) -> float:
    """Return when a Prometheus object may have got its external labels, in Unix seconds, 0 where that is not known."""
    entries = prometheus["metadata"].get("managedFields") or []
    specs = [(entry.get("time"), (entry.get("fieldsV1") or {}).get("f:spec") or {}) for entry in entries]
    return max((unix(time) for time, spec in specs if time and any(field in spec for field in LABEL_FIELDS)), default=0)


def check_sidecars(prometheus: Mapping[str, Any], pods: Iterable[Object], now: float) -> CheckResult:
    """Every replica of Prometheus has a ready sidecar."""
    title = f"Prometheus {prometheus['namespace']}/{prometheus['name']}"
    by_name = {pod["metadata"]["name"]: pod for pod in pods}
    names = replica_names(prometheus)
    problems = []
    for name in names:
        problem = container_problem(by_name[name], SIDECAR) if name in by_name else "no such pod"
        if problem:
            problems.append(f"{name}: {problem}")
    if not problems:
        return ok(f"{len(names)} of {len(names)} replicas of {title} have a ready sidecar")
    return failed(
        f"{len(names)} replicas of {title}, each with a ready container {SIDECAR}",
        "; ".join(problems),
        f"Run site.yml, which waits for them and says why one is not ready; the container's log is had by kubectl "
        f"--namespace {prometheus['namespace']} logs POD {SIDECAR}",
        may_heal=is_settling(by_name.values(), now),
    )


def check_labels(
    stores: Iterable[Store], prometheus: Mapping[str, Any], replica_label: str, pods: Iterable[Object], now: float
) -> CheckResult:
    """External labels are unique but for the replica label."""
    shared = replica_labels(prometheus)
    expected = f"{_text(shared)} are the labels of this Prometheus only, and {replica_label} tells its replicas apart"
    # A receiver or a ruler without labels has nothing to answer with: it is young, or keeps no data itself.
    sources = [
        (store, labels)
        for store in stores
        if store.component in SOURCES
        for labels in store.label_sets or ([{}] if store.component == "sidecar" else [])
    ]
    remedy = (
        "Give every cluster its own thanos_cluster_name, and every Prometheus, receiver and ruler labels of its own"
    )
    seen: dict[str, Store] = {}
    for store, labels in sources:
        twin = seen.setdefault(_text(labels), store)
        if twin is not store:
            return failed(expected, f"{twin.address} and {store.address} both have {_text(labels)}", remedy)
    ours = [labels for _store, labels in sources if _without(labels, replica_label) == shared]
    names = replica_names(prometheus)
    foreign = {labels.get(replica_label, "") for labels in ours} - set(names) if replica_label else set()
    if foreign:
        return failed(
            expected, f"{', '.join(sorted(foreign))} of another Prometheus with the same {_text(shared)}", remedy
        )
    if not ours:
        return failed(
            expected,
            f"no sidecar at the querier has them; there is {'; '.join(sorted(seen)) or 'none'}",
            "Run site.yml, which sets the label cluster, and see that the Prometheus operator has carried it over"
            if seen
            else "See what the check stores says",
            may_heal=is_settling(pods, now),
        )
    return ok(
        f"{_text(shared)} is of this Prometheus only, its {len(ours)} replicas differ in {replica_label or 'nothing'}"
    )


def _without(labels: Mapping[str, str], name: str) -> dict[str, str]:
    return {key: value for key, value in labels.items() if key != name}


def _text(labels: Mapping[str, str]) -> str:
    return "{" + ", ".join(f'{key}="{value}"' for key, value in sorted(labels.items())) + "}"

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the querier: its endpoints, one series for all replicas, and old data from the store alone."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..k8s.pods import address, is_ready, is_settling
from ..thanos.api import text_time
from .prometheus import replica_names
from .result import CheckResult, Status, failed, ok, too_young

if TYPE_CHECKING:
    from ..k8s.objects import Object
    from ..thanos.api import Block, QueryResult, Store
    from .stack import Component, Endpoint

#: Every Prometheus has this series for each of its targets.
METRIC = "up"
TOO_FEW = "Run site.yml, which restores the number of pods and says why one is not ready"
UNEXPECTED = "Take it out of thanos_querier_extra_endpoints, or take the label thanos-store-api from pods of others"
NETWORK = (
    "See whether names resolve in the cluster (DNS), and whether a NetworkPolicy keeps the querier from port 10901: "
    "kube-prometheus' own admits pods of its namespace that are labelled app.kubernetes.io/name: thanos-query, as ours"
)


def check_stores(
    stores: Sequence[Store],
    endpoints: Iterable[Endpoint],
    pods: Mapping[Component, list[Object]],
    replicas: Mapping[Component, int],
    queriers: Iterable[Object],
    now: float,
) -> CheckResult:
    """The querier has exactly the endpoints expected, none with an error."""
    endpoints = list(endpoints)
    found = {_host(store.address) for store in stores} | {store.address for store in stores}
    fixed = {each.shown: each.address for each in endpoints if each.is_fixed}
    # A group is one endpoint, whichever of its pods answers.
    single = [workload for each in endpoints if not each.is_group for workload in each.workloads]
    few = _with_few_pods([workload for each in endpoints for workload in each.workloads], pods, replicas)
    missing = [each.address for each in endpoints if each.is_fixed and each.shown not in found]
    ready = [pod for workload in single for pod in pods[workload] if is_ready(pod)]
    missing += [f"{pod['metadata']['name']} ({address(pod)})" for pod in ready if address(pod) not in found]
    known = fixed | {address(pod): pod["metadata"]["name"] for workload in single for pod in pods[workload]}
    # A name that is no Service of ours may stand for any number of endpoints.
    is_open = any(not each.is_fixed and not each.workloads for each in endpoints)
    names = [(store, known.get(store.address) or known.get(_host(store.address))) for store in stores]
    unexpected = [f"{store.component} {store.address}" for store, name in names if not (name or is_open)]
    broken = [f"{name or store.component} ({store.address}): {store.error}" for store, name in names if store.error]
    if not (missing or few or unexpected or broken):
        return ok(f"{_components(stores)}, as expected, none with an error")
    total = len(fixed) + sum(replicas[workload] for workload in single)
    lists = {"not at the querier": missing, "not expected": unexpected}
    problems = [*few, *(f"{what}: {', '.join(each)}" for what, each in lists.items() if each)]
    problems += [f"with an error: {'; '.join(broken)}"] if broken else []
    remedies = [(few, TOO_FEW), (missing or broken, NETWORK), (unexpected, UNEXPECTED)]
    everyone = [*queriers, *(pod for each in pods.values() for pod in each)]
    return failed(
        f"{total} endpoints{' or more' if is_open else ''}, none with an error: "
        f"{', '.join(each.address for each in endpoints)}",
        "; ".join([_components(stores), *problems]),
        ". ".join(remedy for is_needed, remedy in remedies if is_needed),
        may_heal=is_settling(everyone, now),
    )


def _with_few_pods(
    workloads: Iterable[Component], pods: Mapping[Component, list[Object]], replicas: Mapping[Component, int]
) -> list[str]:
    ready = {workload: sum(map(is_ready, pods[workload])) for workload in workloads}
    return [
        f"{workload} has {number} of {replicas[workload]} pods ready"
        for workload, number in ready.items()
        if number < replicas[workload]
    ]


def of_all_queriers(findings: Mapping[str, CheckResult]) -> CheckResult:
    """Return the first failure, named after its querier where another has none; else the first finding."""
    failures = {name: finding for name, finding in findings.items() if finding.status is Status.FAILED}
    name, finding = next(iter((failures or findings).items()))
    if len(findings) == 1 or len(failures) == len(findings):
        return finding
    where = f"{name}, one of {len(findings)} queriers" if failures else f"each of {len(findings)} queriers"
    return dataclasses.replace(finding, found=f"{where}: {finding.found}")


def replica_query(prometheus: Mapping[str, Any], labels: str) -> str:
    """Return the query with one series for each replica, if not deduplicated."""
    return f"count by ({prometheus['replica_label'] or 'prometheus_replica'}) ({METRIC}{{{labels}}})"


def check_query(
    prometheus: Mapping[str, Any], raw: QueryResult, merged: QueryResult, pods: Iterable[Object], now: float
) -> CheckResult:
    """A query answers, and deduplication makes one series of as many as there are replicas."""
    names = set(replica_names(prometheus))
    label = prometheus["replica_label"]
    expected = f"{METRIC} from {len(names)} replicas, and one series of it when deduplicated"
    if len(names) > 1 and not label:
        return failed(
            expected,
            f"Prometheus {prometheus['namespace']}/{prometheus['name']} has {len(names)} replicas and no replica label",
            "Give it one (spec.replicaExternalLabelName), since replicas cannot be told apart without",
            is_lasting=True,
        )
    there = {str(series["metric"].get(label, "")) for series in raw.result} if label else names
    if not raw.result or names - there:
        absent = ", ".join(sorted(names - there)) if raw.result else "any of them"
        warnings = f" (the querier warns: {'; '.join(raw.warnings)})" if raw.warnings else ""
        return failed(
            expected,
            f"no series {METRIC} from {absent}{warnings}",
            "See that it scrapes something, and that the check stores is right: the querier asks its sidecar",
            may_heal=is_settling(pods, now),
        )
    raw_count = sum(_value(series) for series in raw.result)
    merged_count = sum(_value(series) for series in merged.result)
    if len(merged.result) != 1 or (len(raw.result) > 1 and merged_count >= raw_count):
        return failed(
            expected,
            f"{len(raw.result)} series raw, {len(merged.result)} deduplicated ({raw_count:.0f} and {merged_count:.0f} "
            f"series of {METRIC} in them)",
            f"Give the querier the flag --query.replica-label={label}, as site.yml does, and see that the replicas' "
            "external labels differ in no other label",
        )
    return ok(f"{METRIC} from {len(raw.result)} replicas, deduplicated to one series ({merged_count:.0f} targets)")


def cold_query(labels: str, stores: Iterable[Store], block_seconds: float) -> dict[str, str] | None:
    """Return the parameters of a query for what the store gateways alone have, None where they have nothing yet."""
    reach = {store.address: store.max_time for store in stores if store.max_time is not None}
    if not reach:
        return None
    # The newest that they have may be another cluster's, which shares the bucket: so look at some blocks' time.
    span = int(3 * block_seconds)
    addresses = "|".join(re.escape(address) for address in sorted(reach)).replace("\\", "\\\\")
    return {
        "query": f"count(last_over_time({METRIC}{{{labels}}}[{span}s]))",
        "time": f"{(max(reach.values()) - 1) / 1000:.3f}",
        "partial_response": "false",
        "max_source_resolution": "0s",
        "storeMatch[]": f'{{__address__=~"{addresses}"}}',
    }


def check_cold(
    stores: Sequence[Store], result: QueryResult | None, blocks: Sequence[Block], block_seconds: float, now: float
) -> CheckResult:
    """Old data is answered by the store gateways alone."""
    expected = "the store gateways alone answer for what is in the bucket"
    if not stores:
        return failed(expected, "the querier knows no store gateway", "See what the check stores says")
    newest = max((store.max_time or 0 for store in stores), default=0)
    count = sum(_value(series) for series in result.result) if result else 0
    if count:
        return ok(f"the store alone answers for {text_time(newest)} and before: {count:.0f} series of {METRIC}")
    # Prometheus needs up to one and a half blocks' time, the sidecar and the store some minutes.
    overdue = [block for block in blocks if now - block.max_time / 1000 > 3 * block_seconds + 1800]
    if not overdue:
        # Those that are there may be another cluster's, or have the external labels of before.
        which = "" if result is None else " of this Prometheus"
        return too_young(f"no block{which} has come to the store gateways yet", expected)
    if result is None:
        return failed(
            expected,
            f"they have loaded none of {len(blocks)} blocks in the bucket",
            "See the log of the store gateway, and that it reads the same bucket as the sidecars write",
        )
    return failed(
        expected,
        f"no series {METRIC} of this Prometheus before {text_time(newest)}, which is as far as they reach",
        "See whether the check bucket finds blocks of it, and the log of the store gateway",
    )


def matchers(labels: Mapping[str, str]) -> str:
    """Return PromQL's matchers for these labels."""
    quoted = {key: value.replace("\\", "\\\\").replace('"', '\\"') for key, value in labels.items()}
    return ", ".join(f'{key}="{value}"' for key, value in sorted(quoted.items()))


def _components(stores: Iterable[Store]) -> str:
    counts: dict[str, int] = {}
    for store in stores:
        counts[store.component] = counts.get(store.component, 0) + 1
    return ", ".join(f"{number} {component}" for component, number in counts.items()) or "no endpoint"


def _host(endpoint: str) -> str:
    return endpoint.rpartition(":")[0].strip("[]")


def _value(series: Mapping[str, Any]) -> float:
    return float(series["value"][1])

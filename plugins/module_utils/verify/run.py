# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the checks side by side, again while something may still become right."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ..grafana.document import DocumentError
from ..grafana.mask import shown_addresses
from ..k8s.pods import is_settling, started
from ..k8s.service_proxy import DeniedError, RequestError
from ..objstore.other_compactors import Question, look_for_others
from ..requests.errors import ClusterError
from .bucket import MAX_BLOCKS_OLD, blocks_of, check_bucket, check_compactor, check_view
from .compactors import with_others
from .grafana import check_grafana, read_datasource
from .prometheus import check_labels, check_sidecars, labels_changed
from .querier import check_cold, check_query, check_stores, of_all_queriers
from .result import CheckResult, Status, failed, skipped
from .settling import objects_behind
from .snapshot import NothingToCheckError, Snapshot
from .volumes import check_volumes

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from .snapshot import Wanted

RETRY_SECONDS = 1.0


def _sidecars(snapshot: Snapshot) -> CheckResult:
    return check_sidecars(snapshot.prometheus(), snapshot.prometheus_pods(), snapshot.now)


def _stores(snapshot: Snapshot) -> CheckResult:
    endpoints = snapshot.wanted.stack.endpoints
    workloads = {workload for each in endpoints for workload in each.workloads}
    pods = {workload: snapshot.pods(workload) for workload in workloads}
    replicas = {workload: snapshot.replicas(workload) for workload in workloads}
    queriers = snapshot.pods_of("query")
    finding = of_all_queriers(
        {
            name: check_stores(stores, endpoints, pods, replicas, queriers, snapshot.now)
            for name, stores in snapshot.stores_by_querier().items()
        }
    )
    log = snapshot.log_of("query") if finding.status is Status.FAILED else []
    if not log:
        return finding
    # The querier says why it does not reach an endpoint, at length where DNS does not answer.
    said = log[-1] if len(log[-1]) < 300 else f"{log[-1][:100].rstrip()} ... {log[-1][-180:].lstrip()}"
    return dataclasses.replace(finding, found=f"{finding.found}; the querier's log says: {said}")


def _labels(snapshot: Snapshot) -> CheckResult:
    prometheus = snapshot.prometheus()
    pods = [*snapshot.prometheus_pods(), *snapshot.pods_of("query")]
    return check_labels(snapshot.stores(), prometheus, prometheus["replica_label"], pods, snapshot.now)


def _query(snapshot: Snapshot) -> CheckResult:
    pods = [*snapshot.prometheus_pods(), *snapshot.pods_of("query")]
    return check_query(snapshot.prometheus(), snapshot.raw_series(), snapshot.merged_series(), pods, snapshot.now)


def _bucket(snapshot: Snapshot) -> CheckResult:
    component, view = snapshot.blocks()
    problem = check_view(
        view, component, snapshot.view_max_age(), snapshot.log_of(component), snapshot.pods_of(component), snapshot.now
    )
    if problem:
        return problem
    labelled = labels_changed(snapshot.prometheus_object())
    pods, seconds = snapshot.prometheus_pods(), snapshot.wanted.block_seconds
    return check_bucket(snapshot.prometheus(), view.blocks, pods, seconds, snapshot.now, labelled)


def _cold(snapshot: Snapshot) -> CheckResult:
    gateways = snapshot.gateways()
    result = snapshot.cold_series() if gateways else None
    has_answer = result is not None and result.result
    blocks = blocks_of(snapshot.prometheus(), snapshot.blocks()[1].blocks) if gateways and not has_answer else []
    return check_cold(gateways, result, blocks, snapshot.wanted.block_seconds, snapshot.now)


def _compactor(snapshot: Snapshot) -> CheckResult:
    try:
        finding = _work(snapshot)
    except RequestError as error:
        finding = _refused("compactor", error)
    return with_others(finding, snapshot.other_compactors())


def _work(snapshot: Snapshot) -> CheckResult:
    metrics = snapshot.compactor_metrics()
    halts = snapshot.halts() if metrics.get("thanos_compact_halted") else []
    streams = {(block.resolution, *sorted(block.labels.items())) for block in snapshot.blocks()[1].blocks}
    newest = max((started(pod) for pod in snapshot.pods_of("compact")), default=0.0)
    patience = MAX_BLOCKS_OLD * snapshot.wanted.block_seconds
    return check_compactor(metrics, len(streams), halts, snapshot.now - newest, patience)


def _volumes(snapshot: Snapshot) -> CheckResult:
    volumes, usages, unknown = snapshot.volumes()
    return check_volumes(volumes, usages, snapshot.wanted.full_percent, unknown)


def _grafana(snapshot: Snapshot) -> CheckResult:
    wanted = snapshot.wanted.datasource
    if wanted is None:
        raise NothingToCheckError("no datasource of Grafana is managed (grafana_datasource)")
    try:
        where, entry = read_datasource(snapshot.cluster, wanted)
    except DocumentError as error:
        return failed(
            f"a datasource {wanted.name!r} that points at {shown_addresses(wanted.url)[0]}",
            str(error),
            "Correct it, then run site.yml",
        )
    return check_grafana(wanted, where, entry)


#: The checks in the order of the data's way.
CHECKS: dict[str, Callable[[Snapshot], CheckResult]] = {
    "sidecars": _sidecars,
    "stores": _stores,
    "labels": _labels,
    "query": _query,
    "bucket": _bucket,
    "cold": _cold,
    "compactor": _compactor,
    "volumes": _volumes,
    "grafana": _grafana,
}

#: What each of them expects, for when what it needs cannot be had at all.
EXPECTED = {
    "sidecars": "every replica of Prometheus has a ready sidecar",
    "stores": "every querier has exactly the endpoints that it should have, none with an error",
    "labels": "external labels are unique but for the replica label",
    "query": "a query answers, deduplicated to one series",
    "bucket": "the bucket holds new blocks of every Prometheus",
    "cold": "old data is answered by the store",
    "compactor": "the compactor is neither halted nor behind, and the only one on its bucket",
    "volumes": "no volume is nearly full",
    "grafana": "Grafana's datasource points at the querier",
}


def verify(cluster: Cluster, wanted: Wanted, checks: Sequence[str], wait: float) -> dict[str, CheckResult]:
    """Run the checks; those whose failure may go away by itself again and again, for at most so many seconds."""
    deadline = time.monotonic() + wait
    findings: dict[str, CheckResult] = {}
    own = wanted.stack.manifests.get("compact", [])
    others = functools.cache(lambda: look_for_others(cluster, Question(own, wanted.cluster_domain)))
    pending = [name for name in CHECKS if name in checks]
    while pending:
        snapshot = Snapshot(cluster, wanted, time.time(), others)
        with ThreadPoolExecutor(len(pending)) as pool:
            found = list(pool.map(lambda name: run_check(name, snapshot), pending))  # noqa: B023
        findings.update(zip(pending, found, strict=True))
        pending = [name for name in pending if findings[name].may_heal]
        if time.monotonic() + RETRY_SECONDS > deadline:
            break
        if pending:
            time.sleep(RETRY_SECONDS)
    _raise_if_nothing_answers(findings)
    return {name: findings[name] for name in CHECKS if name in findings}


def run_check(name: str, snapshot: Snapshot) -> CheckResult:
    """Run one check; what it needs and cannot have is a finding as well.

    A failure may heal while anything that the check depends on is young.
    """
    try:
        finding = CHECKS[name](snapshot)
    except NothingToCheckError as error:
        return skipped(str(error))
    except RequestError as error:
        finding = _refused(name, error)
    except ClusterError as error:
        return failed(
            EXPECTED[name], str(error).rstrip("."), "See that the API answers and gives the play's user this right"
        )
    if finding.status is not Status.FAILED or finding.may_heal or finding.is_lasting:
        return finding
    return dataclasses.replace(finding, may_heal=is_settling(objects_behind(name, snapshot), snapshot.now))


def _refused(name: str, error: RequestError) -> CheckResult:
    """Return the finding for a request that was not answered as it should; no time brings a right."""
    return failed(EXPECTED[name], error.found, error.remedy, is_lasting=isinstance(error, DeniedError))


def _raise_if_nothing_answers(findings: dict[str, CheckResult]) -> None:
    """One cause for all of them is said once, as the module's own error."""
    causes = {finding.found for finding in findings.values() if finding.status is not Status.SKIPPED}
    if (
        len(findings) > 1
        and len(causes) == 1
        and all(f.status is Status.FAILED for f in findings.values() if f.status is not Status.SKIPPED)
    ):
        raise ClusterError(f"{causes.pop()}.")

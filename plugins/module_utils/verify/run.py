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
from .bucket import (
    MAX_BLOCKS_OLD,
    blocks_of,
    check_bucket,
    check_compactor,
    check_view,
)
from .compactors import with_others
from .grafana import check_grafana, read_datasource
from .prometheus import check_labels, check_sidecars, labels_changed
from .querier import check_cold, check_query, check_stores, of_all_queriers
from .result import Finding, Status, failed, skipped
from .settling import objects_behind
from .snapshot import Look, NothingToCheckError
from .volumes import check_volumes

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from .snapshot import Wanted

RETRY_SECONDS = 1.0


def _sidecars(look: Look) -> Finding:
    return check_sidecars(look.prometheus(), look.prometheus_pods(), look.now)


def _stores(look: Look) -> Finding:
    endpoints = look.wanted.stack.endpoints
    workloads = {workload for each in endpoints for workload in each.workloads}
    pods = {workload: look.pods(workload) for workload in workloads}
    replicas = {workload: look.replicas(workload) for workload in workloads}
    queriers = look.pods_of("query")
    finding = of_all_queriers(
        {
            name: check_stores(stores, endpoints, pods, replicas, queriers, look.now)
            for name, stores in look.stores_by_querier().items()
        }
    )
    log = look.log_of("query") if finding.status is Status.FAILED else []
    if not log:
        return finding
    # The querier says why it does not reach an endpoint, at length where DNS does not answer.
    said = log[-1] if len(log[-1]) < 300 else f"{log[-1][:100].rstrip()} ... {log[-1][-180:].lstrip()}"
    return dataclasses.replace(finding, found=f"{finding.found}; the querier's log says: {said}")


def _labels(look: Look) -> Finding:
    prometheus = look.prometheus()
    pods = [*look.prometheus_pods(), *look.pods_of("query")]
    return check_labels(look.stores(), prometheus, prometheus["replica_label"], pods, look.now)


def _query(look: Look) -> Finding:
    pods = [*look.prometheus_pods(), *look.pods_of("query")]
    return check_query(look.prometheus(), look.raw_series(), look.merged_series(), pods, look.now)


def _bucket(look: Look) -> Finding:
    component, view = look.blocks()
    problem = check_view(
        view, component, look.view_max_age(), look.log_of(component), look.pods_of(component), look.now
    )
    if problem:
        return problem
    labelled = labels_changed(look.prometheus_object())
    pods, seconds = look.prometheus_pods(), look.wanted.block_seconds
    return check_bucket(look.prometheus(), view.blocks, pods, seconds, look.now, labelled)


def _cold(look: Look) -> Finding:
    gateways = look.gateways()
    result = look.cold_series() if gateways else None
    has_answer = result is not None and result.result
    blocks = blocks_of(look.prometheus(), look.blocks()[1].blocks) if gateways and not has_answer else []
    return check_cold(gateways, result, blocks, look.wanted.block_seconds, look.now)


def _compactor(look: Look) -> Finding:
    try:
        finding = _work(look)
    except RequestError as error:
        finding = _refused("compactor", error)
    return with_others(finding, look.other_compactors())


def _work(look: Look) -> Finding:
    metrics = look.compactor_metrics()
    halts = look.halts() if metrics.get("thanos_compact_halted") else []
    streams = {(block.resolution, *sorted(block.labels.items())) for block in look.blocks()[1].blocks}
    newest = max((started(pod) for pod in look.pods_of("compact")), default=0.0)
    patience = MAX_BLOCKS_OLD * look.wanted.block_seconds
    return check_compactor(metrics, len(streams), halts, look.now - newest, patience)


def _volumes(look: Look) -> Finding:
    volumes, usages, unknown = look.volumes()
    return check_volumes(volumes, usages, look.wanted.full_percent, unknown)


def _grafana(look: Look) -> Finding:
    wanted = look.wanted.datasource
    if wanted is None:
        raise NothingToCheckError("no datasource of Grafana is managed (grafana_datasource)")
    try:
        where, entry = read_datasource(look.cluster, wanted)
    except DocumentError as error:
        return failed(
            f"a datasource {wanted.name!r} that points at {shown_addresses(wanted.url)[0]}",
            str(error),
            "Correct it, then run site.yml",
        )
    return check_grafana(wanted, where, entry)


#: The checks in the order of the data's way.
CHECKS: dict[str, Callable[[Look], Finding]] = {
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


def verify(cluster: Cluster, wanted: Wanted, checks: Sequence[str], wait: float) -> dict[str, Finding]:
    """Run the checks; those whose failure may go away by itself again and again, for at most so many seconds."""
    deadline = time.monotonic() + wait
    findings: dict[str, Finding] = {}
    own = wanted.stack.manifests.get("compact", [])
    others = functools.cache(lambda: look_for_others(cluster, Question(own, wanted.cluster_domain)))
    pending = [name for name in CHECKS if name in checks]
    while pending:
        look = Look(cluster, wanted, time.time(), others)
        with ThreadPoolExecutor(len(pending)) as pool:
            found = list(pool.map(lambda name: run_check(name, look), pending))  # noqa: B023
        findings.update(zip(pending, found, strict=True))
        pending = [name for name in pending if findings[name].may_heal]
        if time.monotonic() + RETRY_SECONDS > deadline:
            break
        if pending:
            time.sleep(RETRY_SECONDS)
    _raise_if_nothing_answers(findings)
    return {name: findings[name] for name in CHECKS if name in findings}


def run_check(name: str, look: Look) -> Finding:
    """Run one check; what it needs and cannot have is a finding as well.

    A failure may heal while anything that the check depends on is young.
    """
    try:
        finding = CHECKS[name](look)
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
    return dataclasses.replace(finding, may_heal=is_settling(objects_behind(name, look), look.now))


def _refused(name: str, error: RequestError) -> Finding:
    """Return the finding for a request that was not answered as it should; no time brings a right."""
    return failed(EXPECTED[name], error.found, error.remedy, is_lasting=isinstance(error, DeniedError))


def _raise_if_nothing_answers(findings: dict[str, Finding]) -> None:
    """One cause for all of them is said once, as the module's own error."""
    causes = {finding.found for finding in findings.values() if finding.status is not Status.SKIPPED}
    if (
        len(findings) > 1
        and len(causes) == 1
        and all(f.status is Status.FAILED for f in findings.values() if f.status is not Status.SKIPPED)
    ):
        raise ClusterError(f"{causes.pop()}.")

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One look at the cluster: each thing that a check needs is fetched once, whichever check asks first."""

from __future__ import annotations

import contextlib
import functools
import json
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ..k8s.pods import container_port, is_ready
from ..k8s.resources import POD, PROMETHEUS
from ..k8s.service_proxy import Backend, DeniedError, RequestError, fetch_node
from ..redaction.credentials import redacted
from ..requests.errors import ClusterError
from ..thanos import api as thanos_api
from ..thanos.prometheus import describe_prometheus
from .prometheus import replica_labels, replica_names
from .querier import cold_query, matchers, replica_query
from .volumes import Usage, Volume, usage_query, usages_of_series, usages_of_summary, volumes_of

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object
    from ..objstore.other_compactors import OtherCompactors
    from ..thanos.api import Blocks, QueryResult, Store
    from .grafana import WantedDatasource
    from .stack import Component, Stack

#: Who tells what is in the bucket, the best informed first: its view, and how old that may get, in seconds.
#: The compactor looks every minute, the bucket's web page every half hour, a store every quarter (by default).
BLOCK_SOURCES = {"compact": ("global", 900.0), "bucket-web": ("global", 7200.0), "store": ("loaded", 3600.0)}
LOG_LINES = 200
#: A compactor that is halted goes on to write a line a minute or more: a week of them.
HALTED_LOG_LINES = 20_000
_LEVEL = re.compile(r'\blevel"?[=:]"?(error|warn)')
_HALTING = re.compile(r'\bmsg"?[=:]"critical error detected; halting"')
_ERROR = re.compile(r'\berr"?[=:]"((?:[^"\\]|\\.)*)"')

Value = TypeVar("Value")


class NothingToCheckError(Exception):
    """What a check looks at is not part of this stack."""


@dataclass(frozen=True)
class Wanted:
    """What should be there."""

    stack: Stack
    #: Span of Prometheus' blocks.
    block_seconds: float
    datasource: WantedDatasource | None
    #: From how many percent on a volume counts as nearly full.
    full_percent: int
    cluster_domain: str = "cluster.local"


def once(method: Callable[..., Value]) -> Callable[..., Value]:
    """Keep a method's first answer, or its first error, for all threads."""

    @functools.wraps(method)
    def read(self: Snapshot, *arguments: Any) -> Value:
        key = (method.__name__, *map(str, arguments))
        with self.lock:
            own_lock = self.locks.setdefault(key, threading.Lock())
        with own_lock:
            if key not in self.kept:
                try:
                    self.kept[key] = (method(self, *arguments), None)
                except (ClusterError, NothingToCheckError) as caught:
                    self.kept[key] = (None, caught)
        value, error = self.kept[key]
        if error is not None:
            raise error
        answer: Value = value
        return answer

    return read


class Snapshot:
    """What is there, as far as somebody asks."""

    def __init__(
        self, cluster: Cluster, wanted: Wanted, now: float, other_compactors: Callable[[], OtherCompactors]
    ) -> None:
        """Start with nothing fetched; now is the time of the look in Unix seconds.

        All compactors of a cluster are looked for once, however often the rest is looked at.
        """
        self.cluster = cluster
        self.wanted = wanted
        self.now = now
        self.other_compactors = other_compactors
        self.lock = threading.Lock()
        self.locks: dict[Any, threading.Lock] = {}
        self.kept: dict[Any, tuple[Any, Exception | None]] = {}

    def prometheus(self) -> dict[str, Any]:
        """Return what the checks use of the Prometheus object."""
        return describe_prometheus(self.prometheus_object())

    @once
    def prometheus_object(self) -> Object:
        """Return the Prometheus object as it is."""
        workload = self.wanted.stack.prometheus
        if workload is None:
            raise NothingToCheckError("no Prometheus gets a sidecar (prometheus_thanos_sidecar)")
        found = self.cluster.get(PROMETHEUS, workload.name, workload.namespace)
        if found is None:
            raise RequestError(f"{workload} does not exist", "Correct prometheus_thanos_sidecar_name, or create it")
        return found

    def prometheus_pods(self) -> list[Object]:
        """Return the pods of the Prometheus object."""
        workload = self.wanted.stack.prometheus
        return self.pods(workload) if workload else []

    @once
    def pods(self, workload: Component) -> list[Object]:
        """Return a workload's pods."""
        selector = ",".join(f"{key}={value}" for key, value in sorted(workload.selector.items()))
        return self.cluster.list(POD, workload.namespace, label_selector=selector)

    def pods_of(self, component: str) -> list[Object]:
        """Return the pods of a component."""
        return [pod for workload in self.wanted.stack.of(component) for pod in self.pods(workload)]

    def own_pods(self) -> list[Object]:
        """Return the pods of all workloads, as far as they may be listed."""
        found: list[Object] = []
        for workload in self.wanted.stack.workloads:
            with contextlib.suppress(ClusterError):
                found += self.pods(workload)
        return found

    def replicas(self, workload: Component) -> int:
        """Return how many pods a workload should have."""
        return len(replica_names(self.prometheus())) if workload.kind == "Prometheus" else workload.replicas

    @once
    def stores(self) -> list[Store]:
        """Return the endpoints that a querier knows, whichever answers."""
        return thanos_api.stores(self.cluster, self._backend("query"))

    def stores_by_querier(self) -> dict[str, list[Store]]:
        """Return the endpoints that each querier knows: each looks names up by itself, and may know less than others.

        Where there is one, or where pods may not be asked, a querier answers for the Service.
        """
        service = self._backend("query")
        queriers = self._queriers(service.port)
        if len(queriers) > 1:
            with contextlib.suppress(DeniedError), ThreadPoolExecutor(min(len(queriers), 8)) as pool:
                found = pool.map(lambda each: thanos_api.stores(self.cluster, each), queriers)
                return dict(zip(map(str, queriers), found, strict=True))
        return {str(service): self.stores()}

    def _queriers(self, port_name: str) -> list[Backend]:
        """Return the querier's pods that are ready and have this port."""
        pods = [(pod, container_port(pod, port_name)) for pod in self.pods_of("query") if is_ready(pod)]
        return [Backend(pod["metadata"]["namespace"], pod["metadata"]["name"], port, POD) for pod, port in pods if port]

    def gateways(self) -> list[Store]:
        """Return the store gateways that the querier knows."""
        self._backend("store")
        return [store for store in self.stores() if store.component == "store"]

    @once
    def raw_series(self) -> QueryResult:
        """Return one series for each replica."""
        return self._instant({"query": self._replica_query(), "dedup": "false"})

    @once
    def merged_series(self) -> QueryResult:
        """Return the same, deduplicated."""
        return self._instant({"query": self._replica_query(), "dedup": "true"})

    @once
    def cold_series(self) -> QueryResult | None:
        """Return what the store gateways alone have of this Prometheus, None where they have no block at all."""
        parameters = cold_query(matchers(replica_labels(self.prometheus())), self.gateways(), self.wanted.block_seconds)
        return self._instant(parameters) if parameters else None

    @once
    def blocks(self) -> tuple[str, Blocks]:
        """Return who told what is in the bucket, and what."""
        component = self.block_source()
        view = BLOCK_SOURCES[component][0]
        # Each part of the store has loaded its own blocks; of those that see the whole bucket one is enough.
        services = self.wanted.stack.services[component][: None if view == "loaded" else 1]
        views = [thanos_api.blocks(self.cluster, each, view) for each in services]
        looks = [each.refreshed for each in views]
        return component, thanos_api.Blocks(
            blocks=[block for each in views for block in each.blocks],
            refreshed=None if None in looks else min(snapshot for snapshot in looks if snapshot is not None),
            has_error=any(each.has_error for each in views),
        )

    def view_max_age(self) -> float:
        """Return how many seconds ago the teller may have looked at the bucket."""
        return BLOCK_SOURCES[self.block_source()][1]

    @once
    def compactor_metrics(self) -> dict[str, float]:
        """Return the compactor's own metrics; those of several that share the work are added up."""
        self._backend("compact")
        found: dict[str, float] = {}
        for service in self.wanted.stack.services["compact"]:
            for name, value in thanos_api.metrics(self.cluster, service, "thanos_compact_").items():
                found[name] = found.get(name, 0.0) + value
        return found

    @once
    def log_of(self, component: str) -> list[str]:
        """Return the last errors in a component's log."""
        lines = [line for pod in self.pods_of(component) for line in self._log(pod, LOG_LINES)]
        return [_error(line) for line in lines if _LEVEL.search(line)][-3:]

    def halts(self) -> list[str]:
        """Return which compactors are halted and why, as their logs say."""
        return [
            f"{pod['metadata']['name']}: {_error(line)}"
            for pod in self.pods_of("compact")
            for line in self._log(pod, HALTED_LOG_LINES)
            if _HALTING.search(line)
        ]

    def _log(self, pod: Object, lines: int) -> list[str]:
        metadata, container = pod["metadata"], pod["spec"]["containers"][0]["name"]
        return redacted(self.cluster.logs(metadata["namespace"], metadata["name"], container, lines)).splitlines()

    @once
    def volumes(self) -> tuple[list[Volume], dict[Volume, Usage], str]:
        """Return the volumes, how full they are, and why that is not known of some."""
        pods = [pod for pod in self.own_pods() if is_ready(pod)]
        by_pod = {(pod["metadata"]["namespace"], pod["metadata"]["name"]): volumes_of(pod) for pod in pods}
        volumes = [volume for found in by_pod.values() for volume in found.values()]
        nodes = sorted({pod["spec"]["nodeName"] for pod in pods if volumes_of(pod)})
        if not nodes:
            return [], {}, ""
        usages: dict[Volume, Usage] = {}
        reasons: list[str] = []
        with ThreadPoolExecutor(min(len(nodes), 8)) as pool:
            for summary, reason in pool.map(self._summary, nodes):
                usages.update(usages_of_summary(summary, by_pod))
                reasons += [reason] if reason else []
        rest = [volume for volume in volumes if volume not in usages]
        if rest and "query" in self.wanted.stack.services:
            with contextlib.suppress(ClusterError):
                query = usage_query({volume.namespace for volume in rest}, "")
                usages.update(usages_of_series(self._instant({"query": query}).result, rest))
        return volumes, usages, reasons[0] if reasons else "the storage driver gives the kubelet no numbers"

    def _summary(self, node: str) -> tuple[dict[str, Any], str]:
        try:
            summary: dict[str, Any] = json.loads(fetch_node(self.cluster, node, "/stats/summary").body)
        except (RequestError, ValueError) as error:
            return {}, str(error).rstrip(".")
        return summary, ""

    def _backend(self, component: str) -> Backend:
        services = self.wanted.stack.services
        if component not in services:
            raise NothingToCheckError(f"there is no component {component} in this stack (thanos_components)")
        return services[component][0]

    def block_source(self) -> str:
        """Return the component that tells what is in the bucket."""
        for component in BLOCK_SOURCES:
            if component in self.wanted.stack.services:
                return component
        raise NothingToCheckError("neither a compactor nor a store is there to tell what is in the bucket")

    def _replica_query(self) -> str:
        prometheus = self.prometheus()
        return replica_query(prometheus, matchers(replica_labels(prometheus)))

    def _instant(self, parameters: dict[str, str]) -> QueryResult:
        return thanos_api.query(self.cluster, self._backend("query"), "query", parameters)


def _error(line: str) -> str:
    """Return the error in a line of a log, logfmt or JSON, or the whole line where it names none."""
    match = _ERROR.search(line)
    return match[1].replace('\\"', '"') if match else line

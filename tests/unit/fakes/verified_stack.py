# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A healthy stack to be verified: its manifests, and a cluster in which all of it is there and has been for long."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Response
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.tests.unit.fakes.compactors import GuardedCluster
from ansible_collections.observability.thanos.tests.unit.fakes.thanos import (
    NOW,
    STORES_JSON,
    block_json,
    blocks_json,
    pod,
    prometheus_pods,
    proxy,
    success,
    time,
)

STORES = proxy("thanos-querier", "/api/v1/stores")
QUERY = proxy("thanos-querier", "/api/v1/query")
BLOCKS = proxy("thanos-compactor", "/api/v1/blocks")
METRICS = proxy("thanos-compactor", "/metrics")
SUMMARY = "/api/v1/nodes/node/proxy/stats/summary"
COMPACTOR = b"thanos_compact_halted 0\nthanos_compact_iterations_total 3\n"
DATASOURCE = {
    "namespace": "monitoring",
    "object_name": "grafana-datasources",
    "url": "http://thanos-querier.monitoring.svc:9090",
}
ENDPOINTS = """
endpoints:
  - address: dnssrv+_grpc._tcp.sidecars.monitoring.svc.cluster.local
  - address: dnssrv+_grpc._tcp.thanos-store-gateway.monitoring.svc.cluster.local
"""


def component(name: str) -> dict[str, str]:
    """Return the label of a component."""
    return {"app.kubernetes.io/component": name}


def service(name: str, part: str, selector: dict[str, str]) -> Object:
    """Return the Service of a component."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "monitoring", "labels": component(part)},
        "spec": {"selector": selector, "ports": [{"name": "http"}]},
    }


def workload(kind: str, name: str, part: str) -> Object:
    """Return the workload of a component."""
    labels = {"app": name}
    template = {"metadata": {"labels": {**labels, **component(part)}}}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "monitoring"},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    }


COMPONENTS = {
    "query": ("Deployment", "thanos-querier"),
    "store": ("StatefulSet", "thanos-store-gateway"),
    "compact": ("StatefulSet", "thanos-compactor"),
}
PROMETHEUS: Object = {
    "apiVersion": "monitoring.coreos.com/v1",
    "kind": "Prometheus",
    "metadata": {"name": "k8s", "namespace": "monitoring"},
    "spec": {"replicas": 2, "externalLabels": {"cluster": "demo"}, "thanos": {}},
}
MANIFESTS: list[Object] = [
    PROMETHEUS,
    service("sidecars", "sidecar", {"operator.prometheus.io/name": "k8s"}),
    *(service(name, part, {"app": name}) for part, (_kind, name) in COMPONENTS.items()),
    *(workload(kind, name, part) for part, (kind, name) in COMPONENTS.items()),
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "thanos-querier", "namespace": "monitoring", "labels": component("query")},
        "data": {"endpoints.yaml": ENDPOINTS},
    },
]


def series_answer(**values: float) -> Response:
    """Return the answer to a query: one series for each value, of a replica where it is named after one."""
    result = [
        {"metric": {"prometheus_replica": name} if name.startswith("p") else {}, "value": [0, str(value)]}
        for name, value in values.items()
    ]
    return success({"resultType": "vector", "result": result})


class ThanosCluster(GuardedCluster):
    """Answers a query by what it asks for."""

    def answer(self, path: str, query: Any = None, timeout: float | None = None) -> Response:
        """Return one series for each replica, one for both, or one of the store gateway."""
        answer = super().answer(path, query, timeout)
        if path == QUERY and path not in self.answers:
            return (
                series_answer(**{"prometheus-k8s-0": 5, "prometheus-k8s-1": 5})
                if query.get("dedup") == "false"
                else series_answer(merged=5)
            )
        return answer


class Clock:
    """Stands still but while somebody sleeps."""

    def __init__(self) -> None:
        """Start at the time of the answers."""
        self.slept = 0.0
        #: What else happens after each sleep.
        self.after: list[Callable[[], Any]] = []

    def time(self) -> float:
        """Return the time in Unix seconds."""
        return NOW + self.slept

    def monotonic(self) -> float:
        """Return the seconds since the start."""
        return self.slept

    def sleep(self, seconds: float) -> None:
        """Let the time go on."""
        self.slept += seconds
        for happens in list(self.after):
            happens()


def aged(body: Object, age: float, changed: float | None = None) -> Object:
    """Return an object that was made so many seconds ago, and changed by somebody so many seconds ago."""
    fields = [{"manager": "somebody", "time": time(age if changed is None else changed), "fieldsV1": {"f:spec": {}}}]
    metadata = {**body["metadata"], "creationTimestamp": time(age), "managedFields": fields}
    return {**body, "metadata": metadata}


def healthy_stack(age: float = 864000) -> ThanosCluster:
    """Return the cluster; all that is there was made so many seconds ago."""
    found = ThanosCluster()
    found.seed(*(aged(each, age) for each in MANIFESTS), *prometheus_pods(age=age))
    for _kind, name in COMPONENTS.values():
        found.seed(pod(f"{name}-0", {"app": name}, age))
    file = {"apiVersion": 1, "datasources": [{"name": "prometheus", "url": DATASOURCE["url"]}]}
    data = {"datasources.yaml": base64.b64encode(json.dumps(file).encode()).decode()}
    metadata = {"name": "grafana-datasources", "namespace": "monitoring"}
    found.seed({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})
    replicas = ("prometheus-k8s-0", "prometheus-k8s-1")
    volume = {"name": "data", "capacityBytes": 100, "availableBytes": 60}
    stats = [{"podRef": {"namespace": "monitoring", "name": name}, "volume": [volume]} for name in replicas]
    found.answers = {
        STORES: success(STORES_JSON),
        BLOCKS: success(blocks_json(*(block_json(name) for name in replicas))),
        METRICS: Response(200, COMPACTOR),
        SUMMARY: Response(200, json.dumps({"pods": stats}).encode()),
    }
    return found

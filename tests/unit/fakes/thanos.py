# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A healthy stack as the checks see it: manifests, objects, and what Thanos and the kubelet answer."""

from __future__ import annotations

import datetime
import json
from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Response
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.thanos.api import Block, Store

#: The time of every look, in Unix seconds, and Prometheus' block length.
NOW = 1_800_000_000.0
BLOCK = 7200.0
SHARED = {"cluster": "demo", "prometheus": "monitoring/k8s"}
PROMETHEUS: dict[str, Any] = {
    "namespace": "monitoring",
    "name": "k8s",
    "replicas": 2,
    "shards": 1,
    "replica_label": "prometheus_replica",
    "prometheus_label": "prometheus",
    "external_labels": {"cluster": "demo"},
}
ADDRESSES = {"prometheus-k8s-0": "10.0.0.1", "prometheus-k8s-1": "10.0.0.2", "thanos-store-gateway-0": "10.0.0.3"}


def time(seconds_ago: float) -> str:
    """Return a time before NOW as the Kubernetes API writes it."""
    moment = datetime.datetime.fromtimestamp(NOW - seconds_ago, tz=datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def labels_of(replica: str) -> dict[str, str]:
    """Return the external labels of a replica."""
    return {**SHARED, "prometheus_replica": replica}


def pod(
    name: str, labels: dict[str, str], age: float = 864000, ready: bool = True, container: str = "thanos"
) -> Object:
    """Return a pod that has been as it is ever since it started."""
    command = "compact" if name.startswith("thanos-compactor") else "sidecar"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "monitoring",
            "labels": labels,
            "creationTimestamp": time(age),
        },
        "spec": {
            "nodeName": "node",
            "containers": [{"name": container, "args": [command, "--objstore.config-file=/etc/thanos.yaml"]}],
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": f"data-{name}"}},
                {"name": "x", "secret": {}},
            ],
        },
        "status": {
            "podIP": ADDRESSES.get(name, "10.0.0.9"),
            "startTime": time(age),
            "conditions": [{"type": "Ready", "status": str(ready), "lastTransitionTime": time(age)}],
            "containerStatuses": [{"name": container, "ready": ready}],
        },
    }


def prometheus_pods(**differences: Any) -> list[Object]:
    """Return the pods of Prometheus."""
    labels = {"operator.prometheus.io/name": "k8s"}
    return [pod(f"prometheus-k8s-{n}", labels, container="thanos-sidecar", **differences) for n in (0, 1)]


def store(name: str, component: str = "sidecar", **differences: Any) -> Store:
    """Return an endpoint at the querier."""
    values: dict[str, Any] = {
        "component": component,
        "address": f"{ADDRESSES[name]}:10901",
        "error": "",
        "label_sets": [labels_of(name)],
        "min_time": int((NOW - 864000) * 1000),
        "max_time": int((NOW - 3600) * 1000) if component == "store" else None,
        "last_check": time(1),
    }
    return Store(**{**values, **differences})


def stores() -> list[Store]:
    """Return the endpoints of a healthy querier."""
    return [store("prometheus-k8s-0"), store("prometheus-k8s-1"), store("thanos-store-gateway-0", "store")]


def block(replica: str, age: float = 3600, **differences: Any) -> Block:
    """Return a block that ends so many seconds ago."""
    values: dict[str, Any] = {
        "ulid": "01M86HGKKET99WF2BG6R779RQM",
        "min_time": int((NOW - age - BLOCK) * 1000),
        "max_time": int((NOW - age) * 1000),
        "resolution": 0,
        "level": 1,
        "source": "sidecar",
        "labels": labels_of(replica),
        "series": 10,
        "samples": 100,
    }
    return Block(**{**values, **differences})


def success(data: Any, **more: Any) -> Response:
    """Return Thanos' answer."""
    return Response(200, json.dumps({"status": "success", "data": data, **more}).encode())


def thanos_error(status: int, kind: str, message: str) -> Response:
    """Return Thanos' answer for an error."""
    return Response(status, json.dumps({"status": "error", "errorType": kind, "error": message}).encode())


def proxy(service: str, path: str) -> str:
    """Return the path of a Service's proxy."""
    return f"/api/v1/namespaces/monitoring/services/{service}:http/proxy{path}"


#: As thanos v0.42.4 answers: a sidecar without an end, and a store that has no data yet.
STORES_JSON: dict[str, Any] = {
    "sidecar": [
        {
            "name": f"{ADDRESSES[name]}:10901",
            "lastCheck": "2026-11-24T10:27:55.219529671Z",
            "lastError": None,
            "labelSets": [labels_of(name)],
            "minTime": 1795515538000,
            "maxTime": 9223372036854775807,
        }
        for name in ("prometheus-k8s-0", "prometheus-k8s-1")
    ],
    "store": [
        {
            "name": "10.0.0.3:10901",
            "lastCheck": "2026-11-24T10:27:55.219219416Z",
            "lastError": None,
            "labelSets": [labels_of("prometheus-k8s-0")],
            "minTime": int((NOW - 864000) * 1000),
            "maxTime": int((NOW - 3600) * 1000),
        }
    ],
}


def block_json(replica: str, age: float = 3600) -> dict[str, Any]:
    """Return a block as the compactor lists it."""
    return {
        "ulid": f"01M86HGKKET99WF2BG6R779R{'QM' if replica.endswith('0') else 'QN'}",
        "minTime": int((NOW - age - BLOCK) * 1000),
        "maxTime": int((NOW - age) * 1000),
        "stats": {"numSamples": 57680, "numSeries": 12033, "numChunks": 12033},
        "compaction": {"level": 1, "sources": []},
        "version": 1,
        "thanos": {"labels": labels_of(replica), "downsample": {"resolution": 300000}, "source": "sidecar"},
    }


def blocks_json(*blocks: dict[str, Any], age: float = 10, error: Any = None) -> dict[str, Any]:
    """Return the compactor's list of blocks, fetched so many seconds ago."""
    refreshed = time(age).replace("Z", ".123456789Z")
    return {"label": "", "blocks": list(blocks), "refreshedAt": refreshed, "err": error}

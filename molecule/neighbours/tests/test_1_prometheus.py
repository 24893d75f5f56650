"""Two Prometheus resources in one namespace: a run for one leaves the other's sidecar, Service and data alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from announcements import objects, run
from real_cluster import changed, create, eventually, get, kubectl, playbook, query, rolled_out

PROMETHEUSES = "/apis/monitoring.coreos.com/v1/namespaces/monitoring/prometheuses"
#: What a resource of its own would have, apart from its image and its size.
BATCH = {"replicas": 1, "serviceMonitorSelector": {}, "serviceAccountName": "prometheus-k8s"}
#: Blocks of a resource that is some seconds old are nothing that could be verified yet.
OF_BATCH: dict[str, Any] = {"prometheus_thanos_sidecar_name": "batch", "thanos_verify": False}


@pytest.fixture(scope="module", autouse=True)
def batch() -> Iterator[None]:
    """A second Prometheus, which somebody has created beside the first one."""
    spec = get(f"{PROMETHEUSES}/k8s")["spec"]
    shared = {key: spec[key] for key in ("image", "version", "securityContext", "resources")}
    kind = {"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus"}
    create({**kind, "metadata": {"name": "batch", "namespace": "monitoring"}, "spec": {**BATCH, **shared}})
    # A pod that is told to end while its program starts may not hear it, and has ten minutes.
    eventually(lambda: names("statefulsets") & {"prometheus-batch"}, "its StatefulSet")
    rolled_out("monitoring", "statefulset/prometheus-batch")
    yield
    kubectl("delete", "prometheus", "--namespace", "monitoring", "batch")
    run("site", thanos_verify=False)


def names(kind: str) -> set[str]:
    """Return the names of the objects of a kind beside Prometheus."""
    return set(
        kubectl("get", kind, "--namespace", "monitoring", "--output", "jsonpath={.items[*].metadata.name}").split()
    )


def sidecar_services() -> set[str]:
    """Return the names of the sidecars' Services."""
    return {name for name in names("services") if name.endswith("-thanos-sidecar")}


def answering() -> set[str]:
    """Return the Prometheus resources that the querier has data of from just now."""
    return {series["metric"].get("prometheus", "") for series in query("count by (prometheus) (up)", dedup="false")}


def test_a_run_for_the_second_keeps_the_first() -> None:
    before = objects()
    run("site", **OF_BATCH)
    after = objects()
    for title in ("Service monitoring/prometheus-k8s-thanos-sidecar", "Prometheus monitoring/k8s"):
        assert after[title] == before[title]
    assert sidecar_services() == {"prometheus-k8s-thanos-sidecar", "prometheus-batch-thanos-sidecar"}
    both = {"monitoring/k8s", "monitoring/batch"}
    eventually(lambda: answering() >= both, "data of both Prometheus resources")


def test_runs_for_one_and_the_other_undo_nothing_of_each_other() -> None:
    for name in ("k8s", "batch"):
        only = {"thanos_components": ["prometheus_thanos_sidecar", "thanos_querier"]}
        result = playbook("--extra-vars", json.dumps({**OF_BATCH, **only, "prometheus_thanos_sidecar_name": name}))
        assert result.returncode == 0, result.stdout[-4000:]
        assert changed(result.stdout) == 0, result.stdout[-4000:]


def test_the_second_leaves_alone() -> None:
    before = objects()
    said, _changed = run("uninstall", thanos_components=["prometheus_thanos_sidecar"], **OF_BATCH)
    assert said == {
        "Service monitoring/prometheus-batch-thanos-sidecar": "removed",
        "Prometheus monitoring/batch": "changed",
    }
    after = objects()
    assert sidecar_services() == {"prometheus-k8s-thanos-sidecar"}
    assert after["Prometheus monitoring/k8s"] == before["Prometheus monitoring/k8s"]
    assert "monitoring/k8s" in answering()

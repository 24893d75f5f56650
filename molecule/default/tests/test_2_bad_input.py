"""Bad input ends with an error that says what is wrong and what is allowed, and nothing is changed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from real_cluster import BIN, ENVIRONMENT, failed, kubectl, snapshot

TWO_PROMETHEUSES = """
apiVersion: v1
kind: Namespace
metadata: {name: two-prometheuses}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: first, namespace: two-prometheuses}
spec: {paused: true}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: second, namespace: two-prometheuses}
spec: {paused: true}
---
apiVersion: v1
kind: Secret
metadata: {name: without-the-key, namespace: monitoring}
stringData: {other.yaml: "type: S3"}
"""

CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "unknown namespace": (
        {"prometheus_thanos_sidecar_namespace": "nowhere"},
        ["prometheus_thanos_sidecar_namespace", "nowhere"],
    ),
    "no Prometheus": (
        {"prometheus_thanos_sidecar_namespace": "default"},
        ["prometheus_thanos_sidecar_namespace", "default"],
    ),
    "no Prometheus of that name": (
        {"prometheus_thanos_sidecar_name": "k9s"},
        ["prometheus_thanos_sidecar_name", "k9s", "k8s"],
    ),
    "two of them": (
        {"prometheus_thanos_sidecar_namespace": "two-prometheuses"},
        ["prometheus_thanos_sidecar_name", "first", "second"],
    ),
    "a retention that is too short": (
        {"prometheus_thanos_sidecar_block_size": "2h"},
        ["retention", "6m", "6h"],
    ),
    "a bucket name that S3 forbids": (
        {"minio_bucket": "My_Bucket"},
        ["minio_bucket", "My_Bucket"],
    ),
    "a NodePort out of range": (
        {"thanos_querier_service_type": "NodePort", "thanos_querier_service_node_port": 60000},
        ["thanos_querier_service_node_port", "60000", "30000", "32767"],
    ),
    "a wrong type": (
        {"thanos_querier_replicas": "many"},
        ["thanos_querier_replicas", "many"],
    ),
    "an empty password": (
        {"minio_root_password": ""},
        ["minio_root_password", "empty"],
    ),
    "a Secret without the key": (
        {"thanos_objstore_existing_secret": "without-the-key"},
        ["without-the-key", "thanos.yaml", "other.yaml"],
    ),
    "raw data that goes before it is downsampled": (
        {"thanos_compactor_retention_raw": "1d"},
        ["thanos_compactor_retention_raw", "1d", "40h"],
    ),
    "downsampled data that goes before its next step": (
        {"thanos_compactor_retention_5m": "9d"},
        ["thanos_compactor_retention_5m", "9d", "10d"],
    ),
}


@pytest.fixture(scope="module", autouse=True)
def objects() -> Iterator[None]:
    """Two Prometheus resources in a namespace of their own, and a Secret that lacks its key."""
    command: list[str | Path] = [BIN / "kubectl", "apply", "--server-side", "--filename", "-"]
    subprocess.run(command, input=TWO_PROMETHEUSES, env=ENVIRONMENT, text=True, check=True, capture_output=True)
    yield
    kubectl("delete", "namespace", "two-prometheuses", "--wait=false")
    kubectl("delete", "secret", "--namespace", "monitoring", "without-the-key")


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_explained_and_changes_nothing(case: str) -> None:
    variables, expected = CASES[case]
    before = snapshot()
    error = failed(variables)
    assert [text for text in expected if text not in error] == [], error
    assert snapshot() == before


def test_an_api_that_does_not_answer_is_named(tmp_path: Path) -> None:
    kubeconfig = json.loads(kubectl("config", "view", "--raw", "--output", "json"))
    kubeconfig["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    file = tmp_path / "kubeconfig"
    file.touch(mode=0o600)
    file.write_text(json.dumps(kubeconfig))
    error = failed({"thanos_kubeconfig": str(file)})
    assert "https://127.0.0.1:1 cannot be reached" in error
    assert "Connection refused" in error

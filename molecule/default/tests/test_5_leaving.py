"""Taking the stack away gives Prometheus and Grafana back as they were, keeps the data, and it finds its data again."""

from __future__ import annotations

import json
from typing import Any

from minio import Minio
from real_cluster import blocks, changed, kubectl, playbook, secret, stores

ABSENT = {
    f"{role}_state": "absent"
    for role in (
        "minio",
        "thanos_objstore",
        "prometheus_thanos_sidecar",
        "thanos_querier",
        "thanos_store",
        "thanos_compactor",
        "grafana_datasource",
    )
}
#: As testbed/manifests/grafana.yaml has it.
ORIGINAL_URL = "http://prometheus-k8s.monitoring.svc:9090"


def prometheus() -> dict[str, Any]:
    """Return the Prometheus resource's spec."""
    return dict(json.loads(kubectl("get", "prometheus", "-n", "monitoring", "k8s", "--output", "json"))["spec"])


def test_absent_gives_everything_back_and_keeps_the_data(bucket: Minio) -> None:
    with_sidecar = prometheus()
    before = {block["ulid"] for block in blocks(bucket)}
    assert before

    run = playbook("--extra-vars", json.dumps(ABSENT))
    assert run.returncode == 0, run.stdout[-4000:]
    ours = "--selector=app.kubernetes.io/managed-by=observability.thanos"
    left = kubectl("get", "deployments,statefulsets,services,configmaps,pdb", "--all-namespaces", ours, "-o", "name")
    assert left == ""
    spec = prometheus()
    assert spec["externalLabels"] == {}, "empty, as kube-prometheus writes it"
    assert set(with_sidecar) - set(spec) == {"disableCompaction", "thanos"}
    assert set(spec["podMetadata"]) == {"labels"}
    assert "thanos-store-api" not in spec["podMetadata"]["labels"]
    (datasource,) = json.loads(secret("monitoring", "grafana-datasources")["datasources.yaml"])["datasources"]
    assert datasource["url"] == ORIGINAL_URL
    kept = kubectl("get", "persistentvolumeclaims", "--namespace", "minio", "--output", "name").split()
    assert kept == ["persistentvolumeclaim/minio-pvc"]

    again = playbook("--extra-vars", json.dumps(ABSENT))
    assert again.returncode == 0, again.stdout[-4000:]
    assert changed(again.stdout) == 0, again.stdout[-4000:]


def test_installed_again_it_finds_its_data() -> None:
    run = playbook()
    assert run.returncode == 0, run.stdout[-4000:]
    assert changed(run.stdout) > 0
    again = playbook()
    assert changed(again.stdout) == 0, again.stdout[-4000:]
    assert len(stores()["store"]) == 1

"""uninstall.yml gives Prometheus and Grafana back as they were, keeps the data, and harms nothing of others."""

from __future__ import annotations

import json
from typing import Any

import yaml
from announcements import MANAGER, differences, objects, run
from real_cluster import ROOT, blocks, bucket_of_root, eventually, kubectl, playbook, secret

KEPT = {
    "Namespace minio",
    "PersistentVolumeClaim minio/minio-pvc",
    "Secret minio/minio-root",
    "Secret minio/minio-thanos",
    "Secret monitoring/thanos-objectstorage",
}


def live(kind: str, name: str) -> dict[str, Any]:
    """Return an object of Prometheus' and Grafana's namespace, with who owns which of its fields."""
    item: dict[str, Any] = json.loads(
        kubectl("get", kind, "--namespace", "monitoring", name, "--output", "json", "--show-managed-fields")
    )
    return item


def owners(item: dict[str, Any], without: str = "") -> list[dict[str, Any]]:
    """Return which fields each manager owns, without those of the status."""
    return [
        {"manager": entry["manager"], "operation": entry["operation"], "fields": entry["fieldsV1"]}
        for entry in item["metadata"]["managedFields"]
        if entry["manager"] != without and entry.get("subresource") != "status"
    ]


def test_everything_goes_but_data_and_what_is_not_ours() -> None:
    with bucket_of_root() as client:
        eventually(lambda: blocks(client), "a block in the bucket, which has to be there again in the end")
    before, prometheus = objects(), live("prometheus", "k8s")
    # Somebody else's object under a name of ours, and a stack that is half removed already.
    kubectl("delete", "service", "--namespace", "monitoring", "thanos-compactor")
    kubectl("create", "service", "clusterip", "--namespace", "monitoring", "thanos-compactor", "--tcp=1")
    kubectl("delete", "deployment", "--namespace", "minio", "minio")
    try:
        half = objects()
        announced, _checked = run("uninstall", "--check")
        assert objects() == half, "check mode changes something"
        said, _changed = run("uninstall")
        after = objects()
        assert announced == said == differences(half, after)
        assert "Service monitoring/thanos-compactor" in after
    finally:
        kubectl("delete", "service", "--namespace", "monitoring", "thanos-compactor")

    label = "app.kubernetes.io/managed-by"
    labelled = {name for name, item in after.items() if item["metadata"].get("labels", {}).get(label) == MANAGER}
    volumes = {name for name in before if name.startswith("PersistentVolumeClaim monitoring/data-thanos-")}
    assert volumes <= after.keys()
    assert labelled - volumes == KEPT
    # Without their StatefulSets nothing else says whose they are.
    claims = {f"PersistentVolumeClaim monitoring/data-thanos-{name}-0" for name in ("compactor", "store-gateway")}
    assert claims <= volumes & labelled

    spec = live("prometheus", "k8s")["spec"]
    assert set(prometheus["spec"]) - set(spec) == {"disableCompaction", "thanos"}
    assert spec["externalLabels"] == {}, "empty, as kube-prometheus writes it"
    assert set(spec["podMetadata"]) == {"labels"}
    assert "thanos-store-api" not in spec["podMetadata"]["labels"]
    shared = ("disableCompaction", "externalLabels", "podMetadata", "thanos")
    assert spec | dict.fromkeys(shared) == prometheus["spec"] | dict.fromkeys(shared)
    assert owners(live("prometheus", "k8s")) == owners(prometheus, without=MANAGER)


def test_grafanas_secret_is_what_it_was_byte_for_byte() -> None:
    (original,) = [
        each["stringData"]["datasources.yaml"]
        for each in yaml.safe_load_all((ROOT / "testbed" / "manifests" / "grafana.yaml").read_text())
        if each["kind"] == "Secret"
    ]
    assert secret("monitoring", "grafana-datasources") == {"datasources.yaml": original}
    for kind, name in (("secret", "grafana-datasources"), ("deployment", "grafana")):
        item = live(kind, name)
        assert MANAGER not in {owner["manager"] for owner in owners(item)}, name
        assert MANAGER not in json.dumps(item["metadata"].get("annotations", {})), name


def test_a_second_run_changes_nothing() -> None:
    before = objects()
    said, changed = run("uninstall")
    assert (said, changed) == ({}, 0)
    assert objects() == before


def test_what_would_be_destroyed_is_listed_before_anything_else() -> None:
    result = playbook("--check", "--extra-vars", "thanos_purge_data=true", name="playbooks/uninstall.yml")
    assert result.returncode == 0, result.stdout[-4000:]
    listed = result.stdout[result.stdout.index("destroyed, since thanos_purge_data is true") :]
    for text in (*KEPT, "minio-pvc, 5Gi", "minio-root, keys root-password, root-user", "data-thanos-compactor-0, 2Gi"):
        assert text in listed.partition("TASK")[0], text

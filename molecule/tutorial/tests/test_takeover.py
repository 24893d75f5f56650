"""Nothing of the tutorial's data is lost, nothing of it is left, and there is one of everything."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
from typing import Any

import pytest
from minio.error import S3Error
from real_cluster import blocks, changed, eventually, kubectl, playbook, secret, snapshot, stores
from tutorial import ACCESS_KEY, SECRET_KEY, Before, bucket, names, permission

Run = subprocess.CompletedProcess[str]
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def test_without_permission_the_run_fails_and_names_the_option(refused: Run) -> None:
    assert refused.returncode != 0
    assert "thanos_adopt" in refused.stdout
    assert SECRET_KEY not in refused.stdout


def test_check_mode_says_what_will_happen(announced: Run) -> None:
    assert announced.returncode == 0, announced.stdout[-4000:]
    for line in (
        "Deployment minio/minio: taken over from kubectl",
        "StatefulSet monitoring/thanos-compactor: made again",
        "StatefulSet monitoring/thanos-store-gateway: made again",
    ):
        assert line in announced.stdout


def test_it_is_taken_over(taken_over: Run) -> None:
    assert taken_over.returncode == 0, taken_over.stdout[-6000:]
    assert changed(taken_over.stdout) > 0


@pytest.mark.usefixtures("taken_over")
def test_no_block_is_lost(before: Before) -> None:
    credentials = secret("minio", "minio-root")
    with bucket(credentials["root-user"], credentials["root-password"]) as client:
        now = {block["ulid"]: block for block in blocks(client)}
    assert len(before.blocks) >= 4
    for block in before.blocks:
        # The compactor may have merged it meanwhile: then another block has all that was in it.
        kept = now.get(block["ulid"]) or merged(block, list(now.values()))
        assert kept, f"block {block['ulid']} is gone"
        if kept["ulid"] == block["ulid"]:
            assert kept["stats"] == block["stats"]
    originals = sum(block["stats"]["numSamples"] for block in before.blocks if block["compaction"]["level"] == 1)
    assert sum(block["stats"]["numSamples"] for block in now.values()) >= originals > 0


def merged(block: dict[str, Any], others: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the block that was made of this one."""
    sources = set(block["compaction"]["sources"])
    return next((other for other in others if sources <= set(other["compaction"]["sources"])), None)


@pytest.mark.usefixtures("taken_over")
def test_every_sample_is_found_again(before: Before) -> None:
    assert min(before.samples.values()) > 1000
    eventually(
        lambda: before.samples_now() == before.samples,
        f"the samples of before, {before.samples} in {before.span} s (now: {before.samples_now()})",
    )


@pytest.mark.usefixtures("taken_over")
def test_new_blocks_arrive(before: Before) -> None:
    credentials = secret("minio", "minio-root")
    known = {block["ulid"] for block in before.blocks}
    with bucket(credentials["root-user"], credentials["root-password"]) as client:

        def uploaders() -> set[str]:
            fresh = [block["thanos"]["labels"] for block in blocks(client) if block["ulid"] not in known]
            return {labels["prometheus_replica"] for labels in fresh if labels.get("cluster") == "demo"}

        eventually(lambda: len(uploaders()) == 2, f"a new block of each replica (now: {uploaders()})")


@pytest.mark.usefixtures("taken_over")
def test_there_is_one_of_everything() -> None:
    assert names("deployments,statefulsets,services,jobs", "minio") == {"deployment.apps/minio", "service/minio"}
    assert names("persistentvolumeclaims", "minio") == {"persistentvolumeclaim/minio-pvc"}
    found = names("deployments,statefulsets,services", "monitoring")
    assert {name for name in found if "thanos" in name} == {
        "deployment.apps/thanos-querier",
        "statefulset.apps/thanos-compactor",
        "statefulset.apps/thanos-store-gateway",
        "service/prometheus-k8s-thanos-sidecar",
        "service/thanos-querier",
        "service/thanos-compactor",
        "service/thanos-store-gateway",
    }

    def pods() -> list[str]:
        found = names("pods", "monitoring") | names("pods", "minio")
        return sorted(name.partition("/")[2] for name in found if "thanos" in name or "minio" in name)

    def only_ours() -> bool:
        shapes = [name if name[-1:].isdigit() and "gateway" in name else name.rsplit("-", 2)[0] for name in pods()]
        return sorted(shapes) == ["minio", "thanos", "thanos-querier", "thanos-querier", "thanos-store-gateway-0"]

    eventually(only_ours, f"one MinIO, one compactor, one store, two queriers (now: {pods()})")
    found_stores = stores()
    assert (len(found_stores["sidecar"]), len(found_stores["store"])) == (2, 1)
    (datasource,) = json.loads(secret("monitoring", "grafana-datasources")["datasources.yaml"])["datasources"]
    assert datasource["url"].startswith("http://thanos-querier.monitoring.svc")


@pytest.mark.usefixtures("taken_over")
def test_the_old_credentials_are_refused() -> None:
    with bucket(ACCESS_KEY, SECRET_KEY) as client, pytest.raises(S3Error) as error:
        client.list_buckets()
    assert error.value.code in ("InvalidAccessKeyId", "SignatureDoesNotMatch")


def test_the_old_credentials_are_nowhere(taken_over: Run, announced: Run) -> None:
    assert SECRET_KEY not in taken_over.stdout + announced.stdout
    kinds = "all,configmaps,secrets,pvc,replicasets,controllerrevisions,prometheuses"
    for namespace in ("minio", "monitoring"):
        found = json.loads(kubectl("get", kinds, "--namespace", namespace, "--output", "json"))["items"]
        for each in found:
            where = f"{each['kind']} {each['metadata']['name']}"
            assert SECRET_KEY not in json.dumps(each), where
            if each["kind"] == "Secret":
                assert not [key for key, text in texts(each).items() if SECRET_KEY.encode() in text], where


def texts(found: dict[str, Any]) -> dict[str, bytes]:
    """Return what a Secret holds; the Prometheus operator's are compressed."""
    decoded = {key: base64.b64decode(value) for key, value in (found.get("data") or {}).items()}
    return {key: gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data for key, data in decoded.items()}


@pytest.mark.usefixtures("taken_over")
def test_nothing_is_kubectls_any_more() -> None:
    for namespace, kinds in (("minio", "deployments,services"), ("monitoring", "deployments,statefulsets,services")):
        ours = "--selector=app.kubernetes.io/managed-by=observability.thanos"
        read = ("get", kinds, "--namespace", namespace, ours, "--output", "json", "--show-managed-fields")
        for each in json.loads(kubectl(*read))["items"]:
            managers = {entry["manager"] for entry in each["metadata"]["managedFields"]}
            where = f"{each['kind']} {each['metadata']['name']}: {managers}"
            assert not [manager for manager in managers if manager.startswith("kubectl")], where
            assert LAST_APPLIED not in (each["metadata"].get("annotations") or {}), where
    minio = json.loads(kubectl("get", "deployment", "--namespace", "minio", "minio", "--output", "json"))
    (container,) = minio["spec"]["template"]["spec"]["containers"]
    assert not [
        entry["name"] for entry in container["env"] if entry["name"] in ("MINIO_ACCESS_KEY", "MINIO_SECRET_KEY")
    ]
    querier = json.loads(kubectl("get", "service", "--namespace", "monitoring", "thanos-querier", "--output", "json"))
    assert querier["spec"]["type"] == "ClusterIP"


@pytest.mark.usefixtures("taken_over")
def test_of_prometheus_only_our_fields_changed_hands() -> None:
    read = ("get", "prometheus", "--namespace", "monitoring", "k8s", "--output", "json", "--show-managed-fields")
    live = json.loads(kubectl(*read))
    entries = {entry["manager"]: entry["fieldsV1"].get("f:spec", {}) for entry in live["metadata"]["managedFields"]}
    assert "f:thanos" in entries["observability.thanos"]
    assert "f:thanos" not in entries.get("kubectl-client-side-apply", {})
    # What a person applies the next time no longer has these lines, and kubectl does not miss them.
    last_applied = json.loads(live["metadata"]["annotations"][LAST_APPLIED])
    assert "thanos" not in last_applied["spec"]
    assert last_applied["spec"]["podMetadata"]["labels"] == {
        "app.kubernetes.io/name": "prometheus",
        "app.kubernetes.io/instance": "k8s",
    }


@pytest.mark.usefixtures("taken_over")
@pytest.mark.parametrize("extra", [{}, permission()])
def test_a_second_run_changes_nothing(extra: dict[str, Any]) -> None:
    before = snapshot()
    run = playbook("--extra-vars", json.dumps(extra))
    assert run.returncode == 0, run.stdout[-4000:]
    assert changed(run.stdout) == 0, run.stdout[-4000:]
    assert snapshot() == before

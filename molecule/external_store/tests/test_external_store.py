"""SeaweedFS, which somebody else runs, keeps the blocks: all data flows through it, and nothing of MinIO is needed.

All of it goes over TLS, and everybody has to be given the CA of the certificate.

What was uploaded to MinIO before stays there, and is not uploaded again: only new blocks are looked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3
import yaml
from minio import Minio
from real_cluster import (
    REPLICAS,
    ROOT,
    UP,
    blocks,
    changed,
    common_range,
    eventually,
    failed,
    forwarded,
    kubectl,
    playbook,
    query,
    secret,
    snapshot,
    stores,
)
from verification_table import CHECKS, lines

CONVERGED = yaml.safe_load((ROOT / "molecule/external_store/converge.yml").read_text())[0]["vars"]
#: A name that no namespace has: as on a cluster where MinIO never was.
NOWHERE = "minio-was-never-here"


def variables(**more: Any) -> tuple[str, str]:
    """Return the arguments for what converge.yml sets, and more."""
    return "--extra-vars", json.dumps({**CONVERGED, **more})


def namespaces() -> list[str]:
    """Return the names of all namespaces."""
    return kubectl("get", "namespaces", "--output", "name").split()


@pytest.fixture(scope="module")
def bucket() -> Iterator[Minio]:
    """The bucket as its owner sees it, through kubectl's own port-forward."""
    owner = secret("seaweedfs", "s3-owner")
    with forwarded("seaweedfs", "s3", 8333) as address:
        yield Minio(
            address,
            access_key=owner["access-key"],
            secret_key=owner["secret-key"],
            http_client=urllib3.PoolManager(ca_certs=str(ROOT / ".testbed" / "external_store" / "client.pem")),
        )


def test_no_minio_runs_and_what_it_kept_is_kept() -> None:
    kinds = "deployments,services,pods"
    eventually(lambda: not kubectl("get", kinds, "--namespace", "minio", "--output", "name"), "nothing of MinIO")
    volumes = kubectl("get", "pvc", "--namespace", "minio", "--output", "name").split()
    # Where this scenario runs alone there was none before, and none was made.
    assert volumes == (["persistentvolumeclaim/minio-pvc"] if "namespace/minio" in namespaces() else [])


def test_a_second_run_changes_nothing_and_needs_no_namespace_of_minio() -> None:
    before = snapshot("seaweedfs")
    run = playbook(*variables(minio_namespace=NOWHERE))
    assert run.returncode == 0, run.stdout[-4000:]
    assert changed(run.stdout) == 0, run.stdout[-4000:]
    assert snapshot("seaweedfs") == before
    assert f"namespace/{NOWHERE}" not in namespaces()
    assert "Object store s3.seaweedfs" not in run.stdout, "its name cannot be looked up here, which is no warning"


def test_rendered_are_no_manifests_of_minio(tmp_path: Path) -> None:
    run = playbook(*variables(thanos_render_directory=str(tmp_path)), name="playbooks/render.yml")
    assert run.returncode == 0, run.stdout[-4000:]
    files = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert "30-statefulset-monitoring-thanos-store-gateway.yaml" in files
    assert [name for name, text in files.items() if "minio" in text.lower()] == []


def test_leaving_takes_no_blocks_of_somebody_elses() -> None:
    run = playbook("--check", *variables(thanos_purge_data=True), name="playbooks/uninstall.yml")
    assert run.returncode == 0, run.stdout[-4000:]
    assert "StatefulSet monitoring/thanos-store-gateway: removed" in run.stdout
    assert "bucket metrics" not in run.stdout
    # Of the bucket that MinIO keeps nobody knows what is in it: the compactor tells of another one.
    of_minio = "bucket prometheus-thanos in MinIO, number of blocks not known"
    assert (of_minio in run.stdout) == ("namespace/minio" in namespaces())


def test_a_wrong_address_is_said_before_anything_is_changed() -> None:
    before = snapshot("seaweedfs")
    error = failed({**CONVERGED, "thanos_objstore_endpoint": "s3.nowhere.svc.cluster.local:8333"})
    assert "Object store s3.nowhere.svc.cluster.local:8333: the cluster has no Service nowhere/s3." in error
    assert snapshot("seaweedfs") == before


def test_a_wrong_key_is_said_before_anything_is_changed() -> None:
    before = snapshot("seaweedfs")
    wrong = {"thanos_objstore_credentials_secret": {}, "thanos_objstore_access_key_id": "metrics-only"}
    error = failed({**CONVERGED, **wrong, "thanos_objstore_secret_access_key": "of-another-bucket"})
    assert "the secret key is not the access key's (SignatureDoesNotMatch)" in error
    assert "of-another-bucket" not in error
    assert snapshot("seaweedfs") == before


def test_blocks_of_both_replicas_arrive(bucket: Minio) -> None:
    def uploaders() -> set[str]:
        return {
            block["thanos"]["labels"]["prometheus_replica"]
            for block in blocks(bucket, "metrics")
            if block["thanos"]["source"] == "sidecar"
        }

    eventually(lambda: uploaders() == REPLICAS, f"blocks of both replicas in the bucket (now: {uploaders()})")


def test_the_store_gateway_serves_them(bucket: Minio) -> None:
    def answered() -> set[str]:
        uploaded = [each for each in blocks(bucket, "metrics") if each["thanos"]["source"] == "sidecar"]
        # What was uploaded first of one replica may have ended before the other's began.
        _start, end = common_range(uploaded)
        addresses = [each["name"] for each in stores().get("store", [])]
        if len(addresses) != 1:
            return set()
        only_the_store = {"storeMatch[]": f'{{__address__="{addresses[0]}"}}'}
        series = query(UP, time=str(end / 1000 - 1), dedup="false", **only_the_store)
        return {each["metric"]["prometheus_replica"] for each in series}

    eventually(lambda: answered() == REPLICAS, "both replicas from the store gateway alone")


def is_proven() -> bool:
    """Run verify.yml, for which all has to be well."""
    run = playbook(*variables(), name="playbooks/verify.yml")
    # No volume is left of which the kubelet could tell how full it is: Prometheus has a claim here.
    assert lines(run.stdout) == {**dict.fromkeys(CHECKS, "ok"), "volumes": "skipped"}, run.stdout[-6000:]
    assert run.returncode == 0, run.stdout[-4000:]
    return True


def test_all_is_proven() -> None:
    eventually(is_proven, "the proof")

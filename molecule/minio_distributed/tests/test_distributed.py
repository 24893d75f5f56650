"""Objects are written and read while one server is away, which then gets what it missed; and no data is left behind."""

from __future__ import annotations

import io
import json
import subprocess
import time
from typing import Any

import pytest
from minio import Minio
from minio.error import S3Error
from object_loop import BUCKET, SIZE, client, content, requests
from real_cluster import (
    BIN,
    ENVIRONMENT,
    changed,
    down,
    eventually,
    forwarded,
    get,
    kubectl,
    node,
    playbook,
    secret,
    snapshot,
)

NAMESPACE = "minio-distributed"
CONVERGE = "molecule/minio_distributed/converge.yml"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
PROMETHEUS = "/api/v1/namespaces/monitoring/services/prometheus-k8s:9090/proxy"
AWAY = "minio-1"
OLD = [f"old-{number}" for number in range(5)]


@pytest.fixture(scope="module", autouse=True)
def old() -> None:
    """Objects from before all that happens here."""
    with forwarded(NAMESPACE, "minio", 9000) as address:
        thanos = client(NAMESPACE, address)
        for name in OLD:
            thanos.put_object(BUCKET, name, io.BytesIO(content(name)), SIZE)


def damaged(names: list[str]) -> list[str]:
    """Return the objects that are not what was written, as Thanos' user reads them."""
    found = []
    with forwarded(NAMESPACE, "minio", 9000) as address:
        thanos = client(NAMESPACE, address)
        for name in names:
            answer = thanos.get_object(BUCKET, name)
            found += [] if answer.read() == content(name) else [name]
            answer.close()
            answer.release_conn()
    return found


def on_drive(pod: str) -> set[str]:
    """Return the objects that a pod's own drive has a part of, as the node sees its volume."""
    claim = json.loads(kubectl("get", "pvc", "--namespace", NAMESPACE, f"data-0-{pod}", "--output", "json"))
    volume = json.loads(kubectl("get", "pv", claim["spec"]["volumeName"], "--output", "json"))["spec"]
    path = (volume.get("local") or volume.get("hostPath"))["path"]
    command = ["docker", "exec", node(), "find", f"{path}/{BUCKET}", "-mindepth", "2", "-name", "xl.meta"]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {line.split("/")[-2] for line in found.splitlines()}


def started() -> dict[str, str]:
    """Return when each pod was made."""
    return {pod["metadata"]["name"]: pod["metadata"]["creationTimestamp"] for pod in get(PODS)["items"]}


def test_one_server_is_away_and_nobody_notices(capsys: pytest.CaptureFixture[str]) -> None:
    with requests(NAMESPACE, f"new-{time.time():.0f}-", OLD) as found:
        eventually(lambda: len(found.written()) > 3, "some objects")
        with down(NAMESPACE, AWAY):
            # Its process outlives it for a moment.
            eventually(lambda: on_drive(AWAY).isdisjoint(found.written()[-3:]), "nothing more on its drive")
            since = time.time()

            def is_enough() -> bool:
                return time.time() > since + 20 and len(found.since(since, "PUT")) >= 20

            eventually(is_enough, "20 objects in 20 s that are written while it is away")
            assert get(f"{PODS}/{AWAY}")["status"]["phase"] == "Pending", "it runs: the test would prove nothing"
            missed = {request.name for request in found.since(since, "PUT")}
            assert missed.isdisjoint(on_drive(AWAY))
        back = time.time()
        # One that has just come back must not say that what it missed does not exist.
        eventually(lambda: len(found.since(back, "GET")) >= 20, "objects that are read after it came back")
    with capsys.disabled():
        print(f"\n{found} with {AWAY} away for {back - since:.0f} s")
    assert found.lost() == set(), found.refused()
    # Unlike an error of the server, Thanos would believe it.
    assert [request for request in found.refused() if "NoSuchKey" in request.result] == []
    assert damaged([*OLD, *found.written()]) == []

    def healed() -> bool:
        # What is read is healed, by a server that uses the drive again.
        assert damaged(sorted(missed - on_drive(AWAY))) == []
        return missed <= on_drive(AWAY)

    eventually(healed, "all that it missed on its drive")


REFUSED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "another mode": (
        {"minio_mode": "standalone"},
        ["data-0-minio-0", "4 pods with 1 drive each", "minio_mode is standalone", "docs/operations/minio.md"],
    ),
    "more pods": (
        {"minio_replicas": 8},
        [
            "spread over 4 pods with 1 drive each",
            "ask for 8 pods",
            "Set minio_replicas to 4",
            "docs/operations/minio.md",
        ],
    ),
}


@pytest.mark.parametrize("options", [[], ["--check"]])
@pytest.mark.parametrize("case", REFUSED)
def test_no_data_is_left_behind(case: str, options: list[str]) -> None:
    variables, expected = REFUSED[case]
    before = snapshot(NAMESPACE)
    run = playbook(*options, "--extra-vars", json.dumps(variables), name=CONVERGE)
    assert run.returncode != 0, run.stdout[-4000:]
    error = " ".join(run.stdout[run.stdout.index("ERROR") :].split())
    assert [text for text in expected if text not in error] == [], error
    assert snapshot(NAMESPACE) == before


def test_prometheus_scrapes_every_server() -> None:
    def scraped() -> list[tuple[str, str]]:
        found = get(f"{PROMETHEUS}/api/v1/query", query=f'up{{namespace="{NAMESPACE}"}} == 1')["data"]["result"]
        return sorted((each["metric"]["pod"], each["metric"]["metrics_path"].rpartition("/")[2]) for each in found)

    wanted = [("minio-0", "cluster"), *((f"minio-{index}", "node") for index in range(4))]
    eventually(lambda: scraped() == wanted, "all servers by themselves, and one for all of them")
    query = f'minio_cluster_drive_online_total{{namespace="{NAMESPACE}"}} == 4'
    eventually(lambda: get(f"{PROMETHEUS}/api/v1/query", query=query)["data"]["result"], "4 drives")


def test_pods_keep_to_pod_security_restricted() -> None:
    label = "pod-security.kubernetes.io/enforce=restricted"
    command: list[Any] = [BIN / "kubectl", "label", "namespace", NAMESPACE, label, "--overwrite", "--dry-run=server"]
    result = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert "violate" not in result.stderr, result.stderr
    assert "labeled" in result.stdout


def refusal(address: str, keys: dict[str, str]) -> str:
    """Return the code with which MinIO refuses root's keys, an empty text where it takes them."""
    root = Minio(address, keys["root-user"], keys["root-password"], secure=False)
    try:
        root.list_buckets()
    except S3Error as error:
        return str(error.code)
    return ""


def test_new_root_credentials_restart_all_servers_at_once() -> None:
    """One by one, the first would wait for ever for others that know it."""
    before, pods = secret(NAMESPACE, "minio-root"), started()
    run = playbook("--extra-vars", "minio_rotate_root=true", name=CONVERGE)
    assert run.returncode == 0, run.stdout[-4000:]
    after = secret(NAMESPACE, "minio-root")
    assert all(when != pods[name] for name, when in started().items())
    for password in (before["root-password"], after["root-password"]):
        assert password not in run.stdout
    with forwarded(NAMESPACE, "minio", 9000) as address:
        assert refusal(address, before) == "SignatureDoesNotMatch"
        assert refusal(address, after) == ""
    assert damaged(OLD) == []
    again = playbook(name=CONVERGE)
    assert changed(again.stdout) == 0, again.stdout[-4000:]


def test_every_drive_is_named_before_it_is_destroyed() -> None:
    before = snapshot(NAMESPACE)
    variables = json.dumps({"minio_state": "absent", "thanos_purge_data": True})
    run = playbook("--check", "--extra-vars", variables, name=CONVERGE)
    assert run.returncode == 0, run.stdout[-4000:]
    listed = run.stdout[run.stdout.index("destroyed, since thanos_purge_data is true") :].partition("TASK")[0]
    for index in range(4):
        assert f"PersistentVolumeClaim {NAMESPACE}/data-0-minio-{index}, 1Gi" in listed, listed
    for text in (f"Secret {NAMESPACE}/minio-root", f"Namespace {NAMESPACE}", f"bucket {BUCKET} in MinIO"):
        assert text in listed, listed
    assert snapshot(NAMESPACE) == before

"""What is killed or goes away for a while: queries go on, runs are completed, no block is lost."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from query_loop import queries
from real_cluster import (
    BIN,
    ENVIRONMENT,
    REPLICAS,
    bucket_of_root,
    changed,
    eventually,
    get,
    kubectl,
    largest_gap,
    node,
    playbook,
    recorded,
    recorded_until,
    running_playbook,
)

#: So old is what a sidecar has not uploaded yet: a block of two minutes is cut after three, and looked for every half.
AT_RISK_SECONDS = 210


def pods(selector: str, namespace: str = "monitoring") -> list[dict[str, Any]]:
    """Return the pods that a label selector names."""
    found = kubectl("get", "pods", "--namespace", namespace, "--selector", selector, "--output", "json")
    return list(json.loads(found)["items"])


def are_ready(found: list[dict[str, Any]]) -> bool:
    """Return whether there are pods, and all of them are ready and none on its way out."""
    return bool(found) and all(
        "deletionTimestamp" not in pod["metadata"]
        and any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", []))
        for pod in found
    )


def kill(*found: dict[str, Any]) -> None:
    """Delete pods as a drained node does, and wait until all of their kind are ready again."""
    names = [pod["metadata"]["name"] for pod in found]
    kubectl("delete", "pod", "--namespace", "monitoring", "--wait=false", *names)
    old = {pod["metadata"]["uid"] for pod in found}

    def replaced() -> bool:
        # Without the pods of Jobs, which never are ready.
        now = [pod for pod in pods("app.kubernetes.io/name") if pod["status"].get("phase") != "Succeeded"]
        return are_ready(now) and old.isdisjoint(pod["metadata"]["uid"] for pod in now)

    eventually(replaced, f"new pods instead of {', '.join(names)}")


def annotated(value: str) -> dict[str, dict[str, str]]:
    """Return variables that change the pods of three components."""
    return {f"thanos_{name}_pod_annotations": {"fault": value} for name in ("querier", "store", "compactor")}


def marks() -> list[str]:
    """Return the annotation that these variables set, of each component that has it."""
    found = json.loads(kubectl("get", "deployments,statefulsets", "--namespace", "monitoring", "--output", "json"))
    templates = [item["spec"]["template"]["metadata"].get("annotations", {}) for item in found["items"]]
    return [annotation["fault"] for annotation in templates if "fault" in annotation]


@contextmanager
def without_minio() -> Iterator[None]:
    """Take MinIO away: its pod is gone, and the node takes no new one."""
    kubectl("cordon", node())
    try:
        kubectl("delete", "pod", "--namespace", "minio", "--selector=app=minio", "--grace-period=1")
        yield
    finally:
        kubectl("uncordon", node())


def failures(pod: str) -> int:
    """Return how often a sidecar had blocks to upload, and no bucket to upload them to."""
    metrics = kubectl("get", "--raw", f"/api/v1/namespaces/monitoring/pods/{pod}:10902/proxy/metrics")
    name = "thanos_shipper_dir_sync_failures_total"  # It does not come to upload_failures where nobody answers.
    (value,) = [line.split()[1] for line in metrics.splitlines() if line.startswith(name)]
    return int(float(value))


def test_no_query_fails_while_pods_are_killed(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = pods("app=thanos-querier")
    others = [*pods("app=thanos-store-gateway"), *pods("app=thanos-compactor")]
    (prometheus,) = [pod for pod in pods("operator.prometheus.io/name=k8s") if pod["metadata"]["name"].endswith("-0")]
    with queries() as found:
        eventually(lambda: found.asked, "an answer")
        # Where a sidecar and a store gateway go at once, a query may wait for both, 20 s each: see scenario rotation.
        kill(first, *others)
        kill(second)
        kill(prometheus)
    with capsys.disabled():
        print(f"\n{found} while pods of querier, store, compactor and Prometheus were killed")
    assert len(found.asked) > 50
    assert found.failed() == []


def test_a_run_killed_in_the_middle_is_completed_by_the_next() -> None:
    variables = ("--extra-vars", json.dumps(annotated("killed")))
    with running_playbook(*variables) as process:
        eventually(lambda: marks() or process.poll() is not None, "a change")
        assert process.poll() is None, "it ended before it could be killed"
    run = playbook(*variables)
    assert run.returncode == 0, run.stdout[-4000:]
    assert marks() == ["killed"] * 3


def test_the_api_server_may_restart_while_a_run_waits(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    log = tmp_path / "log"
    # DNS and controllers come back later than the API server itself.
    variables = json.dumps({**annotated("restarted"), "thanos_verify_wait": 300})
    with running_playbook("--extra-vars", variables, log=log) as process:
        waits = "StatefulSet monitoring/thanos-store-gateway: 0 of 1 replicas are ready"
        eventually(lambda: waits in log.read_text() or process.poll() is not None, "a run that waits")
        assert process.poll() is None, log.read_text()[-4000:]
        stop = time.monotonic()
        subprocess.run(["docker", "exec", node(), "bash", "-c", "kill -9 $(pidof kube-apiserver)"], check=True)
        ready: list[Any] = [BIN / "kubectl", "get", "--raw", "/readyz", "--request-timeout=1s"]
        answer = subprocess.run(ready, env=ENVIRONMENT, capture_output=True, check=False)
        assert answer.returncode != 0, "the API server still answers: the test would prove nothing"
        assert process.poll() is None, "the run was over before: the test would prove nothing"
        code = process.wait(300)
    with capsys.disabled():
        print(f"\nthe run ended {time.monotonic() - stop:.0f} s after the API server was killed")
    assert code == 0, log.read_text()[-4000:]
    assert marks() == ["restarted"] * 3


def test_minio_may_be_away(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    before = {pod: failures(pod) for pod in REPLICAS}
    log = tmp_path / "log"
    start = time.time()
    with ExitStack() as away:
        away.enter_context(without_minio())
        # A run that waits in vain says for what, and why it is not there.
        failed = playbook()
        error = " ".join(failed.stdout[failed.stdout.index("ERROR") :].split())
        assert failed.returncode != 0
        (pod,) = pods("app=minio", "minio")
        for text in ("Deployment minio/minio", pod["metadata"]["name"], "node(s) were unschedulable"):
            assert text in error, error
        eventually(
            lambda: all(failures(each) > number for each, number in before.items()),
            "a failed upload of both sidecars",
        )
        with running_playbook(log=log) as process:
            waits = "Deployment minio/minio: 0 of 1"
            eventually(lambda: waits in log.read_text() or process.poll() is not None, "a run that waits")
            away.close()
            eventually(lambda: are_ready(pods("app=minio", "minio")), "MinIO")
            end = time.time()
            assert process.wait(400) == 0, log.read_text()[-4000:]
    assert marks() == []
    with bucket_of_root() as client:

        def arrived() -> bool:
            return all(recorded_until(client, replica) > start for replica in REPLICAS)

        eventually(arrived, "blocks of both replicas")
        for replica in REPLICAS:
            # A Prometheus that began later has nothing from before.
            since = max(start - AT_RISK_SECONDS, recorded(client, replica)[0][0])
            assert largest_gap(client, replica, since, end) < 30
    with capsys.disabled():
        print(f"\nMinIO was away for {end - start:.0f} s; all blocks were there {time.time() - end:.0f} s later")


def test_a_run_that_makes_a_service_again_ends_well() -> None:
    """DNS may say for half a minute that there is no such name, as it has said while the Service was missing."""
    services = ("prometheus-k8s-thanos-sidecar", "thanos-store-gateway")
    queriers = [pod["metadata"]["name"] for pod in pods("app=thanos-querier")]
    assert len(queriers) == 2

    def known() -> list[set[str]]:
        # Each querier asks DNS by itself; the Service would answer for any of them.
        paths = [f"/api/v1/namespaces/monitoring/pods/{name}:10902/proxy/api/v1/stores" for name in queriers]
        return [{"sidecar", "store"} & get(path)["data"].keys() for path in paths]

    kubectl("delete", "service", "--namespace", "monitoring", *services)
    eventually(lambda: not any(known()), "queriers that have asked DNS in vain")
    run = playbook()
    assert run.returncode == 0, run.stdout[-4000:]
    assert known() == [{"sidecar", "store"}] * 2


def test_afterwards_the_cluster_is_converged() -> None:
    run = playbook()
    assert run.returncode == 0, run.stdout[-4000:]
    assert changed(run.stdout) == 0, run.stdout[-4000:]

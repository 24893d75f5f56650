"""What is killed: queries go on, and a run is completed by the next."""

from __future__ import annotations

import json
from typing import Any

import pytest
from query_loop import queries
from real_cluster import (
    changed,
    eventually,
    kubectl,
    playbook,
    running_playbook,
)


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

    eventually(replaced, 180, f"new pods instead of {', '.join(names)}")


def annotated(value: str) -> dict[str, dict[str, str]]:
    """Return variables that change the pods of three components."""
    return {f"thanos_{name}_pod_annotations": {"fault": value} for name in ("querier", "store", "compactor")}


def marks() -> list[str]:
    """Return the annotation that these variables set, of each component that has it."""
    found = json.loads(kubectl("get", "deployments,statefulsets", "--namespace", "monitoring", "--output", "json"))
    templates = [item["spec"]["template"]["metadata"].get("annotations", {}) for item in found["items"]]
    return [annotation["fault"] for annotation in templates if "fault" in annotation]


def test_no_query_fails_while_pods_are_killed(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = pods("app=thanos-querier")
    others = [*pods("app=thanos-store-gateway"), *pods("app=thanos-compactor")]
    (prometheus,) = [pod for pod in pods("operator.prometheus.io/name=k8s") if pod["metadata"]["name"].endswith("-0")]
    with queries('up{job="prometheus-operator"}') as found:
        eventually(lambda: found.asked, 30, "an answer")
        kill(first, *others, prometheus)
        kill(second)
    with capsys.disabled():
        print(f"\n{found} while pods of querier, store, compactor and Prometheus were killed")
    assert len(found.asked) > 50
    assert found.failed() == []


def test_a_run_killed_in_the_middle_is_completed_by_the_next() -> None:
    variables = ("--extra-vars", json.dumps(annotated("killed")))
    with running_playbook(*variables) as process:
        eventually(lambda: marks() or process.poll() is not None, 240, "a change")
        assert process.poll() is None, "it ended before it could be killed"
    run = playbook(*variables)
    assert run.returncode == 0, run.stdout[-4000:]
    assert marks() == ["killed"] * 3


def test_afterwards_the_cluster_is_converged() -> None:
    eventually(
        lambda: are_ready(pods("app=thanos-compactor")), 300, "the compactor, which ends when its bucket is away"
    )
    run = playbook()
    assert run.returncode == 0, run.stdout[-4000:]
    again = playbook()
    assert changed(again.stdout) == 0, again.stdout[-4000:]

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a pod and its events to a cause in plain words."""

from __future__ import annotations

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.rollout.pod import find_missing, find_problems
from ansible_collections.observability.thanos.plugins.module_utils.rollout.problem import Missing, Patience, Problem
from ansible_collections.observability.thanos.tests.unit.fakes.workloads import (
    IMAGE,
    crashed,
    event,
    pod,
    pod_with,
    ready_deployment,
    replica_set,
    running,
    unschedulable,
    waiting,
)

OWNER = replica_set(ready_deployment())


def only(body: Object, *events: Object) -> Problem:
    """Return the pod's only problem."""
    problems = find_problems(body, events)
    assert len(problems) == 1
    return problems[0]


def test_ready_pod_has_no_problem_whatever_its_events_say() -> None:
    ready = pod_with(OWNER, running())
    assert find_problems(ready, [event(ready, "FailedMount", 'secret "old" not found')]) == []


@pytest.mark.parametrize(
    "body",
    [
        pod_with(OWNER, crashed(9), deleted=True),
        pod(OWNER, status={"phase": "Succeeded"}),
    ],
)
def test_pod_that_ends_has_no_problem(body: Object) -> None:
    assert find_problems(body) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (pod_with(OWNER, waiting("ContainerCreating")), "main (ContainerCreating)"),
        (pod(OWNER, status={"phase": "Pending"}), "No node has been chosen"),
        (pod(OWNER, status={"phase": "Pending"}, spec={"nodeName": "one"}), "Node one has not begun"),
    ],
)
def test_how_far_a_pod_is_that_starts(body: Object, words: str) -> None:
    problem = only(body)
    assert (problem.reason, problem.patience) == ("Starting", Patience.ALL)
    assert words in problem.message


@pytest.mark.parametrize(
    ("reason", "patience"),
    [
        ("ErrImagePull", Patience.IMAGE),
        ("ImagePullBackOff", Patience.IMAGE),
        ("InvalidImageName", Patience.NONE),
        ("ErrImageNeverPull", Patience.NONE),
    ],
)
def test_image(reason: str, patience: Patience) -> None:
    problem = only(pod_with(OWNER, waiting(reason, "error: manifest unknown")))
    assert (problem.reason, problem.patience, problem.pod, problem.container) == (
        reason,
        patience,
        "querier-1-0",
        "main",
    )


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ("Error: manifest for x not found", "tag"),
        ("Error: 401 Unauthorized", "image pull secret"),
        ("Error: dial tcp: lookup quay.io: no such host", "cannot reach the registry"),
        ("Error: x509: certificate signed by unknown authority", "certificate"),
        ("Error: toomanyrequests: rate limit", "limits pulls"),
        ("Error: something else", "nodes can pull it"),
    ],
)
def test_remedy_for_an_image(message: str, remedy: str) -> None:
    assert remedy in only(pod_with(OWNER, waiting("ErrImagePull", message))).remedy


def test_back_off_takes_the_registrys_words_from_the_events() -> None:
    body = pod_with(OWNER, waiting("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"'))
    words = f'Failed to pull image "{IMAGE}": unauthorized'
    problem = only(body, event(body, "Failed", words))
    assert problem.message == words
    assert "image pull secret" in problem.remedy


@pytest.mark.parametrize(
    ("message", "missing"),
    [
        ('secret "thanos-objectstorage" not found', Missing("Secret", "thanos-objectstorage")),
        ('configmap "rules" not found', Missing("ConfigMap", "rules")),
        ("couldn't find key thanos.yaml in Secret monitoring/objstore", Missing("Secret", "objstore", "thanos.yaml")),
        ("couldn't find key a in ConfigMap monitoring/b", Missing("ConfigMap", "b", "a")),
    ],
)
def test_what_the_containers_environment_refers_to_is_missing(message: str, missing: Missing) -> None:
    problem = only(pod_with(OWNER, waiting("CreateContainerConfigError", message)))
    assert (problem.missing, problem.patience) == (missing, Patience.SHORT)
    assert missing.name in problem.remedy


def test_root_image_in_a_pod_that_must_not_be_root() -> None:
    message = "container has runAsNonRoot and image will run as root"
    problem = only(pod_with(OWNER, waiting("CreateContainerConfigError", message)))
    assert problem.missing is None
    assert "runAsUser" in problem.remedy


def test_crash() -> None:
    problem = only(pod_with(OWNER, crashed(4, code=2, message="bad flag")))
    assert (problem.reason, problem.restarts, problem.exit_code) == ("CrashLoopBackOff", 4, 2)
    assert (problem.patience, problem.log) == (Patience.CRASHES, "previous")
    assert problem.message == "The container ended with exit code 2 (Error).\nbad flag"


def test_first_crash_is_told_before_the_back_off_begins() -> None:
    status = {**running(ready=False), "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}
    problem = only(pod_with(OWNER, status))
    assert (problem.reason, problem.restarts, problem.log) == ("Error", 0, "current")


def test_init_container_that_crashes() -> None:
    body = pod(OWNER, status={"phase": "Pending", "initContainerStatuses": [crashed(3)], "containerStatuses": []})
    assert only(body).reason == "CrashLoopBackOff"


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (crashed(3, 137, "OOMKilled"), "memory limit"),
        (crashed(3, 128, "StartError", 'exec: "thanso": executable file not found'), "command and image"),
        (crashed(3, 1), "log lines"),
        # The kubelet takes the message of some containers from their log.
        (crashed(3, 1, "Error", "open /etc/ca.crt: no such file or directory"), "log lines"),
    ],
)
def test_remedy_for_a_crash(status: Object, remedy: str) -> None:
    assert remedy in only(pod_with(OWNER, status)).remedy


def test_killed_by_its_liveness_probe() -> None:
    body = pod_with(OWNER, crashed(3, 137))
    problem = only(body, event(body, "Unhealthy", "Liveness probe failed: HTTP 503"))
    assert "signal 9" in problem.message
    assert "Liveness probe failed: HTTP 503" in problem.message
    assert "a probe fails" in problem.remedy


def test_out_of_memory_is_not_blamed_on_a_probe() -> None:
    body = pod_with(OWNER, crashed(3, 137, "OOMKilled"))
    problem = only(body, event(body, "Unhealthy", "Liveness probe failed: EOF"))
    assert "probe" not in problem.message


def test_container_that_cannot_be_created() -> None:
    problem = only(pod_with(OWNER, waiting("RunContainerError", "runc: no such file or directory")))
    assert (problem.reason, problem.log) == ("RunContainerError", "")
    assert "runc" in problem.message
    assert "command and image" in problem.remedy


def test_running_but_not_ready() -> None:
    body = pod_with(OWNER, running(ready=False, restarts=2))
    problem = only(body, event(body, "Unhealthy", "Readiness probe failed: HTTP 503"))
    assert (problem.reason, problem.patience, problem.log) == ("NotReady", Patience.ALL, "current")
    assert "Readiness probe failed: HTTP 503" in problem.message


@pytest.mark.parametrize(
    ("message", "patience", "remedy"),
    [
        ("0/1 nodes are available: 1 Insufficient cpu.", Patience.SCHEDULING, "Lower the requests"),
        (
            "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.",
            Patience.ALL,
            "toleration",
        ),
        ("0/3 nodes: 3 node(s) didn't match Pod's node affinity/selector.", Patience.SCHEDULING, "Label a node"),
        ("0/3 nodes: 3 node(s) had volume node affinity conflict.", Patience.SCHEDULING, "bound to a node"),
        ("0/1 nodes: 1 node(s) didn't match pod anti-affinity rules.", Patience.SCHEDULING, "fewer replicas"),
    ],
)
def test_unschedulable(message: str, patience: Patience, remedy: str) -> None:
    problem = only(unschedulable(OWNER, message))
    assert (problem.reason, problem.patience) == ("Unschedulable", patience)
    assert remedy in problem.remedy


def test_claim_that_does_not_exist() -> None:
    problem = only(unschedulable(OWNER, 'persistentvolumeclaim "data" not found'))
    assert problem.missing == Missing("PersistentVolumeClaim", "data")


@pytest.mark.parametrize("reason", ["TriggeredScaleUp", "Nominated"])
def test_autoscaler_brings_a_node(reason: str) -> None:
    body = unschedulable(OWNER, "1 Insufficient cpu.")
    assert only(body, event(body, reason, "a node comes", type="Normal")).patience is Patience.ALL


def test_pod_that_pushes_others_out_has_time() -> None:
    body = unschedulable(OWNER, "1 Insufficient cpu.")
    body["status"]["nominatedNodeName"] = "node-1"
    assert only(body).patience is Patience.ALL


def test_volume_of_a_missing_secret() -> None:
    body = pod_with(OWNER, waiting("ContainerCreating"))
    message = 'MountVolume.SetUp failed for volume "config" : secret "objstore" not found'
    problem = only(body, event(body, "FailedMount", message))
    assert (problem.missing, problem.patience) == (Missing("Secret", "objstore"), Patience.SHORT)


@pytest.mark.parametrize(
    ("volume", "word", "missing"),
    [
        ({"secret": {"secretName": "objstore"}}, "secret", Missing("Secret", "objstore", "a.yaml")),
        ({"configMap": {"name": "rules"}}, "config", Missing("ConfigMap", "rules", "a.yaml")),
    ],
)
def test_key_that_a_volume_refers_to_is_missing(volume: Object, word: str, missing: Missing) -> None:
    body = pod_with(OWNER, waiting("ContainerCreating"))
    body["spec"]["volumes"] = [{"name": "config", **volume}]
    message = f'MountVolume.SetUp failed for volume "config" : references non-existent {word} key: a.yaml'
    assert only(body, event(body, "FailedMount", message)).missing == missing


def test_volume_that_is_slow_may_still_come() -> None:
    body = pod_with(OWNER, waiting("ContainerCreating"))
    problem = only(body, event(body, "FailedAttachVolume", "Multi-Attach error for volume"))
    assert problem.patience is Patience.ALL
    assert "another node" in problem.remedy


def test_newest_event_counts() -> None:
    body = pod_with(OWNER, waiting("ContainerCreating"))
    old = event(body, "FailedMount", 'secret "a" not found', "12:00:00")
    new = event(body, "FailedMount", 'secret "b" not found', "12:00:05")
    assert only(body, new, old).missing == Missing("Secret", "b")


def test_evicted_pod() -> None:
    problem = only(pod(OWNER, status={"phase": "Failed", "reason": "Evicted", "message": "low on disk"}))
    assert (problem.reason, problem.message, problem.patience) == ("Evicted", "low on disk", Patience.ALL)


def test_failed_pod_of_a_job() -> None:
    exited = {"name": "main", "restartCount": 0, "state": {"terminated": {"exitCode": 3, "reason": "Error"}}}
    problem = only(pod(OWNER, status={"phase": "Failed", "containerStatuses": [exited]}))
    assert (problem.exit_code, problem.log, problem.patience) == (3, "current", Patience.ALL)


def test_message_that_names_nothing_missing() -> None:
    assert find_missing("the server is busy", pod(OWNER)) is None

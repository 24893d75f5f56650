# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wait itself: fast when nothing is to be done, until the last is ready, no longer than there is hope."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s import informer as cluster_view
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.plugins.module_utils.rollout import wait as rollout
from ansible_collections.observability.thanos.plugins.module_utils.rollout.grace import Limits
from ansible_collections.observability.thanos.plugins.module_utils.rollout.wait import WaitResult, wait_for_rollout
from ansible_collections.observability.thanos.plugins.module_utils.rollout.workload import Workload
from ansible_collections.observability.thanos.tests.unit.fakes.workloads import (
    NAMESPACE,
    WatchedCluster,
    crashed,
    deployment,
    event,
    pod_with,
    ready_deployment,
    replica_set,
    running,
    stateful_set,
    waiting,
)
from urllib3.exceptions import ProtocolError

QUERIER = Workload("Deployment", NAMESPACE, "querier")
STORE = Workload("StatefulSet", NAMESPACE, "store")
PROMETHEUS = Workload("Prometheus", NAMESPACE, "k8s")
NEVER_READ = "very-secret-value"
#: Short, so that the tests are; the timeout is never reached where a test does not mean it.
LIMITS = Limits(timeout=8, grace_period=0.4, image_grace_period=0.4, scheduling_grace_period=0.4)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[WatchedCluster]:
    """Return a cluster that is watched, with short pauses."""
    monkeypatch.setattr(cluster_view, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(cluster_view, "BURST_SECONDS", 0.01)
    monkeypatch.setattr(rollout, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(rollout, "RESYNC_SECONDS", 0.5)
    monkeypatch.setattr(rollout, "SETTLE_SECONDS", 1.5)
    watched = WatchedCluster()
    yield watched
    watched.close()


@contextmanager
def later(seconds: float, *changes: Callable[[], None]) -> Iterator[None]:
    """Make the changes while the wait goes on, one after the other with a pause before each."""

    def work() -> None:
        for change in changes:
            time.sleep(seconds)
            change()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join()


def words_of(outcome: WaitResult) -> str:
    """Return the error message of a wait that failed."""
    assert outcome.message
    return str(outcome.message)


def hanging(cluster: WatchedCluster, status: Object, **body: Any) -> Object:
    """Put a Deployment there whose only pod has this container status; return the pod."""
    owner = deployment(updatedReplicas=1, replicas=1)
    owned = replica_set(owner)
    pod = pod_with(owned, status, **body)
    cluster.put(owner, owned, pod)
    return pod


def test_what_is_rolled_out_costs_one_request_for_each_kind_and_namespace(cluster: WatchedCluster) -> None:
    cluster.put(ready_deployment("querier"), ready_deployment("frontend"), stateful_set(wanted=0))
    outcome = wait_for_rollout(cluster, [QUERIER, QUERIER._replace(name="frontend"), STORE], LIMITS)
    assert outcome.message == ""
    assert [each["state"] for each in outcome.result["workloads"]] == ["done"] * 3
    assert sorted(cluster.requests) == ["list Deployment", "list StatefulSet"]


def test_no_workloads(cluster: WatchedCluster) -> None:
    assert wait_for_rollout(cluster, [], LIMITS).message == ""
    assert cluster.requests == []


def test_ends_when_the_last_one_is_ready(cluster: WatchedCluster) -> None:
    cluster.put(deployment(), stateful_set())
    done = stateful_set(updatedReplicas=1, readyReplicas=1)
    changes = (lambda: cluster.put(ready_deployment()), lambda: cluster.put(done))
    with later(0.3, *changes):
        outcome = wait_for_rollout(cluster, [QUERIER, STORE], LIMITS)
    assert outcome.message == ""
    assert 0.5 < outcome.result["seconds"] < 4
    lines = [each["line"] for each in outcome.result["progress"]]
    assert lines == [
        "Deployment monitoring/querier: 0 of 1 new replicas have been created",
        "StatefulSet monitoring/store: 0 of 1 replicas have been updated",
        "Deployment monitoring/querier: 1 of 1 replicas are available",
        "StatefulSet monitoring/store: 1 of 1 replicas are ready",
    ]


def test_progress_is_told_while_it_waits(cluster: WatchedCluster) -> None:
    told: list[str] = []
    cluster.listener = told.append
    cluster.put(deployment(), stateful_set(wanted=0))
    seen_early: list[str] = []
    changes = (lambda: seen_early.extend(told), lambda: cluster.put(ready_deployment()))
    with later(0.2, *changes):
        wait_for_rollout(cluster, [QUERIER, STORE], LIMITS)
    assert seen_early == ["Deployment monitoring/querier: 0 of 1 new replicas have been created"]
    assert [line.partition(" [")[0] for line in told[1:]] == [
        "Deployment monitoring/querier: 1 of 1 replicas are available"
    ]


def test_an_image_that_is_tried_again_is_told_once(cluster: WatchedCluster) -> None:
    told: list[str] = []
    cluster.listener = told.append
    pod = hanging(cluster, waiting("ErrImagePull", "no such image"))
    status = {"phase": "Pending", "containerStatuses": [waiting("ImagePullBackOff", "no such image")]}
    with later(0.2, lambda: cluster.put({**pod, "status": status})):
        wait_for_rollout(cluster, [QUERIER], LIMITS)
    assert [line.partition(" (")[2].partition(")")[0] for line in told if "(" in line] == ["ErrImagePull"]


def test_nothing_is_told_where_nothing_is_waited_for(cluster: WatchedCluster) -> None:
    told: list[str] = []
    cluster.listener = told.append
    cluster.put(ready_deployment())
    wait_for_rollout(cluster, [QUERIER], LIMITS)
    assert told == []


def test_missing_workloads_are_all_named(cluster: WatchedCluster) -> None:
    cluster.put(ready_deployment())
    with pytest.raises(ClusterError) as error:
        wait_for_rollout(cluster, [QUERIER, STORE, PROMETHEUS], LIMITS)
    words = str(error.value)
    assert "StatefulSet monitoring/store, Prometheus monitoring/k8s do not exist" in words
    assert "CRDs" in words
    assert "querier" not in words


def test_workload_that_is_deleted_meanwhile(cluster: WatchedCluster) -> None:
    cluster.put(deployment())
    with later(0.2, lambda: cluster.drop(deployment())):
        outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    assert "Deployment monitoring/querier: does not exist" in words_of(outcome)


def test_crash_loop_is_told_with_its_log(cluster: WatchedCluster) -> None:
    cluster.log_texts[NAMESPACE, "querier-1-0", "main"] = "\n".join(f"line {number}" for number in range(30))
    pod = hanging(cluster, crashed(2, 2))
    cluster.put(event(pod, "Unhealthy", "Startup probe failed: refused"))
    status = {"phase": "Running", "containerStatuses": [crashed(3, 2)]}
    with later(0.6, lambda: cluster.put({**pod, "status": status})):
        outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    words = words_of(outcome)
    assert "cannot be without a change" in words
    assert "Pod querier-1-0, container main: CrashLoopBackOff, restarted 3 times, exit code 2" in words
    assert "line 20" in words
    assert "line 29" in words
    assert "line 19" not in words
    assert "Startup probe failed: refused" in words
    assert "What to do:" in words
    problem = outcome.result["workloads"][0]["problems"][0]
    assert (problem["pod"], problem["exit_code"], len(problem["log"])) == ("querier-1-0", 2, 10)


WRONG_CONFIG = """level=error err="parsing objstore YAML: yaml: unmarshal errors:
  line 3: field secret_key:hunter2 not found in type s3.Config"
level=error err="cannot unmarshal !!str `hunter2` into int" url=http://u:hunter2@h
-----BEGIN PRIVATE KEY-----
hunter2
-----END PRIVATE KEY-----
"""


def test_a_log_is_told_without_the_secrets_in_it(cluster: WatchedCluster) -> None:
    cluster.log_texts[NAMESPACE, "querier-1-0", "main"] = WRONG_CONFIG
    pod = hanging(cluster, crashed(3, 2))
    cluster.put(event(pod, "Failed", 'exec: "--redis.password=hunter2": executable file not found'))
    status = {"phase": "Running", "containerStatuses": [crashed(4, 2)]}
    with later(0.6, lambda: cluster.put({**pod, "status": status})):
        outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    words = words_of(outcome)
    assert "line 3: field (hidden) not found in type s3.Config" in words
    assert "--redis.password=(hidden)" in words
    assert "hunter2" not in f"{words}{outcome.result}"


WRONG_KEY = (
    'err="bucket store initial sync: The request signature we calculated does not match the signature you provided"'
)


def restarted(pod: Object, restarts: int) -> Object:
    """Return the pod with its container running again after a crash."""
    last = {"terminated": {"exitCode": 1, "reason": "Error"}}
    container = {**running(ready=False, restarts=restarts), "lastState": last}
    return {**pod, "status": {"phase": "Running", "containerStatuses": [container]}}


def test_a_crash_whose_cause_lasts_ends_the_wait_at_once(cluster: WatchedCluster) -> None:
    cluster.log_texts[NAMESPACE, "querier-1-0", "main"] = WRONG_KEY
    pod = hanging(cluster, running(ready=False))
    with later(0.5, lambda: cluster.put(restarted(pod, 1))):
        outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    words = words_of(outcome)
    assert "cannot be without a change" in words
    assert "does not match the signature" in words
    assert "Check the credentials in the object store's configuration" in words


def test_a_crash_from_before_the_wait_does_not_count(cluster: WatchedCluster) -> None:
    cluster.log_texts[NAMESPACE, "querier-1-0", "main"] = WRONG_KEY
    pod = hanging(cluster, crashed(1))
    up = {**pod, "status": {"phase": "Running", "containerStatuses": [running(restarts=1)]}}
    with later(0.8, lambda: cluster.put(ready_deployment(), up)):
        outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    assert outcome.message == ""


def test_a_crash_whose_cause_may_pass_does_not_end_the_wait(cluster: WatchedCluster) -> None:
    cluster.log_texts[NAMESPACE, "querier-1-0", "main"] = "dial tcp: connection refused"
    pod = hanging(cluster, running(ready=False))
    with later(0.5, lambda: cluster.put(restarted(pod, 1)), lambda: cluster.put(ready_deployment())):
        outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    assert outcome.message == ""


def test_ready_for_a_moment_between_crashes_is_not_done(cluster: WatchedCluster) -> None:
    owner = stateful_set(updatedReplicas=1)
    pod = pod_with(owner, crashed(1))
    ready = stateful_set(updatedReplicas=1, readyReplicas=1)
    cluster.put(owner, pod)
    up = {**pod, "status": {"phase": "Running", "containerStatuses": [running(restarts=2)]}}
    down = {**pod, "status": {"phase": "Running", "containerStatuses": [crashed(3)]}}
    with later(0.5, lambda: cluster.put(ready, up), lambda: cluster.put(owner, down)):
        outcome = wait_for_rollout(cluster, [STORE], LIMITS)
    assert "restarted 3 times" in words_of(outcome)


def test_recovers_from_a_crash(cluster: WatchedCluster) -> None:
    owner = stateful_set(updatedReplicas=1)
    pod = pod_with(owner, crashed(1))
    cluster.put(owner, pod)
    up = {**pod, "status": {"phase": "Running", "containerStatuses": [running(restarts=2)]}}
    with later(0.2, lambda: cluster.put(stateful_set(updatedReplicas=1, readyReplicas=1), up)):
        outcome = wait_for_rollout(cluster, [STORE], LIMITS)
    assert outcome.message == ""
    assert outcome.result["seconds"] >= 1.5


def test_missing_secret_that_stays_missing(cluster: WatchedCluster) -> None:
    hanging(cluster, waiting("CreateContainerConfigError", 'secret "objstore" not found'))
    outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    assert 0.4 <= outcome.result["seconds"] < 4
    assert "Create Secret objstore" in words_of(outcome)


def test_secret_that_is_there_by_now_is_not_missing(cluster: WatchedCluster) -> None:
    hanging(
        cluster, waiting("CreateContainerConfigError", "couldn't find key thanos.yaml in Secret monitoring/objstore")
    )
    value = base64.b64encode(NEVER_READ.encode()).decode()
    metadata = {"name": "objstore", "namespace": NAMESPACE}
    cluster.seed({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"thanos.yaml": value}})
    with later(1.2, lambda: cluster.put(ready_deployment())):
        outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    assert outcome.message == ""


def test_secret_without_the_key_is_not_printed(cluster: WatchedCluster) -> None:
    hanging(
        cluster, waiting("CreateContainerConfigError", "couldn't find key thanos.yaml in Secret monitoring/objstore")
    )
    value = base64.b64encode(NEVER_READ.encode()).decode()
    metadata = {"name": "objstore", "namespace": NAMESPACE}
    cluster.seed({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"other": value}})
    outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    assert "Add the key thanos.yaml to Secret objstore" in words_of(outcome)
    assert NEVER_READ not in str(outcome)
    assert value not in str(outcome)


def test_all_that_failed_are_told_and_what_was_still_waited_for(cluster: WatchedCluster) -> None:
    hanging(cluster, waiting("InvalidImageName", "cannot parse"))
    owner = stateful_set(updatedReplicas=1)
    cluster.put(owner, pod_with(owner, waiting("ErrImageNeverPull", "not there")), ready_deployment("frontend"))
    cluster.put(deployment("ruler"))
    names = [QUERIER, STORE, QUERIER._replace(name="frontend"), QUERIER._replace(name="ruler")]
    outcome = wait_for_rollout(cluster, names, LIMITS)
    words = words_of(outcome)
    assert words.startswith("2 of 4 workloads not rolled out")
    assert "InvalidImageName" in words
    assert "ErrImageNeverPull" in words
    assert "Deployment monitoring/ruler: 0 of 1 new replicas have been created (still waiting)" in words
    assert "frontend" not in words
    states = [each["state"] for each in outcome.result["workloads"]]
    assert states == ["failed", "failed", "done", "waiting"]


def test_pods_with_the_same_problem_are_told_once(cluster: WatchedCluster) -> None:
    pod = hanging(cluster, waiting("InvalidImageName", "cannot parse"))
    twin = {**pod, "metadata": {**pod["metadata"], "name": "querier-1-1", "uid": "twin"}}
    cluster.put(twin)
    words = words_of(wait_for_rollout(cluster, [QUERIER], LIMITS))
    assert words.count("cannot parse") == 1
    assert "The same in: querier-1-" in words


def test_timeout_says_what_was_waited_for_and_why(cluster: WatchedCluster) -> None:
    cluster.log_texts[NAMESPACE, "querier-1-0", "main"] = "dial tcp 10.0.0.1:9000: connection refused"
    pod = hanging(cluster, running(ready=False))
    cluster.put(event(pod, "Unhealthy", "Readiness probe failed: HTTP 503"))
    outcome = wait_for_rollout(cluster, [QUERIER], Limits(timeout=0.6))
    words = words_of(outcome)
    assert "not rolled out within 1 s" in words
    assert "0 of 1 updated replicas are available" in words
    assert "Readiness probe failed: HTTP 503" in words
    assert "connection refused" in words
    assert "cannot reach an address" in words


def test_timeout_without_any_pod_shows_the_workloads_events(cluster: WatchedCluster) -> None:
    owner = stateful_set()
    cluster.put(owner, event(owner, "RecreatingFailedPod", "it failed"))
    words = words_of(wait_for_rollout(cluster, [STORE], Limits(timeout=0.3)))
    assert "RecreatingFailedPod: it failed" in words


def test_watch_that_breaks_is_taken_up_again(cluster: WatchedCluster) -> None:
    cluster.broken_watches = [ProtocolError("connection broken")] * 8
    cluster.put(deployment())
    with later(0.3, cluster.close, lambda: cluster.put(ready_deployment())):
        outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    assert outcome.message == ""
    assert cluster.requests.count("watch Deployment") >= 2


def test_api_that_is_away_for_a_while_does_not_end_the_wait(cluster: WatchedCluster) -> None:
    cluster.put(deployment())

    def restart() -> None:
        cluster.refusals = 12
        cluster.close()

    with later(0.2, restart, lambda: cluster.put(ready_deployment())):
        outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    assert outcome.message == ""
    assert cluster.refusals == 0


def test_a_problem_has_its_time_anew_after_the_api_was_away(cluster: WatchedCluster) -> None:
    """What would have ended it could not be done meanwhile."""
    missing = waiting("CreateContainerConfigError", 'secret "gone" not found')
    hanging(cluster, missing)

    def go_away() -> None:
        cluster.outage.last = time.monotonic() + 1

    with later(0.2, go_away):
        outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    assert "cannot be without a change" in words_of(outcome)
    assert outcome.result["seconds"] >= 1.4


def test_api_that_stays_away_is_told_at_the_timeout(cluster: WatchedCluster) -> None:
    cluster.put(deployment())

    def vanish() -> None:
        cluster.refusals = 100_000
        cluster.close()

    with later(0.2, vanish):
        outcome = wait_for_rollout(cluster, [QUERIER], Limits(timeout=1))
    assert "The API was not always reachable: The Kubernetes API cannot be reached." in words_of(outcome)


def test_api_that_is_away_from_the_start_is_an_error(cluster: WatchedCluster) -> None:
    cluster.refusals = 1
    with pytest.raises(ClusterError, match="cannot be reached"):
        wait_for_rollout(cluster, [QUERIER], LIMITS)


def test_watches_that_say_nothing_do_not_hold_up_the_wait(cluster: WatchedCluster) -> None:
    cluster.silent = True
    cluster.put(deployment())
    with later(0.2, lambda: cluster.put(ready_deployment())):
        outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    assert outcome.message == ""
    assert outcome.result["seconds"] < 3


def test_pod_whose_deletion_was_missed_does_not_fail_the_wait(cluster: WatchedCluster) -> None:
    pod = hanging(cluster, waiting("ImagePullBackOff", "error: not found"))

    def delete_unseen() -> None:
        cluster.silent = True
        cluster.drop(pod)
        cluster.silent = False

    with later(0.2, delete_unseen, lambda: time.sleep(0.6), lambda: cluster.put(ready_deployment())):
        outcome = wait_for_rollout(cluster, [QUERIER], LIMITS)
    assert outcome.message == ""

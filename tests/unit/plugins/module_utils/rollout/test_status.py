# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a workload is: the cases of `kubectl rollout status`, and those it does not have."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.rollout.problem import Patience
from ansible_collections.observability.thanos.plugins.module_utils.rollout.status import (
    daemon_set_state,
    deployment_state,
    job_state,
    stateful_set_state,
)
from ansible_collections.observability.thanos.tests.unit.fakes.workloads import deployment, obj, stateful_set

UNSEEN = "its controller has not yet seen the change"


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ({"observedGeneration": 0}, UNSEEN),
        ({"updatedReplicas": 1, "replicas": 2}, "1 of 2 new replicas have been created"),
        ({"updatedReplicas": 2, "replicas": 3}, "old replicas still to end: 1"),
        ({"updatedReplicas": 2, "replicas": 4}, "old replicas still to end: 2"),
        ({"updatedReplicas": 2, "replicas": 2, "availableReplicas": 1}, "1 of 2 updated replicas are available"),
        ({"updatedReplicas": 2, "replicas": 2}, "0 of 2 updated replicas are available"),
    ],
)
def test_deployment_is_not_done(status: dict[str, Any], message: str) -> None:
    state = deployment_state(deployment(wanted=2, **status))
    assert (state.done, state.message) == (False, message)


def test_deployment_is_done() -> None:
    state = deployment_state(deployment(wanted=2, updatedReplicas=2, availableReplicas=2))
    assert state.done


def test_deployment_with_no_replicas_is_done() -> None:
    assert deployment_state(deployment(wanted=0)).done


def test_deployment_changed_after_its_controller_looked_is_not_done() -> None:
    changed = deployment(wanted=1, updatedReplicas=1, replicas=1, availableReplicas=1)
    changed["metadata"]["generation"] = 2
    assert deployment_state(changed).message == UNSEEN


def test_deployment_over_its_progress_deadline() -> None:
    conditions = [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]
    stuck = deployment(spec={"progressDeadlineSeconds": 60}, updatedReplicas=1, replicas=1, conditions=conditions)
    problem = deployment_state(stuck).problem
    assert problem is not None
    assert problem.patience is Patience.SHORT
    assert "no progress for 60 s" in problem.message


def test_paused_deployment_that_is_not_done_never_will_be() -> None:
    problem = deployment_state(deployment(spec={"paused": True})).problem
    assert problem is not None
    assert (problem.reason, problem.patience) == ("Paused", Patience.NONE)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ({"observedGeneration": 0}, UNSEEN),
        ({"updatedReplicas": 1, "readyReplicas": 3}, "1 of 3 replicas have been updated"),
        ({"updatedReplicas": 3, "readyReplicas": 2}, "2 of 3 replicas are ready"),
    ],
)
def test_stateful_set_is_not_done(status: dict[str, Any], message: str) -> None:
    state = stateful_set_state(stateful_set(wanted=3, **status))
    assert (state.done, state.message) == (False, message)


def test_stateful_set_is_done() -> None:
    assert stateful_set_state(stateful_set(wanted=3, updatedReplicas=3, readyReplicas=3)).done


def test_stateful_set_with_a_partition_is_done_when_the_pods_above_it_are() -> None:
    spec = {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}}
    state = stateful_set_state(stateful_set(wanted=3, spec=spec, updatedReplicas=1, readyReplicas=3))
    assert state.done
    assert "2 kept at the previous revision" in state.message
    assert not stateful_set_state(stateful_set(wanted=3, spec=spec, updatedReplicas=0, readyReplicas=3)).done


def test_stateful_set_on_delete_waits_for_a_person() -> None:
    spec = {"updateStrategy": {"type": "OnDelete"}}
    state = stateful_set_state(stateful_set(wanted=2, spec=spec, replicas=1, readyReplicas=1, updatedReplicas=1))
    assert state.problem is None, "pods are still being created"
    started = stateful_set(wanted=2, spec=spec, replicas=2, readyReplicas=2, updatedReplicas=1)
    problem = stateful_set_state(started).problem
    assert problem is not None
    assert (problem.reason, problem.patience) == ("OnDelete", Patience.NONE)
    assert "Delete these pods" in problem.remedy


@pytest.mark.parametrize(
    ("status", "done", "message"),
    [
        ({"observedGeneration": 0}, False, UNSEEN),
        ({"updatedNumberScheduled": 1, "numberAvailable": 3}, False, "1 of 3 pods have been updated"),
        ({"updatedNumberScheduled": 3, "numberAvailable": 2}, False, "2 of 3 updated pods are available"),
        ({"updatedNumberScheduled": 3, "numberAvailable": 3}, True, "3 of 3 pods are available"),
    ],
)
def test_daemon_set(status: dict[str, Any], done: bool, message: str) -> None:
    status = {"observedGeneration": 1, "desiredNumberScheduled": 3, **status}
    state = daemon_set_state(obj("DaemonSet", "node", spec={}, status=status))
    assert (state.done, state.message) == (done, message)


def test_daemon_set_on_delete_waits_for_a_person() -> None:
    status = {"observedGeneration": 1, "desiredNumberScheduled": 2, "currentNumberScheduled": 2}
    spec = {"updateStrategy": {"type": "OnDelete"}}
    problem = daemon_set_state(obj("DaemonSet", "node", spec=spec, status=status)).problem
    assert problem is not None
    assert problem.reason == "OnDelete"


def test_job_is_done_when_complete() -> None:
    status = {"succeeded": 1, "conditions": [{"type": "Complete", "status": "True"}]}
    assert job_state(obj("Job", "once", spec={"completions": 1}, status=status)).done


def test_job_without_status_is_not_done() -> None:
    state = job_state(obj("Job", "once", spec={}))
    assert (state.done, state.message, state.problem) == (False, "0 of 1 pods have completed", None)


def test_failed_job_never_will_be_done() -> None:
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "limit reached"}
    problem = job_state(obj("Job", "once", spec={}, status={"conditions": [failed]})).problem
    assert problem is not None
    assert (problem.reason, problem.patience) == ("BackoffLimitExceeded", Patience.NONE)
    assert "limit reached" in problem.message


def test_suspended_job_never_will_be_done() -> None:
    problem = job_state(obj("Job", "once", spec={"suspend": True})).problem
    assert problem is not None
    assert problem.reason == "Suspended"

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a Deployment, StatefulSet, DaemonSet or Job is, by the rules of `kubectl rollout status`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .problem import Patience, Problem

if TYPE_CHECKING:
    from ..k8s.objects import Object


@dataclass(frozen=True)
class State:
    """Whether a workload is rolled out, one line about it, and what the workload itself says is wrong."""

    done: bool
    message: str
    problem: Problem | None = None


def condition(obj: Object, kind: str) -> Object:
    """Return the condition of that type, empty where there is none."""
    for found in obj.get("status", {}).get("conditions") or []:
        if found.get("type") == kind:
            return dict(found)
    return {}


def is_observed(obj: Object) -> bool:
    """Return whether the controller has seen the object as it is now."""
    observed = obj.get("status", {}).get("observedGeneration") or 0
    return observed > 0 and bool(observed >= obj["metadata"].get("generation", 1))


def owns(owner: Object, obj: Object) -> bool:
    """Return whether the object was made for the owner."""
    uid = owner["metadata"].get("uid")
    return any(reference.get("uid") == uid for reference in obj["metadata"].get("ownerReferences") or [])


def deployment_state(deployment: Object) -> State:
    """Return the state of a Deployment."""
    if not is_observed(deployment):
        return _unobserved()
    spec, status = deployment["spec"], deployment["status"]
    wanted = _count(spec, "replicas", 1)
    replicas, updated, available = (_count(status, f"{key}eplicas") for key in ("r", "updatedR", "availableR"))
    problem = None
    progressing = condition(deployment, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        problem = Problem(
            "ProgressDeadlineExceeded",
            f"made no progress for {spec.get('progressDeadlineSeconds', 600)} s (its progressDeadlineSeconds)",
            Patience.SHORT,
            uid=_uid(deployment),
        )
    if updated < wanted:
        if spec.get("paused"):
            problem = _problem(deployment, "Paused", "is paused (spec.paused)", "Set spec.paused to false.")
        return State(False, f"{updated} of {wanted} new replicas have been created", problem)
    if replicas > updated:
        return State(False, f"old replicas still to end: {replicas - updated}", problem)
    if available < updated:
        return State(False, f"{available} of {updated} updated replicas are available", problem)
    return State(True, f"{available} of {wanted} replicas are available")


def stateful_set_state(stateful_set: Object) -> State:
    """Return the state of a StatefulSet."""
    if not is_observed(stateful_set):
        return _unobserved()
    spec, status = stateful_set["spec"], stateful_set["status"]
    wanted = _count(spec, "replicas", 1)
    ready, updated = _count(status, "readyReplicas"), _count(status, "updatedReplicas")
    strategy = spec.get("updateStrategy") or {}
    partition = _count(strategy.get("rollingUpdate") or {}, "partition")
    to_update = max(0, wanted - partition)
    if updated < to_update:
        problem = None
        if strategy.get("type") == "OnDelete" and _count(status, "replicas") >= wanted:
            problem = _on_delete(stateful_set, to_update - updated)
        return State(False, f"{updated} of {to_update} replicas have been updated", problem)
    if ready < wanted:
        return State(False, f"{ready} of {wanted} replicas are ready")
    kept = f", {partition} kept at the previous revision by its partition" if partition else ""
    return State(True, f"{ready} of {wanted} replicas are ready{kept}")


def daemon_set_state(daemon_set: Object) -> State:
    """Return the state of a DaemonSet."""
    if not is_observed(daemon_set):
        return _unobserved()
    status = daemon_set["status"]
    wanted = _count(status, "desiredNumberScheduled")
    updated, available = _count(status, "updatedNumberScheduled"), _count(status, "numberAvailable")
    if updated < wanted:
        problem = None
        strategy = daemon_set["spec"].get("updateStrategy") or {}
        if strategy.get("type") == "OnDelete" and _count(status, "currentNumberScheduled") >= wanted:
            problem = _on_delete(daemon_set, wanted - updated)
        return State(False, f"{updated} of {wanted} pods have been updated", problem)
    if available < wanted:
        return State(False, f"{available} of {wanted} updated pods are available")
    return State(True, f"{available} of {wanted} pods are available")


def job_state(job: Object) -> State:
    """Return the state of a Job."""
    spec, status = job["spec"], job.get("status", {})
    wanted, succeeded = _count(spec, "completions", 1), _count(status, "succeeded")
    message = f"{succeeded} of {wanted} pods have completed"
    if condition(job, "Complete").get("status") == "True":
        return State(True, message)
    failed = condition(job, "Failed")
    if failed.get("status") == "True":
        words = f"failed: {failed.get('message') or failed.get('reason')}"
        return State(False, message, _problem(job, str(failed.get("reason") or "Failed"), words, ""))
    if spec.get("suspend"):
        return State(
            False, message, _problem(job, "Suspended", "is suspended (spec.suspend)", "Set spec.suspend to false.")
        )
    return State(False, message)


#: What tells the state of a workload from the object alone.
STATES: dict[str, Callable[[Any], State]] = {
    "Deployment": deployment_state,
    "StatefulSet": stateful_set_state,
    "DaemonSet": daemon_set_state,
    "Job": job_state,
}


def _count(values: Object, key: str, default: int = 0) -> int:
    value = values.get(key)
    return default if value is None else int(value)


def _uid(obj: Object) -> str:
    return str(obj["metadata"].get("uid", ""))


def _pods(number: int) -> str:
    return "1 pod is" if number == 1 else f"{number} pods are"


def _unobserved() -> State:
    return State(False, "its controller has not yet seen the change")


def _problem(obj: Object, reason: str, message: str, remedy: str) -> Problem:
    return Problem(reason, message, Patience.NONE, remedy, uid=_uid(obj))


def _on_delete(obj: Object, number: int) -> Problem:
    message = f"has the update strategy OnDelete, and {_pods(number)} of the previous revision"
    remedy = "Delete these pods, so that they come back updated, or set spec.updateStrategy.type to RollingUpdate."
    return _problem(obj, "OnDelete", message, remedy)

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a pod is not ready: from the pod and its events to a cause in plain words."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from . import remedies
from .problem import Missing, Patience, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..k8s.objects import Object

IMAGE_REASONS = ("ErrImagePull", "ImagePullBackOff", "ImageInspectError", "RegistryUnavailable")
HOPELESS_IMAGE_REASONS = ("InvalidImageName", "ErrImageNeverPull")
TERMINATING, NOT_READY, STARTING = "Terminating", "NotReady", "Starting"
#: Reasons that every rollout has for a while.
USUAL_REASONS = (TERMINATING, NOT_READY, STARTING)
#: Events by which an autoscaler says that it is about to bring a node.
SCALE_UP_REASONS = ("TriggeredScaleUp", "Nominated")
#: A node that has only just started still has these taints.
_STARTING_NODE = re.compile(r"node\.(?:kubernetes\.io/(?:not-ready|network-unavailable)|cloudprovider\.kubernetes\.io)")
_KINDS = {
    "secret": "Secret",
    "configmap": "ConfigMap",
    "persistentvolumeclaim": "PersistentVolumeClaim",
    "config": "ConfigMap",
}
_MISSING_OBJECT = re.compile(r'\b(secret|configmap|persistentvolumeclaim) "([^"]+)" not found')
_MISSING_KEY = re.compile(r"couldn't find key (\S+) in (Secret|ConfigMap) [^/\s]+/(\S+)")
_MISSING_FILE = re.compile(r'volume "([^"]+)".*references non-existent (secret|config) key: (\S+)')


def find_problems(pod: Object, events: Iterable[Object] = ()) -> list[Problem]:
    """Return what keeps the pod from being ready, nothing for a pod that is ready or on its way out.

    Events are those of this pod.
    """
    events = list(events)
    status = pod.get("status", {})
    if pod["metadata"].get("deletionTimestamp") or status.get("phase") == "Succeeded":
        return []
    if status.get("phase") == "Failed":
        problems = [_failed(pod)]
    else:
        problems = (
            _unschedulable(pod, events) or _containers(pod, events) or _not_started(pod, events) or _starting(pod)
        )
    metadata = pod["metadata"]
    return [replace(problem, pod=metadata["name"], uid=metadata.get("uid", "")) for problem in problems]


def terminating_problem(pod: Object) -> Problem:
    """Return what is known of a pod on its way out, which others may wait for as long as its containers take to end."""
    metadata = pod["metadata"]
    running = [status["name"] for status in _statuses(pod) if "running" in (status.get("state") or {})]
    grace, deadline = metadata.get("deletionGracePeriodSeconds") or 0, metadata["deletionTimestamp"]
    still = f"Still running: {', '.join(running)}. " if running else "No container runs any more. "
    return Problem(
        TERMINATING,
        f"The pod is on its way out. {still}It may take until {deadline}, {grace} s after it was told to end.",
        Patience.ALL,
        remedies.for_termination(metadata["name"], metadata.get("namespace", "")),
        pod=metadata["name"],
        uid=metadata.get("uid", ""),
        container=running[0] if running else "",
        log="current" if running else "",
    )


def find_missing(message: str, pod: Object) -> Missing | None:
    """Return the object or key that a message of the kubelet or the scheduler names as missing."""
    found = _MISSING_OBJECT.search(message)
    if found:
        return Missing(_KINDS[found[1]], found[2])
    found = _MISSING_KEY.search(message)
    if found:
        return Missing(found[2], found[3], found[1])
    found = _MISSING_FILE.search(message)
    if found:
        kind, name = _KINDS[found[2]], ""
        for volume in pod.get("spec", {}).get("volumes") or []:
            if volume.get("name") == found[1]:
                name = (volume.get("secret") or {}).get("secretName") or (volume.get("configMap") or {}).get("name", "")
        return Missing(kind, name, found[3]) if name else None
    return None


def claims_of(pod: Object) -> set[str]:
    """Return the names of the PersistentVolumeClaims that the pod mounts."""
    volumes = pod.get("spec", {}).get("volumes") or []
    return {volume["persistentVolumeClaim"]["claimName"] for volume in volumes if volume.get("persistentVolumeClaim")}


def _failed(pod: Object) -> Problem:
    status = pod["status"]
    for container in _statuses(pod):
        exited = (container.get("state") or {}).get("terminated") or {}
        if exited.get("exitCode"):
            return _crash(container, exited, "current", [], Patience.ALL)
    reason = status.get("reason") or "Failed"
    return Problem(reason, status.get("message") or "The pod has failed.", Patience.ALL, remedies.for_pod(reason))


def _unschedulable(pod: Object, events: list[Object]) -> list[Problem]:
    for found in pod.get("status", {}).get("conditions") or []:
        if found.get("type") == "PodScheduled" and found.get("status") == "False":
            message = str(found.get("message") or "")
            patience = Patience.SCHEDULING
            if (
                found.get("reason") != "Unschedulable"
                or pod["status"].get("nominatedNodeName")
                or _STARTING_NODE.search(message)
                or any(event.get("reason") in SCALE_UP_REASONS for event in events)
            ):
                patience = Patience.ALL
            missing = find_missing(message, pod)
            remedy = remedies.for_missing(missing) if missing else remedies.for_scheduling(message)
            return [
                Problem(str(found.get("reason") or "Unschedulable"), message, patience, remedy, missing=missing),
            ]
    return []


def _statuses(pod: Object) -> list[Object]:
    status = pod.get("status", {})
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def _containers(pod: Object, events: list[Object]) -> list[Problem]:
    problems = [_container(pod, status, events) for status in _statuses(pod)]
    return [problem for problem in problems if problem is not None]


def _container(pod: Object, status: Object, events: list[Object]) -> Problem | None:
    state = status.get("state") or {}
    waiting, exited = state.get("waiting") or {}, state.get("terminated") or {}
    reason, message = str(waiting.get("reason") or ""), str(waiting.get("message") or "")
    name = status["name"]
    if reason in HOPELESS_IMAGE_REASONS or reason in IMAGE_REASONS:
        patience = Patience.IMAGE if reason in IMAGE_REASONS else Patience.NONE
        message = _pull_message(status, message, events)
        return Problem(reason, message, patience, remedies.for_image(reason, message), container=name)
    if reason == "CreateContainerConfigError":
        missing = find_missing(message, pod)
        remedy = remedies.for_missing(missing) if missing else remedies.for_config(message)
        return Problem(reason, message, Patience.SHORT, remedy, container=name, missing=missing)
    last = (status.get("lastState") or {}).get("terminated") or {}
    if reason in ("CrashLoopBackOff", "CreateContainerError", "RunContainerError"):
        # Without a last state the container was never created: the kubelet's message is all there is.
        return _crash(status, last or {"reason": reason, "message": message}, "previous" if last else "", events)
    if exited.get("exitCode"):
        return _crash(status, exited, "current", events)
    if "running" in state and not status.get("ready") and not _is_init(pod, name):
        return _not_ready(status, last, events)
    return None


def _is_init(pod: Object, name: str) -> bool:
    return any(status["name"] == name for status in pod["status"].get("initContainerStatuses") or [])


def _pull_message(status: Object, message: str, events: list[Object]) -> str:
    """Return the registry's own words: the back-off repeats only the image's name in some versions."""
    if "rror" in message:
        return message
    image = str(status.get("image") or "")
    for event in events:
        words = str(event.get("message") or "")
        if event.get("reason") == "Failed" and words.startswith("Failed to pull image") and image in words:
            return words
    return message


def _crash(
    status: Object, exited: Object, log: str, events: list[Object], patience: Patience = Patience.CRASHES
) -> Problem:
    code = exited.get("exitCode")
    reason = str(exited.get("reason") or "Error")
    message = str(exited.get("message") or "").strip()
    if code is not None:
        signal = exited.get("signal") or (code - 128 if code > 128 else 0)
        words = f"The container ended with exit code {code} ({reason}{f', signal {signal}' if signal else ''})."
        message = f"{words}\n{message}".strip()
    probe = _event_message(events, "Unhealthy", "Liveness", "Startup")
    if probe and reason != "OOMKilled":
        message = f"{message}\n{probe}"
    return Problem(
        "CrashLoopBackOff" if status.get("restartCount") else reason,
        message,
        patience,
        remedies.for_crash(reason, code, message, killed_by_probe=bool(probe)),
        container=status["name"],
        restarts=int(status.get("restartCount") or 0),
        exit_code=code,
        log=log,
    )


def _not_ready(status: Object, last: Object, events: list[Object]) -> Problem:
    restarts = int(status.get("restartCount") or 0)
    message = "The container runs but is not ready."
    if last and restarts:
        times = "once" if restarts == 1 else f"{restarts} times"
        message = f"The container runs but is not ready; it was restarted {times}."
    probe = _event_message(events, "Unhealthy", "Readiness", "Startup")
    return Problem(
        NOT_READY,
        f"{message} {probe}".strip(),
        Patience.ALL,
        remedies.NOT_READY,
        container=status["name"],
        restarts=restarts,
        exit_code=last.get("exitCode"),
        log="current",
    )


def _not_started(pod: Object, events: list[Object]) -> list[Problem]:
    """Return what hinders a scheduled pod before its containers are created: volumes and the network."""
    if any("waiting" not in (status.get("state") or {}) for status in _statuses(pod)):
        return []  # Started, so what these events tell of is over.
    for event in reversed(sorted_events(events)):
        reason, message = str(event.get("reason") or ""), str(event.get("message") or "")
        if reason == "FailedMount":
            missing = find_missing(message, pod)
            return [_volume(reason, message, missing)]
        if reason in ("FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox"):
            return [_volume(reason, message, None)]
    return []


def _starting(pod: Object) -> list[Problem]:
    """Return how far a pod is whose containers do not run yet and that names no cause."""
    waiting = [
        f"{status['name']} ({status['state']['waiting'].get('reason') or 'waiting'})"
        for status in _statuses(pod)
        if (status.get("state") or {}).get("waiting")
    ]
    if waiting:
        return [Problem(STARTING, f"Not started yet: {', '.join(waiting)}.", Patience.ALL, remedies.STARTING)]
    if pod.get("status", {}).get("phase") == "Pending" and not _statuses(pod):
        node = pod.get("spec", {}).get("nodeName")
        words = f"Node {node} has not begun with it." if node else "No node has been chosen for it yet."
        return [Problem(STARTING, words, Patience.ALL, remedies.STARTING)]
    return []


def _volume(reason: str, message: str, missing: Missing | None) -> Problem:
    patience = Patience.SHORT if missing or "references non-existent" in message else Patience.ALL
    remedy = remedies.for_missing(missing) if missing else remedies.for_volume(reason, message)
    return Problem(reason, message, patience, remedy, missing=missing)


def sorted_events(events: Iterable[Object]) -> list[Object]:
    """Return the events, the newest last."""
    return sorted(events, key=event_time)


def event_time(event: Object) -> str:
    """Return when the event was last seen, in a form that sorts."""
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    return str(next((time for time in times if time), event.get("metadata", {}).get("creationTimestamp") or ""))


def _event_message(events: list[Object], reason: str, *beginnings: str) -> str:
    for event in reversed(sorted_events(events)):
        message = str(event.get("message") or "")
        if event.get("reason") == reason and message.startswith(beginnings):
            return message.strip()
    return ""

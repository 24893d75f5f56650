# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a pod says of itself: ready or not and since when, where, and what its containers lack; how old objects are."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .objects import Object

#: For so many seconds after a pod became ready, or an object came or changed, others may not know of it: DNS caches
#: (which keep a name that is missing as well), lookups, mounted files, first scrapes.
SETTLING_SECONDS = 120


def unix(text: str) -> float:
    """Return the Unix seconds of a time as the Kubernetes API writes it."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def is_ready(pod: Object) -> bool:
    """Return whether the pod is ready and stays."""
    return "deletionTimestamp" not in pod["metadata"] and _ready_condition(pod).get("status") == "True"


def address(pod: Object) -> str:
    """Return the pod's IP address, an empty text where it has none yet."""
    return str(pod.get("status", {}).get("podIP") or "")


def container_port(pod: Object, name: str) -> str:
    """Return the number of the port that one of the pod's containers has under this name, an empty text without one."""
    ports = (port for container in pod["spec"]["containers"] for port in container.get("ports") or [])
    return next((str(port["containerPort"]) for port in ports if port.get("name") == name), "")


def started(pod: Object) -> float:
    """Return when the pod started, in Unix seconds."""
    return unix(pod.get("status", {}).get("startTime") or pod["metadata"]["creationTimestamp"])


def is_settling(objects: Iterable[Object], now: float) -> bool:
    """Return whether one of them came, changed or became ready just now, so that others may not know of it yet."""
    return any(now - _changed(each) < SETTLING_SECONDS for each in objects)


def container_problem(pod: Object, name: str) -> str:
    """Return why the container of this name is not ready, an empty text where it is."""
    if not any(each["name"] == name for each in pod["spec"]["containers"]):
        return f"has no container {name}"
    if "deletionTimestamp" in pod["metadata"]:
        return "is about to end"
    for status in pod.get("status", {}).get("containerStatuses") or []:
        if status["name"] == name:
            if status.get("ready"):
                return ""
            waiting = status.get("state", {}).get("waiting") or status.get("state", {}).get("terminated") or {}
            reason = f" ({waiting['reason']})" if waiting.get("reason") else ""
            return f"its container {name} is not ready{reason}"
    return "has not started"


def _changed(body: Object) -> float:
    metadata = body["metadata"]
    # What a controller notes in the status is no change.
    fields = [entry for entry in metadata.get("managedFields") or [] if entry.get("subresource") != "status"]
    times = [metadata.get("creationTimestamp"), _ready_condition(body).get("lastTransitionTime")]
    return max((unix(time) for time in [*times, *(entry.get("time") for entry in fields)] if time), default=0.0)


def _ready_condition(pod: Object) -> Object:
    conditions: list[Object] = pod.get("status", {}).get("conditions") or []
    return next((condition for condition in conditions if condition["type"] == "Ready"), {})

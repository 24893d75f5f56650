# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far the Prometheus operator and the cluster are with a Prometheus object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .problem import Patience, Problem
from .status import State, condition, owns, stateful_set_state

if TYPE_CHECKING:
    from ..k8s.objects import Object

SIDECAR = "thanos-sidecar"
NAME_LABEL = "operator.prometheus.io/name"
MODE_LABEL = "operator.prometheus.io/mode"
#: On a StatefulSet that is kept for a while after the number of shards became smaller.
RETIRED_ANNOTATION = "operator.prometheus.io/deletion-deadline"


def stateful_sets_of(prometheus: Object, stateful_sets: list[Object]) -> list[Object]:
    """Return the StatefulSets that the operator made for the Prometheus object, one for each shard."""
    found = []
    for stateful_set in stateful_sets:
        metadata = stateful_set["metadata"]
        labels = metadata.get("labels") or {}
        if (
            labels.get(NAME_LABEL) == prometheus["metadata"]["name"]
            and labels.get(MODE_LABEL, "server") == "server"
            and RETIRED_ANNOTATION not in (metadata.get("annotations") or {})
        ):
            found.append(stateful_set)
    return found


def prometheus_state(prometheus: Object, stateful_sets: list[Object], pods: list[Object]) -> State:
    """Return the state of a Prometheus object, its StatefulSets and their pods.

    Lists that are taken one after the other must be taken in the order of the arguments: the operator's word that
    it has seen the change says nothing about a StatefulSet that was read before.
    """
    spec = prometheus["spec"]
    state = reconciled_state(prometheus)
    if not state.done and not spec.get("paused"):
        return state
    state = _shards(prometheus, stateful_sets_of(prometheus, stateful_sets), pods)
    if not state.done and spec.get("paused"):
        problem = Problem(
            "Paused",
            "is paused (spec.paused), so the Prometheus operator changes nothing",
            Patience.NONE,
            "Set spec.paused to false.",
            uid=str(prometheus["metadata"].get("uid", "")),
        )
        return State(False, state.message, problem)
    return state


def reconciled_state(prometheus: Object) -> State:
    """Return how far the operator is with an object of its own, such as a Prometheus or a ThanosRuler."""
    generation = prometheus["metadata"].get("generation", 1)
    conditions = [condition(prometheus, kind) for kind in ("Reconciled", "Available")]
    seen = min(found.get("observedGeneration", 0) for found in conditions)
    if seen < generation:
        namespace = prometheus["metadata"].get("namespace")
        return State(
            False,
            "the Prometheus operator has not yet seen the change",
            Problem(
                "NotObserved",
                f"is at generation {generation}, and the Prometheus operator has seen {seen or 'none'}",
                Patience.ALL,
                f"Check that the Prometheus operator runs and watches namespace {namespace}; its log says more.",
            ),
        )
    reconciled = conditions[0]
    if reconciled.get("status") == "False":
        problem = Problem(
            str(reconciled.get("reason") or "ReconciliationFailed"),
            f"is refused by the Prometheus operator: {reconciled.get('message') or 'see its log'}",
            Patience.SHORT,
            "Correct what the operator names; it then tries again by itself.",
            uid=str(prometheus["metadata"].get("uid", "")),
        )
        return State(False, "the Prometheus operator cannot apply it", problem)
    return State(reconciled.get("status") == "True", "the Prometheus operator works on it")


def _shards(prometheus: Object, stateful_sets: list[Object], pods: list[Object]) -> State:
    shards = prometheus["spec"].get("shards")
    wanted = 1 if shards is None else int(shards)
    if len(stateful_sets) < wanted:
        return State(False, f"{len(stateful_sets)} of {wanted} StatefulSets are there")
    for stateful_set in stateful_sets:
        name = stateful_set["metadata"]["name"]
        # What cannot be changed, such as a volume, makes the operator delete it and make it anew.
        if stateful_set["metadata"].get("deletionTimestamp"):
            return State(False, f"StatefulSet {name} is on its way out, to be made again")
        difference = _difference(prometheus, stateful_set)
        if difference:
            return State(False, f"StatefulSet {name} does not yet have {difference}")
        state = stateful_set_state(stateful_set)
        if not state.done:
            return State(False, f"StatefulSet {name}: {state.message}", state.problem)
        message = _sidecars(stateful_set, pods)
        if message:
            return State(False, f"StatefulSet {name}: {message}")
    replicas = prometheus["spec"].get("replicas")
    if replicas == 0:
        return State(True, "has no replicas (spec.replicas is 0), so there is nothing to wait for")
    sidecars = f", each with a ready {SIDECAR}" if prometheus["spec"].get("thanos") else ""
    return State(True, f"all replicas are ready{sidecars}")


def _difference(prometheus: Object, stateful_set: Object) -> str:
    """Return what the operator has still to carry over.

    Its status may say that it has seen a change a moment before it acts on it, so its word alone is not enough.
    """
    spec, template = prometheus["spec"], stateful_set["spec"]["template"]
    replicas = 1 if spec.get("replicas") is None else spec["replicas"]
    if stateful_set["spec"].get("replicas", 1) != replicas:
        return f"{replicas} replicas"
    image = _container(template["spec"], SIDECAR).get("image")
    thanos = spec.get("thanos")
    if thanos is None:
        return f"its {SIDECAR} removed" if image else ""
    if not image:
        return f"the container {SIDECAR}"
    # An entry in spec.containers of that name is merged over what the operator made.
    wanted = _container(spec, SIDECAR).get("image") or thanos.get("image")
    if wanted and image != wanted:
        return f"the image {wanted}"
    return metadata_difference(spec, stateful_set)


def metadata_difference(spec: Object, stateful_set: Object) -> str:
    """Return which label or annotation of spec.podMetadata the pods have still to get."""
    template = stateful_set["spec"]["template"]
    metadata = spec.get("podMetadata") or {}
    of_operator = stateful_set["spec"].get("selector", {}).get("matchLabels") or {}
    for group in ("labels", "annotations"):
        there = template.get("metadata", {}).get(group) or {}
        for key, value in (metadata.get(group) or {}).items():
            own = key in of_operator or key.startswith(("app.kubernetes.io/", "kubectl.kubernetes.io/"))
            if not own and there.get(key) != value:
                return f"the pod's {group[:-1]} {key}"
    return ""


def _sidecars(stateful_set: Object, pods: list[Object]) -> str:
    """Return what is wrong with the replicas' sidecars, empty where each has a ready one."""
    image = _container(stateful_set["spec"]["template"]["spec"], SIDECAR).get("image")
    wanted = int(stateful_set["spec"].get("replicas", 1))
    if not image or not wanted:
        return ""
    ready = sum(1 for pod in pods if owns(stateful_set, pod) and _runs_sidecar(pod, image))
    return "" if ready >= wanted else f"{ready} of {wanted} replicas run a ready {SIDECAR}"


def _runs_sidecar(pod: Object, image: str) -> bool:
    if pod["metadata"].get("deletionTimestamp") or _container(pod["spec"], SIDECAR).get("image") != image:
        return False
    statuses = pod.get("status", {}).get("containerStatuses") or []
    return any(status["name"] == SIDECAR and status.get("ready") for status in statuses)


def _container(pod_spec: Object, name: str) -> Object:
    for container in pod_spec.get("containers") or []:
        if container.get("name") == name:
            return dict(container)
    return {}

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a workload consists of, and everything that keeps it from being rolled out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from ..k8s.informer import Informer, Source
from ..k8s.resources import (
    DAEMON_SET,
    DEPLOYMENT,
    EVENT,
    JOB,
    POD,
    PROMETHEUS,
    REPLICA_SET,
    STATEFUL_SET,
    THANOS_RULER,
    Resource,
)
from . import remedies
from .pod import STARTING, claims_of, event_time, find_problems, sorted_events, terminating_problem
from .problem import Patience, Problem
from .prometheus import prometheus_state, stateful_sets_of
from .status import STATES, State, is_observed, owns
from .thanos_ruler import thanos_ruler_state

if TYPE_CHECKING:
    from ..k8s.objects import Object

RESOURCES: dict[str, Resource] = {
    resource.kind: resource for resource in (PROMETHEUS, THANOS_RULER, DEPLOYMENT, STATEFUL_SET, DAEMON_SET, JOB)
}
#: What the Prometheus operator makes StatefulSets from.
OF_OPERATOR = (PROMETHEUS.kind, THANOS_RULER.kind)
#: What the events of a claim say: that its volume cannot be made, that somebody has to make it, and that it is there.
WAITING, BOUND = "ExternalProvisioning", "ProvisioningSucceeded"
CLAIM_REASONS = ("FailedBinding", "ProvisioningFailed", WAITING, BOUND)
REVISION_ANNOTATION = "deployment.kubernetes.io/revision"
DAEMON_SET_GENERATION = "deprecated.daemonset.template.generation"


class Workload(NamedTuple):
    """What is waited for."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """Return its name for people."""
        return f"{self.kind} {self.namespace}/{self.name}"


def state_sources(workloads: Iterable[Workload]) -> list[Source]:
    """Return what has to be read to know how far the workloads are, in the order in which to read it."""
    sources: dict[Source, None] = {}
    # The operator's word first, see prometheus_state.
    for workload in sorted(workloads, key=lambda workload: workload.kind not in OF_OPERATOR):
        sources[Source(RESOURCES[workload.kind], workload.namespace)] = None
    for source in [source for source in sources if source.resource.kind in OF_OPERATOR]:
        stateful_sets = Source(STATEFUL_SET, source.namespace)
        sources.pop(stateful_sets, None)
        sources[stateful_sets] = None
        sources[Source(POD, source.namespace)] = None
    return list(sources)


def evidence_sources(workloads: Iterable[Workload]) -> list[Source]:
    """Return what has to be read besides, to know what hinders the workloads."""
    sources: dict[Source, None] = {}
    for workload in workloads:
        if workload.kind == DEPLOYMENT.kind:
            sources[Source(REPLICA_SET, workload.namespace)] = None
        sources[Source(POD, workload.namespace)] = None
        sources[Source(EVENT, workload.namespace)] = None
    return list(sources)


def workload_state(informer: Informer, workload: Workload) -> State:
    """Return how far the workload is."""
    namespace = workload.namespace
    found = informer.find(RESOURCES[workload.kind], namespace, workload.name)
    if found is None:
        problem = Problem("NotFound", "does not exist", Patience.SHORT, "Create it first.")
        return State(False, "does not exist", problem)
    if workload.kind == PROMETHEUS.kind:
        return prometheus_state(found, informer.objects(STATEFUL_SET, namespace), informer.objects(POD, namespace))
    if workload.kind == THANOS_RULER.kind:
        return thanos_ruler_state(found, informer.objects(STATEFUL_SET, namespace))
    return STATES[workload.kind](found)


@dataclass
class Parts:
    """The objects a workload consists of: what creates pods now, and these pods."""

    creators: list[tuple[Object, int]] = field(default_factory=list)
    pods: list[Object] = field(default_factory=list)
    #: Pods of any revision that are on their way out. Room may become free by them, and some have to be gone first.
    terminating: list[Object] = field(default_factory=list)


def workload_parts(informer: Informer, workload: Workload) -> Parts:
    """Return what the workload consists of at its current revision."""
    namespace = workload.namespace
    found = informer.find(RESOURCES[workload.kind], namespace, workload.name)
    pods = informer.objects(POD, namespace)
    if found is None or (workload.kind not in (*OF_OPERATOR, JOB.kind) and not is_observed(found)):
        return Parts()
    if workload.kind == DEPLOYMENT.kind:
        return _deployment_parts(found, informer.objects(REPLICA_SET, namespace), pods)
    if workload.kind == PROMETHEUS.kind:
        owners = stateful_sets_of(found, informer.objects(STATEFUL_SET, namespace))
    elif workload.kind == THANOS_RULER.kind:
        owners = [each for each in informer.objects(STATEFUL_SET, namespace) if owns(found, each)]
    else:
        owners = [found]
    parts = Parts()
    for owner in owners:
        owned = [pod for pod in pods if owns(owner, pod)]
        parts.terminating += [pod for pod in owned if _is_terminating(pod)]
        parts.creators.append((owner, _wanted(owner)))
        parts.pods += [pod for pod in owned if _matters(owner, pod)]
    return parts


def workload_problems(informer: Informer, workload: Workload, state: State) -> list[Problem]:
    """Return everything that keeps the workload from being rolled out."""
    parts = workload_parts(informer, workload)
    events = informer.objects(EVENT, workload.namespace)
    problems = [state.problem] if state.problem else []
    for creator, wanted in parts.creators:
        refused = _refused(creator, wanted, parts.pods, events)
        problems += [refused] if refused else []
    for pod in parts.pods:
        found = find_problems(pod, events_of({pod["metadata"].get("uid")}, events))
        volume = _without_volume(pod, found, events)
        if volume:
            problems.append(volume)
        elif found:
            problems += [_adjust(problem, pod, parts, workload) for problem in found]
    return problems + [terminating_problem(pod) for pod in parts.terminating]


def events_of(uids: Iterable[str | None], events: Iterable[Object]) -> list[Object]:
    """Return the events about the objects with these uids, the newest last."""
    uids = set(uids) - {None}
    return list(sorted_events(event for event in events if (event.get("involvedObject") or {}).get("uid") in uids))


def relevant_events(informer: Informer, workload: Workload, pod_name: str) -> list[str]:
    """Return the warnings about a pod and its volume claims, or about the workload itself, as lines."""
    namespace = workload.namespace
    events = informer.objects(EVENT, namespace)
    pod = informer.find(POD, namespace, pod_name) if pod_name else None
    if pod is not None:
        claims = claims_of(pod)
        chosen = events_of({pod["metadata"].get("uid")}, events)
        chosen += [event for event in events if any(_is_about_claim(event, claim) for claim in claims)]
    else:
        found = informer.find(RESOURCES[workload.kind], namespace, workload.name)
        owners = [owner for owner, _wanted in workload_parts(informer, workload).creators] + ([found] if found else [])
        chosen = events_of({owner["metadata"].get("uid") for owner in owners}, events)
    return [_event_line(event) for event in sorted_events(chosen) if event.get("type") == "Warning"]


def _event_line(event: Object) -> str:
    count = (event.get("series") or {}).get("count") or event.get("count") or 1
    times = f" ({count} times)" if count > 1 else ""
    about = (event.get("involvedObject") or {}).get("kind") or "object"
    return f"{about} {event.get('reason')}{times}: {str(event.get('message') or '').strip()}"


def _without_volume(pod: Object, problems: list[Problem], events: list[Object]) -> Problem | None:
    """Return why a pod's claim gets no volume, which the pod itself tells late or not at all, None where it may."""
    if pod.get("spec", {}).get("nodeName") or any(problem.missing for problem in problems):
        return None
    waits = None
    for claim in sorted(claims_of(pod)):
        about = [event for event in events if _is_about_claim(event, claim) and event.get("reason") in CLAIM_REASONS]
        if not about or sorted_events(about)[-1]["reason"] == BOUND:
            continue
        last = sorted_events(event for event in about if event["reason"] != WAITING) or about
        reason, words = str(last[-1]["reason"]), str(last[-1].get("message") or "").strip()
        patience = Patience.ALL if reason == WAITING else Patience.SCHEDULING
        message = f"PersistentVolumeClaim {claim}: {words}"
        metadata = pod["metadata"]
        found = Problem(
            reason, message, patience, remedies.for_claim(words), pod=metadata["name"], uid=metadata.get("uid", "")
        )
        if patience is Patience.SCHEDULING:
            return found
        waits = waits or found
    return None if any(problem.reason != STARTING for problem in problems) else waits


def _is_about_claim(event: Object, claim: str) -> bool:
    about = event.get("involvedObject") or {}
    return about.get("kind") == "PersistentVolumeClaim" and about.get("name") == claim


def _adjust(problem: Problem, pod: Object, parts: Parts, workload: Workload) -> Problem:
    """Fit what is true of any pod to the workload it belongs to."""
    if problem.patience is Patience.SCHEDULING and parts.terminating:
        return replace(problem, patience=Patience.ALL)
    if problem.patience is Patience.SCHEDULING and "unbound immediate" in problem.message:
        return replace(problem, patience=Patience.ALL)  # That it fails, the claim's events tell.
    if problem.patience is Patience.CRASHES and workload.kind == JOB.kind:
        return replace(problem, patience=Patience.ALL)  # A Job has a limit of its own (backoffLimit).
    if _is_outdated(pod, [creator for creator, _wanted in parts.creators]):
        name, namespace = pod["metadata"]["name"], workload.namespace
        words = f"This pod still has the previous revision, and Kubernetes does not replace it while it is broken: \
`kubectl --namespace {namespace} delete pod {name}`."
        return replace(problem, remedy=words)
    return problem


def _deployment_parts(deployment: Object, replica_sets: list[Object], pods: list[Object]) -> Parts:
    owned = [replica_set for replica_set in replica_sets if owns(deployment, replica_set)]
    revision = (deployment["metadata"].get("annotations") or {}).get(REVISION_ANNOTATION)
    current = [
        replica_set
        for replica_set in owned
        if (replica_set["metadata"].get("annotations") or {}).get(REVISION_ANNOTATION) == revision
    ]
    return Parts(
        [(replica_set, int(replica_set["spec"].get("replicas") or 0)) for replica_set in current],
        [pod for pod in pods if any(owns(replica_set, pod) for replica_set in current)],
        [pod for pod in pods if _is_terminating(pod) and any(owns(replica_set, pod) for replica_set in owned)],
    )


def _refused(creator: Object, wanted: int, pods: list[Object], events: list[Object]) -> Problem | None:
    """Return why the API server lets no pod be created, None where it does."""
    if sum(1 for pod in pods if owns(creator, pod)) >= wanted:
        return None
    about = events_of({creator["metadata"].get("uid")}, events)
    failures = [event for event in about if event.get("reason") == "FailedCreate"]
    created = [event for event in about if event.get("reason") == "SuccessfulCreate"]
    if not failures or (created and event_time(created[-1]) > event_time(failures[-1])):
        return None
    message = str(failures[-1].get("message") or "").removeprefix("(combined from similar events): ")
    return Problem(
        "FailedCreate",
        f"{creator['kind']} {creator['metadata']['name']} cannot create its pods: {message}",
        Patience.SHORT,
        remedies.for_creation(message),
        uid=str(creator["metadata"].get("uid") or ""),
    )


def _wanted(owner: Object) -> int:
    if owner["kind"] == DAEMON_SET.kind:
        return int(owner.get("status", {}).get("desiredNumberScheduled") or 0)
    if owner["kind"] == JOB.kind:
        return 1
    replicas = owner["spec"].get("replicas")
    return 1 if replicas is None else int(replicas)


def _matters(owner: Object, pod: Object) -> bool:
    """Return whether a pod of the owner can hinder it, which those about to be replaced do not."""
    labels = pod["metadata"].get("labels") or {}
    if owner["kind"] == STATEFUL_SET.kind and _is_outdated(pod, [owner]):
        # In order, one by one: a broken pod of the previous revision stops all that follow.
        return bool(owner["spec"].get("podManagementPolicy", "OrderedReady") == "OrderedReady")
    if owner["kind"] == DAEMON_SET.kind:
        generation = (owner["metadata"].get("annotations") or {}).get(DAEMON_SET_GENERATION)
        return bool(labels.get("pod-template-generation", generation) == generation)
    return True


def _is_outdated(pod: Object, owners: list[Object]) -> bool:
    revision = (pod["metadata"].get("labels") or {}).get("controller-revision-hash")
    for owner in owners:
        update = owner.get("status", {}).get("updateRevision")
        if owner["kind"] == STATEFUL_SET.kind and owns(owner, pod) and revision and update:
            return bool(revision != update)
    return False


def _is_terminating(obj: Object) -> bool:
    return bool(obj["metadata"].get("deletionTimestamp"))

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to happen beside an apply where objects of the same names were made by hand, or cannot be changed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.observability.thanos.plugins.module_utils.apply_report import title_of
from ansible_collections.observability.thanos.plugins.module_utils.cluster import (
    CONFIG_MAP,
    DEPLOYMENT,
    POD,
    POD_DISRUPTION_BUDGET,
    PROMETHEUS,
    REPLICA_SET,
    SECRET,
    SERVICE,
    STATEFUL_SET,
    ClusterError,
    ConflictError,
    InvalidError,
    Resource,
)
from ansible_collections.observability.thanos.plugins.module_utils.grace import Limits
from ansible_collections.observability.thanos.plugins.module_utils.kubectl_ownership import (
    APPLY_MANAGER,
    WHOLE,
    fields_of,
    takeover_patch,
)
from ansible_collections.observability.thanos.plugins.module_utils.preflight_finding import Finding
from ansible_collections.observability.thanos.plugins.module_utils.rollout import wait_for_rollout
from ansible_collections.observability.thanos.plugins.module_utils.workload_diagnosis import Workload

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.plugins.module_utils.cluster import Cluster, Object

#: Kinds of which an object is all ours. Not claims and namespaces: a claim's fields can never be taken back.
WHOLE_KINDS = {
    each.kind: each for each in (CONFIG_MAP, DEPLOYMENT, POD_DISRUPTION_BUDGET, SECRET, SERVICE, STATEFUL_SET)
}
#: Kinds of objects that belong to somebody else and carry some fields of ours.
SHARED_KINDS = {PROMETHEUS.kind: PROMETHEUS}
#: Kinds that can be deleted and made again without loss.
REPLACEABLE = {each.kind: each for each in (DEPLOYMENT, SERVICE, STATEFUL_SET)}
WORKLOADS = {each.kind: each for each in (DEPLOYMENT, STATEFUL_SET)}
#: How the API server says that a field keeps its value for ever.
IMMUTABLE = ("field is immutable", "updates to statefulset spec for fields other than", "may not change once set")
#: How long a deleted object may take to go, in seconds: its pods may take half a minute to stop.
GONE_TIMEOUT = 120.0
POLL_SECONDS = 0.2
#: How often another writer may be faster.
ATTEMPTS = 5

#: On the pods of everything that is ours.
MANAGED_BY = "app.kubernetes.io/managed-by"

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Permission:
    """What the user allows."""

    #: Take over what was made by kubectl, and remove what would be a second copy.
    adopt: bool = False
    #: Delete and make again what cannot be changed.
    replace_immutable: bool = False


@dataclass
class Takeover:
    """What was done: in words, and by title for the objects that were made again and need no apply."""

    summary: list[str] = field(default_factory=list)
    recreated: dict[str, dict[str, Any]] = field(default_factory=dict)


def take_over(cluster: Cluster, manifests: Sequence[Manifest], permission: Permission) -> Takeover:
    """Make the live objects such that the manifests can be applied."""
    done = Takeover()
    if permission.adopt:
        strangers = foreign_workloads(cluster, manifests)
        if strangers:
            raise ClusterError("\n".join(str(stranger) for stranger in strangers))
    for manifest in manifests:
        if permission.adopt:
            _remove_copy(cluster, manifest, done)
            _take_fields(cluster, manifest, done)
        if permission.replace_immutable:
            _replace(cluster, manifest, done)
        if manifest["kind"] == STATEFUL_SET.kind:
            _free_names(cluster, manifest, done)
    return done


def retire(cluster: Cluster, manifests: Sequence[Manifest], timeout: float) -> list[str]:
    """Remove what a Deployment was before, once its new pods run; return what was removed.

    That is pods that the new Deployment cannot adopt, and the history of what was made by hand, with its secrets.
    """
    removed = []
    for manifest in manifests:
        if manifest["kind"] != DEPLOYMENT.kind or not _former_replica_sets(cluster, manifest):
            continue
        name, namespace = _place(manifest)
        if not cluster.dry_run:
            outcome = wait_for_rollout(cluster, [Workload(DEPLOYMENT.kind, namespace, name)], Limits(timeout=timeout))
            if outcome.message:
                raise ClusterError(
                    f"{outcome.message}\nThe old pods of {title_of(manifest)} stay until the new ones run."
                )
        for former in _former_replica_sets(cluster, manifest):
            cluster.delete(REPLICA_SET, former["metadata"]["name"], namespace, "Background")
            removed.append(f"{title_of(former)}: removed, since the new pods of {title_of(manifest)} run")
    return removed


def foreign_workloads(cluster: Cluster, manifests: Sequence[Manifest]) -> list[Finding]:
    """Say which workloads have a name of ours and run something else: these are nobody's to take over."""
    found = []
    remedy = "Give it another name, or choose another namespace (thanos_namespace, minio_namespace)."
    for manifest in manifests:
        if manifest["kind"] not in WORKLOADS:
            continue
        name, namespace = _place(manifest)
        for resource in WORKLOADS.values():
            live = cluster.get(resource, name, namespace)
            if live is not None and not runs(live, program(manifest)):
                what = f"it does not run `{program(manifest)}`, so it is not taken over."
                found.append(Finding(title_of(live), what, remedy))
    return found


def program(workload: Manifest) -> str:
    """Return what a workload of ours runs: its first argument, such as `compact` or `server`."""
    return str(_containers(workload)[0]["args"][0])


def runs(workload: Manifest, wanted: str) -> bool:
    """Return whether a container of the workload is called with that argument."""
    return any(
        wanted in [*(container.get("command") or []), *(container.get("args") or [])]
        for container in _containers(workload)
    )


def is_immutable(error: Exception) -> bool:
    """Return whether the API server refused to change a field that keeps its value for ever."""
    return any(words in str(error) for words in IMMUTABLE)


def _remove_copy(cluster: Cluster, manifest: Manifest, done: Takeover) -> None:
    """Remove a workload of the same name and another kind: both would do the same work."""
    if manifest["kind"] not in WORKLOADS:
        return
    name, namespace = _place(manifest)
    for resource in WORKLOADS.values():
        if resource.kind == manifest["kind"]:
            continue
        live = cluster.get(resource, name, namespace)
        if live is not None:
            _delete(cluster, resource, live, "Foreground")
            done.summary.append(f"{title_of(live)}: removed, since a {manifest['kind']} takes its place")


def _take_fields(cluster: Cluster, manifest: Manifest, done: Takeover) -> None:
    name, namespace = _place(manifest)
    resource = {**WHOLE_KINDS, **SHARED_KINDS}.get(manifest["kind"])
    if resource is None:
        return
    wanted = WHOLE if manifest["kind"] in WHOLE_KINDS else fields_of(manifest)
    if take_fields(cluster, resource, name, namespace, wanted):
        done.summary.append(f"{title_of(manifest)}: taken over from kubectl")


def take_fields(cluster: Cluster, resource: Resource, name: str, namespace: str, wanted: dict[str, Any]) -> bool:
    """Make ours what kubectl owns of the wanted fields; True if that was anything."""
    for attempt in range(ATTEMPTS):
        live = cluster.get(resource, name, namespace)
        patch = takeover_patch(live, wanted) if live else None
        if patch is None:
            return False
        try:
            # What is left of kubectl's annotation stays kubectl's.
            cluster.merge(resource, name, patch, namespace, APPLY_MANAGER)
        except ConflictError:  # A controller wrote its status meanwhile.
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(POLL_SECONDS)
            continue
        return True
    return False


def _replace(cluster: Cluster, manifest: Manifest, done: Takeover) -> None:
    """Delete and make again an object that cannot become what it has to be."""
    resource = REPLACEABLE.get(manifest["kind"])
    if resource is None:
        return
    name, namespace = _place(manifest)
    live = cluster.get(resource, name, namespace)
    if live is None or not _is_refused(cluster, resource, manifest):
        return
    before = {key: value for key, value in live.items() if key != "status"}
    done.recreated[title_of(manifest)] = {
        "changed": True,
        "method": "recreate",
        "diff": {"before": before, "after": dict(manifest)},
    }
    _delete(cluster, resource, live, _dependents(live))
    if not cluster.dry_run:
        cluster.apply(resource, dict(manifest), force=True)


def _is_refused(cluster: Cluster, resource: Resource, manifest: Manifest) -> bool:
    try:
        cluster.apply(resource, dict(manifest), force=True, dry_run=True)
    except InvalidError as error:
        return is_immutable(error)
    except ClusterError:
        return False  # The apply itself will say what is wrong.
    return False


def _dependents(live: Object) -> str:
    """Return what becomes of an object's pods: they go on, unless two must not work at the same time."""
    if live["kind"] == SERVICE.kind:
        return "Background"
    is_alone = ((live["spec"].get("strategy") or {}).get("type")) == "Recreate"
    return "Foreground" if is_alone else "Orphan"


def _free_names(cluster: Cluster, manifest: Manifest, done: Takeover) -> None:
    """Delete pods left by a StatefulSet that the new one cannot adopt: its own have the same names.

    It can where their labels and their volumes are what it would give them. Also what an interrupted run left behind.
    """
    name, namespace = _place(manifest)
    title = title_of(manifest)
    live = cluster.get(STATEFUL_SET, name, namespace)
    if live is not None and title not in done.recreated and not _has_template_of(live, manifest):
        return  # It stays, and so do its pods.
    for pod in cluster.list(POD, namespace):
        its_name = pod["metadata"]["name"]
        if re.fullmatch(rf"{re.escape(name)}-[0-9]+", its_name) and not _fits(pod, manifest):
            cluster.delete(POD, its_name, namespace)
            done.summary.append(f"{title_of(pod)}: removed, since the new {title} cannot adopt it")


def _has_template_of(live: Object, manifest: Manifest) -> bool:
    return _claim_names(live) == _claim_names(manifest) and live["spec"]["selector"] == manifest["spec"]["selector"]


def _claim_names(stateful_set: Manifest) -> list[str]:
    return [claim["metadata"]["name"] for claim in stateful_set["spec"].get("volumeClaimTemplates") or []]


def _fits(pod: Object, stateful_set: Manifest) -> bool:
    claims = {
        volume["name"]: volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["spec"].get("volumes") or []
        if "persistentVolumeClaim" in volume
    }
    return _matches(pod, stateful_set) and all(
        claims.get(name) == f"{name}-{pod['metadata']['name']}" for name in _claim_names(stateful_set)
    )


def _former_replica_sets(cluster: Cluster, deployment: Manifest) -> list[Object]:
    """Return the ReplicaSets that a Deployment of this name made when it was not yet ours."""
    name, namespace = _place(deployment)
    ours = _labels(deployment["spec"]["template"]).get(MANAGED_BY)
    return [
        each
        for each in cluster.list(REPLICA_SET, namespace)
        if each["metadata"]["name"] == f"{name}-{_labels(each).get('pod-template-hash')}"
        and _labels(each["spec"]["template"]).get(MANAGED_BY) != ours
    ]


def _matches(obj: Object, workload: Manifest) -> bool:
    wanted: Mapping[str, str] = workload["spec"]["selector"]["matchLabels"]
    return all(_labels(obj).get(key) == value for key, value in wanted.items())


def _labels(obj: Object) -> Mapping[str, str]:
    return obj["metadata"].get("labels") or {}


def _delete(cluster: Cluster, resource: Resource, live: Object, dependents: str) -> None:
    metadata = live["metadata"]
    cluster.delete(resource, metadata["name"], metadata["namespace"], dependents)
    if cluster.dry_run:
        return

    def is_gone() -> bool:
        found = cluster.get(resource, metadata["name"], metadata["namespace"])
        return found is None or found["metadata"]["uid"] != metadata["uid"]

    wait_until(is_gone, GONE_TIMEOUT, f"{title_of(live)} is still being deleted. See what holds it: its finalizers.")


def wait_until(is_true: Callable[[], bool], timeout: float, message: str) -> None:
    """Look again and again; raise ClusterError with the message when the time is over."""
    deadline = time.monotonic() + timeout
    while not is_true():
        if time.monotonic() > deadline:
            raise ClusterError(message)
        time.sleep(POLL_SECONDS)


def _containers(workload: Manifest) -> Sequence[Mapping[str, Any]]:
    containers: Sequence[Mapping[str, Any]] = workload["spec"]["template"]["spec"]["containers"]
    return containers


def _place(manifest: Manifest) -> tuple[str, str]:
    return manifest["metadata"]["name"], manifest["metadata"].get("namespace") or ""

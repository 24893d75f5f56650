# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has to happen beside an apply where objects of the same names were made by hand, or cannot be changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..apply.former_pods import former_pods, has_template_of
from ..apply.kubectl_fields import WHOLE, fields_of, take_fields
from ..k8s.finding import compose
from ..k8s.objects import title_of
from ..k8s.ownership import MANAGED_BY_LABEL, controller_of
from ..k8s.polling import wait_until
from ..k8s.program import program, runs
from ..k8s.resources import (
    CONFIG_MAP,
    DEPLOYMENT,
    POD,
    POD_DISRUPTION_BUDGET,
    PROMETHEUS,
    REPLICA_SET,
    SECRET,
    SERVICE,
    STATEFUL_SET,
    Resource,
)
from ..k8s.workload_pods import is_controlled_by
from ..requests.errors import ClusterError
from ..rollout.grace import Limits
from ..rollout.wait import wait_for_rollout
from ..rollout.workload import REVISION_ANNOTATION, Workload
from .findings import REPLACEABLE, WORKLOADS, Permission, is_refused, takeover_findings

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

#: Kinds of which an object is all ours. Not claims and namespaces: a claim's fields can never be taken back.
WHOLE_KINDS = {
    each.kind: each for each in (CONFIG_MAP, DEPLOYMENT, POD_DISRUPTION_BUDGET, SECRET, SERVICE, STATEFUL_SET)
}
#: Kinds of objects that belong to somebody else and carry some fields of ours.
SHARED_KINDS = {PROMETHEUS.kind: PROMETHEUS}
#: How long a deleted object may take to go, in seconds: its pods may take half a minute to stop.
GONE_TIMEOUT = 120.0
POLL_SECONDS = 0.2

Manifest = Mapping[str, Any]


@dataclass
class Takeover:
    """What was done: in words, and by title for the objects that were made again and need no apply."""

    summary: list[str] = field(default_factory=list)
    recreated: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: By title, the uids of those before.
    former: dict[str, str] = field(default_factory=dict)


def take_over(
    cluster: Cluster, manifests: Sequence[Manifest], permission: Permission, prepare: Callable[[], None] | None = None
) -> Takeover:
    """Make the live objects such that the manifests can be applied; first of all find what must not be done.

    Prepare is called once nothing speaks against it, before anything is changed.
    """
    findings = takeover_findings(cluster, manifests, permission)
    if findings:
        raise ClusterError(compose(findings))
    if prepare is not None:
        prepare()
    done = Takeover()
    for manifest in manifests:
        if permission.adopt:
            _remove_copy(cluster, manifest, done)
            _take_fields(cluster, manifest, done)
        if permission.replace_immutable:
            _replace(cluster, manifest, done)
        if manifest["kind"] == STATEFUL_SET.kind and (permission.adopt or permission.replace_immutable):
            _free_names(cluster, manifest, permission.adopt, done)
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


def _replace(cluster: Cluster, manifest: Manifest, done: Takeover) -> None:
    """Delete and make again an object that cannot become what it has to be."""
    resource = REPLACEABLE.get(manifest["kind"])
    if resource is None:
        return
    name, namespace = _place(manifest)
    live = cluster.get(resource, name, namespace)
    if live is None or not is_refused(cluster, resource, manifest):
        return
    before = {key: value for key, value in live.items() if key != "status"}
    done.recreated[title_of(manifest)] = {
        "changed": True,
        "method": "recreate",
        "diff": {"before": before, "after": dict(manifest)},
    }
    done.former[title_of(manifest)] = live["metadata"]["uid"]
    _delete(cluster, resource, live, _dependents(live))
    if not cluster.dry_run:
        cluster.apply(resource, dict(manifest), force=True)


def _dependents(live: Object) -> str:
    """Return what becomes of an object's pods: they go on, unless two must not work at the same time."""
    if live["kind"] == SERVICE.kind:
        return "Background"
    is_alone = ((live["spec"].get("strategy") or {}).get("type")) == "Recreate"
    return "Foreground" if is_alone else "Orphan"


def _free_names(cluster: Cluster, manifest: Manifest, adopt: bool, done: Takeover) -> None:
    """Delete pods left by a StatefulSet that the new one cannot adopt: its own have the same names.

    It can where their labels and their volumes are what it would give them. Also what an interrupted run left behind.
    """
    name, namespace = _place(manifest)
    title = title_of(manifest)
    live = cluster.get(STATEFUL_SET, name, namespace)
    if live is not None and title not in done.recreated and not has_template_of(live, manifest):
        return  # It stays, and so do its pods.
    owners = {done.former.get(title), *([live["metadata"]["uid"]] if live else [])}
    for pod in former_pods(cluster, manifest, owners - {None}, adopt):
        cluster.delete(POD, pod["metadata"]["name"], namespace)
        done.summary.append(f"{title_of(pod)}: removed, since the new {title} cannot adopt it")


def _former_replica_sets(cluster: Cluster, deployment: Manifest) -> list[Object]:
    """Return the ReplicaSets that a Deployment of this name made when it was not yet ours.

    They are still its own, or it was made again and has left them: then they have no controller.
    """
    name, namespace = _place(deployment)
    ours = _labels(deployment["spec"]["template"]).get(MANAGED_BY_LABEL)
    named = [
        each
        for each in cluster.list(REPLICA_SET, namespace)
        if each["metadata"]["name"] == f"{name}-{_labels(each).get('pod-template-hash')}"
        and _labels(each["spec"]["template"]).get(MANAGED_BY_LABEL) != ours
    ]
    live = cluster.get(DEPLOYMENT, name, namespace) if named else None
    return [each for each in named if live and (is_controlled_by(each, live) or _is_left_behind(each, deployment))]


def _is_left_behind(replica_set: Object, deployment: Manifest) -> bool:
    return (
        controller_of(replica_set) is None
        and REVISION_ANNOTATION in (replica_set["metadata"].get("annotations") or {})
        and runs(replica_set, program(deployment))
    )


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


def _place(manifest: Manifest) -> tuple[str, str]:
    return manifest["metadata"]["name"], manifest["metadata"].get("namespace") or ""

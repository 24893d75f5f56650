# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An old MinIO under the name of ours: whether ours may take its place without losing what it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..apply.claim_retention import deletion_finding, scaling_finding
from ..apply.former_pods import POD_NAME
from ..k8s.finding import Finding
from ..k8s.objects import title_of
from ..k8s.ownership import controller_of, is_ours
from ..k8s.program import container_runs
from ..k8s.resources import DEPLOYMENT, JOB, POD, REPLICA_SET, STATEFUL_SET
from ..k8s.workload_pods import is_controlled_by
from .command import SERVER
from .format import format_problem
from .place import CLAIM_NAME, place_problem

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

NAME = "minio"
#: The Job that gives an old MinIO's files to the new one's user.
OWNER_JOB = "minio-volume-owner"
ENDED = ("Succeeded", "Failed")
EMPTY = "MinIO would start empty beside its data."
COPY = (
    "Copy the bucket to a MinIO in another namespace (minio_namespace), as docs/operations/minio.md says under "
    '"Change MinIO\'s mode".'
)


def old_workload(cluster: Cluster, namespace: str, name: str = NAME) -> Object | None:
    """Return the workload of an old MinIO that ours takes the place of, None where there is none."""
    for resource in (STATEFUL_SET, DEPLOYMENT):
        live = cluster.get(resource, name, namespace)
        if live is not None and not is_ours(live):
            return live
    return None


def standalone_finding(cluster: Cluster, namespace: str, adopt: bool, name: str = NAME) -> Finding | None:
    """Return why our standalone MinIO must not take the place of what is there, None where it may."""
    servers, deployment = (cluster.get(resource, name, namespace) for resource in (STATEFUL_SET, DEPLOYMENT))
    if servers is not None and is_ours(servers):
        what = "it is this collection's distributed MinIO, but minio_mode is standalone."
        return Finding(title_of(servers), what, f"Set minio_mode to distributed, or remove it. {COPY}")
    old = [live for live in (servers, deployment) if live is not None and not is_ours(live)]
    findings = (found for live in old for found in _findings(cluster, live, adopt))
    known = [each for each in (servers, deployment) if each]
    return next(findings, None) or other_server_finding(cluster, namespace, known)


def _findings(cluster: Cluster, live: Object, adopt: bool) -> Iterator[Finding]:
    where = title_of(live)
    controlled = control_finding(live)
    if controlled:
        yield controlled
    place = place_problem(cluster, live)
    if place:
        yield Finding(where, f"it {place} {EMPTY}", COPY)
    if live["kind"] == STATEFUL_SET.kind:
        if not adopt:
            what = f"it keeps its data in claim {CLAIM_NAME}, which a second MinIO must not use at the same time."
            yield Finding(where, what, "Set thanos_adopt to true to have a Deployment take its place.")
        # It is stopped for its files to get another owner, and deleted then.
        going = scaling_finding({**live, "spec": {"replicas": 0}}, live) or deletion_finding(cluster, live)
        if going:
            yield going
    old_format = format_problem(cluster, live)
    if old_format:
        yield Finding(where, f"it {old_format}", COPY)
    job = cluster.get(JOB, OWNER_JOB, live["metadata"]["namespace"]) if adopt else None
    if job is not None and not is_ours(job):
        what = "it is somebody else's, and has the name of the Job that gives MinIO's files to another user."
        yield Finding(title_of(job), what, "Remove it, or give it another name.")


def control_finding(live: Object) -> Finding | None:
    """Return who else controls an object, and would change it back or make it again; None where nobody does."""
    controller = controller_of(live)
    if controller is None:
        return None
    return Finding(
        title_of(live), f"{controller['kind']} {controller['name']} controls it.", f"Remove it there. {COPY}"
    )


def other_server_finding(cluster: Cluster, namespace: str, known: list[Object]) -> Finding | None:
    """Return which pod of something else runs a MinIO that ours would get in the way of, None where there is none.

    That is one on our claim, where two would damage each other's data, and one with the label that our Service selects.
    """
    servers = [pod for pod in cluster.list(POD, namespace) if _runs_beside_ours(pod)]
    if not servers:
        return None
    replica_sets = cluster.list(REPLICA_SET, namespace)
    owners = [*known, *(each for each in replica_sets if any(is_controlled_by(each, workload) for workload in known))]
    others = [pod for pod in servers if not any(is_controlled_by(pod, owner) for owner in owners)]
    if not others:
        return None
    controller = controller_of(others[0])
    owner = f" of {controller['kind']} {controller['name']}" if controller else ""
    if _is_on_claim(others[0]):
        what = f"runs a MinIO on claim {CLAIM_NAME}, which a second one must not use at the same time."
        remedy = f"Remove what made it; the claim stays, and this collection's MinIO uses it. {COPY}"
    else:
        what = (
            f"runs a MinIO, and has the label app={NAME}: Service {NAME} would send it requests for this collection's."
        )
        remedy = COPY
    return Finding(title_of(others[0]), f"this pod{owner} {what}", remedy)


def _runs_beside_ours(pod: Object) -> bool:
    return (
        (_is_on_claim(pod) or _is_selected(pod))
        and not pod["metadata"].get("deletionTimestamp")
        and (pod.get("status") or {}).get("phase") not in ENDED
        and any(container_runs(container, SERVER) for container in _spec(pod).get("containers") or [])
    )


def _is_selected(pod: Object) -> bool:
    """Return whether our Service selects the pod, but for one that a StatefulSet has left: its successor decides."""
    labels = pod["metadata"].get("labels") or {}
    is_left = controller_of(pod) is None and labels.get(POD_NAME) == pod["metadata"]["name"]
    return labels.get("app") == NAME and not is_left


def _is_on_claim(pod: Object) -> bool:
    volumes = _spec(pod).get("volumes") or []
    return CLAIM_NAME in [(volume.get("persistentVolumeClaim") or {}).get("claimName") for volume in volumes]


def _spec(pod: Object) -> Object:
    return pod.get("spec") or {}

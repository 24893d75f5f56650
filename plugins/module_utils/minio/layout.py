# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the data that a MinIO in the namespace has left fits what is wanted: its mode, its pods and their drives."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..apply.claim_retention import deletion_finding
from ..k8s.finding import Finding
from ..k8s.objects import title_of
from ..k8s.ownership import is_ours
from ..k8s.resources import CLAIM, DEPLOYMENT, SERVICE, STATEFUL_SET
from .command import UnclearError, start_of
from .place import CLAIM_NAME as STANDALONE_CLAIM
from .predecessor import COPY, EMPTY, NAME, control_finding, other_server_finding, standalone_finding

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

STANDALONE, DISTRIBUTED = "standalone", "distributed"
#: The claims of a distributed MinIO: drive, name of the StatefulSet, pod.
DRIVE_CLAIM = re.compile(rf"data-(\d+)-{NAME}-(\d+)")
#: How a server is told of all drives, as the role writes it.
DRIVES = re.compile(rf"https?://{NAME}-\{{0\.\.\.(\d+)\}}\.\S+/data-(?:0|\{{0\.\.\.(\d+)\}})")
WAY = (
    "copy the bucket to a MinIO in another namespace (minio_namespace), as docs/operations/minio.md says under "
    '"Change MinIO\'s mode"'
)


@dataclass(frozen=True)
class Layout:
    """How many servers keep the objects on how many drives; a standalone MinIO has one of each."""

    replicas: int
    drives_per_pod: int

    def __str__(self) -> str:
        """Say it in words."""
        drives = "1 drive" if self.drives_per_pod == 1 else f"{self.drives_per_pod} drives"
        return f"{self.replicas} pods with {drives} each"


@dataclass(frozen=True)
class WantedLayout:
    """What is wanted."""

    namespace: str
    mode: str
    replicas: int
    drives_per_pod: int
    #: Whether an old MinIO's workload of another kind may be removed.
    adopt: bool = False

    @property
    def layout(self) -> Layout:
        """Return pods and drives of a distributed MinIO."""
        return Layout(self.replicas, self.drives_per_pod)


def layout_finding(cluster: Cluster, wanted: WantedLayout) -> Finding | None:
    """Return why MinIO must not be deployed so; None where nothing is there, or what is there fits."""
    return _data_finding(cluster, wanted) or _service_finding(cluster, wanted.namespace)


def _service_finding(cluster: Cluster, namespace: str) -> Finding | None:
    """Return who else controls the Service, as MinIO's operator does: ours would be merged into it."""
    live = cluster.get(SERVICE, NAME, namespace)
    return control_finding(live) if live else None


def _data_finding(cluster: Cluster, wanted: WantedLayout) -> Finding | None:
    namespace = wanted.namespace
    claims = [str(each["metadata"]["name"]) for each in cluster.list(CLAIM, namespace)]
    if wanted.mode == STANDALONE:
        return _of_standalone(namespace, claims) or standalone_finding(cluster, namespace, wanted.adopt)
    deployment = cluster.get(DEPLOYMENT, NAME, namespace)
    if STANDALONE_CLAIM in claims or deployment is not None:
        return _of_other_mode(namespace, STANDALONE_CLAIM in claims)
    live = cluster.get(STATEFUL_SET, NAME, namespace)
    if live is not None and not is_ours(live):
        unfit = _of_old_servers(cluster, live, wanted.layout)
        return unfit or other_server_finding(cluster, namespace, [live])
    there = (layout_of_set(live) if live else None) or layout_of_claims(claims)
    unfit = _of_layout(namespace, there, wanted.layout)
    return unfit or other_server_finding(cluster, namespace, [live] if live else [])


def layout_of_claims(claims: Iterable[str]) -> Layout | None:
    """Return the layout that the names of claims tell, None where there are none.

    One in between may be missing: a drive that was lost is replaced by an empty one, which MinIO heals.
    """
    found = [match for match in map(DRIVE_CLAIM.fullmatch, claims) if match]
    if not found:
        return None
    return Layout(max(int(match[2]) for match in found) + 1, max(int(match[1]) for match in found) + 1)


def layout_of_set(stateful_set: Object) -> Layout | None:
    """Return the layout that the servers were started with, whatever the number of pods is just now."""
    return _layout_of_drives(stateful_set["spec"]["template"]["spec"]["containers"][0].get("args") or [])


def _layout_of_drives(arguments: Iterable[str]) -> Layout | None:
    found = [match for match in map(DRIVES.fullmatch, arguments) if match]
    return Layout(int(found[0][1]) + 1, int(found[0][2] or 0) + 1) if found else None


def _of_standalone(namespace: str, claims: list[str]) -> Finding | None:
    drives = sorted(filter(DRIVE_CLAIM.fullmatch, claims))
    if not drives:
        return None
    return Finding(
        f"PersistentVolumeClaim {namespace}/{', '.join(drives)}",
        f"the data of a distributed MinIO is there ({layout_of_claims(drives)}), but minio_mode is {STANDALONE}: MinIO "
        "would start empty beside it.",
        f"Set minio_mode to {DISTRIBUTED}, or {WAY}.",
    )


def _of_old_servers(cluster: Cluster, live: Object, wanted: Layout) -> Finding | None:
    """Return why a distributed MinIO that is not ours cannot be taken over with its data, None where it can."""
    controlled = control_finding(live)
    if controlled:
        return controlled
    try:
        drives = start_of(cluster, live).drives
    except UnclearError as unclear:
        return Finding(title_of(live), f"it {unclear}, so its drives are not known. {EMPTY}", COPY)
    there = _layout_of_drives(drives) if len(drives) == 1 else None
    templates = {template["metadata"]["name"] for template in live["spec"].get("volumeClaimTemplates") or []}
    if there is None or templates != {f"data-{drive}" for drive in range(there.drives_per_pod)}:
        what = (
            f"it keeps its data otherwise than this collection's MinIO, whose claims are data-0-{NAME}-0 and so on. "
            f"{EMPTY}"
        )
        return Finding(title_of(live), what, COPY)
    return _of_layout(live["metadata"]["namespace"], there, wanted) or deletion_finding(cluster, live)


def _of_other_mode(namespace: str, has_claim: bool) -> Finding:
    return Finding(
        f"PersistentVolumeClaim {namespace}/{STANDALONE_CLAIM}" if has_claim else f"Deployment {namespace}/{NAME}",
        f"{'the data of ' if has_claim else ''}a standalone MinIO is there, but minio_mode is {DISTRIBUTED}: MinIO "
        "would start empty beside it.",
        f"Set minio_mode to {STANDALONE}, or {WAY}.",
    )


def _of_layout(namespace: str, there: Layout | None, wanted: Layout) -> Finding | None:
    if there is None or there == wanted:
        return None
    return Finding(
        f"StatefulSet {namespace}/{NAME}",
        f"its data is spread over {there}, but minio_replicas and minio_drives_per_pod ask for {wanted}. MinIO cannot "
        "spread what it has anew.",
        f"Set minio_replicas to {there.replicas} and minio_drives_per_pod to {there.drives_per_pod}, or {WAY}.",
    )

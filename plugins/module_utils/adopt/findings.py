# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps objects of the same names from being taken over or made again: all of it is found before any write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..apply.claim_retention import deletion_finding, is_claim_of, scaling_finding
from ..apply.former_pods import claim_names, foreign_pods, has_template_of
from ..k8s.finding import Finding
from ..k8s.objects import title_of
from ..k8s.ownership import controller_of, is_ours, objection
from ..k8s.program import commands, containers, program, runs
from ..k8s.resources import DEPLOYMENT, SERVICE, STATEFUL_SET, Resource
from ..minio.command import SERVER
from ..minio.place import place_problem
from ..minio.predecessor import COPY
from ..requests.errors import ClusterError, InvalidError

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

#: Kinds that can be deleted and made again without loss.
REPLACEABLE = {each.kind: each for each in (DEPLOYMENT, SERVICE, STATEFUL_SET)}
WORKLOADS = {each.kind: each for each in (DEPLOYMENT, STATEFUL_SET)}
#: How the API server says that a field keeps its value for ever.
IMMUTABLE = ("field is immutable", "updates to statefulset spec for fields other than", "may not change once set")
NAMESPACES = "(thanos_namespace, minio_namespace)"
UPLOAD = (
    "Remove it yourself once all that it has is in the bucket, or choose another namespace for this collection's "
    f"{NAMESPACES}."
)

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Permission:
    """What the user allows."""

    #: Take over what was made by kubectl, and remove what would be a second copy.
    adopt: bool = False
    #: Delete and make again what cannot be changed.
    replace_immutable: bool = False


def takeover_findings(cluster: Cluster, manifests: Sequence[Manifest], permission: Permission) -> list[Finding]:
    """Return why the manifests must not be applied with these permissions; nothing is changed."""
    return [
        found
        for manifest in manifests
        if manifest["kind"] in REPLACEABLE
        for found in _of_manifest(cluster, manifest, permission)
    ]


def is_refused(cluster: Cluster, resource: Resource, manifest: Manifest) -> bool:
    """Return whether the API server would refuse to change the object so, for it to be made again."""
    try:
        cluster.apply(resource, dict(manifest), force=True, dry_run=True)
    except InvalidError as error:
        return is_immutable(error)
    except ClusterError:
        return False  # The apply itself will say what is wrong.
    return False


def is_immutable(error: Exception) -> bool:
    """Return whether the API server refused to change a field that keeps its value for ever."""
    return any(words in str(error) for words in IMMUTABLE)


def _of_manifest(cluster: Cluster, manifest: Manifest, permission: Permission) -> Iterator[Finding]:
    is_careful = permission.adopt or permission.replace_immutable
    if not is_careful and manifest["kind"] != STATEFUL_SET.kind:
        return
    resource = REPLACEABLE[manifest["kind"]]
    live = _get(cluster, resource, manifest)
    scaled = scaling_finding(manifest, live)
    if scaled:
        yield scaled
    if not is_careful:
        return
    is_replaced = permission.replace_immutable and live is not None and is_refused(cluster, resource, manifest)
    if live is not None and is_replaced and not permission.adopt and not is_ours(live):
        yield _not_ours(live)
    if manifest["kind"] not in WORKLOADS:
        controller = controller_of(live) if live else None
        if live is not None and is_replaced and controller is not None:
            yield _controlled(live, controller, "not deleted and made again")
        return
    others = [each for each in WORKLOADS.values() if each != resource] if permission.adopt else []
    copies = [found for found in (_get(cluster, each, manifest) for each in others) if found is not None]
    for each in [*([live] if live and (permission.adopt or is_replaced) else []), *copies]:
        yield from _of_stranger(each, manifest)
    for each in [*([live] if live and is_replaced else []), *copies]:
        yield from _of_deletion(cluster, each, manifest)
    if manifest["kind"] == STATEFUL_SET.kind and (live is None or is_replaced or has_template_of(live, manifest)):
        owners = {live["metadata"]["uid"]} if live else set()
        yield from foreign_pods(cluster, manifest, owners, permission.adopt)


def _get(cluster: Cluster, resource: Resource, manifest: Manifest) -> Object | None:
    return cluster.get(resource, manifest["metadata"]["name"], manifest["metadata"]["namespace"])


def _not_ours(live: Object) -> Finding:
    return Finding(
        title_of(live),
        f"it has fields that cannot be changed, and {objection(live)}, so it is not deleted and made again.",
        "Set thanos_adopt to true if it was made by hand with kubectl, or remove it yourself.",
    )


def _of_stranger(live: Object, manifest: Manifest) -> Iterator[Finding]:
    """Say of a workload that it is nobody's to take over: it runs something else, or something else controls it."""
    wanted, controller = program(manifest), controller_of(live)
    if not runs(live, wanted):
        remedy = f"Give it another name, or choose another namespace {NAMESPACES}."
        yield Finding(title_of(live), f"it does not run `{wanted}`, so it is not taken over.", remedy)
    elif controller is not None:
        yield _controlled(live, controller, "not taken over")


def _controlled(live: Object, controller: Mapping[str, Any], outcome: str) -> Finding:
    what = f"{controller['kind']} {controller['name']} controls it, so it is {outcome}."
    return Finding(title_of(live), what, f"Remove it there, or choose another namespace {NAMESPACES}.")


def _of_deletion(cluster: Cluster, live: Object, manifest: Manifest) -> Iterator[Finding]:
    """Say of a workload that is to be deleted what would be lost with it, or left behind."""
    going = deletion_finding(cluster, live)
    if going:
        yield going
    if program(manifest) == SERVER:
        problem, remedy = _minio_problem(cluster, live, manifest), COPY
    else:
        problem, remedy = _keeper_problem(live, manifest) if _keeps_samples(live) else "", UPLOAD
    if problem:
        yield Finding(title_of(live), f"a {manifest['kind']} is to take its place, but it {problem}", remedy)


def _minio_problem(cluster: Cluster, live: Object, manifest: Manifest) -> str:
    if manifest["kind"] == DEPLOYMENT.kind:
        return place_problem(cluster, live)
    if live["kind"] == manifest["kind"] and claim_names(live) == claim_names(manifest):
        return ""
    return "keeps its data otherwise, and the new one would start empty beside it."


def _keeps_samples(live: Object) -> bool:
    """Return whether the workload may have samples that are not in the bucket yet. All but these have copies only."""
    if runs(live, "receive"):
        words = [word for container in containers(live) for command in commands(container) for word in command]
        is_router = any(word.startswith("--receive.hashrings") for word in words)
        return not is_router or any(word.startswith("--receive.local-endpoint") for word in words)
    return runs(live, "rule")


def _keeper_problem(live: Object, manifest: Manifest) -> str:
    """Return why samples of a receive or ruler would be lost or left behind, empty where the new one has their claims.

    Of a Deployment, single claims can only be those of single pods.
    """
    if live["kind"] == STATEFUL_SET.kind and claim_names(live):
        left = sorted(set(claim_names(live)) - set(claim_names(manifest)))
        words = f"the claims of {', '.join(left)}"
    else:
        volumes = live["spec"]["template"]["spec"].get("volumes") or []
        claims = [
            str(volume["persistentVolumeClaim"]["claimName"]) for volume in volumes if "persistentVolumeClaim" in volume
        ]
        if not claims:
            return "keeps samples only in its pods, which would be lost."
        left = sorted(claim for claim in claims if not _is_used(manifest, claim))
        words = f"claim {', '.join(left)}"
    return f"keeps samples in {words}, which the new one does not use." if left else ""


def _is_used(manifest: Manifest, claim: str) -> bool:
    volumes = manifest["spec"]["template"]["spec"].get("volumes") or []
    named = [(volume.get("persistentVolumeClaim") or {}).get("claimName") for volume in volumes]
    return claim in named or is_claim_of(manifest, claim)

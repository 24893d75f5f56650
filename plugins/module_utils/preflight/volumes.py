# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether volumes that are not there yet could be made: their storage classes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..k8s.finding import Finding
from ..k8s.objects import title_of
from ..k8s.resources import CLAIM, VOLUME

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

DEFAULT_ANNOTATIONS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


#: Roles whose components Thanos calls otherwise (label app.kubernetes.io/name).
ROLES = {"thanos-compact": "thanos_compactor", "thanos-rule": "thanos_ruler"}


@dataclass(frozen=True)
class Claim:
    """A claim that a manifest makes, itself or through a StatefulSet; without a class the default one is meant."""

    where: str
    namespace: str
    name: str
    storage_class: str | None
    #: Role whose option names the class.
    role: str


def claims_of(manifests: Iterable[Object]) -> list[Claim]:
    """Return the claims of the manifests but for those that want no storage class."""
    claims = []
    for manifest in manifests:
        metadata, spec = manifest["metadata"], manifest.get("spec") or {}
        app = str((metadata.get("labels") or {}).get("app.kubernetes.io/name") or "<role>")
        role = ROLES.get(app, app.replace("-", "_"))
        if manifest["kind"] == CLAIM.kind:
            name, chosen = metadata["name"], spec.get("storageClassName")
            claims.append(Claim(title_of(manifest), metadata["namespace"], name, chosen, role))
        for template in spec.get("volumeClaimTemplates") or []:
            chosen = template["spec"].get("storageClassName")
            for index in range(int(spec.get("replicas", 1))):
                name = f"{template['metadata']['name']}-{metadata['name']}-{index}"
                claims.append(Claim(title_of(manifest), metadata["namespace"], name, chosen, role))
    return [claim for claim in claims if claim.storage_class != ""]


def without_class(claims: Iterable[Claim], classes: Iterable[Object]) -> list[Claim]:
    """Return the claims whose storage class is not there."""
    classes = list(classes)
    names = {each["metadata"]["name"] for each in classes}
    has_default = any(_is_default(each) for each in classes)
    return [
        claim
        for claim in claims
        if (not has_default if claim.storage_class is None else claim.storage_class not in names)
    ]


def class_findings(cluster: Cluster, claims: Iterable[Claim], classes: Iterable[Object]) -> list[Finding]:
    """Return a finding for each object whose volumes cannot be made."""
    classes = list(classes)
    lacking = [claim for claim in without_class(claims, classes) if not _is_there(cluster, claim)]
    by_hand = _classes_of_volumes(cluster) if lacking else set()
    there = ", ".join(sorted(each["metadata"]["name"] for each in classes)) or "none"
    findings: dict[str, Finding] = {}
    for claim in lacking:
        if claim.storage_class is None:
            what = f"it names no storage class, and the cluster has no default one (there is: {there})."
            remedy = f"Set {claim.role}_storage_class, or annotate one StorageClass as the default."
        elif claim.storage_class in by_hand:
            continue
        else:
            what = f"storage class {claim.storage_class} does not exist (there is: {there})."
            remedy = f"Correct {claim.role}_storage_class; empty takes the cluster's default."
        findings[claim.where] = Finding(claim.where, what, remedy)
    return list(findings.values())


def _is_there(cluster: Cluster, claim: Claim) -> bool:
    return cluster.get(CLAIM, claim.name, claim.namespace) is not None


def _classes_of_volumes(cluster: Cluster) -> set[str]:
    """Return the storage classes of free volumes: those made by hand need no StorageClass."""
    free = [each for each in cluster.list(VOLUME) if (each.get("status") or {}).get("phase") == "Available"]
    return {str(each["spec"].get("storageClassName") or "") for each in free}


def _is_default(storage_class: Object) -> bool:
    annotations = storage_class["metadata"].get("annotations") or {}
    return any(annotations.get(name) == "true" for name in DEFAULT_ANNOTATIONS)

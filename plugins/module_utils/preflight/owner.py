# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who else holds an object that we would take over, or would change it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..k8s.client import FIELD_MANAGER
from ..k8s.ownership import MANAGED_BY_LABEL, has_our_label, objection
from ..k8s.resources import CLAIM, CONFIG_MAP, NAMESPACE, Resource

if TYPE_CHECKING:
    from ..k8s.objects import Object


#: Labels and annotations that tools of deployment put on what is theirs.
MARKS = {
    "meta.helm.sh/release-name": "Helm release",
    "argocd.argoproj.io/tracking-id": "Argo CD application",
    "kustomize.toolkit.fluxcd.io/name": "Flux kustomization",
    "olm.owner": "the operator",
}
#: What is used as somebody else's where it is, without our label: an apply on it may meet no conflict.
USED_AS_OTHERS = {
    each.kind: each for each in (CLAIM, CONFIG_MAP, NAMESPACE, Resource("v1", "ServiceAccount", "serviceaccounts"))
}
TO_MERGE = (
    "Remove it, or choose another namespace (thanos_namespace, minio_namespace). Set thanos_adopt to true if it was "
    "made by hand for this stack."
)


def is_taken_over(manifest: Object) -> bool:
    """Return whether the whole object becomes ours, unlike a Prometheus of which we set single fields."""
    return MANAGED_BY_LABEL in (manifest["metadata"].get("labels") or {})


def owner_of(live: Object) -> str:
    """Return who holds the object, in words, empty where nobody but us does."""
    metadata = live["metadata"]
    for reference in metadata.get("ownerReferences") or []:
        if reference.get("controller"):
            return f"{reference['kind']} {reference['name']}"
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    manager = str(labels.get(MANAGED_BY_LABEL) or "")
    if manager == FIELD_MANAGER:
        return ""  # Taken over before; what is left of the former owner's marks does no harm.
    marks = {**labels, **annotations}
    for mark, owner in MARKS.items():
        if marks.get(mark):
            return f"{owner} {str(marks[mark]).partition(':')[0]}"
    return f"{manager} (label {MANAGED_BY_LABEL})" if manager else ""


def merging_problem(manifest: Object, live: Object) -> str:
    """Return why somebody else's object must not become ours although no field of it is in conflict.

    A Service without a selector, whose endpoints somebody writes by hand, would lead to our pods. One that was restored
    from a backup has our label, though all its fields are the tool's.
    """
    if not is_taken_over(manifest) or manifest["kind"] in USED_AS_OTHERS or has_our_label(live):
        return ""
    return f"it exists already, and {objection(live)}."

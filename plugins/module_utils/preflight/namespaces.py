# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the namespaces of the manifests exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..k8s.finding import Finding
from ..k8s.resources import NAMESPACE

if TYPE_CHECKING:
    from ..k8s.objects import Object


def namespaces_of(manifests: Iterable[Object]) -> set[str]:
    """Return the names of the namespaces that the manifests are in."""
    return {str(each["metadata"]["namespace"]) for each in manifests if each["metadata"].get("namespace")}


def namespace_findings(manifests: Sequence[Object], live: Mapping[str, Object | None], is_error: bool) -> list[Finding]:
    """Return a finding for each namespace that is missing, and not among the manifests, or that is being deleted."""
    made = {each["metadata"]["name"] for each in manifests if each["kind"] == NAMESPACE.kind}
    findings = []
    for name in sorted(namespaces_of(manifests)):
        found = live[name]
        if found is None and name not in made:
            remedy = "Create it, or correct the option that names it (thanos_namespace or the role's own)."
            findings.append(Finding(f"Namespace {name}", "it does not exist.", remedy, is_error))
        if found and (found.get("status") or {}).get("phase") == "Terminating":
            remedy = "Wait until it is gone; `kubectl get namespace NAME --output yaml` says what keeps it."
            findings.append(Finding(f"Namespace {name}", "it is being deleted.", remedy.replace("NAME", name)))
    return findings

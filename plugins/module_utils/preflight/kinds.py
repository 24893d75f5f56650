# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which kinds the cluster knows, and where its API keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..k8s.finding import Finding
from ..k8s.objects import title_of
from ..k8s.resources import Resource

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

#: The oldest Kubernetes whose API takes all our manifests: since 1.30 a pod may sleep before it stops (preStop.sleep),
#: by which the querier loses no query. Server-side apply and policy/v1, which we need too, are older.
MIN_VERSION = (1, 30)
REMEDIES = {
    "monitoring.coreos.com": "Install the Prometheus operator with its custom resource definitions first.",
    "grafana.integreatly.org": "Install the Grafana operator first, or choose another grafana_datasource_method.",
}

#: apiVersion and kind.
Kind = tuple[str, str]


def kind_of(obj: Object) -> Kind:
    """Return apiVersion and kind."""
    return obj["apiVersion"], obj["kind"]


def version_problem(version: Object | None) -> Finding | None:
    """Return what is wrong with the API's version, as /version tells it."""
    if not version:
        return None  # Not ours to read.
    numbers = ("".join(filter(str.isdigit, str(version.get(part) or ""))) for part in ("major", "minor"))
    major, minor = (int(number or 0) for number in numbers)
    if (major, minor) >= MIN_VERSION:
        return None
    wanted = ".".join(map(str, MIN_VERSION))
    return Finding(
        "Kubernetes API",
        f"it is version {version.get('gitVersion')}; this collection needs {wanted} or later (preStop.sleep of pods).",
        "Upgrade the cluster.",
    )


def read_kinds(cluster: Cluster, api_version: str) -> dict[Kind, Resource]:
    """Return the kinds of one version of an API group, none where the cluster does not have it."""
    path = f"/{'apis' if '/' in api_version else 'api'}/{api_version}"
    found = cluster.read(path) or {}
    return {
        (api_version, each["kind"]): Resource(api_version, each["kind"], each["name"], bool(each["namespaced"]))
        for each in found.get("resources") or []
        if "/" not in each["name"]
    }


def unknown_kinds(manifests: Iterable[Object], known: Iterable[Kind], is_error: bool) -> list[Finding]:
    """Return a finding for each kind of the manifests that the cluster does not know."""
    known = set(known)
    unknown: dict[Kind, list[str]] = {}
    for manifest in manifests:
        if kind_of(manifest) not in known:
            unknown.setdefault(kind_of(manifest), []).append(title_of(manifest))
    return [
        Finding(
            ", ".join(titles),
            f"the cluster does not know the kind {kind} ({api_version}).",
            REMEDIES.get(api_version.partition("/")[0], "Install its custom resource definition first."),
            is_error,
        )
        for (api_version, kind), titles in unknown.items()
    ]

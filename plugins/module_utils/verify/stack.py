# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What should be there, read from the manifests that the roles render: components, endpoints and how many of each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..k8s.service_proxy import Backend
from ..rollout.prometheus import NAME_LABEL

if TYPE_CHECKING:
    from ..k8s.objects import Object

COMPONENT_LABEL = "app.kubernetes.io/component"
#: The querier's file with the endpoints that it asks.
ENDPOINTS_KEY = "endpoints.yaml"
#: An address that stands for the pods behind a Service: how to look it up, the port's SRV labels, the Service's name.
_SERVICE = re.compile(r"dns\w*\+(?:_[\w-]+\._[\w-]+\.)?(?P<name>[\w-]+)\.(?P<namespace>[\w-]+)\.svc\b")


@dataclass(frozen=True)
class Component:
    """Something that runs pods."""

    kind: str
    namespace: str
    name: str
    #: How many pods it should have; a Prometheus object says so itself.
    replicas: int = field(compare=False)
    #: Labels that its pods are found by, and all that they have.
    selector: dict[str, str] = field(compare=False)
    labels: dict[str, str] = field(compare=False)

    def __str__(self) -> str:
        """Return its name for people."""
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True)
class Endpoint:
    """One address of the querier's file, and the workloads whose pods it stands for, if they are ours."""

    address: str
    workloads: tuple[Component, ...] = ()
    #: The pods of a group serve the same, so that the querier takes them for one endpoint.
    is_group: bool = False

    @property
    def service(self) -> tuple[str, str] | None:
        """Return namespace and name of the Service that it names, None where it names none."""
        match = _SERVICE.match(self.address)
        return (match["namespace"], match["name"]) if match else None

    @property
    def is_fixed(self) -> bool:
        """Return whether it stands for exactly one endpoint, and is shown by its own name."""
        return self.is_group or "+" not in self.address

    @property
    def shown(self) -> str:
        """Return what the querier calls it, if it is fixed."""
        return f"thanos:///{self.address}" if self.is_group else self.address


@dataclass(frozen=True)
class Stack:
    """What should be there."""

    prometheus: Component | None = None
    #: Services by component: query, store, compact, ... Parts of the store have one each.
    services: dict[str, list[Backend]] = field(default_factory=dict)
    endpoints: list[Endpoint] = field(default_factory=list)
    workloads: list[Component] = field(default_factory=list)
    #: The manifests by component.
    manifests: dict[str, list[Object]] = field(default_factory=dict, compare=False)

    def of(self, component: str) -> list[Component]:
        """Return the workloads of a component."""
        return [each for each in self.workloads if each.labels.get(COMPONENT_LABEL) == component]


def read_stack(manifests: Iterable[Object]) -> Stack:
    """Return what the manifests ask for."""
    by_kind: dict[str, list[Object]] = {}
    by_component: dict[str, list[Object]] = {}
    for manifest in manifests:
        by_kind.setdefault(str(manifest.get("kind")), []).append(manifest)
        by_component.setdefault(_component(manifest), []).append(manifest)
    prometheus = [_prometheus(each) for each in by_kind.get("Prometheus", []) if "thanos" in each.get("spec", {})]
    workloads = [_workload(each) for kind in ("Deployment", "StatefulSet") for each in by_kind.get(kind, [])]
    services = by_kind.get("Service", [])
    return Stack(
        prometheus=prometheus[0] if prometheus else None,
        services=_by_component(services),
        endpoints=[
            _endpoint(entry, services, [*prometheus, *workloads])
            for config_map in by_kind.get("ConfigMap", [])
            for entry in _entries(config_map)
        ],
        workloads=[*prometheus, *workloads],
        manifests=by_component,
    )


def _component(manifest: Object) -> str:
    template = (manifest.get("spec") or {}).get("template") or {}
    labels = {**((template.get("metadata") or {}).get("labels") or {}), **(manifest["metadata"].get("labels") or {})}
    return str(labels.get(COMPONENT_LABEL) or "")


def _prometheus(manifest: Object) -> Component:
    metadata = manifest["metadata"]
    selector = {NAME_LABEL: metadata["name"]}
    labels = {**manifest["spec"].get("podMetadata", {}).get("labels", {}), **selector}
    return Component("Prometheus", metadata["namespace"], metadata["name"], 0, selector, labels)


def _workload(manifest: Object) -> Component:
    metadata, spec = manifest["metadata"], manifest["spec"]
    return Component(
        manifest["kind"],
        metadata["namespace"],
        metadata["name"],
        int(spec.get("replicas", 1)),
        spec["selector"]["matchLabels"],
        spec["template"]["metadata"]["labels"],
    )


def _by_component(services: list[Object]) -> dict[str, list[Backend]]:
    found: dict[str, list[Backend]] = {}
    for service in services:
        metadata = service["metadata"]
        component = metadata.get("labels", {}).get(COMPONENT_LABEL)
        if component:
            found.setdefault(component, []).append(Backend(metadata["namespace"], metadata["name"], "http"))
    return found


def _entries(config_map: Object) -> list[Object]:
    import yaml

    text = (config_map.get("data") or {}).get(ENDPOINTS_KEY)
    document: dict[str, Any] = yaml.safe_load(text) if text else {}
    return document.get("endpoints") or []


def _endpoint(entry: Object, services: list[Object], workloads: list[Component]) -> Endpoint:
    address = str(entry["address"])
    named = Endpoint(address).service
    found = [
        workload
        for service in services
        for workload in workloads
        if named == (service["metadata"]["namespace"], service["metadata"]["name"])
        and workload.namespace == service["metadata"]["namespace"]
        and service["spec"].get("selector", {}).items() <= workload.labels.items()
    ]
    return Endpoint(address, tuple(found), bool(entry.get("group")))

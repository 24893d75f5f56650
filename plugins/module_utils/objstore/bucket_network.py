# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether two endpoints lead to one server, by what the cluster's Services and Ingresses say of the way there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from ..k8s import resources
from ..requests.errors import ClusterError
from .bucket_place import HOST, SELF_EVIDENT, SERVICE, Name, Place, View, names_of

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object
    from ..k8s.resources import Resource

ENDPOINT_SLICE = resources.Resource("discovery.k8s.io/v1", "EndpointSlice", "endpointslices")
INGRESS = resources.Resource("networking.k8s.io/v1", "Ingress", "ingresses")
#: The label of an EndpointSlice that names its Service.
SLICE_LABEL = "kubernetes.io/service-name"
#: The pods behind a Service, and one of their ports.
PODS = "pods"


class Relation(Enum):
    """What is known of two places."""

    SAME = "same"
    #: The buckets have the same name, and nobody knows whether their servers are one.
    UNKNOWN = "unknown"
    OTHER = "other"


class Network:
    """The cluster's Services and Ingresses, read once, and only where two endpoints are written differently."""

    def __init__(self, cluster: Cluster, cluster_domain: str) -> None:
        """Start with nothing read."""
        self._cluster = cluster
        self._domain = cluster_domain
        #: Whether something could not be read: then nothing proves that two servers are not one.
        self._is_partly_hidden = False

    def relation(self, one: Place, other: Place) -> Relation:
        """Return what is known of two places."""
        if (one.bucket, one.prefix) != (other.bucket, other.prefix):
            return Relation.OTHER
        if one.names & other.names:
            return Relation.SAME
        if _is_self_evident(one.names) and _is_self_evident(other.names):
            return Relation.OTHER
        found, found_there = self._leads_to(one.names), self._leads_to(other.names)
        if found & found_there:
            return Relation.SAME
        if _without_ports(found) & _without_ports(found_there):
            return Relation.UNKNOWN  # Such as two ports of the same pods.
        is_known = self._is_known(one.names) and self._is_known(other.names)
        return Relation.OTHER if is_known else Relation.UNKNOWN

    def _is_known(self, names: frozenset[Name]) -> bool:
        """Return whether the names say all about the server: a cloud's, a volume, or pods of this cluster."""
        if _is_self_evident(names):
            return True
        if self._is_partly_hidden:
            return False
        is_inside = bool(names) and all(name[0] == SERVICE for name in names)
        services = [service for name in names for service, _port in self._services_of(name)]
        return (is_inside and not services) or any(each["spec"].get("selector") for each in services)

    def _leads_to(self, names: Iterable[Name]) -> set[Name]:
        """Return the names, and all that they stand for."""
        found: set[Name] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending += self._next(name)
        return found

    def _next(self, name: Name) -> Iterator[Name]:
        for service, port in self._services_of(name):
            yield from self._behind(service, port)
        if name[0] == HOST:
            yield from self._ingress_backends(name[1])

    def _services_of(self, name: Name) -> Iterator[tuple[Object, int]]:
        """Yield the Services that a name stands for, each with the port that is meant."""
        for service in self._services:
            metadata, ports = service["metadata"], service["spec"].get("ports") or []
            if name[0] == SERVICE and (metadata["namespace"], metadata["name"]) == name[1:3]:
                yield service, int(name[3])
            elif name[0] == HOST and name[1].split(".")[1:] == [metadata["name"], metadata["namespace"]]:
                yield service, int(name[2])  # One of its pods, such as minio-0.minio.minio.
            elif name[0] == HOST and name[1] in _addresses(service) and _has_port(ports, name[2]):
                yield service, int(name[2])
            elif name[0] == HOST and name[1] in self._nodes:
                yield from ((service, each["port"]) for each in ports if str(each.get("nodePort")) == name[2])

    def _behind(self, service: Object, port: int) -> Iterator[Name]:
        """Yield what answers behind a Service's port."""
        spec, metadata = service["spec"], service["metadata"]
        if spec.get("type") == "ExternalName":
            target = str(spec.get("externalName")).lower().rstrip(".")
            yield from names_of(target, port, View(metadata["namespace"], self._domain))
            return
        yield SERVICE, metadata["namespace"], metadata["name"], str(port)
        is_headless = spec.get("clusterIP") == "None"
        ports: list[Object] = spec.get("ports") or []
        entry: Object = next((each for each in ports if each["port"] == port), {})
        target = str(port if is_headless else entry.get("targetPort", port))
        if spec.get("selector"):
            selector = ",".join(f"{key}={value}" for key, value in sorted(spec["selector"].items()))
            yield PODS, metadata["namespace"], selector, target
        for each in self._slices(metadata["namespace"], metadata["name"]):
            numbers = [one.get("port") for one in each.get("ports") or [] if one.get("name") == entry.get("name")]
            for number in [port] if is_headless else numbers:
                for endpoint in each.get("endpoints") or []:
                    yield from ((HOST, address, str(number)) for address in endpoint.get("addresses") or [])

    def _ingress_backends(self, host: str) -> Iterator[Name]:
        """Yield the Services that Ingresses pass requests for a host on to."""
        for pattern in (host, f"*.{host.partition('.')[2]}"):
            rules = [
                (ingress, rule)
                for ingress in self._ingresses
                for rule in ingress["spec"].get("rules") or []
                if str(rule.get("host")).lower() == pattern
            ]
            for ingress, rule in rules:
                paths = (rule.get("http") or {}).get("paths") or []
                for backend in [path["backend"] for path in paths] or [ingress["spec"].get("defaultBackend") or {}]:
                    yield from self._backend(ingress["metadata"]["namespace"], backend.get("service") or {})
            if rules:
                return  # What names the host goes before what names many.

    def _backend(self, namespace: str, backend: Object) -> Iterator[Name]:
        port = backend.get("port") or {}
        if port.get("number"):
            yield SERVICE, namespace, backend["name"], str(port["number"])
            return
        for service in self._services:
            if (service["metadata"]["namespace"], service["metadata"]["name"]) == (namespace, backend.get("name")):
                for each in service["spec"].get("ports") or []:
                    if each.get("name") == port.get("name"):
                        yield SERVICE, namespace, backend["name"], str(each["port"])

    @cached_property
    def _services(self) -> list[Object]:
        return self._list(resources.SERVICE)

    @cached_property
    def _ingresses(self) -> list[Object]:
        return self._list(INGRESS)

    @cached_property
    def _nodes(self) -> set[str]:
        """Return the addresses of the nodes, where a Service listens on all of them."""
        if not any(each.get("nodePort") for service in self._services for each in service["spec"].get("ports") or []):
            return set()
        nodes = self._list(resources.NODE)
        return {str(each["address"]).lower() for node in nodes for each in node["status"].get("addresses") or []}

    def _slices(self, namespace: str, service: str) -> list[Object]:
        return self._list(ENDPOINT_SLICE, namespace, label_selector=f"{SLICE_LABEL}={service}")

    def _list(self, resource: Resource, namespace: str | None = None, **selectors: str) -> list[Object]:
        try:
            return self._cluster.list(resource, namespace, **selectors)
        except ClusterError as error:
            if not error.status:
                raise  # No answer at all.
            self._is_partly_hidden = True
            return []


def _is_self_evident(names: frozenset[Name]) -> bool:
    return bool(names) and all(name[0] in SELF_EVIDENT for name in names)


def _without_ports(names: set[Name]) -> set[Name]:
    return {name[:-1] for name in names if name[0] in (SERVICE, HOST, PODS)}


def _addresses(service: Object) -> set[str]:
    """Return the addresses and names that a Service is reached by, beside its own name."""
    spec = service["spec"]
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    given = [each.get(key) for each in ingress for key in ("ip", "hostname")]
    found = [spec.get("clusterIP"), *(spec.get("clusterIPs") or []), *(spec.get("externalIPs") or []), *given]
    return {str(each).lower() for each in found if each and each != "None"}


def _has_port(ports: list[Object], number: str) -> bool:
    return any(str(each["port"]) == number for each in ports)

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects that each check depends on: while one of them is young, a failure may go away by itself.

They are read only where a check has failed, and one after the other until one is young.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..k8s.resources import CLAIM, CONFIG_MAP, DEPLOYMENT, SERVICE, STATEFUL_SET, Resource
from ..objstore.bucket_network import ENDPOINT_SLICE, SLICE_LABEL
from ..objstore.bucket_place import SERVICE as SERVICE_NAME
from ..objstore.other_compactors import place_of_container
from ..objstore.readers import sources_of
from ..requests.errors import ClusterError
from ..rollout.prometheus import NAME_LABEL
from ..thanos.command import Command
from ..thanos.container_config import ContainerConfig, Contents, UnreadableError
from .snapshot import NothingToCheckError
from .volumes import volumes_of

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object
    from .snapshot import Snapshot

OBJECT_STORE = "object-store"
WORKLOADS = (DEPLOYMENT, STATEFUL_SET)
KINDS = {each.kind: each for each in (SERVICE, CONFIG_MAP, *WORKLOADS)}

Objects = Iterator["Object"]


def objects_behind(check: str, snapshot: Snapshot) -> Objects:
    """Yield the live objects that a check depends on, as far as they may be read."""
    for source in SOURCES.get(check, ()):
        yield from source(snapshot)


def _prometheus(snapshot: Snapshot) -> Objects:
    """Yield the Prometheus object, what the operator made of it, and its pods."""
    workload = snapshot.wanted.stack.prometheus
    if workload is None:
        return
    with contextlib.suppress(ClusterError):
        yield snapshot.prometheus_object()
    with contextlib.suppress(ClusterError):
        yield from snapshot.prometheus_pods()
    yield from _list(snapshot.cluster, STATEFUL_SET, workload.namespace, f"{NAME_LABEL}={workload.name}")


def _component(name: str) -> Callable[[Snapshot], Objects]:
    return lambda snapshot: _parts(snapshot, name)


def _parts(snapshot: Snapshot, component: str) -> Objects:
    """Yield the pods of a component, its live objects, and what its pods read."""
    with contextlib.suppress(ClusterError):
        yield from snapshot.pods_of(component)
    for manifest in snapshot.wanted.stack.manifests.get(component, []):
        metadata, resource = manifest["metadata"], KINDS.get(manifest["kind"])
        if resource is None:
            continue
        yield from _get(snapshot.cluster, resource, metadata["namespace"], metadata["name"])
        if resource == SERVICE:
            yield from _slices(snapshot.cluster, metadata["namespace"], metadata["name"])
        for source, name in set(sources_of(_spec(manifest))) if resource in WORKLOADS else ():
            yield from _get(snapshot.cluster, source, metadata["namespace"], name)


def _endpoints(snapshot: Snapshot) -> Objects:
    """Yield what the querier's endpoints lead to."""
    for endpoint in snapshot.wanted.stack.endpoints:
        if endpoint.service:
            yield from _get(snapshot.cluster, SERVICE, *endpoint.service)
            yield from _slices(snapshot.cluster, *endpoint.service)
        for workload in endpoint.workloads:
            with contextlib.suppress(ClusterError):
                yield from snapshot.pods(workload)
            if workload.kind in KINDS:
                yield from _get(snapshot.cluster, KINDS[workload.kind], workload.namespace, workload.name)


def _teller(snapshot: Snapshot) -> Objects:
    """Yield the parts of the component that tells what is in the bucket, and the Services of the object store."""
    with contextlib.suppress(NothingToCheckError):
        component = snapshot.block_source()
        yield from _parts(snapshot, component)
        yield from _parts(snapshot, OBJECT_STORE)
        for namespace, name in _store_services(snapshot, component):
            yield from _get(snapshot.cluster, SERVICE, namespace, name)
            yield from _slices(snapshot.cluster, namespace, name)


def _store_services(snapshot: Snapshot, component: str) -> Iterator[tuple[str, str]]:
    """Yield the Services that the component's object-store configuration names."""
    contents, domain = Contents(snapshot.cluster), snapshot.wanted.cluster_domain
    for manifest in snapshot.wanted.stack.manifests.get(component, []):
        spec, namespace = _spec(manifest), manifest["metadata"]["namespace"]
        for container in spec["containers"]:
            command = Command(tuple(map(str, container.get("args") or [])))
            with contextlib.suppress(ClusterError, UnreadableError):
                config = ContainerConfig(contents, namespace, spec, container)
                names = place_of_container(config, command, namespace, domain).names
                yield from ((name[1], name[2]) for name in names if name[0] == SERVICE_NAME)


def _claims(snapshot: Snapshot) -> Objects:
    """Yield the claims of all pods: one that was enlarged takes a moment to grow."""
    claims = {(each.namespace, each.name) for pod in snapshot.own_pods() for each in volumes_of(pod).values()}
    for namespace in sorted({namespace for namespace, _name in claims}):
        for claim in _list(snapshot.cluster, CLAIM, namespace):
            if (namespace, claim["metadata"]["name"]) in claims:
                yield claim


#: By check. What Grafana's datasource says is read from the API itself, which knows of every change at once.
SOURCES: dict[str, tuple[Callable[[Snapshot], Objects], ...]] = {
    "sidecars": (_prometheus,),
    "stores": (_prometheus, _component("query"), _endpoints),
    "labels": (_prometheus, _component("query"), _endpoints),
    "query": (_prometheus, _component("query"), _endpoints),
    "bucket": (_prometheus, _teller),
    "cold": (_component("query"), _component("store"), _endpoints, _teller),
    "compactor": (_teller,),
    "volumes": (_claims,),
}


def _spec(manifest: Object) -> Object:
    """Return the spec of a manifest's pods, one without containers where it has none."""
    template = (manifest.get("spec") or {}).get("template") or {}
    return {"containers": [], **(template.get("spec") or {})}


def _get(cluster: Cluster, resource: Resource, namespace: str, name: str) -> Objects:
    with contextlib.suppress(ClusterError):
        found = cluster.get(resource, name, namespace) if name else None
        if found is not None:
            yield found


def _slices(cluster: Cluster, namespace: str, service: str) -> Objects:
    return _list(cluster, ENDPOINT_SLICE, namespace, f"{SLICE_LABEL}={service}")


def _list(cluster: Cluster, resource: Resource, namespace: str, selector: str | None = None) -> Objects:
    with contextlib.suppress(ClusterError):
        yield from cluster.list(resource, namespace, **({"label_selector": selector} if selector else {}))

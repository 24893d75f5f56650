# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP to a Service or a pod, through the Kubernetes API's proxy; errors tell who of the two refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..requests.errors import ClusterError, SilentBehindError
from .resources import NODE, SERVICE, Resource

if TYPE_CHECKING:
    from .client import Cluster, Response

#: What follows the question mark; a list repeats a name.
Parameters = Mapping[str, "str | list[str]"]

SILENT = "gave no answer in time, while the Kubernetes API does"
PORT = "Correct the port's name or number"
NETWORK_POLICY = (
    "Check that no NetworkPolicy keeps the API server from its pods: those of kube-prometheus let in only who they name"
)


@dataclass(frozen=True)
class Backend:
    """A Service and one of its ports, by name or number; or a pod and one of its ports, by number."""

    namespace: str
    name: str
    port: str
    resource: Resource = SERVICE

    def __str__(self) -> str:
        """Return its name for people."""
        return f"{self.resource.kind} {self.namespace}/{self.name}"

    def path(self, path: str) -> str:
        """Return where the Kubernetes API passes requests on to a path of it."""
        return f"{self.resource.path(self.namespace, self.name)}:{self.port}/proxy{path}"


class RequestError(ClusterError):
    """A request that was not answered as it should: what was found, and what can be done about it."""

    def __init__(self, found: str, remedy: str) -> None:
        """Keep both, since a check shows them apart."""
        self.found = found.rstrip(".")
        self.remedy = remedy.rstrip(".")
        super().__init__(f"{self.found}. {self.remedy}.")


class ProxyError(RequestError):
    """The Kubernetes API did not get the request through."""


class DeniedError(ProxyError):
    """The user of the play may not ask so."""


class ThanosError(RequestError):
    """Thanos itself answered with an error."""

    def __init__(self, found: str, remedy: str, error_type: str = "") -> None:
        """Keep Thanos' own word for what kind of error it is, such as bad_data."""
        self.error_type = error_type
        super().__init__(found, remedy)


def fetch(cluster: Cluster, backend: Backend, path: str, query: Parameters | None = None) -> Response:
    """Return the answer of what is behind the Service, be it an error; ProxyError where the way there is not open."""
    try:
        answer = cluster.answer(backend.path(path), query)
    except SilentBehindError:
        raise ProxyError(f"{backend} {SILENT}", f"See its pods and their logs. {NETWORK_POLICY}") from None
    status = _status(answer)
    if status is not None:
        message = str(status.get("message") or status.get("reason") or "")
        if "no endpoints available" in message:
            raise _no_endpoints(cluster, backend)
        raise _proxy_error(backend, answer.status, message)
    return answer


def fetch_node(cluster: Cluster, node: str, path: str) -> Response:
    """Return the answer of a node's kubelet; ProxyError where the way there is not open."""
    try:
        answer = cluster.answer(f"{NODE.path(name=node)}/proxy{path}")
    except SilentBehindError:
        raise ProxyError(f"the kubelet of node {node} {SILENT}", "Check the node") from None
    status = _status(answer)
    if status is not None:
        remedy = "Give the user of the play the verb get on nodes/proxy" if answer.status == 403 else "Check the node"
        raise ProxyError(f"the Kubernetes API says: {status.get('message')}", remedy)
    return answer


def _status(answer: Response) -> dict[str, Any] | None:
    """Return the API's own object for errors, if that is what came back."""
    if answer.status < 400:
        return None
    try:
        body = json.loads(answer.body)
    except ValueError:
        return None
    return body if isinstance(body, dict) and body.get("kind") == "Status" and body.get("apiVersion") == "v1" else None


def _no_endpoints(cluster: Cluster, backend: Backend) -> ProxyError:
    """Tell a Service without pods from one that is not there, or has no such port: the proxy says the same of all."""
    try:
        service = cluster.get(SERVICE, backend.name, backend.namespace)
    except ClusterError:
        service = {}  # Not ours to read.
    if service is None:
        return ProxyError(f"{backend} does not exist", "Deploy it with site.yml, or correct its name and namespace")
    ports = [str(port.get("name")) for port in service.get("spec", {}).get("ports") or []]
    if ports and not backend.port.isdecimal() and backend.port not in ports:
        return ProxyError(f"{backend} has no port {backend.port}, but {', '.join(ports)}", PORT)
    return ProxyError(
        f"{backend} has no ready pod",
        "Run site.yml, which restores it, waits for it and says what is wrong with its pods",
    )


def _proxy_error(backend: Backend, status: int, message: str) -> ProxyError:
    said = f"the Kubernetes API says: {message}"
    if status == 403:
        return DeniedError(
            said,
            f"Give the user of the play the verb get on {backend.resource.plural}/proxy in namespace "
            f"{backend.namespace}",
        )
    if status == 401:
        return DeniedError(said, "Check the credentials that the play gets: kubeconfig, context or K8S_AUTH_*")
    if status == 404:
        return ProxyError(f"{backend} does not exist", "Deploy it with site.yml, or correct its name and namespace")
    if "no service port" in message:
        return ProxyError(f"{backend} has no port {backend.port}", PORT)
    if "malformed HTTP response" in message:
        return ProxyError(f"port {backend.port} of {backend} does not speak HTTP", PORT)
    if "trying to reach service" in message:
        return ProxyError(
            f"the API server cannot reach {backend}: {message.rpartition('service: ')[2]}", NETWORK_POLICY
        )
    return ProxyError(said, "Ask who runs the cluster's API server")

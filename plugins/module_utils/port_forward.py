# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP to a pod through the Kubernetes API's port-forward: works wherever the API can be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.observability.thanos.plugins.module_utils.cluster import (
    POD,
    Cluster,
    ClusterError,
    NoAnswerError,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from urllib3 import PoolManager


def pod_http_client(
    cluster: Cluster,
    namespace: str,
    pod: str,
    port: int,
    seconds: float | None = None,
    tls: ssl.SSLContext | None = None,
) -> PoolManager:
    """Return a urllib3 client whose every connection, whatever the URL's host, ends at this port of the pod.

    With seconds, each request is made once and has to be answered within them. By HTTPS the server's certificate has to
    be for the URL's host, and one that the TLS context trusts.
    """
    return http_client(lambda: _open(cluster, namespace, pod, port), seconds, tls)


def http_client(
    open_socket: Callable[[], Any], seconds: float | None = None, tls: ssl.SSLContext | None = None
) -> PoolManager:
    """Return a urllib3 client that gets the sockets of its connections from open_socket."""
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Retry, Timeout
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class Forwarded(HTTPConnection):
        def _new_conn(self) -> Any:
            opened = open_socket()
            # A server that speaks no TLS may never answer.
            opened.settimeout(self.timeout)
            return opened

    class ForwardedTls(Forwarded, HTTPSConnection):
        pass

    class Pool(HTTPConnectionPool):
        ConnectionCls = Forwarded

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = ForwardedTls

    # A server that has just started answers 503 for a moment.
    retries = Retry(total=6, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504])
    client = PoolManager(
        maxsize=1,
        timeout=Timeout(total=seconds) if seconds else Timeout(connect=30, read=60),
        retries=False if seconds else retries,
        ssl_context=tls,
    )
    client.pool_classes_by_scheme = {"http": Pool, "https": TlsPool}
    return client


def _open(cluster: Cluster, namespace: str, pod: str, port: int) -> Any:
    from kubernetes.client import ApiException
    from kubernetes.stream.ws_client import portforward_call

    # Not through CoreV1Api, as kubernetes.stream.portforward wants it: importing its models takes longer than all else.
    configuration = cluster.api_client.configuration
    token = configuration.auth_settings().get("BearerToken")
    try:
        forward = portforward_call(  # type: ignore[no-untyped-call]  # The library has no types here.
            configuration,
            "GET",
            f"{configuration.host}{POD.path(namespace, pod)}/portforward",
            query_params=[("ports", str(port))],
            headers={"authorization": token["value"]} if token else {},
        )
    except ApiException as error:
        # The reason holds the server's response headers as well.
        reason = str(error.reason).split("-+-+-", maxsplit=1)[0].strip()
        message = f"The Kubernetes API gave no port-forward to port {port} of pod {namespace}/{pod}: {reason}."
        if "403" not in reason:  # The pod or the API went away.
            raise NoAnswerError(message) from error
        raise ClusterError(
            f"{message} The user of the play needs the verbs get and create on pods/portforward in that namespace."
        ) from error
    return forward.socket(port)

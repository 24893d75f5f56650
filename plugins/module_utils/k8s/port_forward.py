# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP to a pod through the Kubernetes API's port-forward: works wherever the API can be reached."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from ..requests.time_limit import LateError, within
from .client import Cluster
from .resources import POD
from .websocket import Purpose, open_websocket

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from urllib3 import PoolManager

#: For an answer; a request that is made again has the limit for all its tries.
READ_SECONDS = 30.0
LIMIT_SECONDS = 45.0
#: So much later than the limit a socket gives up.
MARGIN_SECONDS = 5.0
#: After so long without an answer the person hears of it.
NOTICE_SECONDS = 5.0


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

    def notice() -> None:
        cluster.tell(f"port {port} of pod {namespace}/{pod} has not answered for {NOTICE_SECONDS:.0f} s")

    return http_client(lambda: _open(cluster, namespace, pod, port, seconds), seconds, tls, notice)


def http_client(
    open_socket: Callable[[], Any],
    seconds: float | None = None,
    tls: ssl.SSLContext | None = None,
    notice: Callable[[], None] | None = None,
) -> PoolManager:
    """Return a urllib3 client that gets the sockets of its connections from open_socket.

    For each request that takes long, notice is called.
    """
    from urllib3 import PoolManager, Retry, Timeout

    class Limited(PoolManager):
        def connection_from_host(self, *where: Any, **options: Any) -> Any:
            return _LimitedPool(super().connection_from_host(*where, **options), seconds or LIMIT_SECONDS, notice)

    # A server that has just started answers 503 for a moment.
    retries = Retry(total=6, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504])
    client = Limited(
        maxsize=1,
        # A request that is made once is ended by its limit, which says so, and not by its socket at the same moment.
        timeout=Timeout(total=seconds + MARGIN_SECONDS if seconds else READ_SECONDS),
        retries=False if seconds else retries,
        ssl_context=tls,
    )
    client.pool_classes_by_scheme = _pool_classes(open_socket)
    return client


def _pool_classes(open_socket: Callable[[], Any]) -> dict[str, Any]:
    """Return urllib3's pools of connections by scheme, with sockets of ours."""
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
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

    return {"http": Pool, "https": TlsPool}


class _LimitedPool:
    """A pool of connections whose every request ends in time, with all its tries."""

    def __init__(self, pool: Any, seconds: float, notice: Callable[[], None] | None) -> None:
        """Keep the pool."""
        self._pool = pool
        self._seconds = seconds
        self._notice = notice

    def __getattr__(self, name: str) -> Any:
        """Return what the pool has."""
        found = getattr(self._pool, name)
        return functools.partial(self._in_time, found) if callable(found) else found

    def _in_time(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        from urllib3.exceptions import TimeoutError

        try:
            return within(self._seconds, functools.partial(method, *arguments, **options), self._notice, NOTICE_SECONDS)
        except LateError as error:
            raise TimeoutError(str(error)) from None


def _open(cluster: Cluster, namespace: str, pod: str, port: int, seconds: float | None) -> Any:
    from kubernetes.stream.ws_client import PortForward

    purpose = Purpose(f"gave no port-forward to port {port} of pod {namespace}/{pod}", "pods/portforward")
    path, query = f"{POD.path(namespace, pod)}/portforward", [("ports", str(port))]
    websocket = open_websocket(cluster, path, query, purpose, seconds or float("inf"))
    return PortForward(websocket, [port]).socket(port)  # type: ignore[no-untyped-call]  # The library has no types here.

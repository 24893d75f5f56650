# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Websockets of the Kubernetes API, opened as its other requests are made: by the same proxy, as the same user.

The Kubernetes client's own do without a time limit, without impersonation and without a proxy's kind.
"""

from __future__ import annotations

import base64
import http
import importlib.util
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from ansible.module_utils.basic import missing_required_lib

from ..requests.connection import tls_context
from ..requests.errors import ClusterError, NoAnswerError
from ..requests.retry import Asked
from ..requests.transport import repeated_headers
from ..requests.unreachable import server_of

if TYPE_CHECKING:
    from urllib3 import HTTPHeaderDict
    from websocket import WebSocket

    from .client import Cluster

#: What the channels of port-forward and exec are called.
PROTOCOL = "v4.channel.k8s.io"


@dataclass(frozen=True)
class _Handshake:
    """What came back for one."""

    status: int
    headers: Mapping[str, str]
    data: bytes = b""
    socket: WebSocket | None = None


@dataclass(frozen=True)
class Purpose:
    """What a websocket is for, as errors tell it."""

    #: Such as: gave no port-forward to port 9000 of pod minio/minio-0.
    failure: str
    #: The resource that the user of the play needs rights for.
    resource: str
    #: Whether nothing happens twice where it is opened twice.
    may_repeat: bool = True


def open_websocket(
    cluster: Cluster,
    path: str,
    query: Sequence[tuple[str, str]],
    purpose: Purpose,
    seconds: float = float("inf"),
) -> WebSocket:
    """Return an open websocket; ClusterError where the API refuses it, NoAnswerError where it or the pod is away.

    With seconds it is tried once, and has to be open within them.
    """
    host = cluster.api_client.configuration.host
    asked = Asked(
        server_of(host),
        "GET",
        urlsplit(host + path).path,
        seconds=seconds,
        may_wait=seconds == float("inf"),
        may_repeat=purpose.may_repeat,
    )
    url = f"ws{host.removeprefix('http')}{path}?{urlencode(query)}"
    opened = cluster.outage.ask(asked, lambda limit: _handshake(cluster.api_client, url, limit))
    if opened.socket is not None:
        return opened.socket
    message = f"The Kubernetes API {purpose.failure}: Handshake status {_said(opened.status, opened.data)}."
    if opened.status == 401:
        raise ClusterError(f"{message} Check the credentials that the play gets: kubeconfig, context or K8S_AUTH_*.")
    if opened.status != 403:  # The pod or the API went away.
        raise NoAnswerError(message)
    raise ClusterError(
        f"{message} The user of the play needs the verbs get and create on {purpose.resource} in that namespace."
    )


def _handshake(api_client: Any, url: str, seconds: float) -> _Handshake:
    from websocket import WebSocket, WebSocketBadStatusException

    configuration = api_client.configuration
    manager = api_client.rest_client.pool_manager
    tls = _tls_options(configuration, manager) if url.startswith("wss:") else None
    socket: Any = WebSocket(sslopt=tls, skip_utf8_validation=True)  # The library has no types here.
    headers = [f"{name}: {value}" for name, value in _headers(api_client).items()]
    try:
        # The limit comes first; this only lets go of what is left behind.
        socket.connect(url, timeout=seconds + 1, header=headers, **_proxy_options(manager))
    except WebSocketBadStatusException as error:
        names = {name.title(): value for name, value in (error.resp_headers or {}).items()}
        return _Handshake(error.status_code, names, error.resp_body or b"")
    socket.settimeout(None)
    return _Handshake(101, {}, socket=socket)


def _headers(api_client: Any) -> HTTPHeaderDict:
    """Return the client's own headers, such as those for impersonation, and the credentials."""
    credentials = api_client.configuration.auth_settings().get("BearerToken")
    own = {"authorization": credentials["value"]} if credentials else {}
    return repeated_headers({**api_client.default_headers, **own, "sec-websocket-protocol": PROTOCOL})


def _tls_options(configuration: Any, manager: Any) -> dict[str, Any]:
    options: dict[str, Any] = {
        "context": manager.connection_pool_kw.get("ssl_context") or tls_context(configuration),
        "cert_reqs": ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE,
        "check_hostname": configuration.verify_ssl and configuration.assert_hostname is not False,
    }
    name = getattr(configuration, "tls_server_name", None)  # Old clients do not know it.
    return {**options, "server_hostname": name} if name else options


def _proxy_options(manager: Any) -> dict[str, Any]:
    """Return the proxy of the other requests: the websocket library would look for one in the environment by itself."""
    from urllib3.util import parse_url

    socks = getattr(manager, "proxy_url", None)
    proxy = parse_url(socks) if socks else getattr(manager, "proxy", None)
    if proxy is None:
        return {"http_proxy_host": "none", "http_proxy_port": 1, "http_no_proxy": ["*"]}
    if proxy.scheme == "https":
        raise ClusterError(
            "Port-forward and exec cannot use a proxy that is itself spoken to by TLS. Give one with http:// or "
            "socks5:// (option proxy, or proxy-url in the kubeconfig)."
        )
    if socks and importlib.util.find_spec("python_socks") is None:
        raise ClusterError(missing_required_lib("python-socks", reason="for port-forward and exec through this proxy"))
    return {
        "http_proxy_host": proxy.host,
        "http_proxy_port": proxy.port or 80,
        "http_proxy_auth": proxy.auth_decoded if socks else _credentials(manager.proxy_headers),
        "http_no_proxy": ["none.invalid"],
        "proxy_type": proxy.scheme,
    }


def _credentials(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Return user and password for a proxy."""
    given = {name.lower(): value for name, value in headers.items()}.get("proxy-authorization", "")
    kind, _space, encoded = given.partition(" ")
    if kind.lower() != "basic":
        return None
    user, _colon, password = base64.b64decode(encoded).decode().partition(":")
    return user, password


def _said(status: int, body: bytes) -> str:
    """Return a status with its meaning, and what the API says about it."""
    try:
        meaning = f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        meaning = str(status)
    try:
        return f"{meaning}, {json.loads(body)['message']}"
    except (ValueError, KeyError, TypeError):
        return meaning

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that gives no answer: why, in words that hold no secret."""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from .time_limit import LateError

#: What an answer that ends too early looks like, in urllib3, http.client and websocket-client.
CUT = ("ProtocolError", "IncompleteRead", "SSLEOFError", "WebSocketConnectionClosedException")
#: What http.client and websocket-client say where a proxy opens no connection.
_PROXY_STATUS = re.compile(r"(?:Tunnel connection failed|failed CONNECT via proxy status): (\d{3})\b")
#: Nobody listens, or no way leads there, as while a virtual address moves.
_NO_WAY = (errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH)
LATE = ("TimeoutError", "ConnectTimeoutError", "ReadTimeoutError", "WebSocketTimeoutException")


def unreachable(server: str, reason: str) -> str:
    """Return the message for an API that gives no answer."""
    return (
        f"The Kubernetes API at {server} cannot be reached: {reason}. "
        "Check the kubeconfig, context or host given to the play (or K8S_AUTH_* in the environment), and the network."
    )


def server_of(url: str) -> str:
    """Return scheme, host and port of a URL, without the credentials that it may hold."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def reason_of(error: BaseException) -> str:
    """Return why there was no answer, never in the error's own text: that may hold what was sent."""
    chain = list(causes(error))
    names = {type(each).__name__ for each in chain}
    by = "by the proxy: " if "ProxyError" in names else ""
    status = proxy_status(error)
    if status:
        return f"by the proxy: it answers with status {status}"
    for each in chain:
        if isinstance(each, LateError):
            return str(each)
        if isinstance(each, ssl.SSLCertVerificationError):
            return f"{by}its certificate is not accepted, {each.verify_message}"
        if isinstance(each, socket.gaierror):
            return f"{by}its name cannot be resolved"
    if names & set(CUT):
        return f"{by}the connection ended before the answer did"
    for each in chain:
        if isinstance(each, ssl.SSLError):
            return f"{by}TLS failed, {each.reason or type(each).__name__}"
        if isinstance(each, OSError) and each.errno:
            return f"{by}{os.strerror(each.errno)}"
    if names & set(LATE):
        return f"{by}no answer in time"
    return by + type(chain[-1]).__name__


def is_refused(error: BaseException) -> bool:
    """Return whether nobody was reached, so that the request cannot have been seen."""
    has_no_way = any(isinstance(each, OSError) and each.errno in _NO_WAY for each in causes(error))
    return has_no_way or proxy_status(error) in (502, 503, 504)


def proxy_status(error: BaseException) -> int:
    """Return the status by which a proxy refused to open a connection, 0 where none did."""
    found = next(filter(None, (_PROXY_STATUS.search(str(each)) for each in causes(error))), None)
    return int(found[1]) if found else 0


def is_cut(error: BaseException) -> bool:
    """Return whether the connection ended before the answer did: not so where a name or a certificate is wrong.

    What passes connections on, such as a load balancer, takes them first where nobody is behind it.
    """
    from urllib3.exceptions import IncompleteRead, NewConnectionError, ProtocolError, TimeoutError
    from websocket import WebSocketConnectionClosedException

    cuts = (ProtocolError, IncompleteRead, TimeoutError, ssl.SSLEOFError, WebSocketConnectionClosedException)
    # To urllib3, each connection that could not be made is a late one.
    return any(isinstance(each, cuts) and not isinstance(each, NewConnectionError) for each in causes(error))


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Return an error and what led to it, which urllib3 keeps in several ways."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        yield error
        seen.append(error)
        kept = [getattr(error, "reason", None), *error.args, error.__cause__, error.__context__]
        error = next((each for each in kept if isinstance(each, BaseException)), None)

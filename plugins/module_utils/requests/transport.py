# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Below the Kubernetes client: each of its requests ends, and is made again where that may help.

What else uses the client, such as kubernetes.core's discovery, is treated alike.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from .retry import Asked
from .unreachable import server_of

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, HTTPHeaderDict, PoolManager

    from .outage import Outage

#: To connect, and for TLS' handshake.
CONNECT_SECONDS = 10.0
#: Networks drop a connection that was idle for some minutes without a word.
IDLE_SECONDS = 30.0

_DISCOVERY = re.compile(r"/apis/[^/]+/[^/]+$")
_PROXIED = re.compile(r"/(services|pods|nodes)/[^/]+/proxy(/|$)")
_REVIEW = re.compile(r"/apis/auth(entication|orization)\.k8s\.io/.*reviews$")
_LOG = re.compile(r"/pods/[^/]+/log$")


def limit_requests(api_client: Any, outage: Outage) -> None:
    """Send all requests of a Kubernetes client, whoever makes them, by way of the outage's patience and limits."""
    rest = api_client.rest_client
    manager = rest.pool_manager
    rest.pool_manager = LimitedManager(getattr(manager, "unlimited", manager), outage)


class LimitedManager:
    """Takes the place of the client's PoolManager."""

    def __init__(self, unlimited: PoolManager, outage: Outage) -> None:
        """Keep the PoolManager, whose other attributes stay."""
        self.unlimited = unlimited
        self._outage = outage
        self._used = time.monotonic()

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the PoolManager."""
        return getattr(self.unlimited, name)

    def request(self, method: str, url: str, **options: Any) -> BaseHTTPResponse:
        """Return an answer, read to its end unless it is a watch's."""
        from urllib3 import Retry, Timeout

        total = getattr(options.get("timeout"), "total", None)
        asked = _asked(method, url, options.get("fields") or (), total or float("inf"))
        is_watch = not asked.may_wait
        # Retried is above this.
        retries = Retry(None, connect=0, read=0, status=0, other=0, redirect=3, respect_retry_after_header=False)
        own = {**options, "headers": repeated_headers(options.get("headers") or {}), "retries": retries}

        def send(seconds: float) -> BaseHTTPResponse:
            self._forget_idle()
            # The limit comes first; this only lets go of what is left behind.
            read = total if is_watch else seconds + 1
            timeout = Timeout(connect=min(CONNECT_SECONDS, seconds + 1), read=read)
            response = self.unlimited.request(method, url, **{**own, "timeout": timeout})
            if not is_watch:
                getattr(response, "data", None)  # Read now, and kept there.
            self._used = time.monotonic()
            return response

        return self._outage.ask(asked, send)

    def _forget_idle(self) -> None:
        if time.monotonic() - self._used > IDLE_SECONDS:
            self.unlimited.clear()


def repeated_headers(headers: Mapping[str, Any]) -> HTTPHeaderDict:
    """Return headers of which those with a list of values are sent once for each."""
    from urllib3 import HTTPHeaderDict

    repeated = HTTPHeaderDict()
    for name, value in headers.items():
        for each in value if isinstance(value, list) else [value]:
            repeated.add(str(name), each)
    return repeated


def _asked(method: str, url: str, fields: Any, limit: float) -> Asked:
    parts = urlsplit(url)
    query = dict([*parse_qsl(parts.query), *(fields.items() if isinstance(fields, Mapping) else fields)])
    is_watch = str(query.get("watch")).lower() == "true"
    is_proxied = _PROXIED.search(parts.path) is not None
    return Asked(
        server=server_of(url),
        method=method.upper(),
        path=parts.path,
        seconds=float("inf") if is_watch else limit,
        may_wait=not is_watch,
        # POST is not idempotent; reads and dry runs create nothing.
        may_repeat=method.upper() != "POST" or query.get("dryRun") == "All" or _REVIEW.search(parts.path) is not None,
        is_proxied=is_proxied,
        is_passed_on=is_proxied or _LOG.search(parts.path) is not None,
        is_discovery=_DISCOVERY.search(parts.path) is not None,
    )

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an S3 API answers, and how it is reached from outside the cluster."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

    from urllib3 import PoolManager

#: An answer takes milliseconds; where a firewall drops what is sent there, each run waits so long.
SECONDS = 2.0
#: All of it, in seconds: looking up its name, and an answer that comes byte by byte.
LIMIT_SECONDS = 5.0


@dataclass(frozen=True)
class ObjectStore:
    """Where an S3 API answers."""

    endpoint: str
    bucket: str
    insecure: bool = False
    ca: str = ""
    cluster_domain: str = "cluster.local"

    @property
    def scheme(self) -> str:
        """Return the scheme of its URLs."""
        return "http" if self.insecure else "https"

    @property
    def tls(self) -> ssl.SSLContext | None:
        """Return how its certificate is checked, None without TLS; ssl.SSLError where its CA is none."""
        import ssl

        # Bundles have comments in any language, which ssl does not take.
        ca = self.ca.encode("ascii", "ignore").decode()
        return None if self.insecure else ssl.create_default_context(cadata=ca or None)

    @property
    def service(self) -> tuple[str, str] | None:
        """Return name and namespace of the Service that the endpoint names, None where it names none."""
        # Before the Service's name there may be that of one of its pods.
        inside = rf"([^.]+\.)?(?P<name>[^.]+)\.(?P<namespace>[^.]+)\.svc(\.{re.escape(self.cluster_domain)})?\.?"
        found = re.fullmatch(inside, self.endpoint.partition(":")[0])
        return (found["name"], found["namespace"]) if found else None

    @property
    def port(self) -> int:
        """Return the port that the S3 API is asked on."""
        port = self.endpoint.partition(":")[2]
        return int(port) if port.isdigit() else 80 if self.insecure else 443


def outside_client(store: ObjectStore) -> PoolManager:
    """Return an HTTP client for an object store outside the cluster, by the proxy of the environment if any.

    Each request is made once. ssl.SSLError where the certificates are none.
    """
    from urllib.request import getproxies, proxy_bypass

    from urllib3 import PoolManager, ProxyManager, Timeout

    proxy = "" if proxy_bypass(store.endpoint) else getproxies().get(store.scheme, "")
    options: Any = {"timeout": Timeout(total=SECONDS), "retries": False, "ssl_context": store.tls}
    return ProxyManager(proxy, **options) if proxy else PoolManager(**options)

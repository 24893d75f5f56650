# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an object store that others run is there.

One outside the cluster is asked from where the playbook runs. A name inside the cluster resolves only there, so the
Kubernetes API is asked for the Service.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.observability.thanos.plugins.module_utils.cluster import SERVICE
from ansible_collections.observability.thanos.plugins.module_utils.credentials import redacted, shown_address
from ansible_collections.observability.thanos.plugins.module_utils.preflight_finding import Finding
from ansible_collections.observability.thanos.plugins.module_utils.time_limit import within

if TYPE_CHECKING:
    import ssl

    from ansible_collections.observability.thanos.plugins.module_utils.cluster import Cluster
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


def service_finding(cluster: Cluster, store: ObjectStore, is_error: bool = True) -> Finding | None:
    """Return a finding where the cluster does not have the endpoint's Service, or that has no such port."""
    name, namespace = store.service or ("", "")
    service = cluster.get(SERVICE, name, namespace)
    where, remedy = (
        f"Object store {shown_address(store.endpoint)}",
        "Correct thanos_objstore_endpoint, or make the Service first.",
    )
    if service is None:
        return Finding(where, f"the cluster has no Service {namespace}/{name}.", remedy, is_error)
    ports = [each["port"] for each in service["spec"].get("ports") or []]
    # Without an address of its own it stands for its pods, which may listen on any port.
    if service["spec"].get("clusterIP") in (None, "", "None") or store.port in ports:
        return None
    listed = ", ".join(map(str, ports))
    return Finding(where, f"Service {namespace}/{name} has no port {store.port}, only {listed}.", remedy, is_error)


def object_store_finding(store: ObjectStore) -> Finding | None:
    """Return a finding where the object store does not answer, or does not have the bucket.

    It is never an error: the pods may reach it where the controller does not, by another network or another DNS.
    """
    trouble = _trouble(store)
    if not trouble:
        return None
    return Finding(
        f"Object store {shown_address(store.endpoint)}",
        f"{trouble} (asked from where this playbook runs; the pods may see it otherwise).",
        "Check thanos_objstore_endpoint, thanos_objstore_bucket, thanos_objstore_insecure and thanos_objstore_ca.",
        is_error=False,
    )


def outside_client(store: ObjectStore) -> PoolManager:
    """Return an HTTP client for an object store outside the cluster, by the proxy of the environment if any.

    Each request is made once. ssl.SSLError where the certificates are none.
    """
    from urllib.request import getproxies, proxy_bypass

    from urllib3 import PoolManager, ProxyManager, Timeout

    proxy = "" if proxy_bypass(store.endpoint) else getproxies().get(store.scheme, "")
    options: Any = {"timeout": Timeout(total=SECONDS), "retries": False, "ssl_context": store.tls}
    return ProxyManager(proxy, **options) if proxy else PoolManager(**options)


def _trouble(store: ObjectStore) -> str:
    from urllib3.exceptions import HTTPError

    if shown_address(store.endpoint) != store.endpoint:
        return "its endpoint has to be host or host:port, without user, password and query"
    try:
        answer = within(LIMIT_SECONDS, lambda: _head(store))
    except (HTTPError, OSError) as error:
        return f"it does not answer: {redacted(str(error))}"
    # Without credentials S3 answers 403 for a bucket that is there.
    return f"it has no bucket {store.bucket}" if answer.status == 404 else ""


def _head(store: ObjectStore) -> Any:
    with outside_client(store) as client:
        return client.request("HEAD", f"{store.scheme}://{store.endpoint}/{store.bucket}", redirect=False)

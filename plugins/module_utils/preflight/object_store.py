# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an object store that others run is there.

One outside the cluster is asked from where the playbook runs. A name inside the cluster resolves only there, so the
Kubernetes API is asked for the Service.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..k8s.finding import Finding
from ..k8s.resources import SERVICE
from ..objstore.endpoint import LIMIT_SECONDS, ObjectStore, outside_client
from ..redaction.credentials import redacted, shown_address
from ..requests.time_limit import within

if TYPE_CHECKING:
    from ..k8s.client import Cluster


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

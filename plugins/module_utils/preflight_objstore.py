# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an object store outside the cluster answers, as seen from where the playbook runs."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.observability.thanos.plugins.module_utils.preflight_finding import Finding

#: An answer takes milliseconds; where a firewall drops what is sent there, each run waits so long.
SECONDS = 2.0


@dataclass(frozen=True)
class ObjectStore:
    """Where an S3 API answers."""

    endpoint: str
    bucket: str
    insecure: bool = False
    ca: str = ""


def object_store_finding(store: ObjectStore) -> Finding | None:
    """Return a finding where the object store does not answer, or does not have the bucket.

    It is never an error: the pods may reach it where the controller does not, by another network or another DNS.
    """
    trouble = _trouble(store)
    if not trouble:
        return None
    return Finding(
        f"Object store {store.endpoint}",
        f"{trouble} (asked from where this playbook runs; the pods may see it otherwise).",
        "Check thanos_objstore_endpoint, thanos_objstore_bucket, thanos_objstore_insecure and thanos_objstore_ca.",
        is_error=False,
    )


def _trouble(store: ObjectStore) -> str:
    import ssl
    from urllib.request import getproxies, proxy_bypass

    from urllib3 import PoolManager, ProxyManager, Timeout
    from urllib3.exceptions import HTTPError

    scheme = "http" if store.insecure else "https"
    proxy = "" if proxy_bypass(store.endpoint) else getproxies().get(scheme, "")
    url = f"{scheme}://{store.endpoint}/{store.bucket}"
    try:
        context = None if store.insecure else ssl.create_default_context(cadata=store.ca or None)
        with ProxyManager(proxy, ssl_context=context) if proxy else PoolManager(ssl_context=context) as client:
            answer = client.request("HEAD", url, retries=False, redirect=False, timeout=Timeout(total=SECONDS))
    except (HTTPError, OSError) as error:
        return f"it does not answer: {error}"
    # Without credentials S3 answers 403 for a bucket that is there.
    return f"it has no bucket {store.bucket}" if answer.status == 404 else ""

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an S3 object store takes bucket and credentials, asked before Thanos relies on them.

A store gateway tries for half a minute before it ends with what it was told at first.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..k8s.client import Cluster
from ..k8s.objects import Object
from ..k8s.pods import is_ready
from ..k8s.port_forward import pod_http_client
from ..k8s.resources import POD, SERVICE
from ..requests.errors import ClusterError
from ..requests.time_limit import within
from .endpoint import LIMIT_SECONDS, SECONDS, ObjectStore, outside_client

if TYPE_CHECKING:
    from urllib3 import PoolManager

#: Thanos looks only at names of blocks, and nobody else gives an object this one: an answer is short.
PREFIX = "observability.thanos-probe"
ATTEMPTS = 3
RETRY_SECONDS = 1.0
#: Answers after which only a change of the configuration helps.
REFUSALS = {
    "InvalidAccessKeyId": "it does not know the access key",
    "SignatureDoesNotMatch": "the secret key is not the access key's",
    "NoSuchBucket": "it has no such bucket",
}


def refusal(cluster: Cluster, document: Mapping[str, Any], ca: str, cluster_domain: str) -> str:
    """Return what the object store has against a configuration, empty where it takes it or cannot be asked from here.

    Of a Service in the cluster a pod is asked, by the Kubernetes API's port-forward.
    """
    config = document["config"]
    is_known = all(config.get(key) for key in ("bucket", "endpoint", "access_key", "secret_key"))
    if document["type"].upper() != "S3" or not is_known or config.get("signature_version2"):
        return ""
    store = ObjectStore(config["endpoint"], config["bucket"], bool(config.get("insecure")), ca, cluster_domain)
    try:
        http = _inside_client(cluster, store) if store.service else outside_client(store)
        code = _lasting_code(http, config) if http else ""
    except (ClusterError, OSError):  # Rights are missing, or nobody answers: the pods will tell.
        return ""
    return f"{REFUSALS[code]} ({code})" if code in REFUSALS else ""


def _inside_client(cluster: Cluster, store: ObjectStore) -> PoolManager | None:
    """Return an HTTP client that ends at a ready pod of the endpoint's Service, None where there is no such way."""
    name, namespace = store.service or ("", "")
    service = cluster.get(SERVICE, name, namespace)
    selector = (service or {}).get("spec", {}).get("selector") or {}
    if service is None or not selector:
        return None
    labels = ",".join(f"{key}={value}" for key, value in selector.items())
    for pod in cluster.list(POD, namespace, label_selector=labels):
        port = _port(service, store.port, pod)
        if port and is_ready(pod):
            return pod_http_client(cluster, namespace, pod["metadata"]["name"], port, SECONDS, store.tls)
    return None


def _port(service: Object, port: int, pod: Object) -> int:
    """Return the number of the pod's port behind a Service's, 0 where there is none."""
    for each in service["spec"].get("ports") or []:
        if each["port"] == port:
            target = each.get("targetPort", port)
            if isinstance(target, int):
                return target
            listed = [named for container in pod["spec"]["containers"] for named in container.get("ports") or []]
            return next((int(named["containerPort"]) for named in listed if named.get("name") == target), 0)
    return 0


def _lasting_code(http: PoolManager, config: Mapping[str, Any]) -> str:
    """Return the code of an error that is the same again: of several servers, not all know a new user at once."""
    for _attempt in range(ATTEMPTS):
        code = _error_code(http, config)
        if code not in REFUSALS:
            break
        time.sleep(RETRY_SECONDS)
    return code


def _error_code(http: PoolManager, config: Mapping[str, Any]) -> str:
    """Return the code of the error that a listing ends with; nothing of it is told, since it holds the request."""
    import minio
    from minio.error import MinioException, S3Error
    from urllib3.exceptions import HTTPError

    client = minio.Minio(
        config["endpoint"],
        access_key=config["access_key"],
        secret_key=config["secret_key"],
        session_token=config.get("session_token"),
        region=config.get("region") or None,
        secure=not config.get("insecure"),
        http_client=http,
    )
    try:
        within(LIMIT_SECONDS, lambda: next(client.list_objects(config["bucket"], prefix=PREFIX), None))
    except S3Error as error:
        return str(error.code)
    except (MinioException, HTTPError, OSError, ValueError):
        return ""
    return ""

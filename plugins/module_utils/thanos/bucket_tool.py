# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thanos' own tool for buckets, run in a pod that has the object-store Secret: it knows what the HTTP API does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..k8s.exec import execute
from ..k8s.pods import is_ready
from ..k8s.resources import POD, SERVICE
from ..requests.errors import ClusterError

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object
    from ..k8s.service_proxy import Backend

TIMEOUT = 300
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


def unmarked_blocks(cluster: Cluster, backend: Backend) -> set[str]:
    """Return the blocks that are not marked for deletion, as the tool lists them in a pod of the Service."""
    service = cluster.get(SERVICE, backend.name, backend.namespace)
    if service is None:
        raise ClusterError(f"{backend} does not exist.")
    selector = ",".join(f"{key}={value}" for key, value in service["spec"]["selector"].items())
    pods = [pod for pod in cluster.list(POD, backend.namespace, label_selector=selector) if is_ready(pod)]
    if not pods:
        raise ClusterError(f"{backend} has no ready pod to list the bucket in.")
    container = _container(pods[0])
    flags = [each for each in container.get("args") or [] if each.startswith("--objstore.config")]
    if not flags:
        raise ClusterError(f"Pod {backend.namespace}/{pods[0]['metadata']['name']} uses no object store.")
    command = ["thanos", "tools", "bucket", "ls", "--exclude-delete", *flags]
    name = pods[0]["metadata"]["name"]
    status, output, errors = execute(cluster, backend.namespace, name, container["name"], command, TIMEOUT)
    if status:
        raise ClusterError(
            f"thanos tools bucket ls ended with status {status} in pod {name}: {' '.join(errors.split()[-60:])}"
        )
    return set(_ULID.findall(output))


def _container(pod: Object) -> Object:
    containers: list[Object] = pod["spec"]["containers"]
    return next((each for each in containers if each["name"] == "thanos"), containers[0])

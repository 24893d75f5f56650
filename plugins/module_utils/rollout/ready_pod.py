# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A ready pod of a Deployment or StatefulSet, waited for if need be."""

from __future__ import annotations

import time

from ..k8s.client import Cluster
from ..k8s.objects import Object
from ..k8s.workload_pods import pods_of
from ..requests.errors import ClusterError
from .grace import Limits
from .wait import wait_for_rollout
from .workload import RESOURCES, Workload

#: How long to wait before a ready pod is looked for again.
RETRY_SECONDS = 0.5


def wait_for_ready_pod(cluster: Cluster, workload: Workload, timeout: float) -> str:
    """Wait until the workload is rolled out, so that no pod is about to go, and return the name of a ready one."""
    deadline = time.monotonic() + timeout
    while True:
        outcome = wait_for_rollout(cluster, [workload], Limits(timeout=max(0.0, deadline - time.monotonic())))
        if outcome.message:
            raise ClusterError(outcome.message)
        pod = find_ready_pod(cluster, workload)
        if pod is not None:
            return pod
        # Its only pod was just deleted, which the workload does not say yet.
        if not _wants_pods(cluster, workload) or time.monotonic() >= deadline:
            raise ClusterError(f"{workload} has no ready pod. Is its number of replicas 0?")
        time.sleep(RETRY_SECONDS)


def find_ready_pod(cluster: Cluster, workload: Workload) -> str | None:
    """Return the name of a ready pod of the workload, None where there is none just now.

    Pods of others may have the same labels: root's keys are not for them.
    """
    found = cluster.get(RESOURCES[workload.kind], workload.name, workload.namespace)
    ready = [pod for pod in pods_of(cluster, found) if _is_ready(pod)] if found else []
    return str(ready[0]["metadata"]["name"]) if ready else None


def _wants_pods(cluster: Cluster, workload: Workload) -> bool:
    found = cluster.get(RESOURCES[workload.kind], workload.name, workload.namespace)
    return found is not None and found["spec"].get("replicas", 1) > 0


def _is_ready(pod: Object) -> bool:
    if "deletionTimestamp" in pod["metadata"]:
        return False
    conditions = pod.get("status", {}).get("conditions") or []
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)

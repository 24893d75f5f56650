# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restarts the servers of a distributed MinIO at once where one after the other would not do.

A server that starts waits for others of the same program, arguments and environment, and does not talk to those with
other root credentials. So the first one that Kubernetes replaces would never be ready, and no other would follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..k8s.objects import title_of
from ..k8s.ownership import is_ours
from ..k8s.polling import wait_until
from ..k8s.resources import POD, STATEFUL_SET, Resource
from ..rollout.status import is_observed, owns

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

REVISION = Resource("apps/v1", "ControllerRevision", "controllerrevisions")
#: On each pod, the name of the revision that it was made from.
REVISION_LABEL = "controller-revision-hash"
#: Changes with the root credentials.
CHECKSUM = "observability.thanos/root-checksum"


@dataclass(frozen=True)
class Restart:
    """Which StatefulSet."""

    namespace: str
    name: str
    wait_timeout: float


def restart(cluster: Cluster, wanted: Restart) -> dict[str, Any]:
    """Delete all outdated pods if they would not work together with new ones, and return the module's result."""
    live = _observed(cluster, wanted)
    outdated = _outdated(cluster, live) if live else []
    # Only after it was applied is one of that name sure to be ours: in check mode it may be somebody else's.
    if not live or not is_ours(live) or all(_works_with_new(cluster, live, pod) for pod in outdated):
        return {"changed": False, "restarted": []}
    if not cluster.dry_run:
        for pod in outdated:
            cluster.delete(POD, pod["metadata"]["name"], wanted.namespace)
    return {"changed": True, "restarted": sorted(map(title_of, outdated))}


def start_of(template: Object) -> tuple[Any, ...]:
    """Return what has to be the same for all servers, from the template of their pods."""
    container = template["spec"]["containers"][0]
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    return container["image"], container.get("args"), container.get("env"), annotations.get(CHECKSUM)


def _observed(cluster: Cluster, wanted: Restart) -> Object | None:
    """Return the StatefulSet once its controller has seen it as it is now."""
    found: Object | None = None

    def is_seen() -> bool:
        nonlocal found
        found = cluster.get(STATEFUL_SET, wanted.name, wanted.namespace)
        return found is None or is_observed(found)

    where = f"StatefulSet {wanted.namespace}/{wanted.name}"
    wait_until(is_seen, wanted.wait_timeout, f"The controller of {where} does not see that it was changed.")
    return found


def _outdated(cluster: Cluster, stateful_set: Object) -> list[Object]:
    """Return the pods that were not made from the StatefulSet as it is now, but for those that go already."""
    labels = stateful_set["spec"]["selector"]["matchLabels"]
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    return [
        pod
        for pod in cluster.list(POD, stateful_set["metadata"]["namespace"], label_selector=selector)
        if owns(stateful_set, pod)
        and pod["metadata"]["labels"][REVISION_LABEL] != stateful_set["status"].get("updateRevision")
        and not pod["metadata"].get("deletionTimestamp")
    ]


def _works_with_new(cluster: Cluster, stateful_set: Object, pod: Object) -> bool:
    """Return whether the pod's server was started as new ones are.

    What the StatefulSet said then is compared, since pods may have got more from elsewhere, such as variables.
    """
    metadata = pod["metadata"]
    revision = cluster.get(REVISION, metadata["labels"][REVISION_LABEL], metadata["namespace"])
    if revision is None:
        return False
    return start_of(revision["data"]["spec"]["template"]) == start_of(stateful_set["spec"]["template"])

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pods of one workload, told by their owners and not by labels, which others may have as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .ownership import controller_of
from .resources import DEPLOYMENT, POD, REPLICA_SET

if TYPE_CHECKING:
    from .client import Cluster
    from .objects import Object


def pods_of(cluster: Cluster, workload: Object) -> list[Object]:
    """Return the pods of a Deployment or StatefulSet as it was read: one made again under its name has others."""
    namespace = workload["metadata"]["namespace"]
    labels = workload["spec"]["selector"].get("matchLabels") or {}
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    owners = [workload]
    if workload["kind"] == DEPLOYMENT.kind:
        replica_sets = cluster.list(REPLICA_SET, namespace, label_selector=selector)
        owners = [each for each in replica_sets if is_controlled_by(each, workload)]
    pods = cluster.list(POD, namespace, label_selector=selector)
    return [pod for pod in pods if any(is_controlled_by(pod, owner) for owner in owners)]


def is_controlled_by(obj: Object, owner: Object) -> bool:
    """Return whether the owner is the object's controller: just that one, and none of the same name."""
    controller = controller_of(obj)
    return controller is not None and controller.get("uid") == owner["metadata"]["uid"]

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rights a run needs, by what it is about to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..apply.prune import is_object_store, lists_of
from ..k8s.resources import CLAIM, POD, PROMETHEUS, REPLICA_SET, Resource
from .kinds import Kind, kind_of
from .permissions import Rights, need_for_workloads

if TYPE_CHECKING:
    from ..k8s.objects import Object
    from .dry_run import DryRun
    from .plan import Plan

#: What a replaced object leaves behind, some of which has to go then.
LEFT_BEHIND = {"Deployment": REPLICA_SET, "StatefulSet": POD}


def needed_rights(
    plan: Plan,
    reachable: Sequence[Object],
    dry_runs: Sequence[DryRun],
    removed: Sequence[Object],
    kinds: Mapping[Kind, Resource],
) -> Rights:
    """Return the rights that a run needs.

    Reachable are the manifests whose kinds, which are given, and namespaces exist; removed are those to be removed.
    """
    rights = Rights()
    for dry_run in dry_runs:
        _need_for_apply(rights, dry_run, kinds[kind_of(dry_run.manifest)], plan.replace_immutable)
    for manifest in removed:
        metadata = manifest["metadata"]
        place = str(metadata.get("namespace") or "")
        rights.need(place, kinds[kind_of(manifest)], ("get", "delete"), metadata["name"])
    need_for_workloads(rights, plan.workloads)
    # Leftovers of MinIO are not looked for.
    for resource, place in lists_of([each for each in reachable if not is_object_store(each)]):
        rights.need(place, resource, ("list",))
    for each in plan.rights:
        given = (each.get("group") or "", each["resource"], each["verbs"], each.get("name") or "")
        rights.need_by_name(each.get("namespace") or "", *given)
    return rights


def _need_for_apply(rights: Rights, dry_run: DryRun, resource: Resource, is_replaced: bool) -> None:
    metadata = dry_run.manifest["metadata"]
    place = str(metadata.get("namespace") or "")
    rights.need(place, resource, ("get", "patch"), metadata["name"])
    if dry_run.live is None and dry_run.manifest["kind"] != PROMETHEUS.kind:
        rights.need(place, resource, ("create",))
    if dry_run.immutable and is_replaced:
        rights.need(place, resource, ("delete",), metadata["name"])
        if resource.kind in LEFT_BEHIND:
            rights.need(place, LEFT_BEHIND[resource.kind], ("list", "delete"))
            # Some may be the workload's, and would go with it.
            rights.need(place, CLAIM, ("list",))

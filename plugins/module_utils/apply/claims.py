# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose a claim is, by who made it and who uses it, and our label on claims that an earlier version left without it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..k8s.client import FIELD_MANAGER
from ..k8s.objects import title_of
from ..k8s.ownership import (
    CONTROLLING_KINDS,
    MANAGED_BY_LABEL,
    belongs_to_us,
    controller_of,
    has_our_label_from_controllers,
    objection,
)
from ..k8s.resources import CLAIM, DEPLOYMENT, POD, STATEFUL_SET, THANOS_RULER, Resource
from ..requests.errors import ClusterError

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

#: Phases of a pod that uses nothing any more.
ENDED = ("Succeeded", "Failed")
#: A claim that was labelled, as a manifest and the outcome of its apply.
Labelled = tuple[dict[str, Any], dict[str, Any]]


def templates_of(workload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the claim templates of a StatefulSet or a ThanosRuler, none of anything else."""
    spec = workload.get("spec") or {}
    if workload["kind"] == STATEFUL_SET.kind:
        return list(spec.get("volumeClaimTemplates") or [])
    if workload["kind"] == THANOS_RULER.kind:
        template = (spec.get("storage") or {}).get("volumeClaimTemplate")
        return [template] if template else []
    return []


class Claims:
    """The claims of namespaces and who uses them, each namespace read once."""

    def __init__(self, cluster: Cluster) -> None:
        """Read nothing yet."""
        self._cluster = cluster
        self._stateful_sets: dict[str, list[Object]] = {}
        self._claims: dict[str, list[Object]] = {}
        self._mounting: dict[str, list[Object]] = {}

    def objection(self, claim: Object) -> str:
        """Return why a claim is not ours to remove, empty where it is."""
        try:
            users = self._users(claim)
            strangers = [each for each in users if not belongs_to_us(self._cluster, each)]
            strangers = strangers or self._strangers_mounting(claim)
        except ClusterError as error:
            return f"it cannot be told whether something of somebody else uses it ({error})"
        if strangers:
            return f"{title_of(strangers[0])} uses it, which is not this collection's"
        controller = controller_of(claim)
        if controller and (controller.get("apiVersion"), controller.get("kind")) not in CONTROLLING_KINDS:
            return f"{controller['kind']} {controller['name']} controls it, which is not this collection's"
        if self._is_ours_alone(claim):
            return ""
        makers = [each for each in users if _gives_label(each, claim)]
        if any(not _is_older(claim, each) for each in makers):
            return ""
        if makers:
            return f"it is older than {title_of(makers[0])}, so somebody else may have made it"
        return objection(claim)

    def made_by(self, makers: Iterable[Object]) -> list[Object]:
        """Return the claims that are named after a template of these StatefulSets."""
        return [
            claim
            for maker in makers
            for claim in self._of_namespace(maker["metadata"]["namespace"])
            if _is_named_after(claim, maker)
        ]

    def lacking_label(self, makers: Iterable[Object]) -> list[Object]:
        """Return the claims that these StatefulSets made before their templates had our label."""
        sets = [each for each in makers if each["kind"] == STATEFUL_SET.kind]
        return [
            claim
            for maker in sets
            if not all(_label(template) for template in templates_of(maker))
            for claim in self.made_by([maker])
            if not _label(claim) and not _is_older(claim, maker)
        ]

    def losing_owner(self, workloads: Iterable[Object]) -> list[Object]:
        """Return the claims that would no longer be known as ours without these StatefulSets and ThanosRulers."""
        return [
            claim
            for claim in self.made_by(self.makers_among(workloads))
            if not self._is_ours_alone(claim) and not self.objection(claim)
        ]

    def going_with(self, workload: Object) -> list[Object]:
        """Return the claims that Kubernetes removes together with a StatefulSet or ThanosRuler."""
        return self.made_by(each for each in self.makers_among([workload]) if _removes_claims(each))

    def owned_by(self, workload: Object) -> list[Object]:
        """Return the claims whose owner is a workload that uses claims; none where the user may not list them."""
        makers = self.makers_among([workload])
        if not (_mounted(workload) or any(map(templates_of, makers))):
            return []
        owners = {each["metadata"]["uid"] for each in (workload, *makers)}
        try:
            claims = self._of_namespace(workload["metadata"]["namespace"])
        except ClusterError as error:
            if not error.is_denied:
                raise
            return []
        return [each for each in claims if owners & set(_owners(each))]

    def makers_among(self, workloads: Iterable[Object]) -> list[Object]:
        """Return the StatefulSets among the workloads, and those that a ThanosRuler among them controls."""
        makers = []
        for workload in workloads:
            if workload["kind"] == STATEFUL_SET.kind:
                makers.append(workload)
            elif workload["kind"] == THANOS_RULER.kind:
                uid = workload["metadata"]["uid"]
                others = self._sets_of_namespace(workload["metadata"]["namespace"])
                makers += [each for each in others if (controller_of(each) or {}).get("uid") == uid]
        return makers

    def _is_ours_alone(self, claim: Object) -> bool:
        return belongs_to_us(self._cluster, claim) or has_our_label_from_controllers(claim)

    def _users(self, claim: Object) -> list[Object]:
        if not re.search("-[0-9]+$", claim["metadata"]["name"]):
            return []
        sets = self._sets_of_namespace(claim["metadata"]["namespace"])
        return [each for each in sets if _is_named_after(claim, each)]

    def _strangers_mounting(self, claim: Object) -> list[Object]:
        """Return what is not ours and names the claim among its volumes; of kinds that the user may not list, none."""
        namespace = claim["metadata"]["namespace"]
        if namespace not in self._mounting:
            listed = [each for kind in (STATEFUL_SET, DEPLOYMENT, POD) for each in self._listed(kind, namespace)]
            self._mounting[namespace] = [each for each in listed if not _is_over(each)]
        users = [each for each in self._mounting[namespace] if claim["metadata"]["name"] in _mounted(each)]
        return [each for each in users if not self._is_our_workload(each)]

    def _listed(self, kind: Resource, namespace: str) -> list[Object]:
        try:
            if kind == STATEFUL_SET:
                return self._sets_of_namespace(namespace)
            return self._cluster.list(kind, namespace)
        except ClusterError as error:
            if not error.is_denied:
                raise
            return []

    def _is_our_workload(self, live: Object) -> bool:
        """Return whether a workload or a pod is ours, or was left by one of ours, as far as the user may look."""
        is_left = controller_of(live) is None and has_our_label_from_controllers(live)
        try:
            return is_left or belongs_to_us(self._cluster, live)
        except ClusterError as error:
            if not error.is_denied:
                raise
            return True

    def _sets_of_namespace(self, namespace: str) -> list[Object]:
        if namespace not in self._stateful_sets:
            self._stateful_sets[namespace] = self._cluster.list(STATEFUL_SET, namespace)
        return self._stateful_sets[namespace]

    def _of_namespace(self, namespace: str) -> list[Object]:
        if namespace not in self._claims:
            self._claims[namespace] = self._cluster.list(CLAIM, namespace)
        return self._claims[namespace]


def label_claims(
    cluster: Cluster, choose: Callable[[Claims], Sequence[Object]], warn: Callable[[str], None]
) -> list[Labelled]:
    """Give the chosen claims our label, under our field manager; return what became of each.

    Not to be allowed to is no error: the claims work as before, and uninstalling keeps them.
    """
    try:
        chosen = choose(Claims(cluster))
    except ClusterError as error:
        warn(f"Claims without this collection's label are not looked for, so that uninstalling may keep them: {error}")
        return []
    return [done for claim in chosen for done in _label_claim(cluster, claim, warn)]


def _label_claim(cluster: Cluster, claim: Object, warn: Callable[[str], None]) -> list[Labelled]:
    metadata = claim["metadata"]
    # With the uid nothing else is labelled, nor made, where the claim has gone meanwhile.
    identity = {key: metadata[key] for key in ("name", "namespace", "uid")}
    ours = {MANAGED_BY_LABEL: FIELD_MANAGER}
    body = {"apiVersion": CLAIM.api_version, "kind": CLAIM.kind, "metadata": {**identity, "labels": ours}}
    try:
        # The Prometheus operator's selector has put its own value there.
        cluster.apply(CLAIM, body, force=True)
    except ClusterError as error:
        warn(f"{title_of(claim)} does not get this collection's label, so that uninstalling may keep it: {error}")
        return []
    labels = metadata.get("labels") or {}
    diff = {"before": {"metadata": {"labels": labels}}, "after": {"metadata": {"labels": {**labels, **ours}}}}
    return [(body, {"changed": True, "method": "apply", "diff": diff})]


def is_claim_name(name: str, prefix: str, app: str) -> bool:
    """Return whether a StatefulSet of ours would call a claim so: the prefix, for MinIO a drive, and a pod's number."""
    return re.fullmatch(rf"{re.escape(prefix)}([0-9]+-{re.escape(app)}-)?[0-9]+", name) is not None


def _is_named_after(claim: Object, stateful_set: Object) -> bool:
    name, pods = claim["metadata"]["name"], re.escape(stateful_set["metadata"]["name"])
    templates = [re.escape(each["metadata"]["name"]) for each in templates_of(stateful_set)]
    return any(re.fullmatch(f"{template}-{pods}-[0-9]+", name) for template in templates)


def _owners(claim: Object) -> list[str]:
    return [str(reference.get("uid")) for reference in claim["metadata"].get("ownerReferences") or []]


def _mounted(live: Object) -> list[str]:
    """Return the names of the claims that a pod, or a workload's pods, have among their volumes."""
    spec = live.get("spec") or {}
    pod = spec if live["kind"] == POD.kind else (spec.get("template") or {}).get("spec") or {}
    claims = [volume.get("persistentVolumeClaim") or {} for volume in pod.get("volumes") or []]
    return [str(claim["claimName"]) for claim in claims if claim]


def _is_over(live: Object) -> bool:
    """Return whether it is a pod that uses nothing any more, or soon."""
    if live["kind"] != POD.kind:
        return False
    return bool(live["metadata"].get("deletionTimestamp")) or (live.get("status") or {}).get("phase") in ENDED


def _label(body: Mapping[str, Any]) -> str:
    return str(((body.get("metadata") or {}).get("labels") or {}).get(MANAGED_BY_LABEL) or "")


def _gives_label(stateful_set: Object, claim: Object) -> bool:
    """Return whether a claim's label, if any, may be from this StatefulSet, whose selector's labels its claims get."""
    selector = (stateful_set.get("spec") or {}).get("selector") or {}
    return _label(claim) in ("", FIELD_MANAGER, (selector.get("matchLabels") or {}).get(MANAGED_BY_LABEL))


def _is_older(claim: Object, stateful_set: Object) -> bool:
    """Return whether the claim was there before the StatefulSet, which then only took it over."""
    made, other = (each["metadata"].get("creationTimestamp") for each in (claim, stateful_set))
    return bool(made and other and made < other)


def _removes_claims(stateful_set: Object) -> bool:
    policy = (stateful_set.get("spec") or {}).get("persistentVolumeClaimRetentionPolicy") or {}
    return bool(policy.get("whenDeleted") == "Delete")

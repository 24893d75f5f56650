# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the run would be refused: each right that it needs, and which of them the user does not have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from ..k8s.finding import Finding
from ..k8s.resources import DEPLOYMENT, EVENT, POD, PROMETHEUS, REPLICA_SET, STATEFUL_SET, Resource
from ..rollout.workload import RESOURCES

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

ACCESS_REVIEW = Resource(
    "authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", namespaced=False
)
SUBJECT_REVIEW = Resource("authentication.k8s.io/v1", "SelfSubjectReview", "selfsubjectreviews", namespaced=False)
#: Verbs that a role can allow for single names.
NAMED_VERBS = ("get", "patch", "update", "delete")


class Right(NamedTuple):
    """One verb on one resource, in a namespace or, with an empty one, in all of the cluster."""

    namespace: str
    group: str
    resource: str
    verb: str

    @property
    def where(self) -> str:
        """Return the resource as kubectl names it."""
        return f"{self.resource}.{self.group}" if self.group else self.resource


#: A user of the cluster who may do everything has this one.
EVERYTHING = Right("", "*", "*", "*")


@dataclass
class Rights:
    """The rights that are needed, each once, with the names of the objects where they are known."""

    names: dict[Right, set[str]] = field(default_factory=dict)

    def need(self, namespace: str, resource: Resource, verbs: Iterable[str], name: str = "") -> None:
        """Add rights on a resource."""
        group = resource.api_version.rpartition("/")[0]
        self.need_by_name(namespace if resource.namespaced else "", group, resource.plural, verbs, name)

    def need_by_name(self, namespace: str, group: str, resource: str, verbs: Iterable[str], name: str = "") -> None:
        """Add rights on a resource that is given by its name in the API."""
        for verb in verbs:
            names = self.names.setdefault(Right(namespace, group, resource, verb), set())
            if name:
                names.add(name)


def need_for_workloads(rights: Rights, workloads: Iterable[Mapping[str, Any]]) -> None:
    """Add what the wait for workloads reads."""
    for workload in workloads:
        followed = [RESOURCES[workload["kind"]], POD, EVENT]
        followed += [REPLICA_SET] if workload["kind"] == DEPLOYMENT.kind else []
        followed += [STATEFUL_SET] if workload["kind"] == PROMETHEUS.kind else []
        for resource in followed:
            rights.need(workload["namespace"], resource, ("list", "watch"))
        # Without it the wait could not say why a container crashes.
        rights.need_by_name(workload["namespace"], "", "pods/log", ("get",))


def is_allowed(cluster: Cluster, right: Right, name: str = "") -> bool:
    """Return whether the user has the right; an API that does not tell is taken for a yes."""
    resource, _slash, subresource = right.resource.partition("/")
    attributes = {"verb": right.verb, "group": right.group, "resource": resource}
    optional = {"namespace": right.namespace, "subresource": subresource, "name": name}
    attributes.update({key: value for key, value in optional.items() if value})
    body = {
        "apiVersion": ACCESS_REVIEW.api_version,
        "kind": ACCESS_REVIEW.kind,
        "metadata": {},
        "spec": {"resourceAttributes": attributes},
    }
    return bool(cluster.create(ACCESS_REVIEW, body)["status"]["allowed"])


def is_missing(ask: Callable[[Right, str], bool], right: Right, names: set[str]) -> bool:
    """Return whether the right is missing, both in general and for the objects that it is needed for."""
    if ask(right, ""):
        return False
    return right.verb not in NAMED_VERBS or not names or not all(ask(right, name) for name in sorted(names))


def user_name(cluster: Cluster) -> str:
    """Return the name of the user, empty where the API does not tell."""
    body: Object = {"apiVersion": SUBJECT_REVIEW.api_version, "kind": SUBJECT_REVIEW.kind, "metadata": {}}
    answer = cluster.create(SUBJECT_REVIEW, body)
    return str(((answer.get("status") or {}).get("userInfo") or {}).get("username") or "")


def missing_rights(missing: Iterable[Right], user: str) -> list[Finding]:
    """Return one finding for each namespace, with each resource and its verbs."""
    namespaces: dict[str, dict[str, list[str]]] = {}
    for right in missing:
        namespaces.setdefault(right.namespace, {}).setdefault(right.where, []).append(right.verb)
    findings = []
    for namespace, resources in sorted(namespaces.items()):
        place = f"in namespace {namespace}" if namespace else "in the cluster"
        kind = "Role" if namespace else "ClusterRole"
        verbs = "; ".join(f"{', '.join(sorted(verbs))} {resource}" for resource, verbs in sorted(resources.items()))
        findings.append(
            Finding(
                f"User {user}" if user else "The user of this run",
                f"has no right, {place}, to {verbs}.",
                f"Allow these verbs in a {kind} and bind it to this user{f' in {namespace}' if namespace else ''}.",
            )
        )
    return findings

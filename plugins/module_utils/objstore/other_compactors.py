# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which other compactors of the cluster work on the bucket that this stack's compactor works on.

Two of them merge the same blocks and delete each other's work. Configurations are compared here and never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..k8s.ownership import is_ours
from ..k8s.resources import DEPLOYMENT, STATEFUL_SET, Resource
from ..thanos.command import Command
from ..thanos.compactor_streams import are_divided
from ..thanos.compactors import Compactor, compactors_of, find_compactors
from ..thanos.container_config import ContainerConfig, Contents, UnreadableError, Written
from .bucket_network import Network, Relation
from .bucket_place import Place, View, place_of

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

COMPONENT_LABEL = "app.kubernetes.io/component"
#: Kinds that thanos_adopt replaces one by the other, and that leftovers are looked for among.
REPLACED = (DEPLOYMENT.kind, STATEFUL_SET.kind)
OBJSTORE, SELECTOR = "objstore.config", "selector.relabel-config"
REMEDY = (
    "Give one of the stacks a bucket or a prefix of its own (thanos_objstore_bucket, thanos_objstore_prefix), let only "
    "one of them compact (in the other thanos_compactor_state: absent, or thanos_compactor not among "
    "thanos_components), or remove the other compactor."
)
#: Where it has the name of this stack's own, and is of another kind.
COPY_REMEDY = "Set thanos_adopt to true, which has it replaced where it was made by hand with kubectl, or remove it."


@dataclass(frozen=True)
class Question:
    """Whose bucket must be no other compactor's."""

    #: Those with a compactor among them are this stack's own.
    manifests: Sequence[Object]
    cluster_domain: str
    #: What the run is about to write into Secrets, without credentials.
    written: Written = field(default_factory=dict)
    #: Whether the run removes what an earlier run made, and with adopt also copies of another kind.
    removes_leftovers: bool = False
    adopts: bool = False


@dataclass(frozen=True)
class Other:
    """Another compactor, and where it works."""

    compactor: Compactor
    place: Place
    own: Compactor
    own_place: Place
    relation: Relation

    @property
    def is_certain(self) -> bool:
        """Return whether it works on the same blocks now."""
        return self.relation is Relation.SAME and not self.compactor.rest

    @property
    def what(self) -> str:
        """Return what is wrong with it, as the rest of a sentence that begins with its name."""
        container, own = f"its container {self.compactor.container['name']}", f"{self.own} ({self.own_place})"
        if self.relation is Relation.UNKNOWN:
            return (
                f"{container} works on {self.place}. If that is the server that {own} works on, "
                "two compactors damage each other's blocks."
            )
        if self.compactor.rest:
            return (
                f"{container} would work on {self.place}, as does {own}, but it {self.compactor.rest}. "
                "Two compactors at work damage each other's blocks."
            )
        return f"{container} works on {self.place}, as does {own}. Two compactors damage each other's blocks."

    @property
    def remedy(self) -> str:
        """Return what to do about it."""
        kind, *place = self.compactor.identity
        return COPY_REMEDY if kind in REPLACED and tuple(place) == self.own.identity[1:] else REMEDY


@dataclass(frozen=True)
class OtherCompactors:
    """The other compactors on the bucket, and what could not be looked at."""

    others: list[Other] = field(default_factory=list)
    #: What is not known, each with the reason.
    gaps: list[str] = field(default_factory=list)


def look_for_others(cluster: Cluster, question: Question) -> OtherCompactors:
    """Return the other compactors on the bucket of this stack's; without one nothing is looked at."""
    own = list(compactors_of(question.manifests))
    if not own:
        return OtherCompactors()
    namespaces = sorted({each.namespace for each in own})
    found = find_compactors(cluster, namespaces)
    others = [each for each in found.compactors if not _is_own(each, own, question)]
    answer = _Comparison(cluster, question).compare(own, others) if others else OtherCompactors()
    answer.gaps.extend(found.unread)
    if found.unlisted:
        kinds = ", ".join(_listed(kind) for kind in found.unlisted)
        answer.gaps.append(f"outside of namespace {', '.join(namespaces)} this user cannot list {kinds}")
    return answer


def _listed(kind: Resource) -> str:
    group = kind.api_version.rpartition("/")[0]
    return f"{kind.plural}.{group}" if group else kind.plural


def _is_own(other: Compactor, own: Iterable[Compactor], question: Question) -> bool:
    """Return whether it is this stack's, or one that the run replaces or removes."""
    kind, namespace, name = other.identity
    for each in own:
        own_kind, own_namespace, own_name = each.identity
        if namespace != own_namespace:
            continue
        if name == own_name and (kind == own_kind or (question.adopts and {kind, own_kind} <= set(REPLACED))):
            return True
        # A StatefulSet's pod has its name for itself: it is adopted, or makes way.
        if own_kind == STATEFUL_SET.kind and other.is_single and re.fullmatch(rf"{re.escape(own_name)}-\d+", name):
            return True
        if question.removes_leftovers and _is_leftover(other.body):
            return True
    return False


def _is_leftover(body: Object) -> bool:
    metadata = body["metadata"]
    is_compactor = (metadata.get("labels") or {}).get(COMPONENT_LABEL) == "compact"
    return body["kind"] in REPLACED and is_compactor and is_ours(body) and not metadata.get("ownerReferences")


class _Comparison:
    """Compares places; each configuration and each Service is read once."""

    def __init__(self, cluster: Cluster, question: Question) -> None:
        self._domain = question.cluster_domain
        self._contents = Contents(cluster, question.written)
        self._network = Network(cluster, question.cluster_domain)

    def compare(self, own: Sequence[Compactor], others: Sequence[Compactor]) -> OtherCompactors:
        """Return which of the others work on a bucket of the own ones, and of which that is not known."""
        answer = OtherCompactors()
        try:
            places = [(each, self._place(each)) for each in own]
        except UnreadableError as error:
            named = ", ".join(map(str, others))
            answer.gaps.append(f"which bucket is this stack's own ({error}), so {named} may work on it")
            return answer
        for other in others:
            try:
                found = self._found(other, places)
            except UnreadableError as error:
                if not other.rest:
                    answer.gaps.append(f"{other}, container {other.container['name']}: {error}")
                continue
            if found:
                answer.others.append(found)
        return answer

    def _found(self, other: Compactor, places: Sequence[tuple[Compactor, Place]]) -> Other | None:
        place = self._place(other)
        for own, own_place in places:
            relation = self._network.relation(own_place, place)
            if relation is not Relation.OTHER and not self._are_divided(own, other):
                return Other(other, place, own, own_place, relation)
        return None

    def _place(self, compactor: Compactor) -> Place:
        return place_of_container(self._config(compactor), compactor.command, compactor.namespace, self._domain)

    def _are_divided(self, one: Compactor, other: Compactor) -> bool:
        try:
            selectors = [self._config(each).option(each.command, SELECTOR) for each in (one, other)]
        except UnreadableError:
            return False  # What is not known to be divided is shared.
        return are_divided(*selectors)

    def _config(self, compactor: Compactor) -> ContainerConfig:
        return ContainerConfig(self._contents, compactor.namespace, compactor.spec, compactor.container)


def place_of_container(config: ContainerConfig, command: Command, namespace: str, cluster_domain: str) -> Place:
    """Return the bucket that a container works on; UnreadableError with the reason where it is not known."""
    try:
        return place_of(config.option(command, OBJSTORE), View(namespace, cluster_domain, config.volume))
    except UnreadableError as error:
        raise UnreadableError(config.trouble or str(error)) from None

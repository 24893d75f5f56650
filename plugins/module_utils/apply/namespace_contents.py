# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What would be lost with a namespace beside what goes anyway."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ..k8s.objects import title_of
from ..k8s.ownership import has_only_controllers_fields
from ..k8s.resources import Resource
from ..k8s.served_kinds import asked, group_of, served_kinds

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

#: As many requests at once.
THREADS = 8
#: As many names in an answer.
NAMED = 20
#: Made anew in every namespace by Kubernetes itself. What somebody else wrote into one of them would be lost.
IN_EVERY_NAMESPACE = {("", "ServiceAccount", "default"), ("", "ConfigMap", "kube-root-ca.crt")}
#: By group and kind, what nobody loses: reports that Kubernetes deletes after an hour, and views of what is elsewhere.
NEVER_LOST = {
    ("", "Event"),
    ("events.k8s.io", "Event"),
    ("metrics.k8s.io", "PodMetrics"),  # Measured when they are asked for.
    ("packages.operators.coreos.com", "PackageManifest"),  # The cluster's catalogues, shown in every namespace.
    ("quota.openshift.io", "AppliedClusterResourceQuota"),  # The cluster's quotas, shown in every namespace.
}


def namespace_objection(cluster: Cluster, namespace: str, going: Collection[str]) -> str:
    """Return what keeps a namespace, empty where nothing does; objects with these uids go before it."""
    with ThreadPoolExecutor(THREADS) as pool:
        served = served_kinds(cluster, pool)
        kinds = [each for each in served.kinds if (group_of(each.api_version), each.kind) not in NEVER_LOST]
        answers = list(pool.map(lambda kind: _list(cluster, kind, namespace), kinds))
    found = [each for objects, _problem in answers for each in objects]
    others = [title_of(each) for each in _others(found, going)]
    unknown = [*served.unknown, *(problem for _objects, problem in answers if problem)]
    said = [f"it also holds {_named(others)}"] if others else []
    said += [f"what is in it cannot all be listed: {_named(unknown)}"] if unknown else []
    return "; ".join(said)


def _list(cluster: Cluster, kind: Resource, namespace: str) -> tuple[list[Object], str]:
    """Return the objects of a kind, and what hides some of them."""
    answer, problem = asked(cluster, kind.path(namespace))
    title = ".".join(filter(None, (kind.plural, group_of(kind.api_version))))
    if answer is None or "items" not in answer:
        return [], f"{title} ({problem or 'an answer without objects'})"
    identity = {"apiVersion": kind.api_version, "kind": kind.kind}
    objects = [{**identity, **each} for each in answer["items"] or []]
    is_cut_off = bool((answer.get("metadata") or {}).get("continue"))
    return objects, f"{title} (more than one answer has)" if is_cut_off else ""


def _others(found: Iterable[Object], going: Collection[str]) -> list[Object]:
    """Return what does not go by itself: neither among what goes, nor behind an owner that is named or goes."""
    # The same object may be served by two groups.
    objects = list({_uid(each): each for each in found}.values())
    rest = [each for each in objects if _uid(each) not in going and not _is_everywhere(each)]
    others = [each for each in rest if not _owners(each, objects)]
    known = {*going, *map(_uid, others)}
    return others + _unexplained([each for each in rest if _owners(each, objects)], known, objects)


def _unexplained(owned: Sequence[Object], known: set[str], objects: Sequence[Object]) -> list[Object]:
    """Return those of which an owner is nowhere: it is gone, of the whole cluster, in a ring, or stays out of sight."""
    while explained := [each for each in owned if known.issuperset(_owners(each, objects))]:
        known.update(map(_uid, explained))
        owned = [each for each in owned if _uid(each) not in known]
    return list(owned)


def _owners(each: Object, objects: Iterable[Object]) -> list[str]:
    """Return the uids of all that the object goes with. Endpoints go with the Service of their name."""
    references = each["metadata"].get("ownerReferences") or []
    if (group_of(each["apiVersion"]), each["kind"]) == ("", "Endpoints"):
        services = [other for other in objects if _place(other) == ("", "Service", each["metadata"]["name"])]
        return [*map(_uid, services), *(str(reference.get("uid")) for reference in references)]
    return [str(reference.get("uid")) for reference in references]


def _is_everywhere(each: Object) -> bool:
    return _place(each) in IN_EVERY_NAMESPACE and has_only_controllers_fields(each)


def _place(each: Object) -> tuple[str, str, str]:
    return group_of(each["apiVersion"]), each["kind"], each["metadata"]["name"]


def _uid(each: Object) -> str:
    """Return what tells the object from all others; views of something else have no uid."""
    return str(each["metadata"].get("uid") or "/".join(_place(each)))


def _named(titles: Iterable[str]) -> str:
    ordered = sorted(titles)
    rest = len(ordered) - NAMED
    return ", ".join(ordered[:NAMED]) + (f" and {rest} more" if rest > 0 else "")

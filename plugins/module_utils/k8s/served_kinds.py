# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind of namespaced object that the cluster's API serves, in whichever version, and what it does not tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..requests.errors import ClusterError
from .resources import Resource

if TYPE_CHECKING:
    from .client import Cluster
    from .objects import Object


@dataclass
class Served:
    """What the API serves: kinds that can be listed, and in words what hides objects from a look."""

    kinds: list[Resource] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def served_kinds(cluster: Cluster, pool: Executor) -> Served:
    """Return every namespaced kind once; a kind of several versions in the first one, which is the preferred."""
    served = Served()
    versions = _versions(cluster, served)
    answers = pool.map(lambda version: asked(cluster, _path(version)), versions)
    found: dict[tuple[str, str], Resource] = {}
    hidden: set[tuple[str, str]] = set()
    for version, (answer, problem) in zip(versions, answers, strict=True):
        if answer is None or "resources" not in answer:
            served.unknown.append(f"{version} ({problem or 'an answer without kinds'})")
            continue
        for each in answer["resources"] or []:
            if not each["namespaced"] or "/" in each["name"]:
                continue
            verbs, key = set(each.get("verbs") or []), (group_of(version), each["name"])
            if "list" in verbs:
                found.setdefault(key, Resource(version, each["kind"], each["name"]))
            elif verbs & {"delete", "deletecollection"}:
                hidden.add(key)
    served.kinds = list(found.values())
    served.unknown += [f"{'.'.join(filter(None, (name, group)))} (no verb list)" for group, name in hidden - set(found)]
    return served


def group_of(api_version: str) -> str:
    """Return the API group, empty for that of pods and services."""
    return api_version.rpartition("/")[0]


def asked(cluster: Cluster, path: str) -> tuple[Object | None, str]:
    """Return the API's answer at a path, or None and in a word why there is none."""
    try:
        answer = cluster.read(path)
    except ClusterError as error:
        return None, str(error.status.get("reason") or error.status.get("code") or error)
    return answer, "" if answer is not None else "NotFound"


def _path(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _versions(cluster: Cluster, served: Served) -> list[str]:
    """Return all versions of all groups, a group's preferred version first."""
    places = ("/api", _of_core), ("/apis", _of_groups)
    return [version for path, versions_of in places for version in _asked_versions(cluster, path, served, versions_of)]


def _asked_versions(
    cluster: Cluster, path: str, served: Served, versions_of: Callable[[Object], Iterable[str]]
) -> list[str]:
    answer, problem = asked(cluster, path)
    if answer is None:
        served.unknown.append(f"{path} ({problem})")
        return []
    return list(dict.fromkeys(versions_of(answer)))


def _of_core(answer: Object) -> Iterable[str]:
    versions: list[str] = answer["versions"]
    return versions


def _of_groups(answer: Object) -> Iterable[str]:
    for group in answer["groups"]:
        if group.get("preferredVersion"):
            yield group["preferredVersion"]["groupVersion"]
        for version in group["versions"]:
            yield version["groupVersion"]

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Claim templates of workloads that are there: they can never be changed, and their labels need not be."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..k8s.objects import title_of
from ..k8s.resources import STATEFUL_SET, THANOS_RULER
from ..requests.errors import ClusterError, NoAnswerError
from .claims import templates_of

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

MAKERS = {each.kind: each for each in (STATEFUL_SET, THANOS_RULER)}


def live_makers(cluster: Cluster, manifests: Iterable[Mapping[str, Any]]) -> dict[str, Object]:
    """Return the StatefulSets and ThanosRulers of the manifests that are there, by title."""
    found = {title_of(each): _live(cluster, each) for each in manifests if each["kind"] in MAKERS}
    return {title: live for title, live in found.items() if live is not None}


def _live(cluster: Cluster, manifest: Mapping[str, Any]) -> Object | None:
    metadata = manifest["metadata"]
    try:
        return cluster.get(MAKERS[manifest["kind"]], metadata["name"], metadata.get("namespace"))
    except NoAnswerError:
        raise
    except ClusterError:
        return None  # The apply itself will say what is wrong.


def with_live_claim_labels(manifest: Mapping[str, Any], live: Object | None) -> dict[str, Any]:
    """Return the manifest with the labels that the live claim templates have, where nothing else differs in them.

    The API server refuses other labels, and the Prometheus operator would stop all pods of a ThanosRuler at once, to
    recreate its StatefulSet.
    """
    aligned = copy.deepcopy(dict(manifest))
    wanted, present = templates_of(aligned), templates_of(live) if live else []
    if len(wanted) == len(present) and all(map(_is_same, wanted, present)):
        for template, other in zip(wanted, present, strict=True):
            labels = (other.get("metadata") or {}).get("labels")
            template["metadata"] = {key: value for key, value in template["metadata"].items() if key != "labels"}
            template["metadata"] |= {"labels": labels} if labels else {}
    return aligned


def _is_same(wanted: Mapping[str, Any], live: Mapping[str, Any]) -> bool:
    """Return whether the live template has all that is wanted but for labels; the API server adds its defaults."""
    metadata = {key: value for key, value in wanted["metadata"].items() if key != "labels"}
    return _has(live, {**wanted, "metadata": metadata})


def _has(live: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(live, Mapping) and all(_has(live.get(key), value) for key, value in wanted.items())
    return bool(live == wanted) or _is_same_quantity(live, wanted)


def _is_same_quantity(one: Any, other: Any) -> bool:
    """Return whether both are the same amount of something, such as 1Gi and 1024Mi."""
    from kubernetes.utils.quantity import parse_quantity

    try:
        return bool(parse_quantity(one) == parse_quantity(other))  # type: ignore[no-untyped-call]
    except (TypeError, ValueError):
        return False

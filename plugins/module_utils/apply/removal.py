# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes what is this collection's, and of that exactly the objects that were looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .apply import ApplyOptions, Outcome
from .claims import Claims, Labelled, label_claims
from .managed_objects import identity_manifest, look_up
from .managed_objects import report as report_of
from .report import apply_report

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object


Warn = Callable[[str], None]
#: Does what apply_all does.
Apply = Callable[["Cluster", Sequence[Mapping[str, Any]], ApplyOptions, Warn], list[Outcome]]


@dataclass(frozen=True)
class Removal:
    """What is to be removed, and what is kept with the reason."""

    lives: list[Object] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def plan_removal(cluster: Cluster, manifests: Sequence[Mapping[str, Any]]) -> Removal:
    """Return which of the manifests' objects are there, and are this collection's to remove."""
    found = look_up(cluster, [dict(manifest) for manifest in manifests])
    lives = [each.live for each in found if not each.objection]
    return Removal(sorted(lives, key=lambda each: bool(each["kind"] == "Namespace")), report_of(found)["others"])


def remove(cluster: Cluster, lives: Sequence[Object], timeout: int, warn: Warn, apply: Apply) -> dict[str, Any]:
    """Remove these objects, and return what apply_report says of it."""
    labelled = _keep_claims_known(cluster, lives, warn)
    manifests = [_removal_manifest(each) for each in lives]
    outcomes = apply(cluster, manifests, ApplyOptions("absent", wait_timeout=timeout), warn) if manifests else []
    titled = [*(claim for claim, _outcome in labelled), *manifests]
    report = apply_report([*(outcome for _claim, outcome in labelled), *outcomes], titled, tolerate_missing=True)
    return {**report, "pending": []}


def _removal_manifest(live: Object) -> dict[str, Any]:
    """Return what names this object, and none of the same name that is made after it."""
    manifest = identity_manifest(live)
    return {**manifest, "metadata": {**manifest["metadata"], "uid": live["metadata"]["uid"]}}


def _keep_claims_known(cluster: Cluster, lives: Sequence[Object], warn: Warn) -> list[Labelled]:
    """Label the claims that stay when their StatefulSet goes, which was all that said whose they are."""
    going = {each["metadata"]["uid"] for each in lives}

    def losing(claims: Claims) -> list[Object]:
        return [each for each in claims.losing_owner(lives) if each["metadata"]["uid"] not in going]

    return label_claims(cluster, losing, warn)

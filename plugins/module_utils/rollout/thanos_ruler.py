# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far the Prometheus operator and the cluster are with a ThanosRuler object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .prometheus import metadata_difference, reconciled_state
from .status import State, stateful_set_state

if TYPE_CHECKING:
    from ..k8s.objects import Object


def thanos_ruler_state(ruler: Object, stateful_sets: list[Object]) -> State:
    """Return the state of a ThanosRuler object and of its StatefulSet, which has to be read after it."""
    state = reconciled_state(ruler)
    if not state.done:
        return state
    uid = ruler["metadata"].get("uid")
    for stateful_set in stateful_sets:
        if any(owner.get("uid") == uid for owner in stateful_set["metadata"].get("ownerReferences") or []):
            name = stateful_set["metadata"]["name"]
            difference = _difference(ruler["spec"], stateful_set)
            if difference:
                return State(False, f"StatefulSet {name} does not yet have {difference}")
            state = stateful_set_state(stateful_set)
            return State(state.done, f"StatefulSet {name}: {state.message}", state.problem)
    return State(False, "its StatefulSet is not there yet")


def _difference(spec: Object, stateful_set: Object) -> str:
    """Return what the operator has still to carry over, as it may say that it has seen a change before it acts."""
    replicas = 1 if spec.get("replicas") is None else spec["replicas"]
    if stateful_set["spec"].get("replicas", 1) != replicas:
        return f"{replicas} replicas"
    images = {each["name"]: each.get("image") for each in stateful_set["spec"]["template"]["spec"]["containers"]}
    if spec.get("image") and images.get("thanos-ruler") != spec["image"]:
        return f"the image {spec['image']}"
    return metadata_difference(spec, stateful_set)

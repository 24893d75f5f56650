# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a ThanosRuler object is: the operator's word, and its StatefulSet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.rollout.thanos_ruler import thanos_ruler_state
from ansible_collections.observability.thanos.tests.unit.fakes.workloads import IMAGE, obj, stateful_set


def ruler(seen: int = 2, reconciled: str = "True", **spec: Any) -> Object:
    conditions = [
        {"type": kind, "status": status, "observedGeneration": seen, "message": "no query endpoint"}
        for kind, status in (("Available", "True"), ("Reconciled", reconciled))
    ]
    body = obj(
        "ThanosRuler",
        "thanos-ruler",
        api_version="monitoring.coreos.com/v1",
        spec={"replicas": 2, "image": IMAGE, "podMetadata": {"annotations": {"checksum": "1"}}, **spec},
        status={"conditions": conditions},
    )
    body["metadata"].update(generation=2, uid="ruler")
    return body


def made(replicas: int = 2, ready: int = 2, image: str = IMAGE, checksum: str = "1", owner: str = "ruler") -> Object:
    template = {
        "metadata": {"annotations": {"checksum": checksum}},
        "spec": {"containers": [{"name": "thanos-ruler", "image": image}]},
    }
    body = stateful_set(
        "thanos-ruler-thanos-ruler",
        replicas,
        spec={"template": template},
        updatedReplicas=replicas,
        readyReplicas=ready,
    )
    body["metadata"]["ownerReferences"] = [{"uid": owner}]
    return body


def test_it_is_done_when_all_its_pods_are_ready() -> None:
    state = thanos_ruler_state(ruler(), [made(owner="other"), made()])
    assert state.done, state
    assert state.message == "StatefulSet thanos-ruler-thanos-ruler: 2 of 2 replicas are ready"


@pytest.mark.parametrize(
    ("owner", "stateful_sets", "message"),
    [
        (ruler(seen=1), [made()], "the Prometheus operator has not yet seen the change"),
        (ruler(reconciled="False"), [made()], "the Prometheus operator cannot apply it"),
        (ruler(), [], "its StatefulSet is not there yet"),
        (ruler(), [made(owner="other")], "its StatefulSet is not there yet"),
        (ruler(replicas=3), [made()], "does not yet have 3 replicas"),
        (ruler(image="thanos:v2"), [made()], "does not yet have the image thanos:v2"),
        (ruler(), [made(checksum="0")], "does not yet have the pod's annotation checksum"),
        (ruler(), [made(ready=1)], "1 of 2 replicas are ready"),
    ],
)
def test_it_is_not_done_before_that(owner: Object, stateful_sets: list[Object], message: str) -> None:
    state = thanos_ruler_state(owner, stateful_sets)
    assert not state.done
    assert message in state.message

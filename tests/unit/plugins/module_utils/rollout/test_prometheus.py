# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a Prometheus object is: the operator's word, its StatefulSets, and the sidecar in every replica."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.rollout.problem import Patience
from ansible_collections.observability.thanos.plugins.module_utils.rollout.prometheus import prometheus_state
from ansible_collections.observability.thanos.tests.unit.fakes.workloads import IMAGE, obj, pod, running, stateful_set

OTHER_IMAGE = "quay.io/thanos/thanos:v0.41.0"


def prometheus(generation: int = 2, seen: int = 2, reconciled: str = "True", message: str = "", **spec: Any) -> Object:
    """Return a Prometheus object with two replicas and a sidecar."""
    conditions = [
        {"type": "Available", "status": "True", "observedGeneration": seen},
        {"type": "Reconciled", "status": reconciled, "observedGeneration": seen, "message": message},
    ]
    body = obj(
        "Prometheus",
        "k8s",
        api_version="monitoring.coreos.com/v1",
        spec={"replicas": 2, "thanos": {"image": IMAGE}, **spec},
        status={"conditions": conditions},
    )
    body["metadata"]["generation"] = generation
    return body


def shard(
    name: str = "prometheus-k8s",
    image: str | None = IMAGE,
    replicas: int = 2,
    updated: int = 2,
    ready: int = 2,
    template: Object | None = None,
    annotations: Object | None = None,
    labels: Object | None = None,
) -> Object:
    """Return a StatefulSet of the operator."""
    containers = [{"name": "prometheus"}, *([{"name": "thanos-sidecar", "image": image}] if image else [])]
    body = stateful_set(
        name,
        replicas,
        spec={"template": {"metadata": template or {}, "spec": {"containers": containers}}},
        updatedReplicas=updated,
        readyReplicas=ready,
    )
    body["metadata"]["labels"] = {"operator.prometheus.io/name": "k8s", **(labels or {})}
    body["metadata"]["annotations"] = annotations or {}
    return body


def replicas(of: Object, count: int = 2, image: str = IMAGE, ready: bool = True, deleted: bool = False) -> list[Object]:
    """Return pods of the StatefulSet, each with a sidecar."""
    name = of["metadata"]["name"]
    return [
        pod(
            of,
            f"{name}-{number}",
            spec={"containers": [{"name": "thanos-sidecar", "image": image}]},
            status={"phase": "Running", "containerStatuses": [running(ready, name="thanos-sidecar")]},
            deleted=deleted,
        )
        for number in range(count)
    ]


def test_done() -> None:
    state = prometheus_state(prometheus(), [shard()], replicas(shard()))
    assert state.done
    assert state.message == "all replicas are ready, each with a ready thanos-sidecar"


def test_operator_has_not_seen_the_change() -> None:
    state = prometheus_state(prometheus(seen=1), [shard()], replicas(shard()))
    assert not state.done
    assert state.problem is not None
    assert state.problem.patience is Patience.ALL
    assert "generation 2, and the Prometheus operator has seen 1" in state.problem.message
    assert "operator runs and watches namespace monitoring" in state.problem.remedy


def test_operator_never_reported() -> None:
    silent = prometheus()
    del silent["status"]
    state = prometheus_state(silent, [], [])
    assert not state.done
    assert state.problem is not None
    assert "has seen none" in state.problem.message


def test_operator_refuses() -> None:
    state = prometheus_state(prometheus(reconciled="False", message="secret not found"), [shard()], replicas(shard()))
    assert not state.done
    assert state.problem is not None
    assert state.problem.patience is Patience.SHORT
    assert "secret not found" in state.problem.message


@pytest.mark.parametrize(
    ("stateful_set_", "spec", "difference"),
    [
        (shard(image=None), {}, "the container thanos-sidecar"),
        (shard(image=OTHER_IMAGE), {}, f"the image {IMAGE}"),
        (shard(), {"thanos": None}, "its thanos-sidecar removed"),
        (shard(replicas=1), {}, "2 replicas"),
        (shard(), {"podMetadata": {"labels": {"thanos-store-api": "true"}}}, "the pod's label thanos-store-api"),
        (shard(), {"podMetadata": {"annotations": {"sum": "1"}}}, "the pod's annotation sum"),
    ],
)
def test_operator_has_said_yes_but_not_acted_yet(stateful_set_: Object, spec: Object, difference: str) -> None:
    state = prometheus_state(prometheus(**spec), [stateful_set_], replicas(stateful_set_))
    assert (state.done, state.problem) == (False, None)
    assert state.message == f"StatefulSet prometheus-k8s does not yet have {difference}"


def test_labels_that_the_operator_sets_itself_are_not_waited_for() -> None:
    labels = {"app.kubernetes.io/name": "mine", "thanos-store-api": "true"}
    there = shard(template={"labels": {"app.kubernetes.io/name": "prometheus", "thanos-store-api": "true"}})
    state = prometheus_state(prometheus(podMetadata={"labels": labels}), [there], replicas(there))
    assert state.done


def test_image_merged_over_the_operators() -> None:
    merged = shard(image=OTHER_IMAGE)
    containers = [{"name": "thanos-sidecar", "image": OTHER_IMAGE}]
    state = prometheus_state(prometheus(containers=containers), [merged], replicas(merged, image=OTHER_IMAGE))
    assert state.done


def test_without_a_sidecar_only_the_stateful_set_counts() -> None:
    assert prometheus_state(prometheus(thanos=None), [shard(image=None)], []).done


def test_no_stateful_set_yet() -> None:
    assert prometheus_state(prometheus(), [], []).message == "0 of 1 StatefulSets are there"


def test_foreign_agent_and_retired_stateful_sets_are_left_out() -> None:
    foreign = shard(labels={"operator.prometheus.io/name": "other"})
    agent = shard(labels={"operator.prometheus.io/mode": "agent"})
    retired = shard("prometheus-k8s-shard-1", annotations={"operator.prometheus.io/deletion-deadline": "soon"})
    assert prometheus_state(prometheus(), [foreign, agent, retired], []).message == "0 of 1 StatefulSets are there"
    mine = shard(labels={"operator.prometheus.io/mode": "server"})
    assert prometheus_state(prometheus(), [foreign, mine, retired], replicas(mine)).done


def test_every_shard_counts() -> None:
    shards = [shard(), shard("prometheus-k8s-shard-1", ready=1)]
    pods = [*replicas(shards[0]), *replicas(shards[1])]
    assert prometheus_state(prometheus(shards=2), shards[:1], pods).message == "1 of 2 StatefulSets are there"
    state = prometheus_state(prometheus(shards=2), shards, pods)
    assert state.message == "StatefulSet prometheus-k8s-shard-1: 1 of 2 replicas are ready"


@pytest.mark.parametrize("pods", [{"count": 1}, {"image": OTHER_IMAGE}, {"ready": False}, {"deleted": True}])
def test_every_replica_needs_a_ready_sidecar_of_this_image(pods: Any) -> None:
    state = prometheus_state(prometheus(), [shard()], replicas(shard(), **pods))
    assert not state.done
    assert "of 2 replicas run a ready thanos-sidecar" in state.message


def test_no_replicas() -> None:
    state = prometheus_state(prometheus(replicas=0), [shard(replicas=0, updated=0, ready=0)], [])
    assert state.done
    assert "no replicas" in state.message


def test_paused_and_not_as_it_should_be() -> None:
    state = prometheus_state(prometheus(paused=True), [shard(image=None)], [])
    assert state.problem is not None
    assert (state.problem.reason, state.problem.patience) == ("Paused", Patience.NONE)


def test_paused_but_as_it_should_be() -> None:
    assert prometheus_state(prometheus(paused=True, seen=1), [shard()], replicas(shard())).done


def test_a_stateful_set_that_is_made_again_is_not_done() -> None:
    old = shard()
    old["metadata"]["deletionTimestamp"] = "2026-11-22T12:00:00Z"
    state = prometheus_state(prometheus(), [old], replicas(old))
    assert not state.done
    assert "StatefulSet prometheus-k8s is on its way out" in state.message

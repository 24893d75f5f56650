# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every querier looks its endpoints up by itself, so every one is asked."""

from __future__ import annotations

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Response
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.modules import thanos_verify
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import api_error
from ansible_collections.observability.thanos.tests.unit.fakes.thanos import STORES_JSON, pod, success, time
from ansible_collections.observability.thanos.tests.unit.fakes.verified_stack import (
    MANIFESTS,
    STORES,
    Clock,
    ThanosCluster,
    healthy_stack,
)

HEALTHY, EMPTY = success(STORES_JSON), success({})
ALL = "2 sidecar, 1 store, as expected, none with an error"


def querier(number: int, age: float = 864000, ready: bool = True) -> Object:
    """Return a pod of the querier, which names its port."""
    found = pod(f"thanos-querier-{number}", {"app": "thanos-querier"}, age, ready)
    found["spec"]["containers"][0]["ports"] = [
        {"name": "grpc", "containerPort": 10901},
        {"name": "http", "containerPort": 10902},
    ]
    return found


def path_of(number: int) -> str:
    """Return where the querier of this number is asked for its endpoints."""
    return f"/api/v1/namespaces/monitoring/pods/thanos-querier-{number}:10902/proxy/api/v1/stores"


@pytest.fixture
def cluster(clock: Clock) -> ThanosCluster:  # noqa: ARG001
    """A healthy stack with two queriers, where the Service may not be asked what they know."""
    found = healthy_stack()
    found.seed(querier(0), querier(1))
    found.answers[path_of(0)] = found.answers[path_of(1)] = HEALTHY
    found.answers[STORES] = EMPTY
    return found


def stores_check(run_module: RunModule) -> dict[str, str]:
    """Return the check's finding."""
    result = run_module(thanos_verify, manifests=MANIFESTS, checks=["stores"])
    found: dict[str, str] = result["checks"][0]
    return found


def test_every_querier_is_asked(cluster: ThanosCluster, run_module: RunModule) -> None:
    finding = stores_check(run_module)
    assert (finding["status"], finding["found"]) == ("ok", f"each of 2 queriers: {ALL}")
    assert sorted(path for path, _query in cluster.gets) == [path_of(0), path_of(1)]


@pytest.mark.parametrize("number", [0, 1])
def test_one_that_knows_less_is_named(cluster: ThanosCluster, run_module: RunModule, number: int) -> None:
    cluster.answers[path_of(number)] = EMPTY
    finding = stores_check(run_module)
    assert finding["status"] == "failed"
    start = (
        f"Pod monitoring/thanos-querier-{number}, one of 2 queriers: no endpoint; not at the querier: prometheus-k8s-0"
    )
    assert finding["found"].startswith(start)


def test_what_all_lack_is_reported_once(cluster: ThanosCluster, run_module: RunModule) -> None:
    cluster.answers[path_of(0)] = cluster.answers[path_of(1)] = EMPTY
    assert stores_check(run_module)["found"].startswith("no endpoint; not at the querier: prometheus-k8s-0")


def test_one_that_looks_up_later_is_waited_for(cluster: ThanosCluster, clock: Clock, run_module: RunModule) -> None:
    service = next(each for each in MANIFESTS if each["kind"] == "Service" and each["metadata"]["name"] == "sidecars")
    cluster.seed({**service, "metadata": {**service["metadata"], "creationTimestamp": time(20)}})
    answers: list[Response] = [EMPTY, EMPTY, EMPTY, HEALTHY]
    cluster.answers[path_of(1)] = answers
    assert stores_check(run_module)["status"] == "ok"
    assert clock.slept == 3


def test_pods_on_their_way_are_not_asked(cluster: ThanosCluster, run_module: RunModule) -> None:
    leaving = querier(2)
    leaving["metadata"]["deletionTimestamp"] = time(1)
    cluster.seed(leaving, querier(3, ready=False))
    assert stores_check(run_module)["found"] == f"each of 2 queriers: {ALL}"


def test_without_the_right_to_ask_pods_the_service_answers(cluster: ThanosCluster, run_module: RunModule) -> None:
    cluster.answers[path_of(1)] = api_error(403, 'cannot get resource "pods/proxy" in API group ""')
    cluster.answers[STORES] = HEALTHY
    assert stores_check(run_module)["found"] == ALL


def test_a_querier_that_is_not_reached_is_named(cluster: ThanosCluster, run_module: RunModule) -> None:
    cluster.answers[path_of(1)] = api_error(503, "error trying to reach service: dial tcp 10.0.0.9:10902: i/o timeout")
    finding = stores_check(run_module)
    assert finding["status"] == "failed"
    assert "cannot reach Pod monitoring/thanos-querier-1" in finding["found"]

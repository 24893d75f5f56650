# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is red only since an object was made or changed just now is looked at again, and red once that is long ago."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Response
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.modules import thanos_verify
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import api_error
from ansible_collections.observability.thanos.tests.unit.fakes.compactors import (
    FILE,
    config,
    container,
    obj,
    pod_spec,
    secret,
)
from ansible_collections.observability.thanos.tests.unit.fakes.thanos import (
    STORES_JSON,
    block_json,
    blocks_json,
    labels_of,
    pod,
    prometheus_pods,
    success,
    time,
)
from ansible_collections.observability.thanos.tests.unit.fakes.verified_stack import (
    BLOCKS,
    COMPACTOR,
    MANIFESTS,
    METRICS,
    PROMETHEUS,
    QUERY,
    STORES,
    SUMMARY,
    Clock,
    ThanosCluster,
    aged,
    healthy_stack,
    series_answer,
    service,
    workload,
)

REPLICAS = ("prometheus-k8s-0", "prometheus-k8s-1")
MINIO = service("minio", "object-store", {"app": "minio"})
#: The compactor as it is really rendered, which says where its configuration is.
REAL = workload("StatefulSet", "thanos-compactor", "compact")
REAL["spec"]["template"]["spec"] = pod_spec(container("compact", FILE, "--wait"))
WANTED = [
    *(each for each in MANIFESTS if (each["kind"], each["metadata"]["name"]) != ("StatefulSet", "thanos-compactor"))
]
WANTED += [REAL, MINIO]


@pytest.fixture
def cluster() -> ThanosCluster:
    """A healthy stack, with an object store that others run in the cluster."""
    found = healthy_stack()
    found.seed(aged(secret("monitoring", config("s3.storage.svc:9000")), 864000))
    return found


def named(name: str, kind: str) -> Object:
    """Return a manifest."""
    return next(each for each in WANTED if (each["kind"], each["metadata"]["name"]) == (kind, name))


def slice_of(name: str, namespace: str = "monitoring") -> Object:
    return obj("EndpointSlice", namespace, f"{name}-x", labels={"kubernetes.io/service-name": name}, endpoints=[])


def stateful_set_of_prometheus() -> Object:
    return obj("StatefulSet", "monitoring", "prometheus-k8s", labels={"operator.prometheus.io/name": "k8s"}, spec={})


def claim(name: str) -> Object:
    return {**obj("PersistentVolumeClaim", "monitoring", name, spec={}), "apiVersion": "v1"}


def without(*components: str) -> Response:
    return success({name: found for name, found in STORES_JSON.items() if name not in components})


def twice() -> Response:
    """A replica that was restarted: the querier still shows its former address."""
    found: dict[str, Any] = copy.deepcopy(STORES_JSON)
    found["sidecar"].append({**found["sidecar"][0], "name": "10.0.0.8:10901"})
    return success(found)


def third() -> Response:
    """Prometheus had a replica more."""
    found: dict[str, Any] = copy.deepcopy(STORES_JSON)
    former = {**found["sidecar"][0], "name": "10.0.0.8:10901", "labelSets": [labels_of("prometheus-k8s-2")]}
    found["sidecar"].append(former)
    return success(found)


NO_PODS = api_error(503, 'no endpoints available for service "x"')
NOT_LISTED = success(blocks_json(error={}))
HALF = success(blocks_json(block_json(REPLICAS[0])))
EMPTY = series_answer()
FULL = {"name": "data", "capacityBytes": 100, "availableBytes": 1}
FULL_VOLUMES = Response(
    200, json.dumps({"pods": [{"podRef": {"namespace": "monitoring", "name": REPLICAS[0]}, "volume": [FULL]}]}).encode()
)
SIDECARS, GATEWAY = "sidecars", "thanos-store-gateway"


@dataclasses.dataclass(frozen=True)
class Case:
    """A check that an answer makes red, and the object that explains it while it is young."""

    check: str
    path: str
    answer: Response
    body: Object


CASES = {
    "the store's Service": Case("stores", STORES, without("store"), named(GATEWAY, "Service")),
    "the sidecars' Service": Case("stores", STORES, without("sidecar"), named(SIDECARS, "Service")),
    "endpoints of the sidecars": Case("stores", STORES, without("sidecar"), slice_of(SIDECARS)),
    "the querier's endpoints file": Case("stores", STORES, without("store"), named("thanos-querier", "ConfigMap")),
    "the querier": Case("stores", STORES, without("store"), named("thanos-querier", "Deployment")),
    "the store": Case("stores", STORES, without("store"), named(GATEWAY, "StatefulSet")),
    "Prometheus' own StatefulSet": Case("stores", STORES, without("sidecar"), stateful_set_of_prometheus()),
    "the querier's Service": Case("stores", STORES, NO_PODS, named("thanos-querier", "Service")),
    "labels without sidecars": Case("labels", STORES, without("sidecar"), named(SIDECARS, "Service")),
    "labels of a former address": Case("labels", STORES, twice(), slice_of(SIDECARS)),
    "labels of a former replica": Case("labels", STORES, third(), PROMETHEUS),
    "a query without sidecars": Case("query", QUERY, EMPTY, named(SIDECARS, "Service")),
    "a query with two answers": Case("query", QUERY, series_answer(a=5, b=5), PROMETHEUS),
    "old data without the store": Case("cold", STORES, without("store"), named(GATEWAY, "Service")),
    "the compactor's Service": Case("compactor", METRICS, NO_PODS, named("thanos-compactor", "Service")),
    "the compactor": Case("compactor", METRICS, Response(503, b"starting"), REAL),
    "the compactor's blocks": Case("bucket", BLOCKS, NO_PODS, named("thanos-compactor", "Service")),
    "the object-store Secret": Case("bucket", BLOCKS, NOT_LISTED, secret("monitoring", config())),
    "our own object store": Case("bucket", BLOCKS, NOT_LISTED, MINIO),
    "endpoints of our own object store": Case("bucket", BLOCKS, NOT_LISTED, slice_of("minio")),
    "an object store of others": Case(
        "bucket", BLOCKS, NOT_LISTED, obj("Service", "storage", "s3", spec={"ports": [{"port": 9000}]})
    ),
    "a claim that grows": Case("volumes", SUMMARY, FULL_VOLUMES, claim("data-prometheus-k8s-0")),
}


def run(run_module: RunModule, check: str, wait: int = 1000) -> dict[str, str]:
    right = "volumes" if check == "sidecars" else "sidecars"
    result = run_module(thanos_verify, manifests=WANTED, checks=[check, right], wait=wait)
    return next(each for each in result["checks"] if each["name"] == check)


Age = Callable[[Object, float], Object]


@pytest.mark.parametrize("is_made", [True, False], ids=["made", "changed"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_looked_at_again_while_it_is_young(
    cluster: ThanosCluster, clock: Clock, run_module: RunModule, case: Case, is_made: bool
) -> None:
    cluster.seed(aged(case.body, 20) if is_made else aged(case.body, 864000, changed=20))
    good = cluster.answers.pop(case.path, None)
    cluster.answers[case.path] = case.answer

    def heal() -> None:
        if clock.slept >= 30:
            cluster.answers.pop(case.path)
            cluster.answers.update({case.path: good} if good else {})
            clock.after.clear()

    clock.after = [heal]
    assert run(run_module, case.check)["status"] == "ok"
    assert clock.slept == 30


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_red_once_that_is_long_ago(
    cluster: ThanosCluster, clock: Clock, run_module: RunModule, case: Case
) -> None:
    cluster.seed(aged(case.body, 20))
    cluster.answers[case.path] = case.answer
    assert run(run_module, case.check)["status"] == "failed"
    assert clock.slept == 100, "two minutes after it was made"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_red_at_once_where_nothing_is_young(
    cluster: ThanosCluster, clock: Clock, run_module: RunModule, case: Case
) -> None:
    status = {"manager": "controller", "subresource": "status", "time": time(1)}
    body = aged(case.body, 864000)
    body["metadata"]["managedFields"].append(status)
    cluster.seed(body)
    cluster.answers[case.path] = case.answer
    assert run(run_module, case.check)["status"] == "failed"
    assert clock.slept == 0, "a controller's status is no change"


def test_a_replica_that_the_operator_has_not_made_yet(
    cluster: ThanosCluster, clock: Clock, run_module: RunModule
) -> None:
    """Prometheus was changed just now, and none of its pods shows it yet."""
    (first, second) = prometheus_pods()
    for each in (first, second):
        each["spec"]["containers"][0]["name"] = "prometheus"
    cluster.seed(aged(PROMETHEUS, 864000, changed=5), first, second)
    clock.after = [lambda: cluster.seed(*prometheus_pods()) if clock.slept >= 10 else None]
    assert run(run_module, "sidecars")["status"] == "ok"
    assert clock.slept == 10


def test_a_prometheus_that_has_no_pods_yet(cluster: ThanosCluster, clock: Clock, run_module: RunModule) -> None:
    pods = prometheus_pods()
    del cluster._objects["Pod", "monitoring", REPLICAS[0]], cluster._objects["Pod", "monitoring", REPLICAS[1]]
    cluster.seed(aged(PROMETHEUS, 5))
    clock.after = [lambda: cluster.seed(*pods) if clock.slept >= 10 else None]
    assert run(run_module, "sidecars")["status"] == "ok"


def test_what_may_not_be_read_explains_nothing(cluster: ThanosCluster, clock: Clock, run_module: RunModule) -> None:
    """And what may is looked at all the same."""
    plurals = ("services", "secrets", "configmaps", "endpointslices", "statefulsets", "deployments")
    cluster.forbidden = {f"{verb} {plural} monitoring" for plural in plurals for verb in ("get", "list")}
    cluster.answers[STORES] = without("store")
    assert run(run_module, "stores")["status"] == "failed"
    assert clock.slept == 0
    cluster.seed(aged(PROMETHEUS, 20))
    assert run(run_module, "stores")["status"] == "failed"
    assert clock.slept == 100


def test_a_workload_that_was_scaled_is_young(cluster: ThanosCluster, clock: Clock, run_module: RunModule) -> None:
    gateway = aged(named(GATEWAY, "StatefulSet"), 864000)
    gateway["metadata"]["managedFields"].append({"manager": "kubectl", "subresource": "scale", "time": time(20)})
    cluster.seed(gateway)
    cluster.answers[STORES] = without("store")
    assert run(run_module, "stores")["status"] == "failed"
    assert clock.slept == 100


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_right_is_told_at_once(
    cluster: ThanosCluster, clock: Clock, run_module: RunModule, status: int
) -> None:
    cluster.seed(*(aged(each, 1) for each in WANTED))
    cluster.answers[STORES] = api_error(status, "this user may not")
    assert run(run_module, "stores")["status"] == "failed"
    assert clock.slept == 0


def test_what_no_time_heals_is_red_at_once(cluster: ThanosCluster, clock: Clock, run_module: RunModule) -> None:
    cluster.seed(*(aged(each, 1) for each in WANTED))
    cluster.answers[METRICS] = Response(200, COMPACTOR.replace(b"halted 0", b"halted 1"))
    assert run(run_module, "compactor")["status"] == "failed"
    assert clock.slept == 0


def test_a_healthy_stack_is_read_as_before(cluster: ThanosCluster, run_module: RunModule) -> None:
    """What explains a failure is looked at only where there is one."""
    run_module(thanos_verify, manifests=MANIFESTS)
    assert {read.split()[1] for read in cluster.reads} == {"prometheuses", "pods"}


BEHIND = COMPACTOR + b"thanos_compact_todo_compactions 500\n"


@pytest.mark.parametrize(
    ("age", "status"), [(600, "too young"), (6 * 3600 - 60, "too young"), (6 * 3600 + 60, "failed")]
)
def test_a_compactor_has_some_hours_for_what_it_finds(
    cluster: ThanosCluster, clock: Clock, run_module: RunModule, age: float, status: str
) -> None:
    """Such as months of blocks that nobody has merged before."""
    del clock
    cluster.seed(pod("thanos-compactor-0", {"app": "thanos-compactor"}, age))
    cluster.answers[METRICS] = Response(200, BEHIND)
    found = run(run_module, "compactor")
    assert found["status"] == status
    assert "500 compactions" in found["found"]


@pytest.mark.parametrize(
    ("age", "status"), [(600, "too young"), (6 * 3600 - 60, "too young"), (6 * 3600 + 60, "failed")]
)
def test_blocks_with_new_labels_take_their_time(
    cluster: ThanosCluster, clock: Clock, run_module: RunModule, age: float, status: str
) -> None:
    """Prometheus takes new external labels without a new pod."""
    del clock
    body = aged(PROMETHEUS, 864000)
    labels = {"manager": "somebody", "time": time(age), "fieldsV1": {"f:spec": {"f:externalLabels": {"f:cluster": {}}}}}
    other = {"manager": "another", "time": time(60), "fieldsV1": {"f:spec": {"f:replicas": {}}}}
    body["metadata"]["managedFields"] = [labels, other]
    cluster.seed(body)
    cluster.answers[BLOCKS] = HALF
    found = run(run_module, "bucket", wait=0)
    assert found["status"] == status
    assert "prometheus-k8s-1 has none" in found["found"]

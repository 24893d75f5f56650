# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints that are missing, broken or unexpected; replicas that are not merged; a store that has nothing."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.thanos.api import Block, QueryResult, Store
from ansible_collections.observability.thanos.plugins.module_utils.verify.querier import (
    check_cold,
    check_query,
    check_stores,
    cold_query,
    matchers,
)
from ansible_collections.observability.thanos.plugins.module_utils.verify.result import CheckResult, Status
from ansible_collections.observability.thanos.plugins.module_utils.verify.stack import Component, Endpoint
from ansible_collections.observability.thanos.tests.unit.fakes.thanos import (
    BLOCK,
    NOW,
    PROMETHEUS,
    block,
    pod,
    prometheus_pods,
    store,
    stores,
)

SIDECARS = Component("Prometheus", "monitoring", "k8s", 0, {}, {})
GATEWAY = Component("StatefulSet", "monitoring", "thanos-store-gateway", 1, {}, {})
ENDPOINTS = [Endpoint("dnssrv+sidecars", (SIDECARS,)), Endpoint("dnssrv+gateway", (GATEWAY,))]


def check(
    found: list[Store], endpoints: list[Endpoint] | None = None, age: float = 864000, gateways: int = 1, **pod_is: Any
) -> CheckResult:
    pods = {
        SIDECARS: prometheus_pods(age=age),
        GATEWAY: [pod("thanos-store-gateway-0", {}, **pod_is)][:gateways],
    }
    return check_stores(found, ENDPOINTS if endpoints is None else endpoints, pods, {SIDECARS: 2, GATEWAY: 1}, [], NOW)


def test_all_endpoints_are_right() -> None:
    finding = check(stores())
    assert finding.status is Status.OK
    assert finding.found == "2 sidecar, 1 store, as expected, none with an error"


def test_a_pod_that_the_querier_does_not_know_is_named() -> None:
    finding = check(stores()[1:])
    assert finding.status is Status.FAILED
    assert "not at the querier: prometheus-k8s-0 (10.0.0.1)" in finding.found
    assert finding.expected.startswith("3 endpoints, none with an error")
    assert "NetworkPolicy" in finding.remedy
    assert not finding.may_heal


def test_what_became_ready_just_now_may_still_be_looked_up() -> None:
    assert check(stores()[1:], age=10).may_heal


def test_a_workload_without_pods_is_named() -> None:
    finding = check(stores()[:2], gateways=0)
    assert "StatefulSet monitoring/thanos-store-gateway has 0 of 1 pods ready" in finding.found
    assert "site.yml" in finding.remedy
    assert "NetworkPolicy" not in finding.remedy


def test_a_pod_that_is_not_ready_is_no_missing_endpoint() -> None:
    finding = check(stores()[:2], ready=False)
    assert "has 0 of 1 pods ready" in finding.found
    assert "not at the querier" not in finding.found


def test_an_endpoint_with_an_error_is_named_with_it() -> None:
    broken = store("thanos-store-gateway-0", "store", error="rpc error: connection refused")
    finding = check([*stores()[:2], broken])
    assert "thanos-store-gateway-0 (10.0.0.3:10901): rpc error: connection refused" in finding.found
    assert finding.status is Status.FAILED


def test_an_unexpected_endpoint_is_named() -> None:
    stranger = store("prometheus-k8s-0", "receive", address="10.9.9.9:10901")
    finding = check([*stores(), stranger])
    assert "not expected: receive 10.9.9.9:10901" in finding.found
    assert "thanos-store-api" in finding.remedy


def test_a_fixed_address_is_one_endpoint() -> None:
    endpoints = [*ENDPOINTS, Endpoint("querier.example.com:10901")]
    assert "querier.example.com:10901" in check(stores(), endpoints).found
    remote = store("prometheus-k8s-0", "query", address="querier.example.com:10901")
    assert check([*stores(), remote], endpoints).status is Status.OK


def test_a_name_of_others_may_be_any_number_of_endpoints() -> None:
    endpoints = [*ENDPOINTS, Endpoint("dns+other.example.com:10901")]
    stranger = store("prometheus-k8s-0", "query", address="10.9.9.9:10901")
    assert check(stores(), endpoints).status is Status.OK
    assert check([*stores(), stranger], endpoints).status is Status.OK


def test_a_group_is_one_endpoint_of_its_own_name() -> None:
    endpoints = [ENDPOINTS[0], Endpoint("dnssrv+gateway", (GATEWAY,), is_group=True)]
    group = store("thanos-store-gateway-0", "store", address="thanos:///dnssrv+gateway")
    assert check([*stores()[:2], group], endpoints).status is Status.OK
    assert "not at the querier: dnssrv+gateway" in check(stores()[:2], endpoints).found
    assert "has 0 of 1 pods ready" in check([*stores()[:2], group], endpoints, gateways=0).found


def result(**values: float) -> QueryResult:
    metrics = [{"metric": {"prometheus_replica": name} if name != "merged" else {}, "value": [0, str(value)]}
               for name, value in values.items()]  # fmt: skip
    return QueryResult("vector", metrics, [])


RAW = result(**{"prometheus-k8s-0": 5, "prometheus-k8s-1": 5})


def query(raw: QueryResult, merged: QueryResult, age: float = 864000, **differences: Any) -> CheckResult:
    return check_query({**PROMETHEUS, **differences}, raw, merged, prometheus_pods(age=age), NOW)


def test_one_series_of_two_is_right() -> None:
    finding = query(RAW, result(merged=5))
    assert finding.status is Status.OK
    assert "2 replicas, deduplicated to one series (5 targets)" in finding.found


@pytest.mark.parametrize("merged", [RAW, result(merged=10)])
def test_replicas_that_stay_two_are_found(merged: QueryResult) -> None:
    finding = query(RAW, merged)
    assert finding.status is Status.FAILED
    assert "--query.replica-label=prometheus_replica" in finding.remedy


@pytest.mark.parametrize(("age", "heals"), [(10, True), (600, False)])
def test_a_replica_without_data_is_named(age: float, heals: bool) -> None:
    finding = query(result(**{"prometheus-k8s-0": 5}), result(merged=5), age)
    assert "no series up from prometheus-k8s-1" in finding.found
    assert finding.may_heal is heals


def test_no_data_at_all_shows_what_the_querier_warns_of() -> None:
    finding = query(QueryResult("vector", [], ["no store matched"]), QueryResult("vector", [], []))
    assert "no series up from any of them (the querier warns: no store matched)" in finding.found


def test_replicas_without_a_label_cannot_be_merged() -> None:
    assert "no replica label" in query(RAW, RAW, replica_label="").found
    alone = result(merged=5)
    assert query(alone, alone, replica_label="", replicas=1).status is Status.OK


def test_only_the_gateways_are_asked_for_cold_data() -> None:
    empty = store("prometheus-k8s-1", "store", max_time=None)
    parameters = cold_query('cluster="demo"', [stores()[2], empty], BLOCK)
    assert parameters == {
        "query": 'count(last_over_time(up{cluster="demo"}[21600s]))',
        "time": f"{NOW - 3600 - 0.001:.3f}",
        "partial_response": "false",
        "max_source_resolution": "0s",
        "storeMatch[]": r'{__address__=~"10\\.0\\.0\\.3:10901"}',
    }
    assert cold_query("", [empty], BLOCK) is None


def test_cold_data_is_right() -> None:
    finding = check_cold(stores()[2:], result(merged=5), [], BLOCK, NOW)
    assert finding.status is Status.OK
    assert "5 series of up" in finding.found


def test_a_gateway_that_has_nothing_of_ours_is_found() -> None:
    nothing = QueryResult("vector", [], [])
    finding = check_cold(stores()[2:], nothing, [block("prometheus-k8s-0", 4 * BLOCK)], BLOCK, NOW)
    assert finding.status is Status.FAILED
    assert "no series up of this Prometheus" in finding.found


@pytest.mark.parametrize("blocks", [[], [block("prometheus-k8s-0", BLOCK)]])
def test_a_gateway_that_has_only_others_is_too_young(blocks: list[Block]) -> None:
    """Such as another cluster's, or those from before this Prometheus had its external labels."""
    finding = check_cold(stores()[2:], QueryResult("vector", [], []), blocks, BLOCK, NOW)
    assert finding.status is Status.TOO_YOUNG
    assert "no block of this Prometheus" in finding.found


def test_no_gateway_at_the_querier_is_found() -> None:
    assert "knows no store gateway" in check_cold([], None, [], BLOCK, NOW).found


@pytest.mark.parametrize(("age", "status"), [(BLOCK, Status.TOO_YOUNG), (4 * BLOCK, Status.FAILED)])
def test_an_empty_gateway_is_too_young_until_a_block_is_overdue(age: float, status: Status) -> None:
    assert check_cold(stores()[2:], None, [block("prometheus-k8s-0", age)], BLOCK, NOW).status is status


def test_matchers_are_quoted() -> None:
    assert matchers({"b": 'x"y\\', "a": "1"}) == 'a="1", b="x\\"y\\\\"'

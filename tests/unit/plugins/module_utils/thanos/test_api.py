# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thanos' answers as values, and its errors in plain words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Response
from ansible_collections.observability.thanos.plugins.module_utils.k8s.service_proxy import Backend, ThanosError
from ansible_collections.observability.thanos.plugins.module_utils.thanos import api as thanos_api
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster
from ansible_collections.observability.thanos.tests.unit.fakes.thanos import (
    NOW,
    STORES_JSON,
    block_json,
    blocks_json,
    proxy,
    success,
    thanos_error,
)

QUERIER = Backend("monitoring", "thanos-querier", "http")
COMPACTOR = Backend("monitoring", "thanos-compactor", "http")
STORES = proxy("thanos-querier", "/api/v1/stores")
QUERY = proxy("thanos-querier", "/api/v1/query")
BLOCKS = proxy("thanos-compactor", "/api/v1/blocks")
METRICS = proxy("thanos-compactor", "/metrics")


def test_stores_have_their_component_and_no_end_where_there_is_none(cluster: FakeCluster) -> None:
    cluster.answers[STORES] = success(STORES_JSON)
    found = thanos_api.stores(cluster, QUERIER)
    assert [(each.component, each.address) for each in found] == [
        ("sidecar", "10.0.0.1:10901"),
        ("sidecar", "10.0.0.2:10901"),
        ("store", "10.0.0.3:10901"),
    ]
    assert found[0].min_time == 1795515538000
    assert found[0].max_time is None
    assert found[0].error == ""


def test_a_store_without_data_has_no_times(cluster: FakeCluster) -> None:
    empty = {"name": "a:1", "lastCheck": "", "lastError": "gone", "minTime": 2**63 - 1, "maxTime": -(2**63)}
    cluster.answers[STORES] = success({"store": [empty]})
    (found,) = thanos_api.stores(cluster, QUERIER)
    assert (found.min_time, found.max_time, found.label_sets, found.error) == (None, None, [], "gone")


def test_a_query_gives_result_type_and_warnings(cluster: FakeCluster) -> None:
    data: dict[str, Any] = {"resultType": "vector", "result": [{"metric": {}, "value": [1, "2"]}]}
    cluster.answers[QUERY] = success(data, warnings=["no store"])
    found = thanos_api.query(cluster, QUERIER, "query", {"query": "up", "storeMatch[]": ["a", "b"]})
    assert found == thanos_api.QueryResult("vector", data["result"], ["no store"])
    assert cluster.gets == [(QUERY, {"query": "up", "storeMatch[]": ["a", "b"]})]


def test_a_scalar_is_one_pair(cluster: FakeCluster) -> None:
    cluster.answers[QUERY] = success({"resultType": "scalar", "result": [1, "2"]})
    assert thanos_api.query(cluster, QUERIER, "query", {}).result == [[1, "2"]]


@pytest.mark.parametrize(
    "answer",
    [
        thanos_error(500, "internal", "Get https://jane:hunter2@s3.example.com/a: EOF"),
        Response(401, b'{"token": "hunter2", "error": "no session"}'),
    ],
)
def test_errors_are_shown_without_credentials(cluster: FakeCluster, answer: Response) -> None:
    cluster.answers[QUERY] = answer
    with pytest.raises(ThanosError, match="hidden") as caught:
        thanos_api.query(cluster, QUERIER, "query", {})
    assert "hunter2" not in str(caught.value)


def test_a_stores_error_is_shown_without_credentials(cluster: FakeCluster) -> None:
    said = "dial https://jane:hunter2@a.example.com"
    store = {"name": "a:1", "lastCheck": "", "lastError": said, "minTime": 0, "maxTime": 1}
    cluster.answers[STORES] = success({"store": [store]})
    assert thanos_api.stores(cluster, QUERIER)[0].error == "dial https://(hidden)@a.example.com"


@pytest.mark.parametrize(
    ("answer", "found", "remedy"),
    [
        (thanos_error(400, "bad_data", "1:5: parse error"), "(bad_data): 1:5: parse error", "PromQL"),
        (thanos_error(503, "timeout", "query timed out"), "(timeout): query timed out", "thanos_querier_timeout"),
        (thanos_error(500, "internal", "boom"), "(internal): boom", "log"),
        (
            Response(404, b"404 page not found\n"),
            "HTTP status 404 and not as Thanos does: 404 page not found",
            "Service",
        ),
        (Response(200, b"[]"), "not as Thanos does: []", "Service"),
    ],
)
def test_errors_of_thanos_are_its_own(cluster: FakeCluster, answer: Response, found: str, remedy: str) -> None:
    cluster.answers[QUERY] = answer
    with pytest.raises(ThanosError) as caught:
        thanos_api.query(cluster, QUERIER, "query", {})
    assert found in caught.value.found
    assert remedy in caught.value.remedy


def test_blocks_are_sorted_and_say_when_they_were_listed(cluster: FakeCluster) -> None:
    newer, older = block_json("prometheus-k8s-0", 10), block_json("prometheus-k8s-1", 9000)
    cluster.answers[BLOCKS] = success(blocks_json(newer, older, age=60))
    found = thanos_api.blocks(cluster, COMPACTOR, "global")
    assert [block.labels["prometheus_replica"] for block in found.blocks] == ["prometheus-k8s-1", "prometheus-k8s-0"]
    assert (found.blocks[0].resolution, found.blocks[0].level, found.blocks[0].series) == (300000, 1, 12033)
    assert found.refreshed == NOW - 60
    assert not found.has_error
    assert cluster.gets[0][1] == {"view": "global"}


def test_before_the_first_look_there_is_no_time(cluster: FakeCluster) -> None:
    empty = {"label": "", "blocks": None, "refreshedAt": "0001-01-01T00:00:00Z", "err": None}
    cluster.answers[BLOCKS] = success(empty)
    assert thanos_api.blocks(cluster, COMPACTOR, "global") == thanos_api.Blocks([], None, False)


def test_a_failed_look_is_an_error_without_words(cluster: FakeCluster) -> None:
    cluster.answers[BLOCKS] = success(blocks_json(error={}))
    assert thanos_api.blocks(cluster, COMPACTOR, "global").has_error


def test_metrics_are_added_up_by_name(cluster: FakeCluster) -> None:
    text = '# HELP a_x y\na_x{b="1"} 2\na_x{b="}"} 3.5\na_y 1e3\nother 4\n'
    assert thanos_api.parse_metrics(text, "a_") == {"a_x": 5.5, "a_y": 1000.0}
    cluster.answers[METRICS] = Response(200, text.encode())
    assert thanos_api.metrics(cluster, COMPACTOR, "other") == {"other": 4.0}
    cluster.answers[METRICS] = Response(500, b"")
    with pytest.raises(ThanosError, match="500"):
        thanos_api.metrics(cluster, COMPACTOR, "other")


def test_times_are_text() -> None:
    assert thanos_api.text_time(1795515538999) == "2026-11-24T10:18:58Z"
    assert thanos_api.text_time(None) is None

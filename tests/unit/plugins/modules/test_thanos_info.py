# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules that look at Thanos: what they return, and whose error it is."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import POD
from ansible_collections.observability.thanos.plugins.module_utils.thanos import bucket_tool as thanos_bucket_tool
from ansible_collections.observability.thanos.plugins.modules import (
    thanos_blocks_info,
    thanos_query,
    thanos_stores_info,
)
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster
from ansible_collections.observability.thanos.tests.unit.fakes.thanos import (
    STORES_JSON,
    block_json,
    blocks_json,
    pod,
    proxy,
    success,
    thanos_error,
)

STORES = proxy("thanos-querier", "/api/v1/stores")
QUERY = proxy("thanos-querier", "/api/v1/query")
RANGE = proxy("thanos-querier", "/api/v1/query_range")
BLOCKS = proxy("thanos-compactor", "/api/v1/blocks")


def test_stores(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.answers[STORES] = success(STORES_JSON)
    result = run_module(thanos_stores_info, namespace="monitoring")
    assert result["changed"] is False
    assert [each["component"] for each in result["stores"]] == ["sidecar", "sidecar", "store"]
    assert result["stores"][0]["min_time"] == "2026-11-24T10:18:58Z"
    assert result["stores"][0]["max_time"] is None


def test_another_service_and_port(cluster: FakeCluster, run_module: RunModule) -> None:
    path = "/api/v1/namespaces/monitoring/services/other:1234/proxy/api/v1/stores"
    cluster.answers[path] = success({})
    assert run_module(thanos_stores_info, namespace="monitoring", service="other", port=1234)["stores"] == []


def test_the_proxys_error_is_not_thanos(run_module: RunModule) -> None:
    result = run_module(thanos_stores_info, namespace="monitoring")
    assert result["msg"].startswith("Service monitoring/thanos-querier does not exist.")


def test_an_instant_query(cluster: FakeCluster, run_module: RunModule) -> None:
    data = {"resultType": "vector", "result": [{"metric": {}, "value": [1, "2"]}]}
    cluster.answers[QUERY] = success(data, warnings=["store down"])
    options: dict[str, Any] = {"store_match": ["{a='b'}"], "replica_labels": ["r"], "partial_response": False}
    result = run_module(thanos_query, namespace="monitoring", query="up", dedup=False, time="5", **options)
    assert (result["result_type"], result["result"]) == ("vector", data["result"])
    assert result["warnings_of_query"] == ["store down"]
    assert "Thanos: store down" in str(result["warnings"])
    assert cluster.gets[-1][1] == {
        "query": "up",
        "time": "5",
        "dedup": "false",
        "partial_response": "false",
        "replicaLabels[]": ["r"],
        "storeMatch[]": ["{a='b'}"],
    }


def test_a_range_query(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.answers[RANGE] = success({"resultType": "matrix", "result": []})
    assert run_module(thanos_query, namespace="monitoring", query="up", start="1", end="2")["result"] == []
    assert cluster.gets[-1][1]["step"] == "1m"


def test_half_a_range_is_refused(run_module: RunModule) -> None:
    assert "end" in run_module(thanos_query, namespace="monitoring", query="up", start="1")["msg"]
    result = run_module(thanos_query, namespace="monitoring", query="up", start="1", end="2", time="3")
    assert "mutually exclusive" in result["msg"]


def test_thanos_error_is_its_own(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.answers[QUERY] = thanos_error(400, "bad_data", "1:5: parse error: unclosed left parenthesis")
    result = run_module(thanos_query, namespace="monitoring", query="sum(")
    assert result["msg"] == (
        "Thanos answers with an error (bad_data): 1:5: parse error: unclosed left parenthesis. "
        "Correct the request, such as the PromQL expression."
    )


@pytest.fixture
def bucket(cluster: FakeCluster) -> FakeCluster:
    """A compactor that sees two blocks."""
    blocks = [block_json("prometheus-k8s-0"), block_json("prometheus-k8s-1")]
    cluster.answers[BLOCKS] = success(blocks_json(*blocks))
    metadata = {"name": "thanos-compactor", "namespace": "monitoring"}
    spec = {"selector": {"app": "thanos-compactor"}}
    cluster.seed({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
    cluster.seed(pod("thanos-compactor-0", {"app": "thanos-compactor"}))
    return cluster


def test_blocks(bucket: FakeCluster, run_module: RunModule) -> None:
    result = run_module(thanos_blocks_info, namespace="monitoring", view="loaded")
    first = result["blocks"][0]
    assert (first["resolution"], first["level"], first["source"]) == ("5m", 1, "sidecar")
    assert first["labels"]["prometheus_replica"] == "prometheus-k8s-0"
    assert first["marked_for_deletion"] is None
    assert first["max_time"].endswith("Z")
    assert result["refreshed"].endswith("Z")
    assert bucket.gets[-1][1] == {"view": "loaded"}


@pytest.mark.usefixtures("bucket")
def test_deletion_marks(run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[Any] = []

    def execute(_cluster: FakeCluster, *where_and_what: Any) -> tuple[int, str, str]:
        commands.append(where_and_what)
        return 0, "01M86HGKKET99WF2BG6R779RQN\n", "level=info\n"

    monkeypatch.setattr(thanos_bucket_tool, "execute", execute)
    result = run_module(thanos_blocks_info, namespace="monitoring", deletion_marks=True)
    assert [each["marked_for_deletion"] for each in result["blocks"]] == [True, False]
    command = ["thanos", "tools", "bucket", "ls", "--exclude-delete", "--objstore.config-file=/etc/thanos.yaml"]
    assert commands == [("monitoring", "thanos-compactor-0", "thanos", command, 300)]


def test_a_tool_that_fails_is_told(bucket: FakeCluster, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thanos_bucket_tool, "execute", lambda *_: (1, "", "access denied"))
    result = run_module(thanos_blocks_info, namespace="monitoring", deletion_marks=True)
    assert "ended with status 1 in pod thanos-compactor-0: access denied" in result["msg"]
    bucket.delete(POD, "thanos-compactor-0", "monitoring")
    result = run_module(thanos_blocks_info, namespace="monitoring", deletion_marks=True)
    assert "has no ready pod" in result["msg"]


def test_a_failed_look_at_the_bucket_is_an_error(bucket: FakeCluster, run_module: RunModule) -> None:
    bucket.answers[BLOCKS] = success(blocks_json(error={}))
    result = run_module(thanos_blocks_info, namespace="monitoring")
    assert "The last look of Service monitoring/thanos-compactor at the bucket failed" in result["msg"]

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a cluster: its result, its error, check mode."""

from __future__ import annotations

import pytest
from ansible_collections.observability.thanos.plugins.modules import rollout
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster
from ansible_collections.observability.thanos.tests.unit.fakes.workloads import (
    NAMESPACE,
    deployment,
    obj,
    ready_deployment,
)

QUERIER = {"kind": "Deployment", "name": "querier", "namespace": NAMESPACE}
JOB = {"kind": "Job", "name": "once", "namespace": NAMESPACE}


def test_rolled_out(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(ready_deployment())
    result = run_module(rollout, workloads=[QUERIER])
    assert result["changed"] is False
    assert result["workloads"] == [{**QUERIER, "state": "done", "message": "1 of 1 replicas are available"}]
    assert [each["line"] for each in result["progress"]] == [
        "Deployment monitoring/querier: 1 of 1 replicas are available"
    ]
    assert result["seconds"] < 1


def test_failed(cluster: FakeCluster, run_module: RunModule) -> None:
    failed = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "limit reached"}
    cluster.seed(obj("Job", "once", api_version="batch/v1", spec={}, status={"conditions": [failed]}))
    result = run_module(rollout, workloads=[JOB])
    assert result["failed"] is True
    assert "Job monitoring/once: 0 of 1 pods have completed" in result["msg"]
    assert "limit reached" in result["msg"]
    assert result["workloads"][0]["state"] == "failed"
    assert "seconds" in result


def test_options_reach_the_wait(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(deployment())
    result = run_module(rollout, workloads=[QUERIER], timeout=0)
    assert "not rolled out within 0 s" in result["msg"]


def test_missing(run_module: RunModule) -> None:
    result = run_module(rollout, workloads=[QUERIER])
    assert result["msg"].startswith("Deployment monitoring/querier does not exist.")


def test_check_mode_asks_the_cluster_nothing(
    cluster: FakeCluster, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "list", None)
    result = run_module(rollout, check_mode=True, workloads=[QUERIER])
    assert result["changed"] is False
    assert result["workloads"] == [{**QUERIER, "state": "unknown", "message": "not waited for in check mode"}]


def test_unknown_kind(run_module: RunModule) -> None:
    result = run_module(rollout, workloads=[{**QUERIER, "kind": "CronJob"}])
    assert "value of kind must be one of" in result["msg"]

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a cluster: which object it finds, and what it says where there is none to choose."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import FIELD_MANAGER
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import Resource
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.plugins.modules import prometheus_info
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster


def prometheus(name: str, namespace: str = "monitoring", **spec: Any) -> Object:
    """Return a Prometheus object."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "metadata": metadata, "spec": spec}


def install_operator(cluster: FakeCluster) -> None:
    """Let the cluster know Prometheus objects."""
    metadata = {"name": "prometheuses.monitoring.coreos.com"}
    cluster.seed({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata})


def test_only_one(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(prometheus("k8s", replicas=2), prometheus("other", namespace="default"))
    result = run_module(prometheus_info, namespace="monitoring")
    assert result["changed"] is False
    assert (result["prometheus"]["found"], result["prometheus"]["name"]) == (True, "k8s")
    assert result["prometheus"]["replicas"] == 2
    assert cluster.writes == []


def test_named(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(prometheus("a"), prometheus("b"))
    assert run_module(prometheus_info, namespace="monitoring", name="b")["prometheus"]["name"] == "b"


def with_sidecar(name: str, manager: str) -> Object:
    """Return a Prometheus object that a field manager has given a sidecar."""
    body = prometheus(name, thanos={"image": "thanos"})
    body["metadata"]["managedFields"] = [{"manager": manager, "fieldsV1": {"f:spec": {"f:thanos": {"f:image": {}}}}}]
    return body


def test_others_with_a_sidecar_of_ours(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(with_sidecar("c", FIELD_MANAGER), with_sidecar("b", FIELD_MANAGER), with_sidecar("d", "kubectl"))
    cluster.seed(prometheus("a"))
    for name, others in {"a": ["b", "c"], "b": ["c"], "missing": ["b", "c"]}.items():
        result = run_module(prometheus_info, namespace="monitoring", name=name, required=name != "missing")
        assert result["prometheus"]["others_with_sidecar"] == others


def test_it_is_not_among_the_others_where_it_is_not_named(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(with_sidecar("k8s", FIELD_MANAGER))
    assert run_module(prometheus_info, namespace="monitoring")["prometheus"]["others_with_sidecar"] == []


@pytest.mark.parametrize("check_mode", [False, True])
def test_several(cluster: FakeCluster, run_module: RunModule, check_mode: bool) -> None:
    cluster.seed(prometheus("b"), prometheus("a"))
    result = run_module(prometheus_info, check_mode=check_mode, namespace="monitoring")
    assert result["msg"] == (
        "Two Prometheus objects are in namespace monitoring: a, b. Set prometheus_thanos_sidecar_name to one of them."
    )


def test_no_namespace(cluster: FakeCluster, run_module: RunModule) -> None:
    install_operator(cluster)
    result = run_module(prometheus_info, namespace="nowhere")
    assert result["msg"] == "Namespace nowhere does not exist. Correct prometheus_thanos_sidecar_namespace."


def test_no_operator(run_module: RunModule) -> None:
    result = run_module(prometheus_info, namespace="monitoring")
    assert "CustomResourceDefinition prometheuses.monitoring.coreos.com" in result["msg"]
    assert "Install the Prometheus operator first." in result["msg"]


def test_none(cluster: FakeCluster, run_module: RunModule) -> None:
    install_operator(cluster)
    result = run_module(prometheus_info, namespace="monitoring")
    assert "No Prometheus object is in namespace monitoring." in result["msg"]


def test_none_of_that_name(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(prometheus("k8s"))
    result = run_module(prometheus_info, namespace="monitoring", name="typo")
    assert "Prometheus object typo does not exist in namespace monitoring; there is k8s." in result["msg"]
    assert "prometheus_thanos_sidecar_name" in result["msg"]


def test_what_may_not_be_read_is_not_blamed(
    cluster: FakeCluster, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(resource: Resource, name: str, namespace: str | None = None) -> Object | None:
        raise ClusterError(f"{resource.kind} {namespace} {name} is forbidden")

    monkeypatch.setattr(cluster, "get", forbidden)
    result = run_module(prometheus_info, namespace="monitoring")
    assert "No Prometheus object is in namespace monitoring." in result["msg"]


def test_check_mode_goes_on_without_one(run_module: RunModule) -> None:
    result = run_module(prometheus_info, check_mode=True, namespace="nowhere")
    assert "failed" not in result
    assert result["prometheus"]["found"] is False
    assert (result["prometheus"]["name"], result["prometheus"]["replica_label"]) == ("k8s", "prometheus_replica")
    assert "Namespace nowhere does not exist" in str(result["warnings"])


def test_not_required(run_module: RunModule) -> None:
    result = run_module(prometheus_info, namespace="elsewhere", required=False)
    assert result["prometheus"]["found"] is False
    assert "elsewhere" not in str(result.get("warnings"))


@pytest.mark.parametrize("check_mode", [False, True])
def test_retention_too_short(cluster: FakeCluster, run_module: RunModule, check_mode: bool) -> None:
    cluster.seed(prometheus("k8s", retention="4h"))
    result = run_module(prometheus_info, check_mode=check_mode, namespace="monitoring")
    assert "Set its spec.retention to at least 6h." in result["msg"]


@pytest.mark.parametrize("block_duration", ["2m", ""])
def test_retention_long_enough_for_shorter_blocks(
    cluster: FakeCluster, run_module: RunModule, block_duration: str
) -> None:
    cluster.seed(prometheus("k8s", retention="4h"))
    result = run_module(prometheus_info, namespace="monitoring", block_duration=block_duration)
    assert result["prometheus"]["retention"] == "4h"


@pytest.mark.parametrize(
    ("objects", "words"),
    [
        ([], "No Prometheus object is in namespace monitoring."),
        ([prometheus("a"), prometheus("b")], "Two Prometheus objects"),
        ([prometheus("k8s", retention="4h", podMonitorSelector={})], "Set its spec.retention to at least 6h."),
        ([prometheus("k8s", ruleSelector={})], "leaves its configuration unmanaged"),
    ],
)
def test_gathered_problems_are_no_errors(
    cluster: FakeCluster, run_module: RunModule, objects: list[Object], words: str
) -> None:
    install_operator(cluster)
    cluster.seed(*objects)
    result = run_module(prometheus_info, namespace="monitoring", gather_problems=True)
    assert "failed" not in result
    assert [words in problem for problem in result["problems"]] == [True]
    assert result["prometheus"]["name"] == "k8s"


@pytest.mark.parametrize(("status", "is_gathered"), [({"reason": "Forbidden"}, True), ({}, False)])
def test_a_missing_right_is_gathered_and_an_api_that_is_away_is_not(
    cluster: FakeCluster, run_module: RunModule, monkeypatch: pytest.MonkeyPatch, status: Object, is_gathered: bool
) -> None:
    def refuse(*_arguments: Any) -> list[Object]:
        error = ClusterError("cannot list resource prometheuses")
        error.status = status
        raise error

    monkeypatch.setattr(cluster, "list", refuse)
    result = run_module(prometheus_info, namespace="monitoring", gather_problems=True)
    assert result.get("problems") == (["cannot list resource prometheuses"] if is_gathered else None)
    assert bool(result.get("failed")) is not is_gathered


@pytest.mark.parametrize("spec", [{"serviceMonitorSelector": {}}, {"thanos": {}}])
def test_a_managed_configuration_or_one_with_a_sidecar_is_no_problem(
    cluster: FakeCluster, run_module: RunModule, spec: Object
) -> None:
    cluster.seed(prometheus("k8s", **spec))
    assert run_module(prometheus_info, namespace="monitoring", gather_problems=True)["problems"] == []


def test_an_unmanaged_configuration_is_not_looked_at_without_a_sidecar_to_come(
    cluster: FakeCluster, run_module: RunModule
) -> None:
    cluster.seed(prometheus("k8s"))
    options = {"namespace": "monitoring", "gather_problems": True, "block_duration": ""}
    assert run_module(prometheus_info, **options)["problems"] == []

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sidecars that are not ready, and external labels that others have too."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.verify.prometheus import (
    check_labels,
    check_sidecars,
    replica_labels,
    replica_names,
)
from ansible_collections.observability.thanos.plugins.module_utils.verify.result import CheckResult, Status
from ansible_collections.observability.thanos.tests.unit.fakes.thanos import (
    NOW,
    PROMETHEUS,
    SHARED,
    labels_of,
    prometheus_pods,
    store,
    stores,
)


def test_every_shard_has_its_replicas() -> None:
    assert replica_names({**PROMETHEUS, "shards": 2}) == [
        "prometheus-k8s-0",
        "prometheus-k8s-1",
        "prometheus-k8s-shard-1-0",
        "prometheus-k8s-shard-1-1",
    ]


def test_labels_that_are_switched_off_are_left_out() -> None:
    assert replica_labels(PROMETHEUS, "a") == labels_of("a")
    assert replica_labels({**PROMETHEUS, "replica_label": "", "prometheus_label": ""}, "a") == {"cluster": "demo"}


def test_ready_sidecars_are_right() -> None:
    finding = check_sidecars(PROMETHEUS, prometheus_pods(), NOW)
    assert finding.status is Status.OK
    assert finding.found == "2 of 2 replicas of Prometheus monitoring/k8s have a ready sidecar"


def test_each_replica_without_one_is_named() -> None:
    first, second = prometheus_pods(ready=False)
    first["status"]["containerStatuses"][0]["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}
    finding = check_sidecars(PROMETHEUS, [first], NOW)
    assert finding.status is Status.FAILED
    assert "prometheus-k8s-0: its container thanos-sidecar is not ready (CrashLoopBackOff)" in finding.found
    assert "prometheus-k8s-1: no such pod" in finding.found
    assert not finding.may_heal
    second["spec"]["containers"][0]["name"] = "prometheus"
    assert "has no container thanos-sidecar" in check_sidecars(PROMETHEUS, [second], NOW).found


@pytest.mark.parametrize(("age", "heals"), [(10, True), (600, False)])
def test_a_young_pod_may_still_get_ready(age: float, heals: bool) -> None:
    assert check_sidecars(PROMETHEUS, prometheus_pods(ready=False, age=age), NOW).may_heal is heals


def labels(found: list[Any], age: float = 864000, **differences: Any) -> CheckResult:
    prometheus = {**PROMETHEUS, **differences}
    return check_labels(found, prometheus, prometheus["replica_label"], prometheus_pods(age=age), NOW)


def test_labels_of_their_own_are_right() -> None:
    finding = labels(stores())
    assert finding.status is Status.OK
    assert '{cluster="demo", prometheus="monitoring/k8s"}' in finding.found


def test_two_endpoints_with_the_same_labels_are_named() -> None:
    twin = store("prometheus-k8s-0", address="10.9.9.9:10901")
    finding = labels([*stores(), twin])
    assert finding.status is Status.FAILED
    assert "10.0.0.1:10901 and 10.9.9.9:10901 both have" in finding.found
    assert "thanos_cluster_name" in finding.remedy


def test_a_ruler_with_a_sidecars_labels_is_found() -> None:
    ruler = store("prometheus-k8s-1", "rule", address="10.9.9.9:10901")
    assert labels([*stores(), ruler]).status is Status.FAILED


def test_rulers_that_keep_nothing_have_no_labels() -> None:
    rulers = [store(f"prometheus-k8s-{index}", "rule", address=f"10.9.9.{index}:1", label_sets=[]) for index in (0, 1)]
    assert labels([*stores(), *rulers]).status is Status.OK


def test_sidecars_without_labels_are_named() -> None:
    bare = [store(f"prometheus-k8s-{index}", address=f"10.9.9.{index}:1", label_sets=[]) for index in (0, 1)]
    assert "10.9.9.0:1 and 10.9.9.1:1 both have {}" in labels([*stores(), *bare]).found


def test_another_prometheus_with_our_labels_is_found() -> None:
    other = store("prometheus-k8s-0", address="10.9.9.9:10901", label_sets=[labels_of("prometheus-other-0")])
    finding = labels([*stores(), other])
    assert finding.status is Status.FAILED
    assert "prometheus-other-0 of another Prometheus" in finding.found


def test_another_clusters_prometheus_is_no_problem() -> None:
    other = store("prometheus-k8s-0", address="1:1", label_sets=[{**labels_of("prometheus-k8s-0"), "cluster": "b"}])
    assert labels([*stores(), other]).status is Status.OK


@pytest.mark.parametrize(("age", "heals"), [(10, True), (600, False)])
def test_labels_that_are_not_there_may_still_come(age: float, heals: bool) -> None:
    finding = labels([store("prometheus-k8s-0", label_sets=[{"prometheus_replica": "a"}])], age)
    assert finding.status is Status.FAILED
    assert 'there is {prometheus_replica="a"}' in finding.found
    assert finding.may_heal is heals


def test_without_sidecars_the_labels_are_not_to_blame() -> None:
    finding = labels([])
    assert finding.status is Status.FAILED
    assert finding.remedy == "See what the check stores says"


def test_without_replica_label_one_replica_has_the_labels_alone() -> None:
    only = store("prometheus-k8s-0", label_sets=[SHARED])
    assert labels([only], replicas=1, replica_label="").status is Status.OK

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Prometheus object is meant, and what is read from it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.plugins.module_utils.thanos.prometheus import (
    check_retention,
    describe_prometheus,
    placeholder,
)


def described(**spec: Any) -> dict[str, Any]:
    """Return what is read from a Prometheus object."""
    return dict(describe_prometheus({"metadata": {"name": "k8s", "namespace": "monitoring"}, "spec": spec}))


def test_defaults_are_the_operators() -> None:
    assert described() == {
        "found": True,
        "namespace": "monitoring",
        "name": "k8s",
        "replicas": 1,
        "shards": 1,
        "replica_label": "prometheus_replica",
        "prometheus_label": "prometheus",
        "external_labels": {},
        "retention": "24h",
        "has_sidecar": False,
        "version": "",
        "removal_from_empty_maps": {},
    }


def test_what_is_set_is_returned() -> None:
    found = described(
        replicas=0,
        shards=2,
        replicaExternalLabelName="replica",
        prometheusExternalLabelName="cr",
        externalLabels={"cluster": "demo"},
        retention="30d",
        thanos={},
        version="3.15.0",
    )
    assert (found["replicas"], found["shards"], found["version"]) == (0, 2, "3.15.0")
    assert (found["replica_label"], found["prometheus_label"]) == ("replica", "cr")
    assert found["external_labels"] == {"cluster": "demo"}
    assert (found["retention"], found["has_sidecar"]) == ("30d", True)


def test_labels_that_are_switched_off_stay_so() -> None:
    found = described(replicaExternalLabelName="", prometheusExternalLabelName="")
    assert (found["replica_label"], found["prometheus_label"]) == ("", "")


@pytest.mark.parametrize(
    ("spec", "retention"),
    [
        ({"retention": "1d12h"}, "1d12h"),
        ({"retentionSize": "10GB"}, ""),
        ({"retention": "6h", "retentionSize": "10GB"}, "6h"),
        ({"retention": "0s"}, ""),
    ],
)
def test_retention(spec: dict[str, Any], retention: str) -> None:
    assert described(**spec)["retention"] == retention


@pytest.mark.parametrize("retention", ["6h", "1d12h", "0d", "360m"])
def test_retention_with_room_for_three_blocks(retention: str) -> None:
    check_retention(described(retention=retention), "2h")


def test_retention_without_a_time_limit() -> None:
    check_retention(described(retentionSize="1GB"), "2h")


@pytest.mark.parametrize(
    ("retention", "block", "needed"), [("5h59m", "2h", "6h"), ("5m", "2m", "6m"), ("4s", "1s500ms", "4500ms")]
)
def test_retention_that_is_too_short(retention: str, block: str, needed: str) -> None:
    with pytest.raises(ClusterError) as error:
        check_retention(described(retention=retention), block)
    words = str(error.value)
    assert f"Prometheus object monitoring/k8s keeps its data for {retention} only" in words
    assert f"spec.retention to at least {needed}" in words


def test_block_duration_that_is_none() -> None:
    with pytest.raises(ClusterError, match="prometheus_thanos_sidecar_block_size: 'two' is no duration"):
        check_retention(described(), "two")


def test_retention_that_is_no_duration() -> None:
    with pytest.raises(ClusterError, match=r"spec.retention .* 'long' is no duration"):
        described(retention="long")


def test_placeholder() -> None:
    found = placeholder("monitoring")
    assert (found["found"], found["name"], found["replica_label"]) == (False, "k8s", "prometheus_replica")
    assert placeholder("monitoring", "own")["name"] == "own"

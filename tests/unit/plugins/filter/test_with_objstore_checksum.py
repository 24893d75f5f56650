# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.filter.with_objstore_checksum import (
    FilterModule,
    with_objstore_checksum,
)
from ansible_collections.observability.thanos.plugins.module_utils.objstore.readers import ANNOTATION

Manifest = dict[str, Any]


def workload(mounted: str = "blocks", annotations: dict[str, str] | None = None) -> Manifest:
    metadata = {"annotations": annotations} if annotations else {}
    return {
        "kind": "StatefulSet",
        "metadata": {"name": "store"},
        "spec": {
            "replicas": 1,
            "template": {
                "metadata": metadata,
                "spec": {
                    "containers": [],
                    "volumes": [{"name": "a"}, {"name": "b", "secret": {"secretName": mounted}}],
                },
            },
        },
    }


def prometheus(mounted: str = "blocks") -> Manifest:
    return {
        "kind": "Prometheus",
        "metadata": {"name": "k8s"},
        "spec": {"thanos": {"objectStorageConfig": {"name": mounted}}, "podMetadata": {"labels": {"a": "b"}}},
    }


def test_workloads_that_mount_the_secret_are_annotated() -> None:
    given = workload(annotations={"own": "1"})
    [result] = with_objstore_checksum([given], "blocks", "abc")
    assert result["spec"]["template"]["metadata"]["annotations"] == {"own": "1", ANNOTATION: "abc"}
    del result["spec"]["template"]["metadata"]["annotations"][ANNOTATION]
    assert result == given


def test_a_prometheus_whose_sidecar_reads_the_secret_is_annotated() -> None:
    [result] = with_objstore_checksum([prometheus()], "blocks", "abc")
    assert result["spec"]["podMetadata"] == {"labels": {"a": "b"}, "annotations": {ANNOTATION: "abc"}}


@pytest.mark.parametrize(
    "manifest",
    [
        workload("another"),
        prometheus("another"),
        {"kind": "Prometheus", "metadata": {"name": "k8s"}},
        {"kind": "Service", "metadata": {"name": "s"}, "spec": {"ports": []}},
        {"kind": "ConfigMap", "metadata": {"name": "c"}, "data": {}},
        {"kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": {"spec": {"containers": []}}}},
    ],
)
def test_everything_else_is_left_alone(manifest: Manifest) -> None:
    assert with_objstore_checksum([manifest], "blocks", "abc") == [manifest]


def test_without_a_checksum_nothing_is_annotated() -> None:
    assert with_objstore_checksum([workload(), prometheus()], "blocks", "") == [workload(), prometheus()]


def test_the_input_stays_as_it_is() -> None:
    given = [workload(), prometheus()]
    before = copy.deepcopy(given)
    with_objstore_checksum(given, "blocks", "abc")
    assert given == before


def test_ansible_finds_it_by_name() -> None:
    assert FilterModule().filters() == {"with_objstore_checksum": with_objstore_checksum}

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a cluster with the data of a MinIO: what fits passes, all else is refused with the way to go."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.modules import minio_layout
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, ours

WAY = 'docs/operations/minio.md says under "Change MinIO\'s mode"'


def claim(name: str) -> Object:
    """Return a claim of that name."""
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "minio"}}


def drives(replicas: int, per_pod: int = 1) -> list[Object]:
    """Return the claims of a distributed MinIO."""
    return [claim(f"data-{drive}-minio-{pod}") for pod in range(replicas) for drive in range(per_pod)]


def workload(kind: str, replicas: int = 1, drives: str = "") -> Object:
    """Return a MinIO of ours; drives are what its servers are told of."""
    container = {"name": "minio", "args": ["server", drives or "/data"]}
    spec = {"replicas": replicas, "template": {"spec": {"containers": [container]}}}
    metadata = {"name": "minio", "namespace": "minio"}
    return ours({"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec})


def servers(
    replicas: int = 4, drives: str = "minio-{0...3}.minio-headless.minio.svc.cluster.local:9000/data-0"
) -> Object:
    """Return a StatefulSet with so many pods."""
    return workload("StatefulSet", replicas, f"http://{drives}")


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ([], {"mode": "standalone"}),
        ([], {"mode": "distributed"}),
        ([claim("minio-pvc"), workload("Deployment")], {"mode": "standalone"}),
        ([claim("minio-pvc"), claim("data-0-other-0")], {"mode": "standalone"}),
        (drives(4), {"mode": "distributed"}),
        (drives(4, 2), {"mode": "distributed", "drives_per_pod": 2}),
        # Drives that were lost, which MinIO heals.
        ([*drives(1), *drives(4)[2:]], {"mode": "distributed"}),
        # A first start that was interrupted, one that was stopped by hand, one that was scaled by hand.
        ([*drives(1), servers()], {"mode": "distributed"}),
        ([*drives(4), servers(0)], {"mode": "distributed"}),
        ([*drives(6), servers(6)], {"mode": "distributed"}),
        (
            [servers(drives="minio-{0...2}.m:9000/data-{0...3}")],
            {"mode": "distributed", "replicas": 3, "drives_per_pod": 4},
        ),
    ],
)
def test_what_fits(cluster: FakeCluster, run_module: RunModule, there: list[Object], wanted: dict[str, Any]) -> None:
    cluster.seed(*there)
    result = run_module(minio_layout, **wanted)
    assert "failed" not in result, result
    assert result["changed"] is False


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("there", "wanted", "expected"),
    [
        (
            [claim("minio-pvc")],
            {"mode": "distributed"},
            ["PersistentVolumeClaim minio/minio-pvc", "minio_mode is distributed", "Set minio_mode to standalone"],
        ),
        (
            [workload("Deployment")],
            {"mode": "distributed"},
            ["Deployment minio/minio", "minio_mode is distributed", "Set minio_mode to standalone"],
        ),
        (
            drives(4),
            {"mode": "standalone"},
            ["minio/data-0-minio-0, data-0-minio-1", "(4 pods with 1 drive each)", "Set minio_mode to distributed"],
        ),
        (
            drives(4),
            {"mode": "distributed", "replicas": 8},
            ["spread over 4 pods with 1 drive each", "ask for 8 pods with 1 drive each", "Set minio_replicas to 4"],
        ),
        (
            [*drives(8), servers(8, "minio-{0...7}.m:9000/data-0")],
            {"mode": "distributed"},
            ["spread over 8 pods", "ask for 4 pods", "Set minio_replicas to 8"],
        ),
        (
            [*drives(4), servers()],
            {"mode": "distributed", "drives_per_pod": 2},
            ["ask for 4 pods with 2 drives each", "minio_drives_per_pod to 1"],
        ),
    ],
)
def test_what_would_start_empty_beside_its_data(
    cluster: FakeCluster,
    run_module: RunModule,
    there: list[Object],
    wanted: dict[str, Any],
    expected: list[str],
    check_mode: bool,
) -> None:
    cluster.seed(*there)
    result = run_module(minio_layout, check_mode=check_mode, **wanted)
    assert result["failed"]
    for text in [*expected, "Nothing was changed", WAY]:
        assert text in result["msg"], result["msg"]
    assert cluster.writes == []


@pytest.mark.parametrize("mode", ["standalone", "distributed"])
def test_a_service_that_an_operator_controls(cluster: FakeCluster, run_module: RunModule, mode: str) -> None:
    """Its pods have other labels: an apply would add our port and our selector to it, without a conflict."""
    reference = {"apiVersion": "minio.example.com/v2", "kind": "Tenant", "name": "objects", "uid": "t"}
    metadata = {"name": "minio", "namespace": "minio"}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"selector": {"tenant": "objects"}}}
    cluster.seed(service)
    assert "failed" not in run_module(minio_layout, mode=mode)
    cluster.seed({**service, "metadata": {**metadata, "ownerReferences": [{**reference, "controller": True}]}})
    result = run_module(minio_layout, mode=mode)
    assert result["failed"]
    for text in ("Service minio/minio: Tenant objects controls it.", "Nothing was changed", WAY):
        assert text in result["msg"]
    assert cluster.writes == []

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which objects the module takes for leftovers. That they go is seen on the real cluster, in molecule/store."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.cluster import Object
from ansible_collections.observability.thanos.plugins.modules import leftovers
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fake_cluster import FakeCluster

VERSIONS = {"StatefulSet": "apps/v1", "Deployment": "apps/v1", "PodDisruptionBudget": "policy/v1"}


def thing(kind: str, name: str, component: str = "store", **metadata: Any) -> Object:
    """Return an object as this collection makes it."""
    labels = {
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/part-of": "thanos",
        "app.kubernetes.io/managed-by": "observability.thanos",
    }
    metadata = {"name": name, "namespace": "monitoring", "labels": labels, **metadata}
    return {"apiVersion": VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata}


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of objects that the module removes, filled while it works."""
    gone: list[str] = []

    def converge(_cluster: FakeCluster, manifests: list[Object], *_rest: Any) -> list[dict[str, Any]]:
        gone.extend(f"{manifest['kind']} {manifest['metadata']['name']}" for manifest in manifests)
        return [{"changed": True, "method": "delete"} for _manifest in manifests]

    monkeypatch.setattr(leftovers, "converge", converge)
    return gone


def test_nothing_is_left_over(cluster: FakeCluster, run_module: RunModule, removed: list[str]) -> None:
    cluster.seed(thing("StatefulSet", "store"))
    assert run_module(leftovers, definitions=[thing("StatefulSet", "store")])["changed"] is False
    assert removed == []


def test_shards_that_are_no_longer_wanted(cluster: FakeCluster, run_module: RunModule, removed: list[str]) -> None:
    cluster.seed(*(thing(kind, f"store-{shard}") for kind in ("StatefulSet", "Service") for shard in range(3)))
    cluster.seed(thing("PodDisruptionBudget", "store-0"))
    wanted = [thing(kind, f"store-{shard}") for kind in ("StatefulSet", "Service") for shard in range(2)]
    result = run_module(leftovers, definitions=wanted)
    assert sorted(removed) == ["PodDisruptionBudget store-0", "Service store-2", "StatefulSet store-2"]
    assert "StatefulSet monitoring/store-2: removed" in result["summary"]
    assert result["changed"] is True


@pytest.mark.parametrize(
    "other",
    [
        thing("StatefulSet", "compactor", component="compact"),
        thing("StatefulSet", "store-1", namespace="elsewhere"),
        thing("StatefulSet", "store-1", labels={"app.kubernetes.io/component": "store"}),
        thing("StatefulSet", "store-1", ownerReferences=[{"kind": "ThanosStore", "name": "store"}]),
        thing("PersistentVolumeClaim", "data-store-1-0"),
        thing("Secret", "store-1"),
    ],
    ids=["another component", "another namespace", "not ours", "owned", "a volume", "a Secret"],
)
def test_what_stays(cluster: FakeCluster, run_module: RunModule, removed: list[str], other: Object) -> None:
    cluster.seed(other)
    assert run_module(leftovers, definitions=[thing("StatefulSet", "store-0")])["changed"] is False
    assert removed == []


def test_another_division_goes_as_a_whole(cluster: FakeCluster, run_module: RunModule, removed: list[str]) -> None:
    before, after = ({"observability.thanos/shards": f"{count} by cluster"} for count in (2, 3))
    cluster.seed(*(thing("StatefulSet", f"compactor-{shard}", annotations=before) for shard in range(2)))
    wanted = [thing("StatefulSet", f"compactor-{shard}", annotations=after) for shard in range(3)]
    run_module(leftovers, definitions=wanted)
    assert sorted(removed) == ["StatefulSet compactor-0", "StatefulSet compactor-1"]


def test_only_some_components(cluster: FakeCluster, run_module: RunModule, removed: list[str]) -> None:
    cluster.seed(thing("StatefulSet", "store-1"), thing("StatefulSet", "compactor-1", component="compact"))
    wanted = [thing("StatefulSet", "store-0"), thing("StatefulSet", "compactor-0", component="compact")]
    result = run_module(leftovers, definitions=wanted, components=["compact"])
    assert removed == ["StatefulSet compactor-1"]
    assert result["remaining"] == ["StatefulSet monitoring/store-1"]


def test_the_others_are_named_where_nothing_is_removed(
    cluster: FakeCluster, run_module: RunModule, removed: list[str]
) -> None:
    cluster.seed(thing("StatefulSet", "store-1"))
    wanted = [thing("StatefulSet", "store-0"), thing("StatefulSet", "compactor-0", component="compact")]
    result = run_module(leftovers, definitions=wanted, components=["compact"])
    assert (removed, result["changed"]) == ([], False)
    assert result["remaining"] == ["StatefulSet monitoring/store-1"]


def test_the_object_store_is_left_alone(cluster: FakeCluster, run_module: RunModule, removed: list[str]) -> None:
    """Of it only what goes is among the definitions, such as its ServiceMonitor, and not what is applied before."""
    cluster.seed(thing("Deployment", "minio", "object-store"), thing("StatefulSet", "store"))
    definitions = [thing("StatefulSet", "store"), thing("Service", "unwanted", "object-store")]
    assert run_module(leftovers, definitions=definitions)["changed"] is False
    assert removed == []


def test_a_component_that_this_run_does_not_know(
    cluster: FakeCluster, run_module: RunModule, removed: list[str]
) -> None:
    cluster.seed(thing("StatefulSet", "store-0"))
    run_module(leftovers, definitions=[])
    assert removed == []

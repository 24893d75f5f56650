# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which objects the module takes for leftovers. That they go is seen on the real cluster, in molecule/store."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import CLAIM
from ansible_collections.observability.thanos.plugins.modules import prune
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.claims import OURS, from_template, template
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, ours

VERSIONS = {"StatefulSet": "apps/v1", "Deployment": "apps/v1", "PodDisruptionBudget": "policy/v1"}


def thing(kind: str, name: str, component: str = "store", instance: str = "", **metadata: Any) -> Object:
    """Return an object as this collection makes it; most have the name of their instance."""
    labels = {
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/instance": instance or name,
        "app.kubernetes.io/part-of": "thanos",
        "app.kubernetes.io/managed-by": "observability.thanos",
    }
    metadata = {"name": name, "namespace": "monitoring", "labels": labels, **metadata}
    return ours_but_for_labels({"apiVersion": VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata})


def ours_but_for_labels(body: Object) -> Object:
    """Return the object with our field manager, and the labels that it has."""
    written = ours(body)
    return {**written, "metadata": {**written["metadata"], "labels": body["metadata"]["labels"]}}


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of objects that the module removes, filled while it works."""
    gone: list[str] = []

    def converge(_cluster: FakeCluster, manifests: list[Object], *_rest: Any) -> list[dict[str, Any]]:
        gone.extend(f"{manifest['kind']} {manifest['metadata']['name']}" for manifest in manifests)
        return [{"changed": True, "method": "delete"} for _manifest in manifests]

    monkeypatch.setattr(prune, "apply_all", converge)
    return gone


def test_nothing_is_left_over(cluster: FakeCluster, run_module: RunModule, removed: list[str]) -> None:
    cluster.seed(thing("StatefulSet", "store"))
    assert run_module(prune, definitions=[thing("StatefulSet", "store")])["changed"] is False
    assert removed == []


def test_shards_that_are_no_longer_wanted(cluster: FakeCluster, run_module: RunModule, removed: list[str]) -> None:
    cluster.seed(*(thing(kind, f"store-{shard}") for kind in ("StatefulSet", "Service") for shard in range(3)))
    cluster.seed(thing("PodDisruptionBudget", "store-0"))
    wanted = [thing(kind, f"store-{shard}") for kind in ("StatefulSet", "Service") for shard in range(2)]
    result = run_module(prune, definitions=wanted)
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
        thing("StatefulSet", "storage-0"),
    ],
    ids=["another component", "another namespace", "not ours", "owned", "a volume", "a Secret", "another stack's"],
)
def test_what_stays(cluster: FakeCluster, run_module: RunModule, removed: list[str], other: Object) -> None:
    cluster.seed(other)
    assert run_module(prune, definitions=[thing("StatefulSet", "store-0")])["changed"] is False
    assert removed == []


def sidecars(prometheus: str) -> Object:
    """Return the Service of the sidecars of one Prometheus."""
    return thing("Service", f"prometheus-{prometheus}-thanos-sidecar", "sidecar", prometheus)


@pytest.mark.parametrize("other", ["first", "second-0", "second-b"])
def test_the_sidecars_of_another_prometheus_stay(
    cluster: FakeCluster, run_module: RunModule, removed: list[str], other: str
) -> None:
    cluster.seed(sidecars(other), sidecars("second"))
    result = run_module(prune, definitions=[sidecars("second"), thing("StatefulSet", "store")])
    assert (result["changed"], removed) == (False, [])


def test_the_datasource_of_another_stack_stays(cluster: FakeCluster, run_module: RunModule, removed: list[str]) -> None:
    cluster.seed(thing("ConfigMap", "thanos-a", "datasource"))
    run_module(prune, definitions=[thing("ConfigMap", "thanos-b", "datasource")])
    assert removed == []


@pytest.mark.parametrize(
    ("component", "before", "after"),
    [
        ("store", ["thanos-store-gateway"], ["thanos-store-gateway-0", "thanos-store-gateway-1"]),
        ("store", ["thanos-store-gateway-0", "thanos-store-gateway-1"], ["thanos-store-gateway"]),
        ("compact", ["thanos-compactor-0", "thanos-compactor-1"], ["thanos-compactor"]),
        (
            "receive",
            ["thanos-receive-ingestor-team-a", "thanos-receive-ingestor-team-2"],
            ["thanos-receive", "thanos-receive-ingestor", "thanos-receive-ingestor-team-b"],
        ),
    ],
)
def test_parts_of_another_division(
    cluster: FakeCluster,
    run_module: RunModule,
    removed: list[str],
    component: str,
    before: list[str],
    after: list[str],
) -> None:
    cluster.seed(*(thing("StatefulSet", name, component) for name in before))
    run_module(prune, definitions=[thing("StatefulSet", name, component) for name in after])
    assert sorted(removed) == sorted(f"StatefulSet {name}" for name in before)


def test_what_the_instance_was_and_had_before(cluster: FakeCluster, run_module: RunModule, removed: list[str]) -> None:
    cluster.seed(*(thing(kind, "thanos-ruler", "rule") for kind in ("StatefulSet", "ConfigMap", "PodDisruptionBudget")))
    wanted = [thing(kind, "thanos-ruler", "rule") for kind in ("ThanosRuler", "Service")]
    run_module(prune, definitions=wanted)
    assert sorted(removed) == [
        "ConfigMap thanos-ruler",
        "PodDisruptionBudget thanos-ruler",
        "StatefulSet thanos-ruler",
    ]


def test_labels_alone_do_not_make_it_ours(cluster: FakeCluster, run_module: RunModule, removed: list[str]) -> None:
    copied = thing("StatefulSet", "store-1")
    copied["metadata"]["managedFields"] = [{"manager": "argocd-controller"}]
    cluster.seed(copied)
    result = run_module(prune, definitions=[thing("StatefulSet", "store-0")])
    assert (result["changed"], removed, result["remaining"]) == (False, [], [])
    [reason] = result["kept"]
    assert reason.startswith("StatefulSet monitoring/store-1: it has this collection's label, but field manager")


def test_claims_stay_known_when_their_stateful_set_goes(
    cluster: FakeCluster, run_module: RunModule, removed: list[str]
) -> None:
    store = {**thing("StatefulSet", "store-1"), "spec": {"volumeClaimTemplates": [template(app="store-1")]}}
    cluster.seed(store, from_template("data-store-1-0", app="store-1"))
    result = run_module(prune, definitions=[thing("StatefulSet", "store-0")])
    assert removed == ["StatefulSet store-1"]
    assert "PersistentVolumeClaim monitoring/data-store-1-0: changed" in result["summary"]
    live = cluster.get(CLAIM, "data-store-1-0", "monitoring")
    assert live is not None
    assert live["metadata"]["labels"] == {"app": "store-1", **OURS}


def test_a_stateful_set_that_would_take_its_claims_along_is_an_error(
    cluster: FakeCluster, run_module: RunModule, removed: list[str]
) -> None:
    policy = {"whenDeleted": "Delete"}
    spec = {"volumeClaimTemplates": [template()], "persistentVolumeClaimRetentionPolicy": policy}
    store = {**thing("StatefulSet", "store-1"), "spec": spec}
    cluster.seed(store, thing("Service", "store-1"), from_template("data-store-1-0", **OURS))
    result = run_module(prune, definitions=[thing("StatefulSet", "store-0")])
    assert (result["failed"], removed) == (True, [])
    assert "StatefulSet monitoring/store-1 is left over, but PersistentVolumeClaim" in result["msg"]
    assert "whenDeleted is Delete. Set that to Retain first." in result["msg"]


def test_another_division_goes_as_a_whole(cluster: FakeCluster, run_module: RunModule, removed: list[str]) -> None:
    before, after = ({"observability.thanos/shards": f"{count} by cluster"} for count in (2, 3))
    cluster.seed(*(thing("StatefulSet", f"compactor-{shard}", annotations=before) for shard in range(2)))
    wanted = [thing("StatefulSet", f"compactor-{shard}", annotations=after) for shard in range(3)]
    run_module(prune, definitions=wanted)
    assert sorted(removed) == ["StatefulSet compactor-0", "StatefulSet compactor-1"]


def test_only_some_components(cluster: FakeCluster, run_module: RunModule, removed: list[str]) -> None:
    cluster.seed(thing("StatefulSet", "store-1"), thing("StatefulSet", "compactor-1", component="compact"))
    wanted = [thing("StatefulSet", "store-0"), thing("StatefulSet", "compactor-0", component="compact")]
    result = run_module(prune, definitions=wanted, components=["compact"])
    assert removed == ["StatefulSet compactor-1"]
    assert result["remaining"] == ["StatefulSet monitoring/store-1"]


def test_the_others_are_named_where_nothing_is_removed(
    cluster: FakeCluster, run_module: RunModule, removed: list[str]
) -> None:
    cluster.seed(thing("StatefulSet", "store-1"))
    wanted = [thing("StatefulSet", "store-0"), thing("StatefulSet", "compactor-0", component="compact")]
    result = run_module(prune, definitions=wanted, components=["compact"])
    assert (removed, result["changed"]) == ([], False)
    assert result["remaining"] == ["StatefulSet monitoring/store-1"]


def test_the_object_store_is_left_alone(cluster: FakeCluster, run_module: RunModule, removed: list[str]) -> None:
    """Of it only what goes is among the definitions, such as its ServiceMonitor, and not what is applied before."""
    cluster.seed(thing("Deployment", "minio", "object-store"), thing("StatefulSet", "store"))
    definitions = [thing("StatefulSet", "store"), thing("Service", "unwanted", "object-store")]
    assert run_module(prune, definitions=definitions)["changed"] is False
    assert removed == []


def test_a_component_that_this_run_does_not_know(
    cluster: FakeCluster, run_module: RunModule, removed: list[str]
) -> None:
    cluster.seed(thing("StatefulSet", "store-0"))
    run_module(prune, definitions=[])
    assert removed == []

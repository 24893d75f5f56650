# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose a claim is, by what it and the StatefulSets beside it say, and never by its name or its label `app`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.apply.claims import Claims, is_claim_name
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import (
    DEPLOYMENT,
    REPLICA_SET,
    STATEFUL_SET,
    THANOS_RULER,
    Resource,
)
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.tests.unit.fakes.claims import (
    MANAGED_BY,
    OURS,
    claim,
    controlled_by,
    from_template,
    made_at,
    set_of_ruler,
    stateful_set,
    thanos_ruler,
)
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, ours

STORE = "data-store-0"


def objection(cluster: FakeCluster, body: Object) -> str:
    """Return what is said against removing a claim."""
    cluster.seed(body)
    return Claims(cluster).objection(body)


def test_our_label_has_to_come_with_our_field_manager_or_from_a_template(cluster: FakeCluster) -> None:
    assert objection(cluster, ours(claim(STORE, app="store"))) == ""
    assert objection(cluster, from_template(STORE, app="store", **OURS)) == ""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (claim("minio-pvc"), "managed-by is missing"),
        (claim("minio-pvc", "kubectl-client-side-apply", **OURS), "field manager observability.thanos owns nothing"),
        (from_template(STORE, app="store"), "managed-by is missing"),
        (claim(STORE, "kubectl-label", app="store", **OURS), "field manager observability.thanos owns nothing"),
        (from_template(STORE, app="store", **{MANAGED_BY: "Helm"}), "managed-by is Helm"),
        (claim(STORE, "observability.thanos", app="store"), "managed-by is missing"),
    ],
    ids=["nothing", "a copied label", "only app", "labelled by hand", "of Helm", "only our field manager"],
)
def test_less_than_that_is_somebody_elses(cluster: FakeCluster, body: Object, reason: str) -> None:
    assert reason in objection(cluster, body)


def test_the_claims_of_an_earlier_version_are_ours_where_their_stateful_set_is(cluster: FakeCluster) -> None:
    cluster.seed(ours(stateful_set("store")))
    assert objection(cluster, from_template(STORE, app="store")) == ""
    for name in ("data-store-x", "data-store-other-0", "cache-store-0", "data-storage-0"):
        assert "managed-by is missing" in objection(cluster, from_template(name, app="store"))


@pytest.mark.parametrize("marks", [{}, OURS])
def test_a_claim_that_a_strangers_stateful_set_uses_stays(cluster: FakeCluster, marks: dict[str, str]) -> None:
    """Its label may be ours, since a manifest of ours was copied: another field manager applied it."""
    cluster.seed({**stateful_set("store"), "metadata": {"name": "store", "namespace": "monitoring", "labels": marks}})
    assert "StatefulSet monitoring/store uses it" in objection(cluster, from_template(STORE, app="store", **marks))
    assert "StatefulSet monitoring/store uses it" in objection(cluster, ours(claim(STORE, app="store")))


def test_a_claim_of_ours_that_something_of_others_mounts_stays(cluster: FakeCluster) -> None:
    """It was kept when we left, and somebody has gone on with what is in it."""
    body = ours(claim("minio-pvc"))
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "minio-pvc"}}]
    theirs = {**stateful_set("minio"), "kind": "Deployment"}
    theirs["spec"]["template"]["spec"]["volumes"] = volumes
    pod: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "backup", "namespace": "monitoring"},
        "spec": {"containers": [], "volumes": volumes},
        "status": {"phase": "Running"},
    }
    for each in (theirs, {**theirs, "kind": "StatefulSet"}, pod):
        other = FakeCluster(namespaces=["monitoring"])
        other.seed(each)
        name = each["metadata"]["name"]
        assert objection(other, body) == f"{each['kind']} monitoring/{name} uses it, which is not this collection's"
        other.seed(ours(each))
        assert objection(other, body) == ""
    cluster.seed({**pod, "status": {"phase": "Succeeded"}})
    assert objection(cluster, body) == ""
    cluster.seed({**pod, "metadata": {**pod["metadata"], "deletionTimestamp": "2026-01-31T12:00:00Z"}})
    assert objection(cluster, body) == ""


def test_a_claim_that_something_of_others_controls_stays(cluster: FakeCluster) -> None:
    """It was taken with a MinIO on it; its controller made it."""
    body = ours(claim("minio-pvc"))
    reference = {"apiVersion": "storage.example.com/v1", "kind": "DataVolume", "name": "old", "uid": "d"}
    body["metadata"]["ownerReferences"] = [{**reference, "controller": True}]
    assert objection(cluster, body) == "DataVolume old controls it, which is not this collection's"
    body["metadata"]["ownerReferences"] = [reference]
    assert objection(cluster, body) == ""


def test_our_own_pods_may_mount_it(cluster: FakeCluster) -> None:
    cluster.seed(ours({**stateful_set("minio"), "kind": "Deployment"}))
    deployment = cluster.get(DEPLOYMENT, "minio", "monitoring")
    assert deployment is not None
    metadata = {"name": "minio-abc", "namespace": "monitoring"}
    cluster.seed(controlled_by({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata}, deployment))
    replica_set = cluster.get(REPLICA_SET, "minio-abc", "monitoring")
    assert replica_set is not None
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "minio-pvc"}}]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**metadata, "name": "minio-abc-xyz"},
        "spec": {"volumes": volumes},
    }
    cluster.seed(controlled_by(pod, replica_set))
    assert objection(cluster, ours(claim("minio-pvc"))) == ""


def test_a_claim_that_our_stateful_set_only_found_stays(cluster: FakeCluster) -> None:
    cluster.seed(made_at(ours(stateful_set("store")), "12:00:00"))
    found = made_at(from_template(STORE, app="store"), "11:59:59")
    assert objection(cluster, found) == (
        "it is older than StatefulSet monitoring/store, so somebody else may have made it"
    )
    assert objection(cluster, made_at(from_template(STORE, app="store"), "12:00:00")) == ""
    assert objection(cluster, made_at(from_template(STORE, app="store", **OURS), "11:59:59")) == ""


def test_another_tools_label_is_believed(cluster: FakeCluster) -> None:
    cluster.seed(ours(stateful_set("store")))
    assert "managed-by is Helm" in objection(cluster, from_template(STORE, app="store", **{MANAGED_BY: "Helm"}))


def test_a_claim_whose_controller_is_ours_is_ours(cluster: FakeCluster) -> None:
    """Its StatefulSet has persistentVolumeClaimRetentionPolicy.whenDeleted: Delete."""
    cluster.seed(made_at(ours(stateful_set("store")), "12:00:00"))
    live = cluster.get(STATEFUL_SET, "store", "monitoring")
    assert live is not None
    body = made_at(controlled_by(from_template(STORE), live), "11:00:00")
    assert objection(cluster, body) == ""
    body["metadata"]["ownerReferences"][0]["uid"] = "of the StatefulSet before this one"
    assert "it is older" in objection(cluster, body)


def test_the_operators_stateful_set_is_ours_where_its_thanos_ruler_is(cluster: FakeCluster) -> None:
    cluster.seed(thanos_ruler())
    live = cluster.get(THANOS_RULER, "thanos-ruler", "monitoring")
    assert live is not None
    cluster.seed(set_of_ruler(live))
    labels = {"app": "thanos-ruler", MANAGED_BY: "prometheus-operator"}
    body = from_template("data-thanos-ruler-thanos-ruler-0", **labels)
    assert objection(cluster, body) == ""
    cluster.seed({**live, "metadata": {**live["metadata"], "managedFields": []}})
    assert "uses it, which is not this collection's" in objection(cluster, body)


def test_stateful_sets_that_cannot_be_listed_may_be_anybodys(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any, **_selectors: Any) -> list[Object]:
        error = ClusterError("forbidden")
        error.status = {"code": 403}
        raise error

    monkeypatch.setattr(cluster, "list", refuse)
    assert "forbidden" in objection(cluster, from_template(STORE, app="store", **OURS))
    assert objection(cluster, ours(claim("minio-pvc"))) == "", "no StatefulSet makes a claim without a number"


@pytest.mark.parametrize("kind", ["StatefulSet", "Deployment", "Pod"])
def test_a_claim_stays_where_the_answer_for_one_kind_is_an_error(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Who may not look goes by the claim's marks; an error says nothing of who uses it."""
    body, real = ours(claim("minio-pvc")), cluster.list
    status: dict[str, Any] = {"code": 500}

    def answer(resource: Resource, *arguments: Any, **selectors: Any) -> list[Object]:
        if resource.kind == kind:
            error = ClusterError(f"no {kind}")
            error.status = status
            raise error
        return real(resource, *arguments, **selectors)

    monkeypatch.setattr(cluster, "list", answer)
    assert objection(cluster, body) == f"it cannot be told whether something of somebody else uses it (no {kind})"
    status["code"] = 403
    assert objection(cluster, body) == ""
    theirs = {**stateful_set("theirs"), "kind": "Deployment" if kind != "Deployment" else "StatefulSet"}
    theirs["spec"]["template"]["spec"]["volumes"] = [{"persistentVolumeClaim": {"claimName": "minio-pvc"}}]
    cluster.seed(theirs)
    assert objection(cluster, body) == f"{theirs['kind']} monitoring/theirs uses it, which is not this collection's"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("data-0-minio-3", True),
        ("data-12-minio-0", True),
        ("data-0-minio2-0", False),
        ("data-minio-0", False),
        ("data-0-minio-web-0", False),
    ],
)
def test_names_of_drives(name: str, expected: bool) -> None:
    assert is_claim_name(name, "data-", "minio") is expected


@pytest.mark.parametrize(
    ("name", "expected"), [("data-store-0", True), ("data-store-1-0", False), ("data-store", False)]
)
def test_names_of_claims(name: str, expected: bool) -> None:
    assert is_claim_name(name, "data-store-", "store") is expected

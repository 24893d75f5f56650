# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a cluster: what counts as ours, what would be lost, and when a namespace may go."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.apply.managed_objects import resource_of
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import Resource
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.plugins.modules import managed_objects_info
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.claims import OURS, claim, from_template, stateful_set
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, ours

NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "minio"}}
CLAIM_TEMPLATE = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"namespace": "monitoring", "generateName": "data-store-", "labels": {"app": "store"}},
}
DRIVES = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"namespace": "minio", "generateName": "data-", "labels": {"app": "minio"}},
}


def an(kind: str, name: str, namespace: str = "minio", labels: dict[str, str] | None = None, **rest: Any) -> Object:
    """Return an object."""
    metadata = {"name": name, "namespace": namespace, "labels": labels or {}}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **rest}


def namespace_made_by(manager: str) -> Object:
    """Return a namespace as the API server keeps it."""
    fields: dict[str, Any] = {"f:metadata": {"f:labels": {"f:kubernetes.io/metadata.name": {}}}}
    entries = [
        {"manager": manager, "operation": "Update", "fieldsV1": fields},
        {"manager": "observability.thanos", "operation": "Apply", "fieldsV1": {"f:metadata": {"f:labels": {}}}},
    ]
    return {**NAMESPACE, "metadata": {"name": "minio", "labels": OURS, "managedFields": entries}}


def test_what_is_not_there_is_left_out(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.unknown_kinds.add("Prometheus")
    wanted = [an("Secret", "a", "nowhere"), {**an("Prometheus", "k8s"), "apiVersion": "monitoring.coreos.com/v1"}]
    result = run_module(managed_objects_info, definitions=wanted)
    assert (result["definitions"], result["descriptions"], result["others"]) == ([], [], [])
    assert result["changed"] is False


def test_only_what_has_our_label_and_our_field_manager_is_ours(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(ours(an("Service", "a")), an("Service", "b", labels={"app": "b"}))
    cluster.seed(an("Service", "c", labels={"app.kubernetes.io/managed-by": "Helm"}), an("Service", "d", labels=OURS))
    result = run_module(managed_objects_info, definitions=[an("Service", name) for name in "abcd"])
    assert [each["metadata"]["name"] for each in result["definitions"]] == ["a"]
    assert result["others"] == [
        "Service minio/b: its label app.kubernetes.io/managed-by is missing, so it is somebody else's",
        "Service minio/c: its label app.kubernetes.io/managed-by is Helm, so it is somebody else's",
        "Service minio/d: it has this collection's label, but field manager observability.thanos owns nothing of it",
    ]


def test_what_something_of_others_controls_is_kept(cluster: FakeCluster, run_module: RunModule) -> None:
    """Our fields came into it by force; an operator made it."""
    body = ours(an("Service", "a"))
    body["metadata"]["ownerReferences"] = [
        {"apiVersion": "minio.example.com/v2", "kind": "Tenant", "name": "objects", "uid": "t", "controller": True}
    ]
    cluster.seed(body)
    result = run_module(managed_objects_info, definitions=[an("Service", "a")])
    assert result["definitions"] == []
    assert result["others"] == ["Service minio/a: Tenant objects controls it, which is not this collection's"]


def test_what_something_of_ours_controls_goes(cluster: FakeCluster, run_module: RunModule) -> None:
    deployment = stored(cluster, {**ours(an("Deployment", "a")), "apiVersion": "apps/v1"})
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a", "uid": deployment["metadata"]["uid"]}
    for body in (ours(an("Service", "a")), an("Service", "b")):
        body["metadata"]["ownerReferences"] = [{**reference, "controller": True}]
        cluster.seed(body)
    result = run_module(managed_objects_info, definitions=[an("Service", "a"), an("Service", "b")])
    assert (len(result["definitions"]), result["others"]) == (2, [])


def test_claims_by_template(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(*(from_template(f"data-store-{number}", app="store", **OURS) for number in (0, 7)))
    cluster.seed(from_template("data-other-0", app="store", **OURS), from_template("data-store-1", app="else", **OURS))
    result = run_module(managed_objects_info, definitions=[CLAIM_TEMPLATE])
    assert result["descriptions"] == [
        "PersistentVolumeClaim monitoring/data-store-0, 1Gi",
        "PersistentVolumeClaim monitoring/data-store-7, 1Gi",
    ]
    assert result["others"] == []


def test_a_claim_of_somebody_else_under_a_name_of_ours_is_kept(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(claim("minio-pvc", namespace="minio"))
    result = run_module(managed_objects_info, definitions=[an("PersistentVolumeClaim", "minio-pvc")])
    assert (result["definitions"], result["descriptions"]) == ([], [])
    assert result["others"] == [
        "PersistentVolumeClaim minio/minio-pvc: its label app.kubernetes.io/managed-by is missing, "
        "so it is somebody else's"
    ]


def test_claims_of_somebody_elses_stateful_sets_are_kept(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(from_template("data-0-minio-0", namespace="minio", app="minio"))
    cluster.seed(from_template("data-minio-0", namespace="minio", app="minio", **OURS))
    cluster.seed(from_template("data-store-0", app="store"), stateful_set("store"))
    result = run_module(managed_objects_info, definitions=[CLAIM_TEMPLATE, DRIVES])
    assert result["definitions"] == []
    assert result["others"] == [
        "PersistentVolumeClaim monitoring/data-store-0: StatefulSet monitoring/store uses it, "
        "which is not this collection's",
        "PersistentVolumeClaim minio/data-0-minio-0: its label app.kubernetes.io/managed-by is missing, "
        "so it is somebody else's",
        "PersistentVolumeClaim minio/data-minio-0: its name is not one of this collection's claims",
    ]


def test_a_workload_that_takes_claims_along_is_kept(cluster: FakeCluster, run_module: RunModule) -> None:
    policy = {"whenDeleted": "Delete", "whenScaled": "Retain"}
    store = ours(stateful_set("store", persistentVolumeClaimRetentionPolicy=policy))
    cluster.seed(store, from_template("data-store-0", app="store", **OURS))
    result = run_module(managed_objects_info, definitions=[store])
    assert result["definitions"] == []
    [reason] = result["others"]
    assert reason.startswith("StatefulSet monitoring/store: PersistentVolumeClaim monitoring/data-store-0 would go")
    assert "persistentVolumeClaimRetentionPolicy.whenDeleted" in reason
    both = run_module(managed_objects_info, definitions=[store, CLAIM_TEMPLATE])
    assert [each["kind"] for each in both["definitions"]] == ["StatefulSet", "PersistentVolumeClaim"]


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_a_workload_that_owns_a_claim_is_kept(cluster: FakeCluster, run_module: RunModule, kind: str) -> None:
    """The garbage collector would remove the claim after its owner, whatever the workload's own policy is."""
    workload = ours({**stateful_set("store"), "kind": kind})
    if kind == "Deployment":
        volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data-store-0"}}
        workload["spec"]["template"]["spec"]["volumes"] = [volume]
        del workload["spec"]["volumeClaimTemplates"]
    owner = stored(cluster, workload)
    cluster.seed(owned(from_template("data-store-0", app="store", **OURS), owner))
    cluster.seed(from_template("data-store-1", app="store", **OURS))
    result = run_module(managed_objects_info, definitions=[workload])
    assert result["definitions"] == []
    [reason] = result["others"]
    assert reason == (
        f"{kind} monitoring/store: PersistentVolumeClaim monitoring/data-store-0 would go with it, "
        "since it is the owner (ownerReferences). Take that out of the claim first"
    )
    both = run_module(managed_objects_info, definitions=[workload, CLAIM_TEMPLATE])
    assert len(both["definitions"]) == 3, "who wants the claims gone as well loses nothing"


def test_an_object_that_is_named_twice_is_found_once(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(ours(an("Secret", "root")))
    result = run_module(managed_objects_info, definitions=[an("Secret", "root"), an("Secret", "root")])
    assert len(result["definitions"]) == len(result["descriptions"]) == 1


def test_a_secret_is_described_by_its_keys_alone(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(ours(an("Secret", "root", stringData={"user": "root", "password": "mellon"})))
    result = run_module(managed_objects_info, definitions=[an("Secret", "root")])
    assert result["descriptions"] == ["Secret minio/root, keys password, user"]
    assert result["definitions"] == [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "root", "namespace": "minio"}}
    ]
    assert "bWVsbG9u" not in str(result)


def owned(body: Object, *owners: Object) -> Object:
    """Return the object as one that goes with these, which were stored before."""
    references = [{"kind": each["kind"], "uid": each["metadata"].get("uid", "gone")} for each in owners]
    return {**body, "metadata": {**body["metadata"], "ownerReferences": references}}


def stored(cluster: FakeCluster, body: Object) -> Object:
    """Store an object and return it with its uid."""
    cluster.seed(body)
    found = cluster.get(resource_of(body), body["metadata"]["name"], body["metadata"].get("namespace"))
    assert found is not None
    return found


def test_a_namespace_of_ours_goes_last_when_nothing_else_is_in_it(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(namespace_made_by("observability.thanos"))
    service = stored(cluster, ours(an("Service", "minio")))
    replicas = stored(cluster, owned(an("ReplicaSet", "minio-x"), stored(cluster, ours(an("Deployment", "minio")))))
    cluster.seed(owned(an("Pod", "minio-x-y"), replicas), owned(an("EndpointSlice", "minio-z"), service))
    cluster.seed(an("ServiceAccount", "default"), an("ConfigMap", "kube-root-ca.crt"), an("Event", "minio-x.1"))
    cluster.seed(an("Endpoints", "minio"), ours(an("Secret", "root")))
    going = [an("Service", "minio"), an("Deployment", "minio")]
    result = run_module(managed_objects_info, definitions=[NAMESPACE, an("Secret", "root")], removed=going)
    assert result["others"] == []
    assert [each["kind"] for each in result["definitions"]] == ["Secret", "Namespace"]


def kept_by(run_module: RunModule, *removed: Object) -> str:
    """Return what is said to keep the namespace."""
    result = run_module(managed_objects_info, definitions=[NAMESPACE], removed=list(removed))
    assert result["definitions"] == []
    [reason] = result["others"]
    return str(reason)


def test_a_namespace_with_something_else_in_it_stays(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(namespace_made_by("observability.thanos"), an("ConfigMap", "precious"))
    assert kept_by(run_module) == "Namespace minio: it also holds ConfigMap minio/precious"


def test_a_namespace_stays_with_what_is_kept_in_it(cluster: FakeCluster, run_module: RunModule) -> None:
    """It has a name of ours, but it is somebody else's."""
    cluster.seed(
        namespace_made_by("observability.thanos"), an("Service", "minio"), claim("minio-pvc", namespace="minio")
    )
    definitions = [an("PersistentVolumeClaim", "minio-pvc"), NAMESPACE]
    result = run_module(managed_objects_info, definitions=definitions, removed=[an("Service", "minio")])
    assert result["definitions"] == []
    assert result["others"][-1] == (
        "Namespace minio: it also holds PersistentVolumeClaim minio/minio-pvc, Service minio/minio"
    )


def test_a_kind_of_another_version_than_the_preferred_keeps_a_namespace(
    cluster: FakeCluster, run_module: RunModule
) -> None:
    """As ScrapeConfigs of the Prometheus operator, which are v1alpha1 beside the v1 of all others."""
    cluster.served[Resource("monitoring.coreos.com/v1", "Prometheus", "prometheuses")] = ["delete", "list"]
    cluster.served[Resource("monitoring.coreos.com/v1alpha1", "ScrapeConfig", "scrapeconfigs")] = ["delete", "list"]
    scrape = {**an("ScrapeConfig", "theirs"), "apiVersion": "monitoring.coreos.com/v1alpha1"}
    cluster.seed(namespace_made_by("observability.thanos"), scrape)
    assert kept_by(run_module) == "Namespace minio: it also holds ScrapeConfig minio/theirs"


@pytest.mark.parametrize("path", ["/apis", "/apis/flunder.example.com/v1", "/api/v1/namespaces/minio/secrets"])
def test_what_cannot_be_listed_keeps_a_namespace(cluster: FakeCluster, run_module: RunModule, path: str) -> None:
    cluster.seed(namespace_made_by("observability.thanos"), ours(an("Secret", "root")))
    cluster.served[Resource("flunder.example.com/v1", "Flunder", "flunders")] = ["delete", "list"]
    error = ClusterError("the server is currently unable to handle the request")
    error.status = {"reason": "ServiceUnavailable"}
    cluster.readings[path] = error
    reason = kept_by(run_module, an("Secret", "root"))
    assert reason.startswith("Namespace minio: what is in it cannot all be listed: ")
    assert "(ServiceUnavailable)" in reason


def test_a_namespace_that_somebody_else_made_stays(cluster: FakeCluster, run_module: RunModule) -> None:
    """Its label is ours since we applied it, but that was later."""
    cluster.seed(namespace_made_by("kubectl-create"))
    assert kept_by(run_module) == "Namespace minio: somebody else made it"


def test_a_namespace_that_was_given_to_somebody_else_stays(cluster: FakeCluster, run_module: RunModule) -> None:
    made = namespace_made_by("observability.thanos")
    made["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "Helm"}
    cluster.seed(made)
    assert "managed-by is Helm" in kept_by(run_module)


@pytest.mark.parametrize(
    ("kind", "plural"),
    [
        ("Prometheus", "prometheuses"),
        ("GrafanaDatasource", "grafanadatasources"),
        ("NetworkPolicy", "networkpolicies"),
        ("PersistentVolumeClaim", "persistentvolumeclaims"),
        ("Ingress", "ingresses"),
    ],
)
def test_plurals(kind: str, plural: str) -> None:
    assert resource_of(an(kind, "a")).plural == plural

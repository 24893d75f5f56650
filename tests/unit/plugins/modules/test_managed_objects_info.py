# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a cluster: what counts as ours, what would be lost, and when a namespace may go."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.cluster import Object
from ansible_collections.observability.thanos.plugins.module_utils.managed_objects import resource_of
from ansible_collections.observability.thanos.plugins.modules import managed_objects_info
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fake_cluster import FakeCluster

OURS = {"app.kubernetes.io/managed-by": "observability.thanos"}
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "minio"}}
CLAIM_TEMPLATE = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"namespace": "monitoring", "generateName": "data-store-", "labels": {"app": "store"}},
}


def an(kind: str, name: str, namespace: str = "minio", labels: dict[str, str] | None = None, **rest: Any) -> Object:
    """Return an object."""
    metadata = {"name": name, "namespace": namespace, "labels": labels or {}}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **rest}


def claim(name: str, namespace: str = "monitoring", **labels: str) -> Object:
    """Return a claim of one gibibyte."""
    spec = {"resources": {"requests": {"storage": "1Gi"}}}
    return an("PersistentVolumeClaim", name, namespace, labels, spec=spec)


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


def test_only_what_has_our_label_is_ours(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(an("Service", "a", labels=OURS), an("Service", "b", labels={"app": "b"}))
    cluster.seed(an("Service", "c", labels={"app.kubernetes.io/managed-by": "Helm"}))
    result = run_module(managed_objects_info, definitions=[an("Service", name) for name in "abc"])
    assert [each["metadata"]["name"] for each in result["definitions"]] == ["a"]
    assert result["others"] == [
        "Service minio/b: its label app.kubernetes.io/managed-by is missing, so it is somebody else's",
        "Service minio/c: its label app.kubernetes.io/managed-by is Helm, so it is somebody else's",
    ]


def test_claims_by_template(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(claim("data-store-0", app="store"), claim("data-store-7", app="store"))
    cluster.seed(claim("data-other-0", app="store"), claim("data-store-1", app="else"))
    result = run_module(managed_objects_info, definitions=[CLAIM_TEMPLATE])
    assert result["descriptions"] == [
        "PersistentVolumeClaim monitoring/data-store-0, 1Gi",
        "PersistentVolumeClaim monitoring/data-store-7, 1Gi",
    ]


def test_a_secret_is_described_by_its_keys_alone(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(an("Secret", "root", labels=OURS, stringData={"user": "root", "password": "mellon"}))
    result = run_module(managed_objects_info, definitions=[an("Secret", "root")])
    assert result["descriptions"] == ["Secret minio/root, keys password, user"]
    assert result["definitions"] == [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "root", "namespace": "minio"}}
    ]
    assert "bWVsbG9u" not in str(result)


def test_a_namespace_of_ours_goes_last_when_nothing_else_is_in_it(cluster: FakeCluster, run_module: RunModule) -> None:
    owned = an("Pod", "minio-x")
    owned["metadata"]["ownerReferences"] = [{"kind": "Deployment", "name": "minio"}]
    builtin = [an("ServiceAccount", "default"), an("ConfigMap", "kube-root-ca.crt"), an("Event", "minio-x.1")]
    cluster.seed(namespace_made_by("observability.thanos"), owned, *builtin)
    cluster.seed(an("Secret", "root", labels=OURS), an("Service", "minio", labels=OURS))
    result = run_module(
        managed_objects_info, definitions=[NAMESPACE, an("Secret", "root")], removed=[an("Service", "minio")]
    )
    assert [each["kind"] for each in result["definitions"]] == ["Secret", "Namespace"]
    assert result["others"] == []


def test_a_namespace_with_something_else_in_it_stays(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(namespace_made_by("observability.thanos"), an("ConfigMap", "precious"))
    result = run_module(managed_objects_info, definitions=[NAMESPACE])
    assert result["definitions"] == []
    assert result["others"] == ["Namespace minio: it also holds ConfigMap minio/precious"]


def test_a_namespace_that_somebody_else_made_stays(cluster: FakeCluster, run_module: RunModule) -> None:
    """Its label is ours since we applied it, but that was later."""
    cluster.seed(namespace_made_by("kubectl-create"))
    result = run_module(managed_objects_info, definitions=[NAMESPACE])
    assert result["definitions"] == []
    assert result["others"] == ["Namespace minio: somebody else made it"]


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

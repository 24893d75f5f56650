# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The single questions of the preflight: versions, owners, storage classes, selectors, the object store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import trustme
from ansible_collections.observability.thanos.plugins.module_utils.k8s.finding import Finding, compose
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.objstore.endpoint import ObjectStore
from ansible_collections.observability.thanos.plugins.module_utils.preflight.kinds import version_problem
from ansible_collections.observability.thanos.plugins.module_utils.preflight.object_store import (
    object_store_finding,
    service_finding,
)
from ansible_collections.observability.thanos.plugins.module_utils.preflight.owner import owner_of
from ansible_collections.observability.thanos.plugins.module_utils.preflight.selectors import foreign_pods
from ansible_collections.observability.thanos.plugins.module_utils.preflight.volumes import claims_of, class_findings
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster


def obj(kind: str, name: str, api_version: str = "v1", **body: Any) -> Object:
    """Return an object; labels, annotations and owners go into its metadata."""
    metadata: Object = {"name": name, "namespace": body.pop("namespace", "monitoring")}
    for key in ("labels", "annotations", "ownerReferences"):
        if key in body:
            metadata[key] = body.pop(key)
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}


@pytest.mark.parametrize(
    ("major", "minor", "is_old"), [("1", "29+", True), ("1", "30", False), ("1", "37+", False), ("2", "0", False)]
)
def test_versions(major: str, minor: str, is_old: bool) -> None:
    found = version_problem({"major": major, "minor": minor, "gitVersion": f"v{major}.{minor}.1"})
    assert (found is not None) == is_old
    if found:
        assert "v1.29+.1; this collection needs 1.30 or later" in found.what


def test_a_version_that_is_not_told_is_no_problem() -> None:
    assert version_problem(None) is None


@pytest.mark.parametrize(
    ("body", "owner"),
    [
        ({}, ""),
        ({"labels": {"app.kubernetes.io/managed-by": "observability.thanos"}}, ""),
        ({"labels": {"app.kubernetes.io/managed-by": "jsonnet"}}, "jsonnet (label app.kubernetes.io/managed-by)"),
        (
            {
                "labels": {"app.kubernetes.io/managed-by": "Helm"},
                "annotations": {"meta.helm.sh/release-name": "thanos"},
            },
            "Helm release thanos",
        ),
        (
            {
                "labels": {"app.kubernetes.io/managed-by": "observability.thanos"},
                "annotations": {"meta.helm.sh/release-name": "thanos"},
            },
            "",
        ),
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "metrics:apps/Deployment:a/b"}},
            "Argo CD application metrics",
        ),
        ({"ownerReferences": [{"kind": "Tenant", "name": "minio", "controller": True}]}, "Tenant minio"),
        ({"ownerReferences": [{"kind": "Tenant", "name": "minio"}]}, ""),
    ],
)
def test_owners(body: Object, owner: str) -> None:
    assert owner_of(obj("Deployment", "minio", **body)) == owner


def storage_class(name: str, is_default: bool = False) -> Object:
    annotations = {"storageclass.kubernetes.io/is-default-class": str(is_default).lower()}
    return obj("StorageClass", name, annotations=annotations)


def store(replicas: int = 2, **spec: Any) -> Object:
    claims = [{"metadata": {"name": "data"}, "spec": spec}]
    return obj("StatefulSet", "store", spec={"replicas": replicas, "volumeClaimTemplates": claims})


def storage_findings(cluster: FakeCluster, manifests: list[Object], *classes: Object) -> list[str]:
    return [str(finding) for finding in class_findings(cluster, claims_of(manifests), classes)]


def test_a_missing_storage_class_is_named_once_for_each_object(cluster: FakeCluster) -> None:
    claim = obj("PersistentVolumeClaim", "minio-pvc", spec={"storageClassName": "slow"})
    found = storage_findings(cluster, [store(storageClassName="fast"), claim], storage_class("standard", True))
    assert [text.partition(". ")[0] for text in found] == [
        "StatefulSet monitoring/store: storage class fast does not exist (there is: standard)",
        "PersistentVolumeClaim monitoring/minio-pvc: storage class slow does not exist (there is: standard)",
    ]


@pytest.mark.parametrize(
    ("app", "option"),
    [
        ("thanos-store", "thanos_store_storage_class"),
        ("thanos-compact", "thanos_compactor_storage_class"),
        ("minio", "minio_storage_class"),
    ],
)
def test_the_option_of_the_storage_class_is_named(cluster: FakeCluster, app: str, option: str) -> None:
    wanted = store(storageClassName="fast")
    wanted["metadata"]["labels"] = {"app.kubernetes.io/name": app}
    assert f"Correct {option}; empty" in storage_findings(cluster, [wanted])[0]


def test_a_default_class_is_needed_where_none_is_named(cluster: FakeCluster) -> None:
    assert "no default one" in storage_findings(cluster, [store()], storage_class("standard"))[0]
    assert storage_findings(cluster, [store()], storage_class("standard", True)) == []
    assert storage_findings(cluster, [store(storageClassName="")]) == []


def test_claims_that_are_there_need_no_class(cluster: FakeCluster) -> None:
    cluster.seed(obj("PersistentVolumeClaim", "data-store-0"))
    assert storage_findings(cluster, [store(1, storageClassName="gone")]) == []
    assert len(storage_findings(cluster, [store(2, storageClassName="gone")])) == 1


def test_volumes_made_by_hand_need_no_class(cluster: FakeCluster) -> None:
    cluster.seed(obj("PersistentVolume", "disk", spec={"storageClassName": "manual"}, status={"phase": "Available"}))
    assert storage_findings(cluster, [store(storageClassName="manual")]) == []


def pod(name: str, owner_kind: str, owner: str, **body: Any) -> Object:
    return obj("Pod", name, ownerReferences=[{"kind": owner_kind, "name": owner}], **body)


def test_pods_of_others_under_our_selector() -> None:
    service = obj("Service", "querier", spec={"selector": {"b": "2", "a": "1"}})
    manifests = [
        obj("Deployment", "querier"),
        obj("StatefulSet", "store"),
        obj("Prometheus", "k8s"),
        obj("Deployment", "elsewhere", namespace="other"),
    ]
    ours = [
        pod("querier-5d-x", "ReplicaSet", "querier-5d"),
        pod("store-0", "StatefulSet", "store"),
        pod("prometheus-k8s-0", "StatefulSet", "prometheus-k8s"),
        pod("prometheus-k8s-shard-1-0", "StatefulSet", "prometheus-k8s-shard-1"),
        pod("done", "Job", "batch", status={"phase": "Succeeded"}),
    ]
    assert foreign_pods(service, ours, manifests) is None
    others = [
        pod("querier-old-5d-x", "ReplicaSet", "querier-old-5d"),
        pod("prometheus-k8s2-0", "StatefulSet", "prometheus-k8s2"),
        pod("elsewhere-1-x", "ReplicaSet", "elsewhere-1"),
        obj("Pod", "by-hand"),
    ]
    found = foreign_pods(service, [*ours, *others], manifests)
    assert found is not None
    assert found.what == (
        "its selector a=1,b=2 also selects pods of others: by-hand, elsewhere-1-x, prometheus-k8s2-0, querier-old-5d-x."
    )


@pytest.mark.parametrize("kind", ["ThanosRuler", "StatefulSet"])
def test_the_rulers_pods_are_ours_with_and_without_the_operator(kind: str) -> None:
    service = obj("Service", "ruler", spec={"selector": {"app": "ruler"}})
    names = ("ruler", "thanos-ruler-ruler")
    ours = [pod(f"{name}-0", "StatefulSet", name) for name in names]
    assert foreign_pods(service, ours, [obj(kind, "ruler")]) is None
    assert foreign_pods(service, [pod("other-0", "StatefulSet", "thanos-ruler-other")], [obj(kind, "ruler")])


def test_pods_that_are_replaced_are_expected() -> None:
    service = obj("Service", "store", spec={"selector": {"app": "store"}})
    manifests = [obj("StatefulSet", "store"), obj("Service", "web")]
    former = [pod("store-5d-x", "ReplicaSet", "store-5d"), obj("Pod", "store-0")]
    assert foreign_pods(service, former, manifests) is not None
    assert foreign_pods(service, former, manifests, are_replaced=True) is None
    for stranger in (
        obj("Pod", "web-0"),
        obj("Pod", "store-0", namespace="other"),
        pod("a", "ReplicaSet", "stores-5d"),
    ):
        assert foreign_pods(service, [stranger], manifests, are_replaced=True) is not None


@pytest.fixture
def s3() -> Iterator[str]:
    """An S3 API with the bucket `blocks`, for which it wants credentials."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(403 if self.path == "/blocks" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            del format, args

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_object_store_that_answers(s3: str) -> None:
    assert object_store_finding(ObjectStore(s3, "blocks", insecure=True)) is None
    missing = object_store_finding(ObjectStore(s3, "other", insecure=True))
    assert missing is not None
    assert missing.what.startswith("it has no bucket other (asked from where this playbook runs")


@pytest.mark.parametrize(
    "target",
    [
        ObjectStore("127.0.0.1:1", "blocks", insecure=True),
        ObjectStore("does-not-exist.invalid", "blocks"),
        ObjectStore("127.0.0.1:1", "blocks", ca="no certificate"),
    ],
)
def test_an_object_store_that_does_not_answer_is_a_warning(target: ObjectStore) -> None:
    found = object_store_finding(target)
    assert found is not None
    assert found.what.startswith("it does not answer: ")
    assert not found.is_error


def test_tls_is_not_spoken_to_a_plain_server(s3: str) -> None:
    found = object_store_finding(ObjectStore(s3, "blocks"))
    assert found is not None
    assert "SSL" in found.what


@pytest.mark.parametrize(
    ("endpoint", "service"),
    [
        ("s3.storage.svc:8333", ("s3", "storage")),
        ("s3.storage.svc.cluster.local", ("s3", "storage")),
        ("s3.storage.svc.cluster.local.:8333", ("s3", "storage")),
        ("s3-0.s3.storage.svc.cluster.local:8333", ("s3", "storage")),
        ("s3.example.com:443", None),
        ("s3.storage.svc.example.com", None),
        ("storage.svc", None),
    ],
)
def test_a_name_inside_the_cluster_is_told_from_others(endpoint: str, service: tuple[str, str] | None) -> None:
    assert ObjectStore(endpoint, "blocks").service == service


@pytest.mark.parametrize(
    ("endpoint", "insecure", "words"),
    [
        ("s3.monitoring.svc:8333", True, ""),
        ("s3.monitoring.svc", True, "Service monitoring/s3 has no port 80, only 8333, 443."),
        ("s3.monitoring.svc", False, ""),
        ("pods.monitoring.svc:9000", True, ""),
        ("s4.monitoring.svc:8333", True, "the cluster has no Service monitoring/s4."),
    ],
)
def test_an_object_store_in_the_cluster_is_looked_up(
    cluster: FakeCluster, endpoint: str, insecure: bool, words: str
) -> None:
    cluster.seed(
        obj("Service", "s3", spec={"clusterIP": "10.96.0.7", "ports": [{"port": 8333}, {"port": 443}]}),
        obj("Service", "pods", spec={"clusterIP": "None", "ports": [{"port": 80}]}),
    )
    found = service_finding(cluster, ObjectStore(endpoint, "blocks", insecure=insecure))
    assert (found.what if found else "") == words
    assert not found or found.is_error


def test_the_message_numbers_what_was_found() -> None:
    one, other = Finding("Secret a/b", "it does not exist.", "Create it."), Finding("API", "it is old.", "")
    assert compose([one]).splitlines()[0] == "One thing has to be put right first. Nothing was changed."
    assert compose([one, other]).splitlines() == [
        "2 things have to be put right first. Nothing was changed.",
        "",
        "1. Secret a/b: it does not exist.",
        "   What to do: Create it.",
        "",
        "2. API: it is old.",
    ]


def test_certificates_may_have_comments_in_any_language() -> None:
    bundle = f"# Zertifizierungsstelle für Köln\n{trustme.CA().cert_pem.bytes().decode()}"
    tls = ObjectStore("s3.example.com", "blocks", ca=bundle).tls
    assert tls is not None
    assert len(tls.get_ca_certs()) == 1

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a cluster: everything is said at once, nothing is changed, check mode bears what is missing."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import Resource
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError, InvalidError
from ansible_collections.observability.thanos.plugins.modules import preflight
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, ours

KINDS = {
    "/api/v1": ["Secret", "Service", "Namespace", "PersistentVolumeClaim", "ConfigMap"],
    "/apis/apps/v1": ["Deployment", "StatefulSet"],
}
USER = "system:serviceaccount:preflight:deployer"
#: The same for the modules of another process or of this one.
Answer = dict[str, Any]


class AskedCluster(FakeCluster):
    """Knows some kinds, and answers reviews of what the user may do."""

    def __init__(self) -> None:
        """Start as a cluster that allows everything."""
        super().__init__(["default", "monitoring"])
        #: What is refused, as `verb resource namespace name`, from which parts may be left out at the end.
        self.refused: list[str] = []
        self.reviews = 0
        self._guard = threading.RLock()

    def read(self, path: str) -> Object | None:
        """Return the version, or the kinds of a group."""
        if path == "/version":
            return {"major": "1", "minor": "37", "gitVersion": "v1.37.0"}
        if path not in KINDS:
            return None
        named = [(kind, f"{kind.lower()}s") for kind in KINDS[path]]
        return {
            "resources": [
                {"name": name, "kind": kind, "namespaced": kind != "Namespace"}
                for kind, plural in named
                for name in (plural, f"{plural}/status")
            ]
        }

    def create(self, resource: Resource, body: Object) -> Object:
        """Answer a review, or create an object."""
        with self._guard:
            if resource.kind == "SelfSubjectReview":
                return {"status": {"userInfo": {"username": USER}}}
            if resource.kind != "SelfSubjectAccessReview":
                return super().create(resource, body)
            self.reviews += 1
            asked = body["spec"]["resourceAttributes"]
            name = "/".join(filter(None, (asked["resource"], asked.get("subresource"))))
            text = " ".join((asked["verb"], name, asked.get("namespace", "-"), asked.get("name", "-")))
            return {"status": {"allowed": not any(f"{text} ".startswith(f"{each} ") for each in self.refused)}}

    def apply(self, resource: Resource, body: Object, force: bool = False, dry_run: bool = False) -> Object:
        """Apply; several threads do so."""
        with self._guard:
            return super().apply(resource, body, force, dry_run)


@pytest.fixture
def cluster() -> AskedCluster:
    """Return a cluster with the namespaces `default` and `monitoring`."""
    return AskedCluster()


def obj(kind: str, name: str, namespace: str | None = "monitoring", api_version: str = "v1", **body: Any) -> Object:
    """Return an object; labels go into its metadata."""
    metadata: Object = {"name": name, "labels": body.pop("labels", {})}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}


OURS = {"app.kubernetes.io/managed-by": "observability.thanos"}
QUERIER = obj("Service", "querier", labels=OURS, spec={"selector": {"app": "querier"}})
NAMESPACE = obj("Namespace", "minio", namespace=None)
MINIO = obj("Service", "minio", namespace="minio", spec={"selector": {"app": "minio"}})


def findings(result: Answer) -> list[str]:
    """Return what was found, as texts."""
    return [f"{each['where']}: {each['what']}".removeprefix(": ") for each in result["findings"]]


def test_nothing_to_find(cluster: AskedCluster, run_module: RunModule) -> None:
    result = run_module(preflight, manifests=[NAMESPACE, MINIO, QUERIER], workloads=[])
    assert "failed" not in result
    assert (result["findings"], result["immutable"], result["version"]) == ([], [], "v1.37.0")
    assert all(write.dry_run for write in cluster.writes)
    assert [write.name for write in cluster.writes] != []
    assert cluster.get(Resource("v1", "Service", "services"), "querier", "monitoring") is None


def test_who_may_do_everything_is_asked_once(cluster: AskedCluster, run_module: RunModule) -> None:
    run_module(preflight, manifests=[QUERIER], rights=[{"resource": "secrets", "verbs": ["get"]}])
    assert cluster.reviews == 1


@pytest.mark.parametrize("option", ["", "adopt", "force_conflicts"])
def test_what_somebody_else_has_under_our_name_is_named_without_a_conflict(
    cluster: AskedCluster, run_module: RunModule, option: str
) -> None:
    cluster.seed(obj("Service", "querier", labels={"app": "query"}, spec={}))
    manifest = obj("Service", "querier", labels=OURS, spec={"selector": {"name": "querier"}})
    found = findings(run_module(preflight, manifests=[manifest], **({option: True} if option else {})))
    there = "Service monitoring/querier: it exists already, and its label app.kubernetes.io/managed-by is missing"
    assert [there in each for each in found] == ([] if option else [True]), found


@pytest.mark.parametrize("kind", ["ConfigMap", "PersistentVolumeClaim", "Namespace"])
def test_what_is_used_as_somebody_elses_is_no_finding(cluster: AskedCluster, run_module: RunModule, kind: str) -> None:
    namespace = None if kind == "Namespace" else "monitoring"
    cluster.seed(obj(kind, "shared", namespace=namespace))
    result = run_module(preflight, manifests=[obj(kind, "shared", namespace=namespace, labels=OURS)])
    assert findings(result) == []


def test_everything_at_once(cluster: AskedCluster, run_module: RunModule) -> None:
    cluster.refused = ["*", "create services", "list events monitoring", "get pods/portforward minio"]
    cluster.seed(obj("Secret", "grafana", data={"other.yaml": ""}))
    cluster.seed(obj("ConfigMap", "store", labels={"app.kubernetes.io/managed-by": "Helm"}))
    result = run_module(
        preflight,
        manifests=[
            QUERIER,
            obj("ConfigMap", "store", labels=OURS),
            obj("Deployment", "lost", namespace="nowhere", api_version="apps/v1"),
            obj("Prometheus", "k8s", api_version="monitoring.coreos.com/v1"),
            obj("StatefulSet", "thanos", api_version="apps/v1", spec=with_claim("fast")),
        ],
        workloads=[{"kind": "Deployment", "name": "querier", "namespace": "monitoring"}],
        rights=[{"namespace": "minio", "resource": "pods/portforward", "verbs": ["get"]}],
        expected=[
            {"kind": "Secret", "namespace": "monitoring", "name": "grafana", "key": "a.yaml", "option": "the_key"},
            {"kind": "Deployment", "namespace": "monitoring", "name": "grafana", "option": "the_deployment"},
        ],
        objstore_secret={"namespace": "monitoring", "name": "none", "key": "thanos.yaml"},
        problems=["Two Prometheus objects are in namespace monitoring."],
    )
    assert result["failed"]
    expected = [
        "Two Prometheus objects are in namespace monitoring.",
        "Prometheus monitoring/k8s: the cluster does not know the kind Prometheus (monitoring.coreos.com/v1).",
        "Namespace nowhere: it does not exist.",
        f"User {USER}: has no right, in namespace minio, to get pods/portforward.",
        f"User {USER}: has no right, in namespace monitoring, to list events; create services.",
        "ConfigMap monitoring/store: Helm (label app.kubernetes.io/managed-by) holds it.",
        "Secret monitoring/grafana: it has no key a.yaml; its keys: other.yaml.",
        "Deployment monitoring/grafana: it does not exist.",
        "StatefulSet monitoring/thanos: storage class fast does not exist (there is: none).",
        "Secret monitoring/none: it does not exist.",
    ]
    found = findings(result)
    assert [text for text in expected if not any(text in other for other in found)] == [], found
    assert len(found) == len(expected) + 1, found  # The fake's conflict for the label is worded otherwise.
    assert f"{len(found)} things have to be put right first. Nothing was changed." in result["msg"]
    for text in found:
        assert text in result["msg"]


def with_claim(storage_class: str) -> Object:
    """Return the spec of a StatefulSet whose pods want a volume."""
    claim = {"metadata": {"name": "data"}, "spec": {"storageClassName": storage_class}}
    return {"template": {"spec": {"containers": []}}, "volumeClaimTemplates": [claim]}


def test_a_right_on_the_named_object_is_enough(cluster: AskedCluster, run_module: RunModule) -> None:
    cluster.refused = ["*", "get secrets monitoring -", "patch services monitoring -", "create services default"]
    rights = [{"namespace": "monitoring", "resource": "secrets", "name": "root", "verbs": ["get"]}]
    assert findings(run_module(preflight, manifests=[QUERIER], rights=rights)) == []
    cluster.refused.append("get secrets monitoring root")
    assert findings(run_module(preflight, manifests=[QUERIER], rights=rights)) == [
        f"User {USER}: has no right, in namespace monitoring, to get secrets."
    ]


def test_a_right_that_was_missing_before_is_told_once(cluster: AskedCluster, run_module: RunModule) -> None:
    cluster.refused = ["*", "list prometheuses"]
    rights = [
        {"namespace": "monitoring", "group": "monitoring.coreos.com", "resource": "prometheuses", "verbs": ["list"]}
    ]
    problem = f'prometheuses is forbidden: User "{USER}" cannot list resource "prometheuses"'
    assert findings(run_module(preflight, rights=rights, problems=[problem])) == [
        f"User {USER}: has no right, in namespace monitoring, to list prometheuses.monitoring.coreos.com."
    ]
    cluster.refused = []
    assert findings(run_module(preflight, rights=rights, problems=[problem])) == [problem]


def test_what_is_there_needs_no_right_to_be_made(cluster: AskedCluster, run_module: RunModule) -> None:
    cluster.refused = ["*", "create"]
    assert "create services" in findings(run_module(preflight, manifests=[QUERIER]))[0]
    cluster.apply(Resource("v1", "Service", "services"), QUERIER)
    cluster.dry_run = False
    cluster.seed(QUERIER)
    assert findings(run_module(preflight, manifests=[QUERIER])) == []


def test_check_mode_bears_what_others_may_make_first(cluster: AskedCluster, run_module: RunModule) -> None:
    del cluster
    result = run_module(
        preflight,
        check_mode=True,
        manifests=[
            obj("Prometheus", "k8s", api_version="monitoring.coreos.com/v1"),
            obj("Service", "lost", namespace="nowhere"),
        ],
        expected=[
            {"kind": "Secret", "namespace": "monitoring", "name": "grafana", "option": "the_secret"},
            {"kind": "Secret", "namespace": "nowhere", "name": "grafana", "option": "the_secret"},
        ],
    )
    assert "failed" not in result
    assert len(result["findings"]) == 3, "what is missing in a missing namespace is not told apart"
    assert all(not each["is_error"] for each in result["findings"])
    assert "Namespace nowhere: it does not exist." in str(result["warnings"])


@pytest.mark.parametrize("check_mode", [False, True])
def test_an_object_store_in_the_cluster_is_not_asked_from_outside(
    cluster: AskedCluster, run_module: RunModule, check_mode: bool
) -> None:
    """Its name does not resolve here, which would be said otherwise."""
    store = {"endpoint": "s3.storage.svc.example:8333", "bucket": "a", "insecure": True, "cluster_domain": "example"}
    missing = run_module(preflight, check_mode=check_mode, object_store=store)
    assert findings(missing) == ["Object store s3.storage.svc.example:8333: the cluster has no Service storage/s3."]
    assert [each["is_error"] for each in missing["findings"]] == [not check_mode]
    cluster.seed(obj("Service", "s3", namespace="storage", spec={"clusterIP": "1.2.3.4", "ports": [{"port": 8333}]}))
    assert findings(run_module(preflight, check_mode=check_mode, object_store=store)) == []


def test_a_prometheus_is_never_made(
    cluster: AskedCluster, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "/apis/monitoring.coreos.com/v1", ["Prometheus"])
    result = run_module(preflight, manifests=[obj("Prometheus", "k8s", api_version="monitoring.coreos.com/v1")])
    assert (findings(result), cluster.writes) == ([], [])


def test_a_namespace_on_its_way_out(cluster: AskedCluster, run_module: RunModule) -> None:
    cluster.seed(obj("Namespace", "monitoring", namespace=None, status={"phase": "Terminating"}))
    assert findings(run_module(preflight, manifests=[QUERIER])) == ["Namespace monitoring: it is being deleted."]


@pytest.mark.parametrize(("force", "number"), [(False, 1), (True, 0)])
def test_what_others_hold_is_not_removed(
    cluster: AskedCluster, run_module: RunModule, force: bool, number: int
) -> None:
    cluster.seed(obj("Service", "querier", labels={"app.kubernetes.io/managed-by": "Helm"}))
    found = findings(run_module(preflight, absent=[QUERIER], force_conflicts=force))
    assert len(found) == number
    assert all("it is to be removed, but Helm" in text for text in found)


def test_what_is_not_there_needs_not_be_removed(cluster: AskedCluster, run_module: RunModule) -> None:
    del cluster
    gone = obj("Prometheus", "k8s", api_version="monitoring.coreos.com/v1")
    assert findings(run_module(preflight, absent=[QUERIER, gone])) == []


RECEIVE = obj("Service", "thanos-receive", labels=OURS, spec={"ports": [{"name": "remote-write", "port": 19291}]})


def writer(kind: str, namespace: str, *urls: str) -> Object:
    """Return an operator's object that writes to these."""
    remote_write = [{"url": url} for url in urls]
    return obj(kind, "writer", namespace, "monitoring.coreos.com/v1", spec={"remoteWrite": remote_write})


@pytest.mark.parametrize(
    ("namespace", "host", "is_warned"),
    [
        ("monitoring", "thanos-receive", True),
        ("default", "thanos-receive", False),
        ("default", "thanos-receive.monitoring", True),
        ("default", "thanos-receive.monitoring.svc", True),
        ("default", "thanos-receive.monitoring.svc.cluster.local", True),
        ("default", "thanos-receive.monitoring.example.com", False),
        ("monitoring", "other-thanos-receive.monitoring.svc", False),
    ],
)
@pytest.mark.parametrize("kind", ["Prometheus", "ThanosRuler"])
def test_who_writes_to_a_receive_that_is_to_be_removed_is_named(
    cluster: AskedCluster, run_module: RunModule, kind: str, namespace: str, host: str, is_warned: bool
) -> None:
    cluster.seed(RECEIVE)
    written = ("http://[", f"https://{host}.example.com/api/v1/write", f"http://{host}:19291/api/v1/receive")
    cluster.seed(writer(kind, namespace, *written))
    result = run_module(preflight, absent=[RECEIVE])
    told = f"it is to be removed, but {kind} {namespace}/writer writes to it (spec.remoteWrite)."
    assert findings(result) == ([f"Service monitoring/thanos-receive: {told}"] if is_warned else [])
    assert "failed" not in result, "a warning"


def test_a_writer_that_is_removed_with_it_is_none(cluster: AskedCluster, run_module: RunModule) -> None:
    ruler = writer("ThanosRuler", "monitoring", "http://thanos-receive:19291/api/v1/receive")
    cluster.seed(RECEIVE)
    cluster.seed(ruler)
    assert findings(run_module(preflight, absent=[RECEIVE, ruler])) == []
    assert findings(run_module(preflight, absent=[QUERIER])) == [], "receive stays"


def test_an_api_that_does_not_answer_is_one_error(
    cluster: AskedCluster, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(path: str) -> Object | None:
        raise ClusterError(f"The Kubernetes API cannot be reached: {path}")

    monkeypatch.setattr(cluster, "read", away)
    assert "cannot be reached" in run_module(preflight, manifests=[QUERIER])["msg"]


def test_the_manifests_are_not_part_of_the_result(cluster: AskedCluster, run_module: RunModule) -> None:
    del cluster
    result = run_module(preflight, manifests=[QUERIER])
    assert result["invocation"]["module_args"]["manifests"] == ["Service monitoring/querier"]


def test_data_of_another_mode_is_all_that_is_said_of_minio(cluster: AskedCluster, run_module: RunModule) -> None:
    """Not that its Service would select the pods of the old one, whose removal would be the wrong remedy."""
    servers = obj("Service", "minio", namespace="minio", spec={"selector": {"app": "minio"}})
    servers["metadata"]["labels"] = {"app.kubernetes.io/component": "object-store"}
    cluster.seed(obj("PersistentVolumeClaim", "minio-pvc", namespace="minio"))
    cluster.seed(obj("Pod", "minio-abc", namespace="minio", labels={"app": "minio"}))
    wanted = {"namespace": "minio", "mode": "distributed", "replicas": 4, "drives_per_pod": 1}
    result = run_module(preflight, manifests=[NAMESPACE, servers], minio=wanted, problems=["Something else."])
    (first, second) = findings(result)
    assert "PersistentVolumeClaim minio/minio-pvc: the data of a standalone MinIO is there" in first
    assert second == "Something else."
    assert "docs/operations/minio.md" in result["msg"]
    result = run_module(preflight, manifests=[NAMESPACE, servers], minio={**wanted, "mode": "standalone"})
    assert "also selects pods of others: minio-abc" in findings(result)[0]


def stateful_set(*claims: str, **spec: Any) -> Object:
    """Return a store gateway with claim templates."""
    templates = [{"metadata": {"name": each}, "spec": {"storageClassName": ""}} for each in claims]
    pods = {"metadata": {"labels": {"app": "store"}}, "spec": {"containers": [{"name": "x", "args": ["store"]}]}}
    whole = {"selector": {"matchLabels": {"app": "store"}}, "template": pods, "volumeClaimTemplates": templates, **spec}
    return obj("StatefulSet", "store", api_version="apps/v1", labels=OURS, spec=whole)


def fix_claims(cluster: AskedCluster) -> None:
    """Let the API refuse to change claim templates, as the real one does."""

    def before_write(verb: str, body: Object) -> None:
        live = cluster._objects.get((body.get("kind", ""), "monitoring", body["metadata"]["name"]))
        if verb == "apply" and live and live["spec"]["volumeClaimTemplates"] != body["spec"]["volumeClaimTemplates"]:
            error = InvalidError("updates to statefulset spec for fields other than 'replicas' are forbidden")
            error.status = {"message": str(error)}
            raise error

    cluster.before_write = before_write


def test_claims_that_would_go_with_a_workload(cluster: AskedCluster, run_module: RunModule) -> None:
    fix_claims(cluster)
    cluster.seed(ours(stateful_set("data", persistentVolumeClaimRetentionPolicy={"whenDeleted": "Delete"})))
    cluster.seed(obj("PersistentVolumeClaim", "data-store-0"))
    result = run_module(preflight, manifests=[stateful_set("other")], replace_immutable=True)
    assert "StatefulSet monitoring/store: it is to be deleted, and PersistentVolumeClaim data-store-0 would go" in str(
        findings(result)
    )
    assert result["failed"] is True


def test_claims_that_would_go_with_pods_need_no_permission(cluster: AskedCluster, run_module: RunModule) -> None:
    live = stateful_set("data", replicas=2, persistentVolumeClaimRetentionPolicy={"whenScaled": "Delete"})
    cluster.seed(ours(live))
    result = run_module(preflight, manifests=[stateful_set("data", replicas=1)], force_conflicts=True)
    assert "its replicas are to be 1 instead of 2" in str(findings(result))


def test_whether_claims_would_go_has_to_be_readable(cluster: AskedCluster, run_module: RunModule) -> None:
    fix_claims(cluster)
    cluster.seed(ours(stateful_set("data")))
    cluster.refused = ["*", "list persistentvolumeclaims"]
    result = run_module(preflight, manifests=[stateful_set("other")], replace_immutable=True)
    assert "list persistentvolumeclaims" in str(findings(result))

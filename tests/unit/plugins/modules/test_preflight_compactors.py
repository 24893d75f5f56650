# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preflight refuses a run that would put a second compactor on a bucket, and names the first one."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import STATEFUL_SET
from ansible_collections.observability.thanos.plugins.modules import preflight
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import ours
from ansible_collections.observability.thanos.tests.unit.fakes.compactors import (
    FILE,
    PASSWORD,
    GuardedCluster,
    config,
    container,
    obj,
    owner,
    pod_spec,
    secret,
    workload,
)

KINDS = {"/api/v1": ["Secret", "Service", "ConfigMap"], "/apis/apps/v1": ["Deployment", "StatefulSet"]}
OWN = workload("StatefulSet", "team-b", "thanos-compactor")
OTHER = workload("StatefulSet", "monitoring", "thanos-compactor")
#: What the role thanos_objstore is about to write.
WRITTEN = {
    "namespace": "team-b",
    "name": "thanos-objectstorage",
    "key": "thanos.yaml",
    "type": "S3",
    "config": {"bucket": "blocks", "endpoint": "minio.minio.svc.cluster.local:9000", "insecure": True},
}
Result = dict[str, Any]


class KnowingCluster(GuardedCluster):
    """Knows its version and some kinds, and allows every write."""

    def read(self, path: str) -> Object | None:
        """Return the version, or the kinds of a group."""
        if path == "/version":
            return {"major": "1", "minor": "37", "gitVersion": "v1.37.0"}
        kinds = KINDS.get(path, [])
        return {"resources": [{"name": f"{kind.lower()}s", "kind": kind, "namespaced": True} for kind in kinds]}

    def create(self, resource: Any, body: Object) -> Object:
        """Answer a review of access, or create an object."""
        if resource.kind == "SelfSubjectAccessReview":
            return {"status": {"allowed": True}}
        return super().create(resource, body)


@pytest.fixture
def cluster() -> KnowingCluster:
    """Return a cluster with an earlier stack in namespace monitoring."""
    found = KnowingCluster()
    found.seed(obj("Service", "minio", "minio", spec={"clusterIP": "10.96.0.7", "ports": [{"port": 9000}]}))
    found.seed(secret("monitoring", config()), OTHER)
    found.seed({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-b"}})
    return found


def errors(result: Result) -> list[str]:
    """Return what stops the run, as texts."""
    return [f"{each['where']}: {each['what']}" for each in result["findings"] if each["is_error"]]


def warnings(result: Result) -> list[str]:
    """Return what does not stop the run."""
    return [f"{each['where']}: {each['what']}" for each in result["findings"] if not each["is_error"]]


def test_a_second_compactor_on_the_same_bucket_is_refused(cluster: KnowingCluster, run_module: RunModule) -> None:
    result = run_module(preflight, manifests=[OWN], written_objstore=WRITTEN)
    (error,) = errors(result)
    assert error.startswith("StatefulSet monitoring/thanos-compactor: its container thanos ")
    for text in (
        "bucket blocks at minio.minio.svc.cluster.local:9000",
        "StatefulSet team-b/thanos-compactor",
        "damage each other's blocks",
    ):
        assert text in error
    for text in ("thanos_objstore_bucket", "thanos_objstore_prefix", "thanos_compactor_state: absent"):
        assert text in result["msg"]
    assert PASSWORD not in str(result)
    assert all(write.dry_run for write in cluster.writes)


def test_a_bucket_that_stands_in_a_secret_of_others_is_read_there(
    cluster: KnowingCluster, run_module: RunModule
) -> None:
    """As with thanos_objstore_existing_secret, or without thanos_objstore among thanos_components."""
    cluster.seed(secret("team-b", config("minio.minio:9000")))
    (error,) = errors(run_module(preflight, manifests=[OWN]))
    assert "bucket blocks at minio.minio.svc.cluster.local:9000" in error
    assert "at minio.minio:9000" in error


def test_another_bucket_is_no_problem(cluster: KnowingCluster, run_module: RunModule) -> None:
    other = {**WRITTEN, "config": {**WRITTEN["config"], "bucket": "team-b"}}  # type: ignore[dict-item]
    result = run_module(preflight, manifests=[OWN], written_objstore=other)
    assert (errors(result), warnings(result)) == ([], [])
    assert not any(read.startswith(("list services", "list endpointslices")) for read in cluster.reads)


def test_a_run_without_a_compactor_looks_for_none(cluster: KnowingCluster, run_module: RunModule) -> None:
    store = workload("StatefulSet", "team-b", "thanos-store-gateway", pod_spec(container("store", FILE)))
    result = run_module(preflight, manifests=[store], absent=[OWN], written_objstore=WRITTEN)
    assert errors(result) == []
    assert not any(read.endswith(" -") for read in cluster.reads), "nothing is listed in all namespaces"


def test_the_runs_own_compactor_is_none_of_others(cluster: KnowingCluster, run_module: RunModule) -> None:
    del cluster
    assert errors(run_module(preflight, manifests=[OTHER])) == []


@pytest.mark.parametrize(("adopt", "number"), [(True, 0), (False, 1)])
def test_a_copy_of_another_kind_is_none_of_others_where_it_is_replaced(
    cluster: KnowingCluster, run_module: RunModule, adopt: bool, number: int
) -> None:
    cluster.seed(secret("team-b", config()))
    cluster.seed(workload("Deployment", "team-b", "thanos-compactor"))
    cluster.delete(STATEFUL_SET, "thanos-compactor", "monitoring")
    result = run_module(preflight, manifests=[OWN], adopt=adopt)
    assert len(errors(result)) == number
    assert all(each.startswith("Deployment team-b/thanos-compactor: ") for each in errors(result))
    assert ("Set thanos_adopt to true" in str(result.get("msg"))) == (not adopt)


def test_shards_that_the_run_removes_are_none_of_others(cluster: KnowingCluster, run_module: RunModule) -> None:
    labels = {"app.kubernetes.io/part-of": "thanos", "app.kubernetes.io/component": "compact"}
    shard = workload("StatefulSet", "monitoring", "thanos-compactor-1", labels=labels)
    cluster.seed(ours(shard))
    assert errors(run_module(preflight, manifests=[OTHER])) == []
    stranger = workload("StatefulSet", "monitoring", "thanos-compactor-2", labels=shard["metadata"]["labels"])
    cluster.seed(stranger)
    (error,) = errors(run_module(preflight, manifests=[OTHER]))
    assert error.startswith("StatefulSet monitoring/thanos-compactor-2:"), "labels alone make nothing ours"


def test_what_cannot_be_looked_at_is_a_warning_that_names_it(cluster: KnowingCluster, run_module: RunModule) -> None:
    cluster.forbidden = {"get secrets monitoring"}
    result = run_module(preflight, manifests=[OWN], written_objstore=WRITTEN)
    assert errors(result) == []
    (warning,) = warnings(result)
    assert "StatefulSet monitoring/thanos-compactor, container thanos: " in warning
    assert "Secret monitoring/thanos-objectstorage may not be read (get secrets)" in warning


def test_without_rights_in_the_whole_cluster_the_runs_own_namespaces_are_looked_at(
    cluster: KnowingCluster, run_module: RunModule
) -> None:
    plurals = ("deployments", "statefulsets", "daemonsets", "jobs", "cronjobs", "pods")
    cluster.forbidden = {f"list {plural} -" for plural in plurals}
    cluster.seed(workload("Deployment", "team-b", "compact-too"))
    result = run_module(preflight, manifests=[OWN], written_objstore=WRITTEN)
    (error,) = errors(result)
    assert error.startswith("Deployment team-b/compact-too:")
    (warning,) = warnings(result)
    for text in ("deployments.apps", "statefulsets.apps", "cronjobs.batch", "pods", "outside of namespace team-b"):
        assert text in warning


@pytest.mark.parametrize(
    ("kind", "more", "why"),
    [
        ("StatefulSet", {"replicas": 0}, "scaled to 0"),
        ("Deployment", {"replicas": 0}, "scaled to 0"),
        ("CronJob", {"suspend": True}, "suspended"),
        ("Job", {"suspend": True}, "suspended"),
        ("StatefulSet", {"deletionTimestamp": "2026-01-31T12:00:00Z"}, "being deleted"),
    ],
)
def test_a_compactor_that_rests_is_a_warning(
    cluster: KnowingCluster, run_module: RunModule, kind: str, more: Any, why: str
) -> None:
    cluster.seed(secret("rest", config()), workload(kind, "rest", "compact", **more))
    result = run_module(preflight, manifests=[OTHER])
    assert errors(result) == []
    (warning,) = warnings(result)
    assert warning.startswith(f"{kind} rest/compact: ")
    assert why in warning


def test_a_pod_that_a_resting_workload_still_runs_is_refused(cluster: KnowingCluster, run_module: RunModule) -> None:
    cluster.seed(secret("rest", config()), workload("Deployment", "rest", "compact", replicas=0))
    cluster.seed(workload("Pod", "rest", "compact-7f9-x", ownerReferences=owner("ReplicaSet", "compact-7f9")))
    (error,) = errors(run_module(preflight, manifests=[OTHER]))
    assert error.startswith("ReplicaSet rest/compact-7f9")


def test_one_that_might_be_on_the_same_server_is_a_warning(cluster: KnowingCluster, run_module: RunModule) -> None:
    del cluster
    outside = {**WRITTEN, "config": {"bucket": "blocks", "endpoint": "s3.example.com"}}
    result = run_module(preflight, manifests=[OWN], written_objstore=outside)
    assert errors(result) == []
    (warning,) = warnings(result)
    assert "bucket blocks at minio.minio.svc.cluster.local:9000" in warning
    assert "s3.example.com" in warning


def test_azures_account_may_stand_among_the_credentials(cluster: KnowingCluster, run_module: RunModule) -> None:
    """Containers of two accounts may have the same name."""
    there = "{type: AZURE, config: {container: blocks, storage_account: one}}"
    cluster.seed(secret("monitoring", there))
    source = {"namespace": "team-b", "name": "azure", "field": "account"}
    azure = {**WRITTEN, "type": "AZURE", "config": {"container": "blocks"}, "credentials_secret": source}
    for account, number in (("one", 1), ("two", 0)):
        cluster.seed(obj("Secret", "team-b", "azure", stringData={"account": account}))
        result = run_module(preflight, manifests=[OWN], written_objstore=azure)
        assert (len(errors(result)), warnings(result)) == (number, [])

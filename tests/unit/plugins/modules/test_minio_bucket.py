# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a cluster with a MinIO: what it makes, repairs, keeps, and never says."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from typing import Any

import minio
import minio.minioadmin
import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import POD
from ansible_collections.observability.thanos.plugins.module_utils.minio import access as minio_access
from ansible_collections.observability.thanos.plugins.module_utils.minio import policy as minio_policy
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.plugins.modules import minio_bucket
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster
from ansible_collections.observability.thanos.tests.unit.fakes.minio import S3, FakeMinio, workload
from urllib3.exceptions import ReadTimeoutError

RunModule = Callable[..., dict[str, Any]]

BUCKET = "prometheus-thanos"
POLICY = "thanos-prometheus-thanos"
ROOT_PASSWORD = "r00t-s3cret"
USER_SECRET_KEY = "user-s3cret"
ALL = [f"policy_add {POLICY}", f"make_bucket {BUCKET}", "user_add thanos", f"policy_set {POLICY} thanos"]


def secret(name: str, texts: dict[str, str]) -> Object:
    data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "minio"}, "data": data}


@pytest.fixture
def server(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> FakeMinio:
    server = FakeMinio("minio-root", ROOT_PASSWORD)
    monkeypatch.setattr(minio, "Minio", server.s3)
    monkeypatch.setattr(minio.minioadmin, "MinioAdmin", server.admin)

    def connect(_cluster: FakeCluster, namespace: str, pod: str, port: int) -> None:
        assert (namespace, pod, port) == ("minio", "minio-abc", 9000)

    monkeypatch.setattr(minio_access, "pod_http_client", connect)
    cluster.seed(
        secret("minio-root", {"root-user": "minio-root", "root-password": ROOT_PASSWORD}),
        secret("minio-thanos", {"access-key": "thanos", "secret-key": USER_SECRET_KEY}),
        *workload(),
    )
    return server


@pytest.fixture
def bucket(run_module: RunModule) -> RunModule:
    def run(**options: Any) -> dict[str, Any]:
        result = run_module(minio_bucket, **{"bucket": BUCKET, "wait_timeout": 1, **options})
        for text in (ROOT_PASSWORD, USER_SECRET_KEY, "s3cret-resource"):
            assert text not in str(result)
        return result

    return run


def test_first_run_makes_all_and_the_second_nothing(server: FakeMinio, bucket: RunModule) -> None:
    result = bucket()
    assert (result["changed"], result["bucket"], result["policy"]) == (True, BUCKET, POLICY)
    assert server.writes == ALL
    assert server.users["thanos"]["secret"] == USER_SECRET_KEY
    assert bucket()["changed"] is False
    assert server.writes == ALL


def test_check_mode_before_and_after(server: FakeMinio, bucket: RunModule) -> None:
    assert bucket(check_mode=True)["changed"] is True
    assert server.writes == []
    bucket()
    assert bucket(check_mode=True)["changed"] is False
    server.users["thanos"]["secret"] = "another"
    server.policies.clear()
    assert bucket(check_mode=True)["changed"] is True
    assert server.writes == ALL


def test_check_mode_on_an_empty_cluster(bucket: RunModule) -> None:
    assert bucket(check_mode=True)["changed"] is True


@pytest.mark.usefixtures("server")
def test_check_mode_without_a_ready_pod(cluster: FakeCluster, bucket: RunModule) -> None:
    """As after an uninstall, which keeps credentials and volume: what is on the volume cannot be looked at."""
    cluster.seed(*workload(ready=False))
    result = bucket(check_mode=True)
    assert result["changed"] is False
    assert "does not run" in str(result["warnings"])


def test_policy_is_compared_by_meaning(server: FakeMinio, bucket: RunModule) -> None:
    bucket()
    first, second = server.policies[POLICY]["Statement"]
    server.policies[POLICY] = {
        "ID": "",
        "Statement": [
            {**second, "Action": second["Action"][::-1], "Sid": "x"},
            {**first, "Resource": first["Resource"][0], "Condition": {}},
        ],
    }
    assert bucket()["changed"] is False


@pytest.mark.parametrize(
    "wider",
    [
        {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]},
        {"Effect": "Deny", "Action": ["s3:DeleteObject"], "Resource": ["arn:aws:s3:::prometheus-thanos/*"]},
    ],
)
def test_changed_policy_is_put_right(server: FakeMinio, bucket: RunModule, wider: dict[str, Any]) -> None:
    bucket()
    server.policies[POLICY]["Statement"].append(wider)
    assert bucket()["changed"] is True
    assert server.writes == [*ALL, f"policy_add {POLICY}"]
    assert bucket()["changed"] is False


def test_policy_stays_in_its_bucket() -> None:
    resources = {item for each in minio_policy.bucket_policy("abc")["Statement"] for item in each["Resource"]}
    assert resources == {"arn:aws:s3:::abc", "arn:aws:s3:::abc/*"}


@pytest.mark.parametrize("change", [{"secret": "another"}, {"status": "disabled"}])
def test_user_is_put_right(server: FakeMinio, bucket: RunModule, change: dict[str, str]) -> None:
    bucket()
    server.users["thanos"].update(change)
    assert bucket()["changed"] is True
    assert server.writes == [*ALL, "user_add thanos"]
    assert bucket()["changed"] is False


def test_a_new_user_is_proven_before_anybody_relies_on_it(
    server: FakeMinio, bucket: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: Any) -> None:
        raise minio.error.S3Error(None, "AccessDenied", "no", None, None, None)  # type: ignore[arg-type]

    bucket()
    assert server.objects == set(), "the object that proved it is gone"
    server.users.clear()
    monkeypatch.setattr("ansible_collections.observability.thanos.tests.unit.fakes.minio.S3.remove_object", refuse)
    message = bucket()["msg"]
    assert "The user of Secret minio/minio-thanos cannot write, read and delete in bucket prometheus-thanos" in message
    assert "AccessDenied" in message


@pytest.mark.usefixtures("server")
def test_root_credentials_that_do_not_work(cluster: FakeCluster, bucket: RunModule) -> None:
    for user in ("minio-root", "nobody"):
        cluster.seed(secret("minio-root", {"root-user": user, "root-password": "wrong-s3cret"}))
        result = bucket()
        assert "does not accept the root credentials of Secret minio/minio-root" in result["msg"]
        assert "wrong-s3cret" not in str(result)


@pytest.mark.usefixtures("server")
def test_root_as_thanos_user(cluster: FakeCluster, bucket: RunModule) -> None:
    cluster.seed(secret("minio-thanos", {"access-key": "minio-root", "secret-key": USER_SECRET_KEY}))
    assert "hold the same access key" in bucket()["msg"]


@pytest.mark.usefixtures("server")
def test_missing_secret_and_missing_key(cluster: FakeCluster, bucket: RunModule) -> None:
    cluster.seed(secret("minio-thanos", {"access-key": "thanos"}))
    assert bucket()["msg"] == "Secret minio/minio-thanos has no key secret-key; its keys: access-key."
    assert bucket(root_secret="nosuch")["msg"] == "Secret minio/nosuch does not exist."


@pytest.mark.parametrize("name", ["My_Bucket", "ab", "192.168.1.1"])
def test_bucket_name_is_checked_first(bucket: RunModule, name: str) -> None:
    message = bucket(bucket=name)["msg"]
    assert message.startswith(f"bucket (minio_bucket in the roles) is '{name}': ")
    assert "3 to 63 lower-case letters" in message


def test_no_deployment(bucket: RunModule) -> None:
    assert "minio/minio" in bucket()["msg"]


def test_a_pod_on_its_way_out_is_replaced_first(cluster: FakeCluster, server: FakeMinio, bucket: RunModule) -> None:
    """The Deployment does not say yet that its only pod was deleted."""
    deployment, pod, _replica_set = workload()
    going = {**pod, "metadata": {**pod["metadata"], "deletionTimestamp": "2026-01-31T12:00:00Z"}}
    cluster.seed(deployment, going)
    threading.Timer(0.2, lambda: cluster.seed(pod)).start()
    assert bucket(wait_timeout=5)["changed"] is True
    assert server.writes == ALL


def test_a_pod_of_others_with_the_same_labels_is_not_talked_to(
    cluster: FakeCluster, server: FakeMinio, bucket: RunModule
) -> None:
    """The server fixture wants the pod to be minio-abc."""
    _deployment, pod, _replica_set = workload()
    bare = {**pod, "metadata": {**pod["metadata"], "name": "aaa", "ownerReferences": []}}
    other = {"kind": "ReplicaSet", "name": "minio", "uid": "of-another", "controller": True}
    controlled = {**pod, "metadata": {**pod["metadata"], "name": "bbb", "ownerReferences": [other]}}
    cluster.delete(POD, "minio-abc", "minio")
    cluster.seed(bare, controlled, pod)
    assert bucket()["changed"] is True
    assert server.writes == ALL


@pytest.mark.usefixtures("server")
def test_no_replica(cluster: FakeCluster, bucket: RunModule) -> None:
    deployment, pod, _replica_set = workload(ready=False)
    deployment["spec"]["replicas"] = 0
    deployment["status"] = {"observedGeneration": 2}
    cluster.seed(deployment, pod)
    assert "has no ready pod. Is its number of replicas 0?" in bucket()["msg"]


def test_rollout_that_does_not_end(cluster: FakeCluster, server: FakeMinio, bucket: RunModule) -> None:
    deployment, pod, _replica_set = workload(ready=False)
    deployment["status"] = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "unavailableReplicas": 1}
    cluster.seed(deployment, pod)
    assert "Deployment minio/minio: 0 of 1" in bucket()["msg"]
    assert server.writes == []


@pytest.mark.usefixtures("server")
def test_error_of_the_server(bucket: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any) -> None:
        raise minio.error.MinioAdminException("500", f"<html>{ROOT_PASSWORD}</html>")

    monkeypatch.setattr("ansible_collections.observability.thanos.tests.unit.fakes.minio.Admin.policy_info", refuse)
    assert bucket()["msg"] == "MinIO answered status 500"


def test_a_minio_that_goes_away_is_waited_for_again(
    cluster: FakeCluster, server: FakeMinio, bucket: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pod is replaced by another one in the middle of the work."""
    seen: list[str] = []

    def connect(_cluster: FakeCluster, _namespace: str, pod: str, _port: int) -> None:
        seen.append(pod)

    def make_bucket(s3: Any, name: str) -> None:
        if seen == ["minio-abc"]:
            _deployment, pod, _replica_set = workload()
            cluster.delete(POD, "minio-abc", "minio")
            cluster.seed({**pod, "metadata": {**pod["metadata"], "name": "minio-def"}})
            raise ReadTimeoutError(None, "/", "late")  # type: ignore[arg-type]
        original(s3, name)

    original = S3.make_bucket
    monkeypatch.setattr(minio_access, "pod_http_client", connect)
    monkeypatch.setattr(S3, "make_bucket", make_bucket)
    assert bucket(wait_timeout=5)["changed"] is True
    assert seen == ["minio-abc", "minio-def"]
    assert server.writes == ALL


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("failure", "message"),
    [(ReadTimeoutError(None, "/", "late"), "MinIO gives no answer: "), (ClusterError("no way"), "no way")],  # type: ignore[arg-type]
)
def test_no_answer(bucket: RunModule, monkeypatch: pytest.MonkeyPatch, failure: Exception, message: str) -> None:
    def refuse(*_args: Any) -> None:
        raise failure

    monkeypatch.setattr("ansible_collections.observability.thanos.tests.unit.fakes.minio.Admin.policy_info", refuse)
    assert bucket()["msg"].startswith(message)

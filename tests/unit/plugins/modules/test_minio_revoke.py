# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a cluster with a MinIO: what it revokes, and that it never does so too early."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import minio
import minio.minioadmin
import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import POD, SECRET, Resource
from ansible_collections.observability.thanos.plugins.module_utils.minio import access as minio_access
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError, ConflictError
from ansible_collections.observability.thanos.plugins.modules import minio_revoke
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, ours
from ansible_collections.observability.thanos.tests.unit.fakes.minio import FakeMinio, workload

RunModule = Callable[..., dict[str, Any]]

ROOT_PASSWORD = "r00t-s3cret"
USER_SECRET_KEY = "user-s3cret"
NAME = "thanos-objectstorage"
CHECKSUM = "c" * 64
CONFIGURATION = """type: S3
config: {bucket: b, endpoint: "minio.minio.svc.cluster.local:9000", access_key: new, secret_key: x}
"""
READERS = {"namespace": "monitoring", "name": NAME, "checksum": CHECKSUM}
ANNOTATION = "observability.thanos/objstore-checksum"


def secret(namespace: str, name: str, **texts: str) -> Object:
    data = {key.replace("_", "-"): base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    metadata = {"name": name, "namespace": namespace, "managedFields": [{"time": "2026-01-01T10:00:00Z"}]}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}


def reader(name: str, checksum: str | None, created: str = "2026-01-01T11:00:00Z", **spec: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "monitoring",
            "creationTimestamp": created,
            "annotations": {ANNOTATION: checksum} if checksum else {},
        },
        "spec": {"containers": [{}], "volumes": [{"secret": {"secretName": NAME}}], **spec},
        "status": {"phase": "Running"},
    }


@pytest.fixture
def server(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> FakeMinio:
    server = FakeMinio("minio-root", ROOT_PASSWORD)
    server.users = {name: {"secret": "x", "status": "enabled", "policies": ""} for name in ("one", "two", "new")}
    monkeypatch.setattr(minio, "Minio", server.s3)
    monkeypatch.setattr(minio.minioadmin, "MinioAdmin", server.admin)
    monkeypatch.setattr(minio_access, "pod_http_client", lambda *_arguments: None)
    user = {"access_key": "new", "secret_key": USER_SECRET_KEY, "replaced_access_keys": "one,two"}
    cluster.seed(
        secret("minio", "minio-root", root_user="minio-root", root_password=ROOT_PASSWORD),
        secret("minio", "minio-thanos", **user),
        secret("monitoring", NAME, **{"thanos.yaml": CONFIGURATION}),
        reader("store-0", CHECKSUM),
        *workload(),
    )
    return server


@pytest.fixture
def revoke(run_module: RunModule) -> RunModule:
    def run(**options: Any) -> dict[str, Any]:
        result = run_module(minio_revoke, **{"bucket": "b", "readers": READERS, "wait_timeout": 1, **options})
        assert ROOT_PASSWORD not in str(result)
        assert USER_SECRET_KEY not in str(result)
        return result

    return run


def note(cluster: FakeCluster) -> str:
    body = cluster.get(SECRET, "minio-thanos", "minio")
    assert body is not None
    return base64.b64decode(body["data"].get("replaced-access-keys", "")).decode()


def test_replaced_users_are_removed_once(cluster: FakeCluster, server: FakeMinio, revoke: RunModule) -> None:
    result = revoke()
    assert (result["changed"], result["revoked"]) == (True, 2)
    assert server.users.keys() == {"new"}
    assert note(cluster) == ""
    result = revoke()
    assert (result["changed"], result["revoked"]) == (False, 0)
    assert server.writes == ["user_remove one", "user_remove two"]


def test_a_run_that_ended_before_the_note_was_removed(
    cluster: FakeCluster, server: FakeMinio, revoke: RunModule
) -> None:
    del server.users["one"]
    assert revoke()["revoked"] == 2
    assert note(cluster) == ""


def test_check_mode(cluster: FakeCluster, server: FakeMinio, revoke: RunModule) -> None:
    cluster.seed(reader("store-0", "another"))
    assert revoke(check_mode=True)["changed"] is True
    assert (server.writes, note(cluster)) == ([], "one,two")


@pytest.mark.parametrize(
    "pod_",
    [
        reader("old-0", "another"),
        reader("old-0", None, "2026-01-01T09:00:00Z"),
        reader("old-0", "another", volumes=[{"projected": {"sources": [{"secret": {"name": NAME}}]}}]),
        reader("old-0", "another", volumes=[], containers=[{"env": [{"valueFrom": {"secretKeyRef": {"name": NAME}}}]}]),
        reader("old-0", "another", volumes=[], initContainers=[{"envFrom": [{"secretRef": {"name": NAME}}]}]),
    ],
)
def test_nothing_is_revoked_while_a_pod_has_the_old_content(
    cluster: FakeCluster, server: FakeMinio, revoke: RunModule, pod_: Object
) -> None:
    cluster.seed(pod_)
    message = revoke()["msg"]
    assert "1 pods in namespace monitoring were started before" in message
    assert "old-0" in message
    assert "store-0" not in message
    assert (server.writes, note(cluster)) == ([], "one,two")


@pytest.mark.parametrize(
    "pod_",
    [
        reader("other-0", None),
        reader("other-0", "another", volumes=[{"secret": {"secretName": "another"}}]),
        {**reader("other-0", "another"), "status": {"phase": "Succeeded"}},
    ],
)
@pytest.mark.usefixtures("server")
def test_pods_that_do_not_matter(cluster: FakeCluster, revoke: RunModule, pod_: Object) -> None:
    cluster.seed(pod_)
    assert revoke()["revoked"] == 2


@pytest.mark.usefixtures("server")
def test_a_pod_on_its_way_out_is_waited_for(
    cluster: FakeCluster, revoke: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.seed(reader("old-0", "another"))
    module = "ansible_collections.observability.thanos.plugins.module_utils.objstore.readers"
    monkeypatch.setattr(f"{module}.time.sleep", lambda _seconds: cluster.delete(POD, "old-0", "monitoring"))
    assert revoke(wait_timeout=60)["revoked"] == 2


def test_the_readers_secret_still_names_a_replaced_key(
    cluster: FakeCluster, server: FakeMinio, revoke: RunModule
) -> None:
    text = "type: S3\nconfig: {bucket: b, access_key: two, secret_key: x}"
    cluster.seed(secret("monitoring", NAME, **{"thanos.yaml": text}))
    assert "Secret monitoring/thanos-objectstorage still has an access key that" in revoke()["msg"]
    assert (server.writes, note(cluster)) == ([], "one,two")


def other_stack(access_key: str, phase: str = "Running", host: str = "minio.minio") -> list[Object]:
    """Return the object-store Secret of a stack in another namespace, and a pod that reads it."""
    settings = f"{{bucket: b, endpoint: '{host}:9000', access_key: {access_key}, secret_key: x}}"
    text = f"type: S3\nconfig: {settings}\nprefix: team-b"
    configuration = ours(secret("team-b", "metrics", **{"thanos.yaml": text, "ca.crt": "["}))
    configuration["metadata"]["labels"]["app.kubernetes.io/component"] = "objstore"
    pod = reader("store-0", None, volumes=[{"secret": {"secretName": "metrics"}}])
    pod["metadata"]["namespace"] = "team-b"
    return [configuration, {**pod, "status": {"phase": phase}}]


def test_another_stack_still_has_a_replaced_key(cluster: FakeCluster, server: FakeMinio, revoke: RunModule) -> None:
    """Two stacks that share a user, each with a prefix of its own in the bucket."""
    cluster.seed(*other_stack("two"))
    message = revoke()["msg"]
    assert "Secret team-b/metrics" in message
    assert "Nothing was revoked" in message
    assert (server.writes, note(cluster)) == ([], "one,two")
    cluster.seed(*other_stack("new"))
    assert revoke()["revoked"] == 2


@pytest.mark.usefixtures("server")
def test_the_same_access_key_of_another_server(cluster: FakeCluster, revoke: RunModule) -> None:
    cluster.seed(*other_stack("two", host="minio"))
    assert revoke()["revoked"] == 2


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("is_forbidden", [True, False])
def test_another_stack_that_does_not_run_or_may_not_be_seen(
    cluster: FakeCluster, revoke: RunModule, monkeypatch: pytest.MonkeyPatch, is_forbidden: bool
) -> None:
    cluster.seed(*other_stack("two", "Running" if is_forbidden else "Succeeded"))
    if is_forbidden:
        lists = cluster.list

        def refuse(resource: Resource, namespace: str | None = None, **selectors: Any) -> Any:
            if resource == SECRET and namespace is None:
                error = ClusterError("secrets is forbidden")
                error.status = {"code": 403}
                raise error
            return lists(resource, namespace, **selectors)

        monkeypatch.setattr(cluster, "list", refuse)
    assert revoke()["revoked"] == 2


def test_without_readers_nobody_is_looked_at(cluster: FakeCluster, server: FakeMinio, revoke: RunModule) -> None:
    cluster.seed(reader("old-0", "another"))
    assert revoke(readers=None)["revoked"] == 2
    assert server.users.keys() == {"new"}


@pytest.mark.usefixtures("server")
def test_rotated_meanwhile(cluster: FakeCluster, revoke: RunModule) -> None:
    user = {"access_key": "newer", "secret_key": USER_SECRET_KEY, "replaced_access_keys": "one,two,new"}

    def overtake(verb: str, _body: Object) -> None:
        if verb == "replace":
            cluster.before_write = None
            cluster.seed(secret("minio", "minio-thanos", **user))
            raise ConflictError("the object has been modified")

    cluster.before_write = overtake
    revoke()
    assert note(cluster) == "new"

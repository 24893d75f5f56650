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
from ansible_collections.observability.thanos.plugins.module_utils import minio_access
from ansible_collections.observability.thanos.plugins.module_utils.cluster import POD, SECRET, ConflictError, Object
from ansible_collections.observability.thanos.plugins.modules import minio_revoke
from ansible_collections.observability.thanos.tests.unit.fake_cluster import FakeCluster
from ansible_collections.observability.thanos.tests.unit.fake_minio import FakeMinio, workload

RunModule = Callable[..., dict[str, Any]]

ROOT_PASSWORD = "r00t-s3cret"
USER_SECRET_KEY = "user-s3cret"
NAME = "thanos-objectstorage"
CHECKSUM = "c" * 64
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
        secret("monitoring", NAME, **{"thanos.yaml": "type: S3\nconfig: {bucket: b, access_key: new, secret_key: x}"}),
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
    module = "ansible_collections.observability.thanos.plugins.module_utils.objstore_readers"
    monkeypatch.setattr(f"{module}.time.sleep", lambda _seconds: cluster.delete(POD, "old-0", "monitoring"))
    assert revoke(wait_timeout=60)["revoked"] == 2


def test_the_readers_secret_still_names_a_replaced_key(
    cluster: FakeCluster, server: FakeMinio, revoke: RunModule
) -> None:
    text = "type: S3\nconfig: {bucket: b, access_key: two, secret_key: x}"
    cluster.seed(secret("monitoring", NAME, **{"thanos.yaml": text}))
    assert "Secret monitoring/thanos-objectstorage still has an access key that" in revoke()["msg"]
    assert (server.writes, note(cluster)) == ([], "one,two")


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

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a cluster: what is made once, kept, replaced when given, and never said."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import NAMESPACE, SECRET
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ConflictError
from ansible_collections.observability.thanos.plugins.modules import minio_credentials
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster

RunModule = Callable[..., dict[str, Any]]


@pytest.fixture
def credentials(run_module: RunModule) -> RunModule:
    return lambda **options: run_module(minio_credentials, **options)


def content(cluster: FakeCluster, name: str) -> dict[str, str]:
    secret = cluster.get(SECRET, name, "minio")
    assert secret is not None
    return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}


def secret(name: str, **texts: str) -> Object:
    data = {key.replace("_", "-"): base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "minio"}, "data": data}


def test_first_run_makes_namespace_and_both_secrets(cluster: FakeCluster, credentials: RunModule) -> None:
    result = credentials()
    assert result["changed"] is True
    assert cluster.get(NAMESPACE, "minio") is not None
    root, user = content(cluster, "minio-root"), content(cluster, "minio-thanos")
    assert root.keys() == {"root-user", "root-password"}
    assert user.keys() == {"access-key", "secret-key"}
    assert root["root-user"] == "minio-root"
    assert re.fullmatch("thanos-[a-z0-9]{8}", user["access-key"])
    assert len(root["root-password"]) == len(user["secret-key"]) == 40
    assert root["root-password"] != user["secret-key"]
    assert len(result["checksum"]) == 64
    for text in (root["root-password"], user["secret-key"]):
        assert text not in str(result)


def test_second_run_changes_nothing(cluster: FakeCluster, credentials: RunModule) -> None:
    first = credentials()
    before = content(cluster, "minio-root")
    writes = len(cluster.writes)
    second = credentials()
    assert second["changed"] is False
    assert second["checksum"] == first["checksum"]
    assert content(cluster, "minio-root") == before
    assert len(cluster.writes) == writes


def test_given_values_win_and_stay(cluster: FakeCluster, credentials: RunModule) -> None:
    first = credentials()
    generated = content(cluster, "minio-thanos")["access-key"]
    given = {"root_password": "gIven-passw0rd", "user_access_key": "other", "user_secret_key": "gIven-s3cret"}
    result = credentials(**given)
    assert result["changed"] is True
    assert result["checksum"] != first["checksum"]
    assert content(cluster, "minio-root") == {"root-user": "minio-root", "root-password": "gIven-passw0rd"}
    user = {"access-key": "other", "secret-key": "gIven-s3cret", "replaced-access-keys": generated}
    assert content(cluster, "minio-thanos") == user
    for text in ("gIven-passw0rd", "gIven-s3cret"):
        assert text not in str(result)
    assert credentials(**given)["changed"] is False
    assert credentials()["changed"] is False
    assert content(cluster, "minio-root")["root-password"] == "gIven-passw0rd"


def test_secret_made_by_hand_is_used_as_it_is(cluster: FakeCluster, credentials: RunModule) -> None:
    cluster.seed(secret("minio-root", root_user="admin", root_password="by-hand-1", other="x"))
    credentials()
    assert content(cluster, "minio-root") == {"root-user": "admin", "root-password": "by-hand-1", "other": "x"}


def test_secret_without_the_key(cluster: FakeCluster, credentials: RunModule) -> None:
    cluster.seed(secret("minio-root", root_user="admin", password="by-hand-1"))
    result = credentials()
    assert result["msg"] == "Secret minio/minio-root has no key root-password; its keys: password, root-user."
    assert "by-hand-1" not in str(result)


def test_secret_with_an_empty_key(cluster: FakeCluster, credentials: RunModule) -> None:
    cluster.seed(secret("minio-root", root_user="admin", root_password=""))
    assert credentials()["msg"] == "Secret minio/minio-root: the content of key root-password is empty."


def test_secret_that_is_not_text(cluster: FakeCluster, credentials: RunModule) -> None:
    body = secret("minio-root", root_user="admin")
    body["data"]["root-password"] = base64.b64encode(b"\xff\xfe").decode()
    cluster.seed(body)
    assert "the content of key root-password is not text" in credentials()["msg"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"root_password": ""}, "root_password is empty; it needs at least 8 characters"),
        ({"root_password": "sHort12"}, "root_password needs at least 8 characters"),
        ({"user_secret_key": "sHort12"}, "user_secret_key needs at least 8 characters"),
        ({"root_user": "ab"}, "root_user needs at least 3 characters"),
        ({"user_access_key": "a=b"}, "user_access_key needs at least 3 characters, none of them = or ,"),
        ({"user_secret": "minio-root"}, "root_secret and user_secret are both minio-root"),
    ],
)
def test_bad_values(cluster: FakeCluster, credentials: RunModule, options: dict[str, str], message: str) -> None:
    result = credentials(**options)
    assert result["failed"] is True
    assert message in result["msg"]
    assert "sHort12" not in str(result)
    assert cluster.writes == []


def test_check_mode_writes_nothing(cluster: FakeCluster, credentials: RunModule) -> None:
    assert credentials(check_mode=True)["changed"] is True
    assert cluster.get(NAMESPACE, "minio") is None
    credentials()
    assert credentials(check_mode=True)["changed"] is False


def test_another_play_was_faster(cluster: FakeCluster, credentials: RunModule) -> None:
    credentials()
    theirs = secret("minio-root", root_user="theirs", root_password="their-password")

    def overtake(verb: str, body: Object) -> None:
        if verb == "replace" and body["metadata"]["name"] == "minio-root":
            cluster.before_write = None
            cluster.seed(theirs)
            raise ConflictError("the object has been modified")

    cluster.before_write = overtake
    credentials(root_password="gIven-passw0rd")
    assert content(cluster, "minio-root") == {"root-user": "theirs", "root-password": "gIven-passw0rd"}


def test_created_meanwhile(cluster: FakeCluster, credentials: RunModule) -> None:
    def overtake(verb: str, body: Object) -> None:
        if verb == "create" and body["metadata"]["name"] == "minio-root":
            cluster.before_write = None
            cluster.seed(secret("minio-root", root_user="theirs", root_password="their-password"))

    cluster.before_write = overtake
    credentials()
    assert content(cluster, "minio-root")["root-password"] == "their-password"


def test_rotating_the_user_notes_the_old_access_key(cluster: FakeCluster, credentials: RunModule) -> None:
    first = credentials(rotate_user=True)
    assert (first["user_changed"], first["rotating"]) == (True, False), "there is nothing to replace yet"
    old = content(cluster, "minio-thanos")
    result = credentials(rotate_user=True)
    new = content(cluster, "minio-thanos")
    assert (result["changed"], result["user_changed"], result["rotating"]) == (True, True, True)
    assert new["replaced-access-keys"] == old["access-key"]
    assert new["access-key"].startswith("thanos-")
    assert new["access-key"] != old["access-key"]
    assert len(new["secret-key"]) == 40
    assert new["secret-key"] != old["secret-key"]
    assert result["checksum"] == first["checksum"], "MinIO itself is not restarted"
    for text in (old["secret-key"], new["secret-key"]):
        assert text not in str(result)


@pytest.mark.parametrize("rotate_user", [True, False])
def test_a_rotation_that_is_under_way_is_carried_on(
    cluster: FakeCluster, credentials: RunModule, rotate_user: bool
) -> None:
    credentials()
    credentials(rotate_user=True)
    before = content(cluster, "minio-thanos")
    result = credentials(rotate_user=rotate_user)
    assert (result["changed"], result["user_changed"], result["rotating"]) == (False, False, True)
    assert content(cluster, "minio-thanos") == before


def test_given_credentials_rotate_by_themselves(cluster: FakeCluster, credentials: RunModule) -> None:
    credentials(user_access_key="thanos")
    assert credentials(user_secret_key="gIven-s3cret")["rotating"] is True
    first = content(cluster, "minio-thanos")
    assert first["secret-key"] == "gIven-s3cret"
    assert first["access-key"] != "thanos"
    assert credentials(user_secret_key="gIven-s3cret")["changed"] is False
    credentials(user_secret_key="an0ther-s3cret")
    second = content(cluster, "minio-thanos")
    assert second["replaced-access-keys"] == f"thanos,{first['access-key']}"
    credentials(user_access_key="thanos", user_secret_key="back-ag4in")
    third = content(cluster, "minio-thanos")
    assert third["access-key"] == "thanos"
    assert third["replaced-access-keys"] == f"{first['access-key']},{second['access-key']}", "what is used is not noted"


def test_a_new_access_key_alone_gets_a_secret_key_of_its_own(cluster: FakeCluster, credentials: RunModule) -> None:
    credentials()
    old = content(cluster, "minio-thanos")
    credentials(user_access_key="other")
    new = content(cluster, "minio-thanos")
    assert new["secret-key"] != old["secret-key"]
    assert new["replaced-access-keys"] == old["access-key"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"user_access_key": "thanos", "rotate_user": True},
            "user_access_key (minio_user_access_key) is 'thanos', as in",
        ),
        ({"user_access_key": "thanos", "user_secret_key": "an0ther-s3cret"}, "its secret key is to be a new one"),
        ({"user_secret_key": "gIven-s3cret", "rotate_user": True}, "user_secret_key (minio_user_secret_key) is what"),
    ],
)
def test_what_cannot_be_rotated_fails_first(
    cluster: FakeCluster, credentials: RunModule, options: dict[str, Any], message: str
) -> None:
    credentials(user_access_key="thanos", user_secret_key="gIven-s3cret")
    writes = len(cluster.writes)
    result = credentials(**options, root_password="an0ther-passw0rd")
    assert message in result["msg"]
    assert "s3cret" not in result["msg"]
    assert len(cluster.writes) == writes


def test_rotating_root(cluster: FakeCluster, credentials: RunModule) -> None:
    first = credentials()
    old = content(cluster, "minio-root")
    result = credentials(rotate_root=True)
    new = content(cluster, "minio-root")
    assert (result["changed"], result["user_changed"], result["rotating"]) == (True, False, False)
    assert result["checksum"] != first["checksum"]
    assert new["root-user"] == old["root-user"]
    assert new["root-password"] != old["root-password"]
    given = credentials(rotate_root=True, root_password="gIven-passw0rd")
    assert (given["changed"], "warnings" in given) == (True, False)
    again = credentials(rotate_root=True, root_password="gIven-passw0rd")
    assert again["changed"] is False
    assert "rotate_root (minio_rotate_root) changes nothing" in str(again["warnings"])
    assert "gIven-passw0rd" not in str(again)


def test_check_mode_rotates_nothing(cluster: FakeCluster, credentials: RunModule) -> None:
    credentials()
    before = [content(cluster, name) for name in ("minio-root", "minio-thanos")]
    result = credentials(rotate_user=True, rotate_root=True, check_mode=True)
    assert (result["changed"], result["user_changed"], result["rotating"]) == (True, True, True)
    assert [content(cluster, name) for name in ("minio-root", "minio-thanos")] == before


def test_rotated_meanwhile_by_another_play(cluster: FakeCluster, credentials: RunModule) -> None:
    credentials()
    theirs = secret("minio-thanos", access_key="theirs", secret_key="their-s3cret", replaced_access_keys="thanos")

    def overtake(verb: str, body: Object) -> None:
        if verb == "replace" and body["metadata"]["name"] == "minio-thanos":
            cluster.before_write = None
            cluster.seed(theirs)
            raise ConflictError("the object has been modified")

    cluster.before_write = overtake
    assert credentials(rotate_user=True)["rotating"] is True
    assert content(cluster, "minio-thanos")["access-key"] == "theirs"

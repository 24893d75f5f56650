# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several stacks on one MinIO: each has a user of its own, which reaches its own bucket and nothing else."""

from __future__ import annotations

import base64
from typing import Any

import minio
import minio.minioadmin
import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import (
    DEPLOYMENT,
    POD,
    SECRET,
    STATEFUL_SET,
)
from ansible_collections.observability.thanos.plugins.module_utils.minio import access as minio_access
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.plugins.modules import (
    minio_bucket,
    minio_credentials,
    minio_revoke,
    minio_tenants_info,
)
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, ours
from ansible_collections.observability.thanos.tests.unit.fakes.minio import FakeMinio, workload

ROOT_PASSWORD = "r00t-s3cret"


def secret(name: str, **texts: str) -> Object:
    """Return a Secret of an earlier run."""
    data = {key.replace("_", "-"): base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    metadata = {"name": name, "namespace": "minio"}
    return ours({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})


def allowing(*resources: str, action: str = "s3:*") -> dict[str, Any]:
    """Return a policy as a person writes it."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [action], "Resource": [*resources]}]}


@pytest.fixture
def server(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> FakeMinio:
    """One MinIO, without users."""
    server = FakeMinio("minio-root", ROOT_PASSWORD)
    monkeypatch.setattr(minio, "Minio", server.s3)
    monkeypatch.setattr(minio.minioadmin, "MinioAdmin", server.admin)
    monkeypatch.setattr(minio_access, "pod_http_client", lambda *_arguments: None)
    cluster.seed(secret("minio-root", root_user="minio-root", root_password=ROOT_PASSWORD), *workload())
    return server


class Stack:
    """What `site.yml` does about MinIO's users for one stack."""

    def __init__(self, cluster: FakeCluster, run_module: RunModule, name: str, user_secret: str = "") -> None:
        """Have a Secret and a bucket by the stack's name."""
        self._cluster, self._run = cluster, run_module
        self.bucket = name
        self.secret = user_secret or f"minio-{name}"

    def run(self, **options: Any) -> dict[str, Any]:
        """Make credentials, bucket and user; return the result of the step that failed, or of the last one."""
        made = self._run(minio_credentials, user_secret=self.secret, **options)
        if made.get("failed"):
            return made
        result = self._run(minio_bucket, user_secret=self.secret, bucket=self.bucket, wait_timeout=1)
        assert ROOT_PASSWORD not in str(result)
        return result

    def revoke(self) -> dict[str, Any]:
        """Do what comes at the end of a rotation."""
        return self._run(minio_revoke, user_secret=self.secret, bucket=self.bucket, wait_timeout=1)

    def texts(self) -> dict[str, str]:
        """Return what is in the user's Secret."""
        found = self._cluster.get(SECRET, self.secret, "minio")
        assert found is not None
        return {key: base64.b64decode(value).decode() for key, value in found["data"].items()}

    @property
    def user(self) -> str:
        """Return the access key in the Secret."""
        return self.texts()["access-key"]


@pytest.fixture
def one(cluster: FakeCluster, run_module: RunModule) -> Stack:
    """The first stack."""
    return Stack(cluster, run_module, "one")


@pytest.fixture
def two(cluster: FakeCluster, run_module: RunModule) -> Stack:
    """The second one, on the same MinIO."""
    return Stack(cluster, run_module, "two")


def reaches(server: FakeMinio, stack: Stack, bucket: str) -> bool:
    """Return whether the stack's user, with the keys in its Secret, may read that bucket."""
    keys = stack.texts()
    if server.check(keys["access-key"], keys["secret-key"]):
        return False
    return server.is_allowed(keys["access-key"], "s3:GetObject", f"{bucket}/x")


def test_each_stack_has_a_user_of_its_own(server: FakeMinio, one: Stack, two: Stack) -> None:
    assert one.run()["changed"] is True
    first = one.texts()
    assert two.run()["changed"] is True
    assert one.user != two.user
    assert one.texts() == first
    for stack, other in ((one, two), (two, one)):
        assert stack.user.startswith("thanos-")
        assert reaches(server, stack, stack.bucket)
        assert not reaches(server, stack, other.bucket)
        assert stack.run()["changed"] is False


def test_a_user_that_is_there_stays_as_it_is(cluster: FakeCluster, server: FakeMinio, one: Stack) -> None:
    """An installation whose user is called thanos."""
    cluster.seed(secret(one.secret, access_key="thanos", secret_key="user-s3cret"))
    one.run()
    writes, keys = list(server.writes), one.texts()
    assert one.run()["changed"] is False
    assert (server.writes, one.texts()) == (writes, keys)


def test_a_user_of_another_stack_is_not_locked_out(
    cluster: FakeCluster, server: FakeMinio, one: Stack, two: Stack
) -> None:
    cluster.seed(secret(one.secret, access_key="thanos", secret_key="s3cret-of-one"))
    cluster.seed(secret(two.secret, access_key="thanos", secret_key="s3cret-of-two"))
    one.run()
    before = (list(server.writes), {name: dict(user) for name, user in server.users.items()})
    message = two.run()["msg"]
    for part in ("Secret minio/minio-two", "'thanos'", "bucket one", "minio_rotate_user", "minio_user_access_key"):
        assert part in message
    assert "s3cret" not in message
    assert (server.writes, server.users) == before
    assert two.run(rotate_user=True)["changed"] is True
    assert reaches(server, one, "one")
    assert reaches(server, two, "two")
    assert not reaches(server, two, "one")


def test_one_secret_for_two_stacks(cluster: FakeCluster, server: FakeMinio, one: Stack, run_module: RunModule) -> None:
    one.run()
    writes = list(server.writes)
    second = Stack(cluster, run_module, "two", user_secret=one.secret)
    message = second.run()["msg"]
    for part in (f"Secret minio/{one.secret}", one.user, "bucket one", "minio_user_secret"):
        assert part in message
    assert "minio_rotate_user" not in message, "the other stack's user would change"
    assert server.writes == writes


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_user_of_two_stacks_from_an_earlier_version_is_told(
    cluster: FakeCluster, server: FakeMinio, one: Stack, two: Stack, check_mode: bool, run_module: RunModule
) -> None:
    cluster.seed(secret(one.secret, access_key="thanos", secret_key="user-s3cret"))
    one.run()
    cluster.seed(secret(two.secret, access_key="thanos", secret_key="user-s3cret"))
    server.policies["thanos-two"] = allowing("arn:aws:s3:::two/*")
    server.users["thanos"]["policies"] = "thanos-one,thanos-two"
    options = {"user_secret": one.secret, "bucket": "one", "wait_timeout": 1}
    message = run_module(minio_bucket, check_mode=check_mode, **options)["msg"]
    assert "bucket two (policy thanos-two)" in message
    assert "minio_rotate_user" in message


def test_check_mode_of_the_way_out_is_no_error(server: FakeMinio, one: Stack, run_module: RunModule) -> None:
    """The Secret still names the user that is to be replaced."""
    one.run()
    server.users[one.user]["policies"] += ",readwrite"
    announced = run_module(minio_credentials, check_mode=True, user_secret=one.secret, rotate_user=True)
    options = {"user_secret": one.secret, "bucket": "one", "user_changed": announced["user_changed"]}
    assert run_module(minio_bucket, check_mode=True, **options)["changed"] is True
    assert one.run(rotate_user=True)["changed"] is True


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("readwrite", "every bucket (policy readwrite)"),
        ("consoleAdmin", "every bucket (policy consoleAdmin)"),
        ("diagnostics", "admin:ServerInfo (policy diagnostics)"),
        (allowing("arn:aws:s3:::one*"), "buckets one* (policy by-hand)"),
        (allowing("arn:aws:s3:::on?/*"), "buckets on? (policy by-hand)"),
        (allowing("*"), "every bucket (policy by-hand)"),
        (allowing("arn:aws:s3:::one/*", "arn:aws:s3:::other/*"), "bucket other (policy by-hand)"),
        (allowing("arn:aws:s3:::one", action="*"), "* (policy by-hand)"),
        (
            {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other/*"}]},
            "bucket other",
        ),
        ({"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "NotResource": ["arn:aws:s3:::one"]}]}, "every bucket"),
        ({"Statement": [{"Effect": "Allow", "NotAction": ["s3:*"], "Resource": ["arn:aws:s3:::one"]}]}, "every action"),
    ],
)
@pytest.mark.parametrize("by_group", [True, False])
def test_wider_rights_are_told_and_stay(
    server: FakeMinio, one: Stack, policy: str | dict[str, Any], words: str, by_group: bool
) -> None:
    one.run()
    name = policy if isinstance(policy, str) else "by-hand"
    if not isinstance(policy, str):
        server.policies[name] = policy
    if by_group:
        server.groups["readers"] = {"members": {one.user}, "status": "enabled", "policies": name}
    else:
        server.users[one.user]["policies"] += f",{name}"
    before = server.users[one.user]["policies"]
    message = one.run()["msg"]
    assert words in message
    assert ("of group readers" in message) is by_group
    assert "Nothing was changed in MinIO" in message
    assert server.users[one.user]["policies"] == before


@pytest.mark.parametrize(
    "policy",
    [
        allowing("arn:aws:s3:::one", "arn:aws:s3:::one/*"),
        allowing("arn:aws:s3:::one/thanos/*"),
        {"Statement": [{"Effect": "Deny", "Action": ["s3:DeleteObject"], "Resource": ["arn:aws:s3:::*"]}]},
    ],
)
def test_other_policies_for_its_own_bucket_stay(server: FakeMinio, one: Stack, policy: dict[str, Any]) -> None:
    one.run()
    server.policies["by-hand"] = policy
    server.users[one.user]["policies"] = "by-hand"
    server.users[one.user]["secret"] = server.users[one.user]["secret"]
    if policy["Statement"][0]["Effect"] == "Allow":
        assert one.run()["changed"] is True
        assert server.users[one.user]["policies"] == "by-hand,thanos-one"
    server.users[one.user]["policies"] = "by-hand,thanos-one"
    assert one.run()["changed"] is False


def test_a_policy_of_somebody_elses_by_our_name_is_not_replaced(server: FakeMinio, one: Stack) -> None:
    """No user of ours has it, and whoever has it would lose the other bucket."""
    theirs = allowing("arn:aws:s3:::one/*", "arn:aws:s3:::reports/*")
    server.policies["thanos-one"] = theirs
    server.users["reporter"] = {"secret": "theirs-s3cret", "status": "enabled", "policies": "thanos-one"}
    message = one.run()["msg"]
    assert "Policy thanos-one of MinIO also allows bucket reports" in message
    assert "minio_bucket" in message
    assert server.policies["thanos-one"] == theirs
    assert server.writes == []
    del server.policies["thanos-one"]
    one.run()
    server.policies["thanos-one"] = theirs
    assert one.run()["changed"] is True, "one that our user has is put right"
    assert server.policies["thanos-one"] != theirs


def test_a_group_that_is_disabled_gives_nothing(server: FakeMinio, one: Stack) -> None:
    one.run()
    server.groups["readers"] = {"members": {one.user}, "status": "disabled", "policies": "readwrite"}
    assert one.run()["changed"] is False


def test_a_policy_that_is_gone_gives_nothing(server: FakeMinio, one: Stack) -> None:
    one.run()
    server.users[one.user]["policies"] = "gone"
    assert one.run()["changed"] is True
    assert server.users[one.user]["policies"] == "thanos-one"


def test_a_user_of_somebody_elses_without_rights(cluster: FakeCluster, server: FakeMinio, one: Stack) -> None:
    server.users["backup"] = {"secret": "of-somebody", "status": "enabled", "policies": ""}
    cluster.seed(secret(one.secret, access_key="backup", secret_key="user-s3cret"))
    message = one.run()["msg"]
    assert "'backup'" in message
    assert "another secret key" in message
    assert server.users["backup"]["secret"] == "of-somebody"


def test_a_run_that_ended_before_the_user_had_its_policy_is_carried_on(server: FakeMinio, one: Stack) -> None:
    one.run()
    server.users[one.user]["policies"] = ""
    assert one.run()["changed"] is True
    assert reaches(server, one, "one")


@pytest.mark.parametrize("change", [{"secret": "another"}, {"status": "disabled"}])
def test_its_own_user_is_put_right(server: FakeMinio, one: Stack, change: dict[str, str]) -> None:
    one.run()
    server.users[one.user].update(change)
    assert one.run()["changed"] is True
    assert reaches(server, one, "one")


def test_a_service_account_is_no_user(cluster: FakeCluster, server: FakeMinio, one: Stack) -> None:
    server.service_accounts.add("of-the-console")
    cluster.seed(secret(one.secret, access_key="of-the-console", secret_key="user-s3cret"))
    message = one.run()["msg"]
    assert "Secret minio/minio-one" in message
    assert "service account" in message


def test_an_access_key_that_another_stack_has_is_refused_before_anything_is_written(
    cluster: FakeCluster, server: FakeMinio, one: Stack, two: Stack
) -> None:
    one.run(user_access_key="metrics")
    writes = len(cluster.writes)
    for options in ({}, {"user_secret_key": "an0ther-s3cret"}):
        message = two.run(user_access_key="metrics", **options)["msg"]
        assert "minio_user_access_key" in message
        assert "Secret minio/minio-one" in message
    assert len(cluster.writes) == writes
    assert server.users.keys() == {"metrics"}


def test_what_still_serves_another_stack_is_not_revoked(
    cluster: FakeCluster, server: FakeMinio, one: Stack, two: Stack
) -> None:
    """Of an earlier version: one user for both, each with a Secret of its own."""
    cluster.seed(secret(one.secret, access_key="thanos", secret_key="user-s3cret"))
    one.run()
    cluster.seed(secret(two.secret, access_key="thanos", secret_key="user-s3cret"))
    server.policies["thanos-two"] = allowing("arn:aws:s3:::two", "arn:aws:s3:::two/*")
    server.buckets.add("two")
    server.users["thanos"]["policies"] = "thanos-one,thanos-two"
    one.run(rotate_user=True)
    result = one.revoke()
    assert (result["revoked"], result["kept"]) == (0, ["thanos"])
    assert "bucket two (policy thanos-two)" in str(result["warnings"])
    assert server.users["thanos"]["policies"] == "thanos-two"
    assert reaches(server, one, "one")
    assert reaches(server, two, "two")
    assert "replaced-access-keys" not in one.texts()
    assert two.run()["changed"] is True, "its policy, which a person wrote wider"
    assert two.run()["changed"] is False


def test_a_replaced_user_that_another_secret_names_is_not_revoked(
    cluster: FakeCluster, server: FakeMinio, one: Stack, run_module: RunModule
) -> None:
    """Two stacks that share a bucket, such as of two clusters."""
    one.run()
    old = one.texts()
    cluster.seed(secret("minio-other", access_key=old["access-key"], secret_key=old["secret-key"]))
    other = Stack(cluster, run_module, "one", user_secret="minio-other")
    one.run(rotate_user=True)
    result = one.revoke()
    assert (result["revoked"], result["kept"]) == (0, [old["access-key"]])
    assert "Secret minio/minio-other" in str(result["warnings"])
    assert reaches(server, other, "one")


def test_who_else_uses_a_minio(server: FakeMinio, one: Stack, two: Stack, run_module: RunModule) -> None:
    del server
    one.run()
    assert run_module(minio_tenants_info, user_secret=one.secret)["others"] == []
    two.run()
    assert run_module(minio_tenants_info, user_secret=one.secret)["others"] == ["Secret minio/minio-two"]
    assert run_module(minio_tenants_info, user_secret="none-yet")["others"] == [
        "Secret minio/minio-one",
        "Secret minio/minio-two",
    ]


def by_hand(name: str, **texts: str) -> Object:
    """Return a Secret that somebody else made."""
    found = secret(name, **texts)
    found["metadata"] = {"name": name, "namespace": "minio"}
    return found


def test_a_stack_whose_secret_was_made_by_hand_uses_it_too(
    cluster: FakeCluster, server: FakeMinio, one: Stack, two: Stack, run_module: RunModule
) -> None:
    cluster.seed(by_hand(two.secret, access_key="metrics", secret_key="user-s3cret"))
    cluster.seed(by_hand("certificates", access_key="x"), by_hand("root", root_user="x", root_password="y"))
    two.run()
    assert "minio_user_access_key" in one.run(user_access_key="metrics")["msg"]
    one.run()
    assert run_module(minio_tenants_info, user_secret=one.secret)["others"] == ["Secret minio/minio-two"]
    assert server.users.keys() == {"metrics", one.user}


def test_a_secret_by_hand_that_is_not_text_is_no_obstacle(
    cluster: FakeCluster, server: FakeMinio, one: Stack, run_module: RunModule
) -> None:
    cluster.seed(by_hand("odd", access_key="", secret_key=""))
    assert "failed" not in one.run(user_access_key="metrics")
    assert server.users.keys() == {"metrics"}
    assert run_module(minio_tenants_info, user_secret=one.secret)["others"] == ["Secret minio/odd"]


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_a_bucket_of_others_with_something_in_it_is_named(
    cluster: FakeCluster, server: FakeMinio, one: Stack, run_module: RunModule, kind: str
) -> None:
    """Made by hand, and used with root's credentials: no Secret tells of it."""
    one.run()
    if kind == STATEFUL_SET.kind:
        deployment, pod, *_others = workload()
        cluster.delete(DEPLOYMENT, "minio", "minio")
        pod["metadata"]["ownerReferences"] = [
            {"kind": kind, "name": "minio", "uid": "uid-of-minio", "controller": True}
        ]
        cluster.seed({**deployment, "kind": kind}, pod)
    server.buckets |= {"loki", "empty"}
    server.objects |= {("loki", "chunk"), (one.bucket, "meta.json")}
    options = {"user_secret": one.secret}
    result = run_module(minio_tenants_info, bucket=one.bucket, **options)
    assert (result["changed"], result["others"]) == (False, ["bucket loki"])
    assert "warnings" not in result
    assert run_module(minio_tenants_info, **options)["others"] == []


def test_a_minio_that_cannot_be_looked_into_is_a_warning(
    cluster: FakeCluster, server: FakeMinio, one: Stack, run_module: RunModule
) -> None:
    assert server.buckets == set()
    one.run()
    cluster.delete(DEPLOYMENT, "minio", "minio")
    result = run_module(minio_tenants_info, user_secret=one.secret, bucket=one.bucket)
    assert result["others"] == []
    assert "could not be told: no pod of it is ready" in str(result["warnings"])
    cluster.delete(SECRET, "minio-root", "minio")
    assert "warnings" not in run_module(minio_tenants_info, user_secret=one.secret, bucket=one.bucket)


def test_a_minio_that_runs_and_cannot_be_asked_gives_nothing_free(
    server: FakeMinio, one: Stack, run_module: RunModule
) -> None:
    one.run()
    server.root = ("minio-root", "another")
    result = run_module(minio_tenants_info, user_secret=one.secret, bucket=one.bucket)
    assert result["failed"]
    assert "could not be told: MinIO answered SignatureDoesNotMatch" in result["msg"]
    assert "thanos_components" in result["msg"]
    assert ROOT_PASSWORD not in str(result)


def test_who_else_uses_a_minio_has_to_be_readable(
    cluster: FakeCluster, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any, **_selectors: Any) -> None:
        error = ClusterError("secrets is forbidden")
        error.status = {"code": 403}
        raise error

    monkeypatch.setattr(cluster, "list", refuse)
    assert run_module(minio_tenants_info)["msg"] == "secrets is forbidden"


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_stack_that_leaves_takes_its_user_along(
    server: FakeMinio, one: Stack, two: Stack, run_module: RunModule, check_mode: bool
) -> None:
    one.run()
    one.run(rotate_user=True)
    two.run()
    options = {"user_secret": one.secret, "bucket": "one", "leaving": True, "check_mode": check_mode}
    result = run_module(minio_revoke, **options)
    assert (result["changed"], result["revoked"]) == (True, 2)
    if check_mode:
        assert len(server.users) == 3
        return
    assert server.users.keys() == {two.user}
    assert "thanos-one" not in server.policies
    assert reaches(server, two, "two")
    assert server.buckets == {"one", "two"}, "a bucket is never removed"


def test_a_stack_that_leaves_a_shared_bucket_leaves_its_policy(
    cluster: FakeCluster, server: FakeMinio, one: Stack, run_module: RunModule
) -> None:
    other = Stack(cluster, run_module, "one", user_secret="minio-other")
    one.run()
    other.run()
    assert run_module(minio_revoke, user_secret=one.secret, bucket="one", leaving=True)["revoked"] == 1
    assert reaches(server, other, "one")


@pytest.mark.usefixtures("server")
def test_a_stack_that_leaves_where_nothing_is_left(cluster: FakeCluster, one: Stack, run_module: RunModule) -> None:
    options = {"user_secret": one.secret, "bucket": "one", "leaving": True}
    assert run_module(minio_revoke, **options)["changed"] is False
    one.run()
    cluster.delete(POD, "minio-abc", "minio")
    result = run_module(minio_revoke, **options)
    assert (result["changed"], result["kept"]) == (False, [one.user])
    assert "has no ready pod" in str(result["warnings"])

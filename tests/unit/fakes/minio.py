# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MinIO's SDK in memory: what the module asks for, as the server does it (tried against the real one)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from types import SimpleNamespace
from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from minio.error import MinioAdminException, S3Error


def workload(ready: bool = True) -> list[Object]:
    """Return the Deployment, the pod that it runs in, and the ReplicaSet between both."""
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "minio", "namespace": "minio", "uid": "uid-of-minio"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "minio"}}},
        "status": {
            "observedGeneration": 1,
            "replicas": 1,
            "updatedReplicas": 1,
            "availableReplicas": 1,
            "readyReplicas": 1,
        },
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "minio-abc",
            "namespace": "minio",
            "labels": {"app": "minio"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "minio", "uid": "uid-of-set", "controller": True}],
        },
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]},
    }
    replica_set = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": "minio",
            "namespace": "minio",
            "uid": "uid-of-set",
            "labels": {"app": "minio"},
            "ownerReferences": [{"kind": "Deployment", "name": "minio", "uid": "uid-of-minio", "controller": True}],
        },
        "spec": {},
    }
    return [deployment, pod, replica_set]


#: Some of the policies that every MinIO has.
BUILT_IN: dict[str, Any] = {
    "consoleAdmin": {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["admin:*"]},
            {"Effect": "Allow", "Action": ["kms:*"]},
            {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]},
        ],
    },
    "diagnostics": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["admin:ServerInfo"], "Resource": ["arn:aws:s3:::*"]}],
    },
    "readwrite": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["arn:aws:s3:::*"]}],
    },
}


class FakeMinio:
    """The server: users, groups, service accounts, policies, buckets."""

    def __init__(self, root_user: str, root_password: str) -> None:
        """Start empty."""
        self.root = (root_user, root_password)
        #: By access key: secret, status, and the names of its policies with commas.
        self.users: dict[str, dict[str, str]] = {}
        #: By name: members, status, and the names of its policies with commas.
        self.groups: dict[str, dict[str, Any]] = {}
        #: Access keys that belong to another user or to root.
        self.service_accounts: set[str] = set()
        self.policies: dict[str, Any] = dict(BUILT_IN)
        self.buckets: set[str] = set()
        self.objects: set[tuple[str, str]] = set()
        self.writes: list[str] = []
        #: Format of the disks, as the server calls it.
        self.backend = "Erasure"

    def check(self, access_key: str, secret_key: str) -> str:
        """Return the error code for these keys, or an empty text."""
        if (access_key, secret_key) == self.root:
            return ""
        user = self.users.get(access_key)
        if user is None and access_key != self.root[0]:
            return "InvalidAccessKeyId"
        if user is None or user["secret"] != secret_key:
            return "SignatureDoesNotMatch"
        return "InvalidAccessKeyId" if user["status"] == "disabled" else ""

    def groups_of(self, access_key: str) -> list[str]:
        """Return the groups that the user is a member of."""
        return sorted(name for name, group in self.groups.items() if access_key in group["members"])

    def is_allowed(self, access_key: str, action: str, resource: str) -> bool:
        """Return whether the user's policies and its groups' allow that; a disabled group takes everything from it."""
        sources = [self.users[access_key], *(self.groups[name] for name in self.groups_of(access_key))]
        names = [name for source in sources for name in source["policies"].split(",")]
        statements = [each for name in names for each in self.policies.get(name, {}).get("Statement", [])]
        matching = [each["Effect"] for each in statements if _matches(each, action, f"arn:aws:s3:::{resource}")]
        is_disabled = any(source["status"] == "disabled" for source in sources)
        return "Allow" in matching and "Deny" not in matching and not is_disabled

    def s3(self, _endpoint: str, access_key: str, secret_key: str, **options: Any) -> S3:
        """Stand in for minio.Minio."""
        assert options["secure"] is False
        return S3(self, access_key, secret_key)

    def admin(self, *, credentials: Any, **options: Any) -> Admin:
        """Stand in for minio.minioadmin.MinioAdmin."""
        assert options["secure"] is False
        keys = credentials.retrieve()
        return Admin(self, keys.access_key, keys.secret_key)


class S3:
    """The S3 API."""

    def __init__(self, server: FakeMinio, access_key: str, secret_key: str) -> None:
        """Keep the keys."""
        self._server, self._access_key, self._secret_key = server, access_key, secret_key

    def bucket_exists(self, bucket: str) -> bool:
        """Ask as root."""
        return bucket in self._server.buckets

    def make_bucket(self, bucket: str) -> None:
        """Make it."""
        self._server.writes.append(f"make_bucket {bucket}")
        self._server.buckets.add(bucket)

    def list_buckets(self) -> list[Any]:
        """Ask as root."""
        code = self._server.check(self._access_key, self._secret_key)
        if code:
            raise S3Error(None, code, f"refused for {self._access_key}", None, None, None)  # type: ignore[arg-type]
        return [SimpleNamespace(name=name) for name in self._server.buckets]

    def list_objects(self, bucket: str, recursive: bool = False, include_version: bool = False) -> Iterator[Any]:
        """Ask as anyone; the folders, which are all that is listed without recursive, are left out."""
        if self._access_key != self._server.root[0]:
            self._enter("s3:ListBucket", bucket)
        found = [name for place, name in sorted(self._server.objects) if place == bucket]
        return iter(SimpleNamespace(object_name=name) for name in (found if recursive and include_version else ()))

    def put_object(self, bucket: str, name: str, _data: Any, _length: int) -> None:
        """Write as anyone."""
        self._enter("s3:PutObject", bucket, name)
        self._server.objects.add((bucket, name))

    def stat_object(self, bucket: str, name: str) -> None:
        """Read as anyone."""
        self._enter("s3:GetObject", bucket, name)
        assert (bucket, name) in self._server.objects

    def remove_object(self, bucket: str, name: str) -> None:
        """Delete as anyone."""
        self._enter("s3:DeleteObject", bucket, name)
        self._server.objects.remove((bucket, name))

    def _enter(self, action: str, bucket: str, name: str = "") -> None:
        code = self._server.check(self._access_key, self._secret_key)
        resource = f"{bucket}/{name}" if name else bucket
        if not code and not self._server.is_allowed(self._access_key, action, resource):
            code = "AccessDenied"
        if not code and bucket not in self._server.buckets:
            code = "NoSuchBucket"
        if code:
            raise S3Error(None, code, f"refused for {self._access_key}", None, None, None)  # type: ignore[arg-type]


class Admin:
    """The admin API."""

    def __init__(self, server: FakeMinio, access_key: str, secret_key: str) -> None:
        """Keep the keys."""
        self._server, self._keys = server, (access_key, secret_key)

    def _enter(self) -> None:
        code = self._server.check(*self._keys)
        if code:
            raise _refused("403", code)

    def info(self) -> str:
        """Return what the server says of itself."""
        self._enter()
        return json.dumps({"mode": "online", "backend": {"backendType": self._server.backend}})

    def policy_info(self, name: str) -> str:
        """Return a policy."""
        self._enter()
        if name not in self._server.policies:
            raise _refused("404", "XMinioAdminNoSuchPolicy")
        return json.dumps(self._server.policies[name])

    def policy_add(self, name: str, policy: Any) -> None:
        """Write a policy."""
        self._enter()
        self._server.writes.append(f"policy_add {name}")
        self._server.policies[name] = policy

    def policy_remove(self, name: str) -> None:
        """Remove a policy, which nobody may have; one that is not there is no error."""
        self._enter()
        holders = [*self._server.users.values(), *self._server.groups.values()]
        if any(name in holder["policies"].split(",") for holder in holders):
            raise _refused("400", "XMinioIAMPolicyInUse")
        self._server.writes.append(f"policy_remove {name}")
        self._server.policies.pop(name, None)

    def policy_set(self, names: str, user: str) -> None:
        """Map policies to a user instead of those it has."""
        self._enter()
        if user not in self._server.users:
            raise _refused("404", "XMinioAdminNoSuchUser")
        if any(name not in self._server.policies for name in names.split(",") if name):
            raise _refused("404", "XMinioAdminNoSuchPolicy")
        self._server.writes.append(f"policy_set {names} {user}")
        self._server.users[user]["policies"] = names

    def user_info(self, access_key: str) -> str:
        """Return a user."""
        self._enter()
        if access_key in self._server.service_accounts:
            raise _refused("400", "XMinioIAMActionNotAllowed")
        if access_key not in self._server.users:
            raise _refused("404", "XMinioAdminNoSuchUser")
        user, groups = self._server.users[access_key], self._server.groups_of(access_key)
        optional = {"policyName": user["policies"], "memberOf": groups}
        return json.dumps({"status": user["status"], **{key: value for key, value in optional.items() if value}})

    def group_info(self, name: str) -> str:
        """Return a group; one that is disabled gives nobody a policy."""
        self._enter()
        if name not in self._server.groups:
            raise _refused("404", "XMinioAdminNoSuchGroup")
        group = self._server.groups[name]
        policies = group["policies"] if group["status"] == "enabled" else ""
        told = {"name": name, "status": group["status"], "members": sorted(group["members"]), "policy": policies}
        return json.dumps(told)

    def user_add(self, access_key: str, secret_key: str) -> None:
        """Write a user; its policies and groups stay."""
        self._enter()
        if access_key in self._server.service_accounts or access_key == self._server.root[0]:
            raise _refused("400", "XMinioInvalidIAMCredentials")
        self._server.writes.append(f"user_add {access_key}")
        policies = self._server.users.get(access_key, {}).get("policies", "")
        self._server.users[access_key] = {"secret": secret_key, "status": "enabled", "policies": policies}

    def user_remove(self, access_key: str) -> None:
        """Remove a user, from its groups too."""
        self._enter()
        if access_key in self._server.service_accounts:
            raise _refused("400", "XMinioIAMActionNotAllowed")
        if access_key not in self._server.users:
            raise _refused("404", "XMinioAdminNoSuchUser")
        self._server.writes.append(f"user_remove {access_key}")
        del self._server.users[access_key]
        for group in self._server.groups.values():
            group["members"].discard(access_key)


def _matches(statement: Any, action: str, resource: str) -> bool:
    def listed(key: str) -> list[str]:
        value = statement.get(key) or []
        return [value] if isinstance(value, str) else value

    return any(fnmatchcase(action, each) for each in listed("Action")) and any(
        fnmatchcase(resource, each) for each in listed("Resource")
    )


def _refused(status: str, code: str) -> MinioAdminException:
    return MinioAdminException(status, json.dumps({"Code": code, "Message": "Refused.", "Resource": "s3cret-resource"}))

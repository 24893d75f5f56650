# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MinIO's SDK in memory: what the module asks for, as the server does it (tried against the real one)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.cluster import Object
from minio.error import MinioAdminException, S3Error


def workload(ready: bool = True) -> list[Object]:
    """Return the Deployment and the pod that it runs in."""
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "minio", "namespace": "minio"},
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
        "metadata": {"name": "minio-abc", "namespace": "minio", "labels": {"app": "minio"}},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]},
    }
    return [deployment, pod]


class FakeMinio:
    """The server: users, policies, buckets."""

    def __init__(self, root_user: str, root_password: str) -> None:
        """Start empty."""
        self.root = (root_user, root_password)
        self.users: dict[str, dict[str, str]] = {}
        self.policies: dict[str, Any] = {}
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

    def list_objects(self, bucket: str) -> Iterator[Any]:
        """Ask as anyone."""
        self._enter(bucket)
        return iter(())

    def put_object(self, bucket: str, name: str, _data: Any, _length: int) -> None:
        """Write as anyone."""
        self._enter(bucket)
        self._server.objects.add((bucket, name))

    def stat_object(self, bucket: str, name: str) -> None:
        """Read as anyone."""
        self._enter(bucket)
        assert (bucket, name) in self._server.objects

    def remove_object(self, bucket: str, name: str) -> None:
        """Delete as anyone."""
        self._enter(bucket)
        self._server.objects.remove((bucket, name))

    def _enter(self, bucket: str) -> None:
        code = self._server.check(self._access_key, self._secret_key)
        if not code:
            user = self._server.users[self._access_key]
            code = "" if f"thanos-{bucket}" in user["policies"].split(",") else "AccessDenied"
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
        self._server.writes.append(f"policy_add {name}")
        self._server.policies[name] = policy

    def policy_set(self, names: str, user: str) -> None:
        """Map policies to a user."""
        self._server.writes.append(f"policy_set {names} {user}")
        self._server.users[user]["policies"] = names

    def user_info(self, access_key: str) -> str:
        """Return a user."""
        self._enter()
        if access_key not in self._server.users:
            raise _refused("404", "XMinioAdminNoSuchUser")
        user = self._server.users[access_key]
        policies = {"policyName": user["policies"]} if user["policies"] else {}
        return json.dumps({"status": user["status"], **policies})

    def user_add(self, access_key: str, secret_key: str) -> None:
        """Write a user; its policies stay."""
        self._server.writes.append(f"user_add {access_key}")
        policies = self._server.users.get(access_key, {}).get("policies", "")
        self._server.users[access_key] = {"secret": secret_key, "status": "enabled", "policies": policies}

    def user_remove(self, access_key: str) -> None:
        """Remove a user."""
        self._enter()
        if access_key not in self._server.users:
            raise _refused("404", "XMinioAdminNoSuchUser")
        self._server.writes.append(f"user_remove {access_key}")
        del self._server.users[access_key]


def _refused(status: str, code: str) -> MinioAdminException:
    return MinioAdminException(status, json.dumps({"Code": code, "Message": "Refused.", "Resource": "s3cret-resource"}))

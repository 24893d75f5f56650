# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Thanos needs in MinIO: a bucket, a policy limited to it, and a user with that policy."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..k8s import secrets as cluster_secret
from ..k8s.client import Cluster
from ..k8s.port_forward import pod_http_client
from ..k8s.resources import SECRET
from ..requests.errors import NoAnswerError
from ..rollout.ready_pod import find_ready_pod, wait_for_ready_pod
from ..rollout.workload import Workload
from .client import Keys, Minio
from .policy import policy_name
from .user import ensure_user, examine, require_own_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How long to wait before MinIO is looked for again when it went away.
RETRY_SECONDS = 1.0
#: Options of the modules that work in a MinIO, for the fields of Server. The doc fragment minio_server explains them.
SERVER_OPTIONS: dict[str, Any] = {
    "namespace": {"type": "str", "default": "minio"},
    "kind": {"type": "str", "choices": ["Deployment", "StatefulSet"], "default": "Deployment"},
    "name": {"type": "str", "default": "minio"},
    "port": {"type": "int", "default": 9000},
    "region": {"type": "str", "default": ""},
    "root_secret": {"type": "str", "default": "minio-root", "no_log": False},
    "user_secret": {"type": "str", "default": "minio-thanos", "no_log": False},
    "wait_timeout": {"type": "int", "default": 300},
}


@dataclass(frozen=True)
class Server:
    """Where MinIO runs, and where its credentials are."""

    namespace: str
    #: Deployment or StatefulSet, and its name.
    kind: str
    name: str
    port: int
    root_secret: str
    user_secret: str
    region: str
    wait_timeout: float

    @property
    def workload(self) -> Workload:
        """Return what MinIO runs in."""
        return Workload(self.kind, self.namespace, self.name)


@dataclass(frozen=True)
class Access(Server):
    """Where MinIO runs, and what has to be in it."""

    bucket: str
    #: In check mode: the Secret would have got other credentials, so the user that it names does not count.
    user_changed: bool = False


def ensure_access(cluster: Cluster, access: Access) -> dict[str, Any]:
    """Make bucket, policy and user what they have to be, and return the module's result."""
    result: dict[str, Any] = {"bucket": access.bucket, "policy": policy_name(access.bucket)}
    if cluster.dry_run and not _has_credentials(cluster, access):  # Before the first run: all of it would be made.
        return {**result, "changed": True}
    changed, deadline = False, time.monotonic() + access.wait_timeout
    while True:
        pod = _find_pod(cluster, access, max(0.0, deadline - time.monotonic()))
        if pod is None:  # Check mode after an uninstall: what an earlier run made is kept on the volume.
            warning = "MinIO does not run, so check mode takes bucket and user to be as the last run left them."
            return {**result, "changed": False, "warnings": [warning]}
        try:
            for change in _changes(cluster, access, connect(cluster, access, pod)):
                changed = changed or change
        except NoAnswerError:  # It went away meanwhile.
            if time.monotonic() + RETRY_SECONDS > deadline:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return {**result, "changed": changed}


def _changes(cluster: Cluster, access: Access, minio: Minio) -> Iterator[bool]:
    """Do one thing after the other, and say of each whether it was to be done. A user of others' is an error first."""
    bucket = access.bucket
    keys = _keys(cluster, access.namespace, access.user_secret, "access-key", "secret-key")
    lacks_policy = minio.lacks_policy(bucket)
    if cluster.dry_run and access.user_changed:
        yield True
        return
    user = examine(minio, keys, bucket)
    if lacks_policy:
        require_own_policy(minio, user, bucket)
    if lacks_policy and not cluster.dry_run:
        minio.write_policy(bucket)
    yield lacks_policy
    yield minio.ensure_bucket(bucket, cluster.dry_run)
    yield ensure_user(minio, user, bucket, cluster.dry_run)


def connect(cluster: Cluster, server: Server, pod: str) -> Minio:
    """Return MinIO in that pod, with root's keys."""
    root = _keys(cluster, server.namespace, server.root_secret, "root-user", "root-password")
    http = pod_http_client(cluster, server.namespace, pod, server.port)
    return Minio(http, server.port, root, server.region)


def _find_pod(cluster: Cluster, access: Access, timeout: float) -> str | None:
    if not cluster.dry_run:
        return wait_for_ready_pod(cluster, access.workload, timeout)
    return find_ready_pod(cluster, access.workload)


def _has_credentials(cluster: Cluster, access: Access) -> bool:
    names = (access.root_secret, access.user_secret)
    return all(cluster.get(SECRET, name, access.namespace) is not None for name in names)


def _keys(cluster: Cluster, namespace: str, name: str, access_key: str, secret_key: str) -> Keys:
    secret = cluster_secret.read(cluster, namespace, name)
    return Keys(
        source=f"Secret {namespace}/{name}",
        access_key=cluster_secret.field(secret, access_key),
        secret_key=cluster_secret.field(secret, secret_key),
    )

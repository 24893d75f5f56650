# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Thanos needs in MinIO: a bucket, a policy limited to it, and a user with that policy, which can be removed."""

from __future__ import annotations

import io
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.observability.thanos.plugins.module_utils import cluster_secret
from ansible_collections.observability.thanos.plugins.module_utils.cluster import (
    SECRET,
    Cluster,
    ClusterError,
    NoAnswerError,
)
from ansible_collections.observability.thanos.plugins.module_utils.port_forward import pod_http_client
from ansible_collections.observability.thanos.plugins.module_utils.ready_pod import find_ready_pod, wait_for_ready_pod
from ansible_collections.observability.thanos.plugins.module_utils.workload_diagnosis import Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from urllib3 import PoolManager

#: The server signs with its own region where none is set.
DEFAULT_REGION = "us-east-1"
#: Object by which a new user's rights are proven; Thanos looks only at names of blocks.
PROBE = "observability.thanos-probe"
#: Errors that mean that the access key or the secret key is not the one the server knows.
WRONG_KEY = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "XMinioAdminNoSuchUser")
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
class Keys:
    """An access key and its secret key, and the Secret they come from."""

    source: str
    access_key: str
    secret_key: str = field(repr=False)


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
class Request(Server):
    """Where MinIO runs, and what has to be in it."""

    bucket: str


class MinioError(ClusterError):
    """What MinIO refused: its error code and message, nothing of the request."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the code, to tell errors apart."""
        self.code = code
        super().__init__(": ".join(filter(None, [f"MinIO answered {code}", message.rstrip(".")])))


def policy_name(bucket: str) -> str:
    """Return the name of the policy for a bucket."""
    return f"thanos-{bucket}"


def bucket_policy(bucket: str) -> dict[str, Any]:
    """Return the policy: all that Thanos does in its bucket, and nothing elsewhere."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                "Resource": [f"arn:aws:s3:::{bucket}"],
            },
            {
                "Effect": "Allow",
                "Action": [
                    "s3:AbortMultipartUpload",
                    "s3:DeleteObject",
                    "s3:GetObject",
                    "s3:ListMultipartUploadParts",
                    "s3:PutObject",
                ],
                "Resource": [f"arn:aws:s3:::{bucket}/*"],
            },
        ],
    }


def policy_meaning(policy: dict[str, Any]) -> set[str]:
    """Return a policy's statements in a form in which those of the same meaning are equal."""
    statements = policy.get("Statement") or []
    return {_statement_meaning(item) for item in ([statements] if isinstance(statements, dict) else statements)}


def _statement_meaning(statement: dict[str, Any]) -> str:
    meaning = {
        key: sorted(value) if isinstance(value, list) else [value] if key in ("Action", "Resource") else value
        for key, value in statement.items()
        if key != "Sid" and value not in ({}, [], None)
    }
    return json.dumps(meaning, sort_keys=True)


def ensure_access(cluster: Cluster, request: Request) -> dict[str, Any]:
    """Make bucket, policy and user what they have to be, and return the module's result."""
    result: dict[str, Any] = {"bucket": request.bucket, "policy": policy_name(request.bucket)}
    if cluster.dry_run and not _has_credentials(cluster, request):  # Before the first run: all of it would be made.
        return {**result, "changed": True}
    changed, deadline = False, time.monotonic() + request.wait_timeout
    while True:
        pod = _find_pod(cluster, request, max(0.0, deadline - time.monotonic()))
        if pod is None:  # Check mode after an uninstall: what an earlier run made is kept on the volume.
            warning = "MinIO does not run, so check mode takes bucket and user to be as the last run left them."
            return {**result, "changed": False, "warnings": [warning]}
        try:
            for change in _changes(cluster, request, connect(cluster, request, pod)):
                changed = changed or change
        except NoAnswerError:  # It went away meanwhile.
            if time.monotonic() + RETRY_SECONDS > deadline:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return {**result, "changed": changed}


def _changes(cluster: Cluster, request: Request, minio: Minio) -> Iterator[bool]:
    """Do one thing after the other, and say of each whether it was to be done."""
    user = _keys(cluster, request.namespace, request.user_secret, "access-key", "secret-key")
    yield minio.ensure_policy(request.bucket, cluster.dry_run)
    yield minio.ensure_bucket(request.bucket, cluster.dry_run)
    yield minio.ensure_user(user, request.bucket, cluster.dry_run)


def connect(cluster: Cluster, server: Server, pod: str) -> Minio:
    """Return MinIO in that pod, with root's keys."""
    root = _keys(cluster, server.namespace, server.root_secret, "root-user", "root-password")
    http = pod_http_client(cluster, server.namespace, pod, server.port)
    return Minio(http, server.port, root, server.region)


def _find_pod(cluster: Cluster, request: Request, timeout: float) -> str | None:
    if not cluster.dry_run:
        return wait_for_ready_pod(cluster, request.workload, timeout)
    return find_ready_pod(cluster, request.workload)


def _has_credentials(cluster: Cluster, request: Request) -> bool:
    names = (request.root_secret, request.user_secret)
    return all(cluster.get(SECRET, name, request.namespace) is not None for name in names)


def _keys(cluster: Cluster, namespace: str, name: str, access_key: str, secret_key: str) -> Keys:
    secret = cluster_secret.read(cluster, namespace, name)
    return Keys(
        source=f"Secret {namespace}/{name}",
        access_key=cluster_secret.field(secret, access_key),
        secret_key=cluster_secret.field(secret, secret_key),
    )


class Minio:
    """MinIO over one HTTP client, by its S3 API and its admin API."""

    def __init__(self, http: PoolManager, port: int, root: Keys, region: str = "") -> None:
        """Use root's keys, and the region the server was started with."""
        from minio.credentials.providers import StaticProvider
        from minio.minioadmin import MinioAdmin

        self._http = http
        self._endpoint = f"localhost:{port}"
        self._region = region or DEFAULT_REGION
        self._root = root
        self._s3 = self._client(root)
        self._admin = MinioAdmin(
            endpoint=self._endpoint,
            credentials=StaticProvider(root.access_key, root.secret_key),
            region=self._region,
            secure=False,
            http_client=http,
        )

    def backend(self) -> str:
        """Return what MinIO calls the format of its disks: Erasure, or in old releases FS."""
        info: dict[str, Any] = json.loads(_call(self._admin.info))
        return str((info.get("backend") or {}).get("backendType") or "")

    def ensure_policy(self, bucket: str, dry_run: bool) -> bool:
        """Make the bucket's policy what it has to be; True if it was not.

        As the first request of all it also finds out whether the root keys are right.
        """
        name, wanted = policy_name(bucket), bucket_policy(bucket)
        try:
            live = json.loads(_call(self._admin.policy_info, name))
        except MinioError as error:
            if error.code in WRONG_KEY:
                raise ClusterError(
                    f"MinIO does not accept the root credentials of {self._root.source}: {error}. It reads them only "
                    "when it starts: restart its pod if the Secret was changed, or put the right ones into the Secret."
                ) from None
            if error.code != "XMinioAdminNoSuchPolicy":
                raise
            live = {}
        if policy_meaning(live) == policy_meaning(wanted):
            return False
        if not dry_run:
            _call(self._admin.policy_add, name, policy=wanted)
        return True

    def ensure_bucket(self, bucket: str, dry_run: bool) -> bool:
        """Make the bucket; True if it was missing."""
        if _call(self._s3.bucket_exists, bucket):
            return False
        if not dry_run:
            _call(self._s3.make_bucket, bucket)
        return True

    def ensure_user(self, user: Keys, bucket: str, dry_run: bool) -> bool:
        """Make the user, its secret key and its policy what they have to be; True if something was not.

        Policies it has besides stay: one user may serve several buckets.
        """
        if user.access_key == self._root.access_key:
            raise ClusterError(f"{user.source} and {self._root.source} hold the same access key: Thanos needs its own.")
        changed = False
        try:
            info = json.loads(_call(self._admin.user_info, user.access_key))
        except MinioError as error:
            if error.code != "XMinioAdminNoSuchUser":
                raise
            info = {}
        if info.get("status") != "enabled" or not self._key_works(user, bucket):
            changed = True
            if not dry_run:
                _call(self._admin.user_add, user.access_key, user.secret_key)
        policies = {name for name in info.get("policyName", "").split(",") if name}
        if policy_name(bucket) not in policies:
            changed = True
            if not dry_run:
                names = ",".join(sorted({*policies, policy_name(bucket)}))
                _call(self._admin.policy_set, names, user=user.access_key)
        if changed and not dry_run:
            self._prove(user, bucket)
        return changed

    def remove_user(self, access_key: str) -> None:
        """Remove a user, whose keys MinIO refuses from then on; it may be gone already."""
        try:
            _call(self._admin.user_remove, access_key)
        except MinioError as error:
            if error.code != "XMinioAdminNoSuchUser":
                raise

    def _prove(self, user: Keys, bucket: str) -> None:
        """Write, read and delete an object as the user, before anybody relies on it."""
        client = self._client(user)
        try:
            _call(client.put_object, bucket, PROBE, io.BytesIO(b"x"), 1)
            _call(client.stat_object, bucket, PROBE)
            _call(client.remove_object, bucket, PROBE)
        except MinioError as error:
            raise ClusterError(
                f"The user of {user.source} cannot write, read and delete in bucket {bucket}: {error}."
            ) from None

    def _key_works(self, user: Keys, bucket: str) -> bool:
        client = self._client(user)
        try:
            _call(lambda: next(client.list_objects(bucket), None))
        except MinioError as error:
            if error.code in WRONG_KEY:
                return False
            # The key is right: the policy or the bucket is what may be missing.
            if error.code not in ("AccessDenied", "NoSuchBucket"):
                raise
        return True

    def _client(self, keys: Keys) -> Any:
        import minio

        return minio.Minio(
            self._endpoint,
            access_key=keys.access_key,
            secret_key=keys.secret_key,
            region=self._region,
            secure=False,
            http_client=self._http,
        )


def _call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call the SDK; an error keeps code and message only, and forgets its cause, which holds the request."""
    from minio.error import MinioAdminException, MinioException, S3Error
    from urllib3.exceptions import HTTPError

    try:
        return function(*args, **kwargs)
    except S3Error as error:
        failure = MinioError(str(error.code), str(error.message or ""))
    except MinioAdminException as error:
        failure = _admin_error(error)
    except (MinioException, ValueError) as error:
        failure = MinioError(type(error).__name__, "")
    except HTTPError as error:
        raise NoAnswerError(
            f"MinIO gives no answer: {getattr(error, 'reason', None) or type(error).__name__}."
        ) from None
    raise failure


def _admin_error(error: Any) -> MinioError:
    # The SDK keeps the answer in private attributes, but they are what its pickling relies on.
    _class, (status, body) = error.__reduce__()
    try:
        answer = json.loads(body)
        return MinioError(str(answer["Code"]), str(answer.get("Message", "")))
    except (ValueError, KeyError, TypeError):
        return MinioError(f"status {status}", "")

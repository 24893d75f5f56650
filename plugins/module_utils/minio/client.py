# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MinIO's S3 API and its admin API over one HTTP client."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..requests.errors import ClusterError, NoAnswerError
from .policy import bucket_policy, policy_meaning, policy_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from urllib3 import PoolManager

#: The server signs with its own region where none is set.
DEFAULT_REGION = "us-east-1"
#: Object by which a new user's rights are proven; Thanos looks only at names of blocks.
PROBE = "observability.thanos-probe"
#: Errors that mean that the access key or the secret key is not the one the server knows.
WRONG_KEY = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "XMinioAdminNoSuchUser")


@dataclass(frozen=True)
class Keys:
    """An access key and its secret key, and the Secret they come from."""

    source: str
    access_key: str
    secret_key: str = field(repr=False)


class MinioError(ClusterError):
    """What MinIO refused: its error code and message, nothing of the request."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the code, to tell errors apart."""
        self.code = code
        super().__init__(": ".join(filter(None, [f"MinIO answered {code}", message.rstrip(".")])))


class Minio:
    """MinIO over one HTTP client, by its S3 API and its admin API."""

    def __init__(self, http: PoolManager, port: int, root: Keys, region: str = "") -> None:
        """Use root's keys, and the region the server was started with."""
        from minio.credentials.providers import StaticProvider
        from minio.minioadmin import MinioAdmin

        self._http = http
        self._endpoint = f"localhost:{port}"
        self._region = region or DEFAULT_REGION
        self.root = root
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

    def lacks_policy(self, bucket: str) -> bool:
        """Return whether the bucket's policy is not what it has to be.

        As the first request of all it also finds out whether the root keys are right.
        """
        try:
            live = self.policy(policy_name(bucket)) or {}
        except MinioError as error:
            if error.code not in WRONG_KEY:
                raise
            raise ClusterError(
                f"MinIO does not accept the root credentials of {self.root.source}: {error}. It reads them only "
                "when it starts: restart its pod if the Secret was changed, or put the right ones into the Secret."
            ) from None
        return policy_meaning(live) != policy_meaning(bucket_policy(bucket))

    def write_policy(self, bucket: str) -> None:
        """Make the bucket's policy, or put it right."""
        _call(self._admin.policy_add, policy_name(bucket), policy=bucket_policy(bucket))

    def remove_policy(self, bucket: str) -> None:
        """Remove the bucket's policy unless some user still has it; it may be gone already."""
        try:
            _call(self._admin.policy_remove, policy_name(bucket))
        except MinioError as error:
            if error.code != "XMinioIAMPolicyInUse":
                raise

    def ensure_bucket(self, bucket: str, dry_run: bool) -> bool:
        """Make the bucket; True if it was missing."""
        if _call(self._s3.bucket_exists, bucket):
            return False
        if not dry_run:
            _call(self._s3.make_bucket, bucket)
        return True

    def filled_buckets(self) -> list[str]:
        """Return the names of the buckets with an object in them, or with an old version of one."""
        names = sorted(str(bucket.name) for bucket in _call(self._s3.list_buckets))
        return [name for name in names if _call(self._has_objects, name)]

    def _has_objects(self, bucket: str) -> bool:
        found = self._s3.list_objects(bucket, recursive=True, include_version=True)
        return next(iter(found), None) is not None

    def find_user(self, access_key: str) -> dict[str, Any] | None:
        """Return what MinIO says of a user, None where there is none; others' service accounts are an error."""
        try:
            info: dict[str, Any] = json.loads(_call(self._admin.user_info, access_key))
        except MinioError as error:
            if error.code != "XMinioAdminNoSuchUser":
                raise
            return None
        return info

    def group_policies(self, group: str) -> list[str]:
        """Return the names of the policies that a group gives its members; one that is disabled gives none."""
        return names_of(json.loads(_call(self._admin.group_info, group)).get("policy"))

    def policy(self, name: str) -> dict[str, Any] | None:
        """Return a policy, None where there is none of that name."""
        try:
            policy: dict[str, Any] = json.loads(_call(self._admin.policy_info, name))
        except MinioError as error:
            if error.code != "XMinioAdminNoSuchPolicy":
                raise
            return None
        return policy

    def write_user(self, user: Keys) -> None:
        """Make a user, or set its secret key and enable it; its policies and groups stay."""
        _call(self._admin.user_add, user.access_key, user.secret_key)

    def set_policies(self, access_key: str, names: Iterable[str]) -> None:
        """Give a user these policies instead of those that it has."""
        _call(self._admin.policy_set, ",".join(sorted(names)), user=access_key)

    def remove_user(self, access_key: str) -> None:
        """Remove a user, whose keys MinIO refuses from then on; it may be gone already."""
        try:
            _call(self._admin.user_remove, access_key)
        except MinioError as error:
            if error.code != "XMinioAdminNoSuchUser":
                raise

    def prove(self, user: Keys, bucket: str) -> None:
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

    def accepts(self, user: Keys, bucket: str) -> bool:
        """Return whether the access key exists, is enabled, and has this secret key."""
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


def names_of(policies: str | None) -> list[str]:
    """Return the single names of policies as MinIO lists them, with commas."""
    return [name for name in (policies or "").split(",") if name]


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

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user of one stack in MinIO: it reaches the stack's own bucket and nothing else, and serves no other stack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..requests.errors import ClusterError
from .client import Keys, Minio, MinioError, names_of
from .policy import outside, policy_name

#: How MinIO says that an access key belongs to a user, but is none itself.
NO_USER = "XMinioIAMActionNotAllowed"


@dataclass(frozen=True)
class User:
    """A user as MinIO knows it, and the keys that it has to have."""

    keys: Keys
    exists: bool
    #: It is enabled, and has the secret key of the Secret.
    works: bool
    #: Its policies that exist, without those of its groups.
    policies: frozenset[str]


def examine(minio: Minio, keys: Keys, bucket: str) -> User:
    """Return the user as it is; one that is somebody else's, or reaches more than the bucket, is an error."""
    if keys.access_key == minio.root.access_key:
        raise ClusterError(f"{keys.source} and {minio.root.source} hold the same access key: Thanos needs its own.")
    try:
        info = minio.find_user(keys.access_key)
    except MinioError as error:
        if error.code != NO_USER:
            raise
        words = "which is a service account or a temporary key of another user in MinIO, so it is not taken."
        raise ClusterError(f"{_named(keys)}, {words} {_own_user()}") from None
    if info is None:
        return User(keys, exists=False, works=False, policies=frozenset())
    names = names_of(info.get("policyName"))
    policies = frozenset(name for name in names if minio.policy(name) is not None)
    works = info.get("status") == "enabled" and minio.accepts(keys, bucket)
    wider = list(wider_rights(minio, info, bucket))
    if wider:
        raise ClusterError(_too_wide(keys, bucket, wider, is_shared=works and policy_name(bucket) not in names))
    if not works and not policies and policy_name(bucket) not in names:
        raise ClusterError(
            f"{_named(keys)}, which exists in MinIO with another secret key or disabled, and without a right to bucket "
            f"{bucket}: it is somebody else's, so it is not taken. {_own_user()}"
        )
    return User(keys, exists=True, works=works, policies=policies)


def require_own_policy(minio: Minio, user: User, bucket: str) -> None:
    """Refuse to replace a policy that has the name of the bucket's and is somebody else's: its users need it."""
    name = policy_name(bucket)
    wider = outside(minio.policy(name) or {}, bucket)
    if wider and name not in user.policies:
        raise ClusterError(
            f"Policy {name} of MinIO also allows {', '.join(wider)}, and user '{user.keys.access_key}' does not have "
            "it: it is somebody else's, so it is not replaced. Nothing was changed in MinIO. Give it another name "
            "there, or choose another bucket by minio_bucket."
        )


def ensure_user(minio: Minio, user: User, bucket: str, dry_run: bool) -> bool:
    """Make the user, its secret key and its policy what they have to be; True if something was not."""
    needs_policy = policy_name(bucket) not in user.policies
    if user.works and not needs_policy:
        return False
    if dry_run:
        return True
    if not user.works:
        minio.write_user(user.keys)
    if needs_policy:
        minio.set_policies(user.keys.access_key, {*user.policies, policy_name(bucket)})
    minio.prove(user.keys, bucket)
    return True


def retire(minio: Minio, access_key: str, bucket: str) -> list[str]:
    """Remove a user, and return nothing; or return what else it reaches, and take only the bucket's policy from it."""
    info = minio.find_user(access_key)
    if info is None:
        return []
    wider = list(wider_rights(minio, info, bucket))
    policies = names_of(info.get("policyName"))
    if not wider:
        minio.remove_user(access_key)
    elif policy_name(bucket) in policies:
        minio.set_policies(access_key, [name for name in policies if name != policy_name(bucket)])
    return wider


def reaches_more(minio: Minio, access_key: str, bucket: str) -> bool:
    """Return whether the user exists and reaches more than the bucket."""
    info = minio.find_user(access_key)
    return info is not None and any(wider_rights(minio, info, bucket))


def wider_rights(minio: Minio, info: dict[str, str], bucket: str) -> Iterator[str]:
    """Yield what the user's policies, its groups' too, allow besides the bucket, with the policy that does."""
    sources = [(name, "") for name in names_of(info.get("policyName"))]
    for group in info.get("memberOf") or []:
        sources += [(name, f" as a member of group {group}") for name in minio.group_policies(group)]
    for name, how in sources:
        # The stack's own policy is put right before the user gets it.
        found = outside(minio.policy(name) or {}, bucket) if name != policy_name(bucket) else []
        if found:
            yield f"{', '.join(found)} (policy {name}){how}"


def _too_wide(keys: Keys, bucket: str, wider: list[str], is_shared: bool) -> str:
    if is_shared:
        way = "The Secret is another stack's: set minio_user_secret to a name of this stack's own."
    else:
        way = f"{_own_user()} If nobody else uses this user, take these policies away from it in MinIO instead."
    return (
        f"{_named(keys)}, which also reaches {'; '.join(wider)}. The user of this stack has to reach bucket {bucket} "
        f"and nothing else. Nothing was changed in MinIO. {way}"
    )


def _named(keys: Keys) -> str:
    return f"{keys.source} names user '{keys.access_key}' of MinIO"


def _own_user() -> str:
    return "Run with minio_rotate_user=true to make a user of this stack's own, or name one by minio_user_access_key."

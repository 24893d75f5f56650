# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a rotation: users in MinIO that were replaced are removed, once nobody uses their keys any more.

One that serves another stack stays, without its right to this stack's bucket. Where a stack leaves a MinIO that others
use, its present user goes, too.
"""

from __future__ import annotations

from typing import Any

from ..k8s import secrets as cluster_secret
from ..k8s.client import Cluster
from ..k8s.resources import SECRET
from ..objstore import readers as objstore_readers
from ..objstore.readers import ObjstoreSecret
from ..requests.errors import ClusterError, ConflictError
from ..rollout.ready_pod import find_ready_pod, wait_for_ready_pod
from .access import Access, connect
from .client import Minio
from .credentials import REPLACED, replaced_access_keys
from .tenants import ACCESS_KEY, holders
from .user import reaches_more, retire


def revoke(cluster: Cluster, server: Access, readers: ObjstoreSecret | None) -> dict[str, Any]:
    """Remove the users that were replaced, and return the module's result."""
    replaced = replaced_access_keys(cluster_secret.read(cluster, server.namespace, server.user_secret))
    if not replaced or cluster.dry_run:  # In check mode the readers have not been rolled either.
        return {"changed": bool(replaced), "revoked": len(replaced), "kept": []}
    if readers is not None:
        _require_unused(cluster, server, readers, replaced)
    pod = wait_for_ready_pod(cluster, server.workload, server.wait_timeout)
    result = _retire_all(cluster, server, connect(cluster, server, pod), replaced)
    # Last, so that a run that ends before is carried on by the next one.
    _forget(cluster, server, replaced)
    return result


def leave(cluster: Cluster, server: Access) -> dict[str, Any]:
    """Remove the stack's users and their policy from a MinIO that stays, and return the module's result."""
    secret = cluster.get(SECRET, server.user_secret, server.namespace)
    users = [*replaced_access_keys(secret), cluster_secret.field(secret, ACCESS_KEY)] if secret else []
    if not users or cluster.dry_run:
        return {"changed": bool(users), "revoked": len(users), "kept": []}
    pod = find_ready_pod(cluster, server.workload)
    if pod is None:
        warning = f"{server.workload} has no ready pod, so these users stay in it: {', '.join(users)}."
        return {"changed": False, "revoked": 0, "kept": users, "warnings": [warning]}
    minio = connect(cluster, server, pod)
    result = _retire_all(cluster, server, minio, users)
    minio.remove_policy(server.bucket)
    return result


def _retire_all(cluster: Cluster, server: Access, minio: Minio, users: list[str]) -> dict[str, Any]:
    others = holders(cluster, server.namespace, server.user_secret)
    kept = {key: _retire(minio, key, server.bucket, others.get(key, "")) for key in users}
    warnings = list(filter(None, kept.values()))
    return {
        "changed": True,
        "revoked": len(users) - len(warnings),
        "kept": [key for key, reason in kept.items() if reason],
        **({"warnings": warnings} if warnings else {}),
    }


def _retire(minio: Minio, access_key: str, bucket: str, secret: str) -> str:
    """Remove a user; return why it stays, empty where it is gone. The Secret is another one that names it."""
    if secret and not reaches_more(minio, access_key, bucket):
        return f"User '{access_key}' of MinIO was not removed, since Secret {secret} names it, too."
    wider = retire(minio, access_key, bucket)
    if not wider:
        return ""
    return (
        f"User '{access_key}' of MinIO was not removed, since it also reaches {'; '.join(wider)}. Only its policy for "
        f"bucket {bucket} was taken from it."
    )


def _require_unused(cluster: Cluster, server: Access, readers: ObjstoreSecret, replaced: list[str]) -> None:
    still = "Nothing was revoked: the old and the new credentials both work."
    if objstore_readers.access_key(cluster, readers) in replaced:
        raise ClusterError(
            f"{readers} still has an access key that Secret {server.namespace}/{server.user_secret} says was replaced. "
            f"{still} Point thanos_objstore_credentials_secret at that Secret, or write the new credentials into "
            f"{readers}, then run the play again."
        )
    others = objstore_readers.others_with(cluster, readers, replaced)
    if others:
        raise ClusterError(
            f"Pods use an access key from {', '.join(others)} that Secret {server.namespace}/{server.user_secret} says "
            f"was replaced. {still} Run the play of those stacks too, then run this one again."
        )
    outdated = objstore_readers.wait_for_readers(cluster, readers, server.wait_timeout)
    if outdated:
        raise ClusterError(
            f"{len(outdated)} pods in namespace {readers.namespace} were started before {readers} got the new "
            f"credentials, and still use the old ones: {', '.join(outdated)}. {still} "
            "Restart these pods, then run the play again."
        )


def _forget(cluster: Cluster, server: Access, revoked: list[str]) -> None:
    secret = cluster_secret.read(cluster, server.namespace, server.user_secret)
    data = dict(secret["data"])
    left = [key for key in replaced_access_keys(secret) if key not in revoked]
    data.pop(REPLACED, None)
    if left:
        data[REPLACED] = cluster_secret.encode(",".join(left))
    try:
        cluster.replace(SECRET, {**secret, "data": data})
    except ConflictError:
        _forget(cluster, server, revoked)

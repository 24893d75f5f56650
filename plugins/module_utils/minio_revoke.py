# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a rotation: users in MinIO that were replaced are removed, once nobody uses their keys any more."""

from __future__ import annotations

from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils import cluster_secret, objstore_readers
from ansible_collections.observability.thanos.plugins.module_utils.cluster import (
    SECRET,
    Cluster,
    ClusterError,
    ConflictError,
)
from ansible_collections.observability.thanos.plugins.module_utils.minio_access import Server, connect
from ansible_collections.observability.thanos.plugins.module_utils.minio_credentials import (
    REPLACED,
    replaced_access_keys,
)
from ansible_collections.observability.thanos.plugins.module_utils.objstore_readers import ObjstoreSecret
from ansible_collections.observability.thanos.plugins.module_utils.ready_pod import wait_for_ready_pod


def revoke(cluster: Cluster, server: Server, readers: ObjstoreSecret | None) -> dict[str, Any]:
    """Remove the users that were replaced, and return the module's result."""
    replaced = replaced_access_keys(cluster_secret.read(cluster, server.namespace, server.user_secret))
    if not replaced or cluster.dry_run:  # In check mode the readers have not been rolled either.
        return {"changed": bool(replaced), "revoked": len(replaced)}
    if readers is not None:
        _require_unused(cluster, server, readers, replaced)
    pod = wait_for_ready_pod(cluster, server.workload, server.wait_timeout)
    minio = connect(cluster, server, pod)
    for access_key in replaced:
        minio.remove_user(access_key)
    # Last, so that a run that ends before is carried on by the next one.
    _forget(cluster, server, replaced)
    return {"changed": True, "revoked": len(replaced)}


def _require_unused(cluster: Cluster, server: Server, readers: ObjstoreSecret, replaced: list[str]) -> None:
    still = "Nothing was revoked: the old and the new credentials both work."
    if objstore_readers.access_key(cluster, readers) in replaced:
        raise ClusterError(
            f"{readers} still has an access key that Secret {server.namespace}/{server.user_secret} says was replaced. "
            f"{still} Point thanos_objstore_credentials_secret at that Secret, or write the new credentials into "
            f"{readers}, then run the play again."
        )
    outdated = objstore_readers.wait_for_readers(cluster, readers, server.wait_timeout)
    if outdated:
        raise ClusterError(
            f"{len(outdated)} pods in namespace {readers.namespace} were started before {readers} got the new "
            f"credentials, and still use the old ones: {', '.join(outdated)}. {still} "
            "Restart these pods, then run the play again."
        )


def _forget(cluster: Cluster, server: Server, revoked: list[str]) -> None:
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

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which stacks use one MinIO: each has a Secret with its user's credentials, made by this collection or by hand."""

from __future__ import annotations

from dataclasses import replace

from ..k8s import secrets as cluster_secret
from ..k8s.client import Cluster
from ..k8s.objects import Object
from ..k8s.ownership import has_our_label
from ..k8s.resources import DEPLOYMENT, SECRET, STATEFUL_SET
from ..requests.errors import ClusterError
from ..rollout.ready_pod import find_ready_pod
from .access import Server, connect

ACCESS_KEY, SECRET_KEY = "access-key", "secret-key"


def others(cluster: Cluster, namespace: str, user_secret: str) -> dict[str, str]:
    """Return the Secrets of the other stacks' users, each with its access key, empty where it is not known."""
    return {
        f"{namespace}/{secret['metadata']['name']}": _access_key(secret)
        for secret in cluster.list(SECRET, namespace)
        if secret["metadata"]["name"] != user_secret and _is_of_a_user(secret)
    }


def other_buckets(cluster: Cluster, server: Server, bucket: str) -> tuple[list[str], str]:
    """Return the buckets besides this stack's that hold something, and a warning where MinIO does not run.

    Raises ClusterError where it runs and cannot be asked: an error gives nobody's data free.
    """
    if cluster.get(SECRET, server.root_secret, server.namespace) is None:
        return [], ""  # Nothing was ever started with it.
    unknown = f"Whether others keep something in MinIO in namespace {server.namespace} could not be told"
    # Which of both it is now, the options of this run may not say.
    kinds = [replace(server, kind=kind) for kind in (DEPLOYMENT.kind, STATEFUL_SET.kind)]
    pods = [(each, pod) for each in kinds if (pod := find_ready_pod(cluster, each.workload))]
    if not pods:
        return [], f"{unknown}: no pod of it is ready."
    try:
        found = connect(cluster, *pods[0]).filled_buckets()
    except ClusterError as error:
        raise ClusterError(
            f"{unknown}: {str(error).rstrip('.')}. Nothing of it was removed. Put that right, or leave minio out of "
            "thanos_components."
        ) from None
    return [name for name in found if name != bucket], ""


def holders(cluster: Cluster, namespace: str, user_secret: str) -> dict[str, str]:
    """Return the access keys of the other stacks' users, each with its Secret.

    Empty where the user of the run may not list Secrets.
    """
    try:
        found = others(cluster, namespace, user_secret)
    except ClusterError as error:
        if not error.is_denied:
            raise
        return {}
    return {access_key: secret for secret, access_key in found.items() if access_key}


def _is_of_a_user(secret: Object) -> bool:
    """Return whether it holds a user's credentials. One that was made by hand has no label of ours."""
    data = secret.get("data") or {}
    return ACCESS_KEY in data and (SECRET_KEY in data or has_our_label(secret))


def _access_key(secret: Object) -> str:
    try:
        return cluster_secret.field(secret, ACCESS_KEY)
    except ClusterError:
        if has_our_label(secret):
            raise
        return ""  # Somebody else's, and not ours to judge.

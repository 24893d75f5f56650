# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which stacks use one MinIO: each has a Secret with its user's credentials, which this collection made."""

from __future__ import annotations

from ansible_collections.observability.thanos.plugins.module_utils import cluster_secret
from ansible_collections.observability.thanos.plugins.module_utils.cluster import (
    FIELD_MANAGER,
    SECRET,
    Cluster,
    ClusterError,
)
from ansible_collections.observability.thanos.plugins.module_utils.ownership import MANAGED_BY_LABEL

ACCESS_KEY = "access-key"
OURS = f"{MANAGED_BY_LABEL}={FIELD_MANAGER}"
FORBIDDEN = 403


def others(cluster: Cluster, namespace: str, user_secret: str) -> dict[str, str]:
    """Return the Secrets of the other stacks' users, each with its access key."""
    return {
        f"{namespace}/{secret['metadata']['name']}": cluster_secret.field(secret, ACCESS_KEY)
        for secret in cluster.list(SECRET, namespace, label_selector=OURS)
        if secret["metadata"]["name"] != user_secret and ACCESS_KEY in (secret.get("data") or {})
    }


def holders(cluster: Cluster, namespace: str, user_secret: str) -> dict[str, str]:
    """Return the access keys of the other stacks' users, each with its Secret.

    Empty where the user of the run may not list Secrets.
    """
    try:
        found = others(cluster, namespace, user_secret)
    except ClusterError as error:
        if error.status.get("code") != FORBIDDEN:
            raise
        return {}
    return {access_key: secret for secret, access_key in found.items()}

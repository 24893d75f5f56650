# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MinIO's two Secrets: the root credentials, and those of the user that Thanos comes with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils import cluster_secret
from ansible_collections.observability.thanos.plugins.module_utils.cluster import Cluster, ClusterError
from ansible_collections.observability.thanos.plugins.module_utils.cluster_secret import Entry
from ansible_collections.observability.thanos.plugins.module_utils.objstore_file import checksum

#: Names of the first user and of Thanos' user where none is given. Only the passwords are secret.
ROOT_USER = "minio-root"
USER_ACCESS_KEY = "thanos"
#: MinIO's own limits.
SHORTEST_NAME = 3
SHORTEST_SECRET = 8
LABELS = {"app": "minio", "app.kubernetes.io/name": "minio", "app.kubernetes.io/instance": "minio"}


@dataclass(frozen=True)
class Wanted:
    """Where the Secrets are, and the values given by the user (None: keep what is there, or generate)."""

    namespace: str
    root_secret: str
    root_user: str | None
    root_password: str | None
    user_secret: str
    user_access_key: str | None
    user_secret_key: str | None


def ensure_credentials(cluster: Cluster, wanted: Wanted) -> dict[str, Any]:
    """Make both Secrets what they have to be, and return the module's result, which holds no secret."""
    problems = given_problems(wanted)
    if problems:
        raise ClusterError(f"{'; '.join(problems)}.")
    created = cluster_secret.ensure_namespace(cluster, wanted.namespace)
    root_entries = {
        "root-user": Entry(wanted.root_user, lambda: ROOT_USER),
        "root-password": Entry(wanted.root_password, cluster_secret.generate),
    }
    user_entries = {
        "access-key": Entry(wanted.user_access_key, lambda: USER_ACCESS_KEY),
        "secret-key": Entry(wanted.user_secret_key, cluster_secret.generate),
    }
    root_changed, root = cluster_secret.ensure(cluster, wanted.namespace, wanted.root_secret, root_entries, LABELS)
    user_changed, _user = cluster_secret.ensure(cluster, wanted.namespace, wanted.user_secret, user_entries, LABELS)
    return {
        "changed": created or root_changed or user_changed,
        "root_secret": wanted.root_secret,
        "user_secret": wanted.user_secret,
        "checksum": checksum(root),
    }


def given_problems(wanted: Wanted) -> list[str]:
    """Return what MinIO would refuse of the values given."""
    problems = []
    for option, name in (("root_user", wanted.root_user), ("user_access_key", wanted.user_access_key)):
        if name is not None and (len(name) < SHORTEST_NAME or set(name) & set("=,")):
            problems.append(f"{option} needs at least {SHORTEST_NAME} characters, none of them = or ,")
    for option, secret in (("root_password", wanted.root_password), ("user_secret_key", wanted.user_secret_key)):
        if secret is not None and len(secret) < SHORTEST_SECRET:
            empty = "is empty; it " if not secret else ""
            problems.append(
                f"{option} {empty}needs at least {SHORTEST_SECRET} characters; leave it out to have it made"
            )
    if wanted.root_secret == wanted.user_secret:
        problems.append(f"root_secret and user_secret are both {wanted.root_secret}; they have to be two Secrets")
    return problems

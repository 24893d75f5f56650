# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MinIO's two Secrets: the root credentials, and those of the user that Thanos comes with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..k8s import secrets as cluster_secret
from ..k8s.client import Cluster
from ..k8s.objects import Object
from ..k8s.resources import SECRET
from ..k8s.secrets import Entry
from ..redaction.document import checksum
from ..requests.errors import ClusterError, ConflictError
from .tenants import holders

#: Name of the root user where none is given, and how that of Thanos' user begins. Only the passwords are secret.
ROOT_USER = "minio-root"
USER_PREFIX = "thanos-"
#: Key, in the Secret of Thanos' user, of the access keys that were replaced and still are valid: no comma is in one.
REPLACED = "replaced-access-keys"
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
    rotate_root: bool
    user_secret: str
    user_access_key: str | None
    user_secret_key: str | None
    rotate_user: bool


def ensure_credentials(cluster: Cluster, wanted: Wanted) -> dict[str, Any]:
    """Make both Secrets what they have to be, and return the module's result, which holds no secret."""
    problems = given_problems(wanted)
    if problems:
        raise ClusterError(f"{'; '.join(problems)}.")
    current = _get_user(cluster, wanted)
    _user_texts(wanted, current)  # Bad input fails before anything is changed.
    _require_free(cluster, wanted, current)
    created = cluster_secret.ensure_namespace(cluster, wanted.namespace)
    root_verb, root = _ensure_root(cluster, wanted)
    user_verb, replaced = _ensure_user(cluster, wanted)
    summary = [f"Namespace {wanted.namespace}: created"] if created else []
    for name, verb in ((wanted.root_secret, root_verb), (wanted.user_secret, user_verb)):
        summary += [f"Secret {wanted.namespace}/{name}: {verb}"] if verb else []
    result = {
        "changed": bool(summary),
        "summary": summary,
        "root_secret": wanted.root_secret,
        "user_secret": wanted.user_secret,
        "user_changed": bool(user_verb),
        "rotating": bool(replaced),
        "checksum": checksum(root),
    }
    if wanted.rotate_root and not root_verb:
        where = f"Secret {wanted.namespace}/{wanted.root_secret}"
        result["warnings"] = [
            f"rotate_root (minio_rotate_root) changes nothing: root_password is given, and {where} holds it already. "
            "Give a new one, or leave it out to have it generated."
        ]
    return result


def replaced_access_keys(secret: Object) -> list[str]:
    """Return the access keys that were replaced and still are valid."""
    if not (secret.get("data") or {}).get(REPLACED):
        return []
    return cluster_secret.field(secret, REPLACED).split(",")


def _require_free(cluster: Cluster, wanted: Wanted, current: Object | None) -> None:
    """Refuse an access key that another stack's user has: in MinIO both would be one user."""
    if wanted.user_access_key is None or (current and _holds(current, wanted.user_access_key)):
        return
    holder = holders(cluster, wanted.namespace, wanted.user_secret).get(wanted.user_access_key)
    if holder:
        raise ClusterError(
            f"user_access_key (minio_user_access_key) is {wanted.user_access_key!r}, which is the access key in Secret "
            f"{holder}, too: in MinIO both would be one user. Give another one, or leave it out to have it generated."
        )


def _holds(secret: Object, access_key: str) -> bool:
    return bool((secret.get("data") or {}).get("access-key") == cluster_secret.encode(access_key))


def _new_access_key() -> str:
    """Return an access key that no other stack on the same MinIO has."""
    return USER_PREFIX + cluster_secret.generate()[:8].lower()


def _ensure_root(cluster: Cluster, wanted: Wanted) -> tuple[str, dict[str, str]]:
    password = wanted.root_password
    if password is None and wanted.rotate_root:
        password = cluster_secret.generate()
    entries = {
        "root-user": Entry(wanted.root_user, lambda: ROOT_USER),
        "root-password": Entry(password, cluster_secret.generate),
    }
    return cluster_secret.ensure(cluster, wanted.namespace, wanted.root_secret, entries, LABELS)


def _ensure_user(cluster: Cluster, wanted: Wanted) -> tuple[str, list[str]]:
    """Make the Secret of Thanos' user; return ("created", "changed" or nothing, the access keys that it replaces)."""
    current = _get_user(cluster, wanted)
    texts = _user_texts(wanted, current)
    if current is None or texts is None:
        entries = {
            "access-key": Entry(wanted.user_access_key, _new_access_key),
            "secret-key": Entry(wanted.user_secret_key, cluster_secret.generate),
        }
        verb, _texts = cluster_secret.ensure(cluster, wanted.namespace, wanted.user_secret, entries, LABELS)
        return verb, replaced_access_keys(current or {})
    data = {**current["data"], **{key: cluster_secret.encode(text) for key, text in texts.items()}}
    try:
        cluster.replace(SECRET, {**current, "data": data})
    except ConflictError:  # Another play may have rotated meanwhile: look again.
        return _ensure_user(cluster, wanted)
    return "changed", texts[REPLACED].split(",")


def _get_user(cluster: Cluster, wanted: Wanted) -> Object | None:
    return cluster.get(SECRET, wanted.user_secret, wanted.namespace)


def _user_texts(wanted: Wanted, current: Object | None) -> dict[str, str] | None:
    """Return what a rotation puts into the Secret of Thanos' user, None where none is to begin.

    In MinIO an access key has one secret key. So that the old pair works until nobody uses it, the new one needs an
    access key of its own.
    """
    if current is None or not {"access-key", "secret-key"} <= (current.get("data") or {}).keys():
        return None  # There is none yet, or it is to be completed.
    access_key, secret_key = (cluster_secret.field(current, key) for key in ("access-key", "secret-key"))
    replaced = replaced_access_keys(current)
    is_new_given = wanted.user_access_key not in (None, access_key) or wanted.user_secret_key not in (None, secret_key)
    # One that is under way is carried on with, unless yet other credentials are given.
    if not is_new_given and (replaced or not wanted.rotate_user):
        return None
    where = f"Secret {wanted.namespace}/{wanted.user_secret}"
    if wanted.user_access_key == access_key:
        raise ClusterError(
            f"user_access_key (minio_user_access_key) is {_shown(access_key)}, as in {where}, but its secret key "
            "is to be a new one: whoever still uses the old one would be refused at once. Give a new access key too, "
            "or leave it out to have it generated."
        )
    if wanted.rotate_user and wanted.user_secret_key == secret_key:
        raise ClusterError(
            f"user_secret_key (minio_user_secret_key) is what {where} holds already, but the credentials are to be new "
            "ones. Give a new one, or leave it out to have it generated."
        )
    new = wanted.user_access_key or _new_access_key()
    return {
        "access-key": new,
        "secret-key": wanted.user_secret_key or cluster_secret.generate(),
        REPLACED: ",".join(key for key in [*replaced, access_key] if key != new),
    }


def _shown(access_key: str) -> str:
    """Return an access key for people: one that was made here, or what it is."""
    return repr(access_key) if re.fullmatch(rf"thanos|{USER_PREFIX}\w+", access_key) else "the present one"


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

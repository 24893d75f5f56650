#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module minio_credentials: MinIO's credentials, made once and kept in the cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
module: minio_credentials
version_added: "0.1.0"
short_description: Create MinIO credentials once and keep them in Secrets
description:
  - Ensures that two Secrets exist, one with the root credentials of MinIO and one with the credentials of the user that
    Thanos connects as. Values that are not given are generated on the first run and kept until a rotation is requested.
  - New credentials of the Thanos user never replace the old ones immediately. They get their own access key, and the
    old access key is recorded in the Secret under C(replaced-access-keys). It works until
    M(observability.thanos.minio_revoke) has removed it.
  - No credentials leave the cluster, neither in the result nor in a diff.
author:
  - The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes
  - observability.thanos.roles_only
options:
  namespace:
    description: Namespace of both Secrets. It is created if it is missing.
    type: str
    default: minio
  root_secret:
    description: Secret with the root credentials, under the keys C(root-user) and C(root-password).
    type: str
    default: minio-root
  root_user:
    description: Name of the root user, at least 3 characters. If omitted, the name in the Secret is kept.
    type: str
  root_password:
    description: Password of the root user, at least 8 characters. If omitted, the password in the Secret is kept.
    type: str
  rotate_root:
    description:
      - Replace the password of the root user with O(root_password), or with a generated one, each time the module runs.
      - MinIO must be restarted afterwards, see RV(checksum).
    type: bool
    default: false
  user_secret:
    description: Secret with the credentials of the Thanos user, under the keys C(access-key) and C(secret-key).
    type: str
    default: minio-thanos
  user_access_key:
    description:
      - Access key of the Thanos user, at least 3 characters. If omitted, the access key in the Secret is kept. If there
        is none, it is generated, so that each stack on the same MinIO has its own.
      - A value other than the one in the Secret starts a rotation. An access key that is in another Secret of this
        collection in the namespace is refused.
    type: str
  user_secret_key:
    description:
      - Secret key of the Thanos user, at least 8 characters. If omitted, the secret key in the Secret is kept.
      - A value other than the one in the Secret starts a rotation.
    type: str
  rotate_user:
    description:
      - Replace the credentials of the Thanos user with the given ones, or with generated ones, each time the module
        runs.
      - If the Secret records that a rotation is in progress, that rotation is continued instead.
    type: bool
    default: false
requirements:
  - kubernetes >= 28.1.0
"""

EXAMPLES = r"""
- name: Create the MinIO credentials
  observability.thanos.minio_credentials:
    namespace: minio
  register: minio_credentials

- name: Start to replace the credentials of the Thanos user with generated ones
  observability.thanos.minio_credentials:
    namespace: minio
    rotate_user: true
"""

RETURN = r"""
summary:
  description: Objects that were created or changed.
  returned: success
  type: list
  elements: str
  sample: ["Secret minio/minio-root: created"]
root_secret:
  description: Name of the Secret with the root credentials.
  returned: success
  type: str
  sample: minio-root
user_secret:
  description: Name of the Secret with the credentials of the Thanos user.
  returned: success
  type: str
  sample: minio-thanos
user_changed:
  description: Whether the credentials of the Thanos user are new.
  returned: success
  type: bool
rotating:
  description: Whether replaced access keys still have to be revoked.
  returned: success
  type: bool
checksum:
  description: SHA-256 of the root credentials, for an annotation that restarts MinIO when they change.
  returned: success
  type: str
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.k8s.client import Cluster
from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule
from ..module_utils.minio.credentials import Wanted, ensure_credentials
from ..module_utils.requests.unexpected import guarded

OPTIONS: dict[str, Any] = {
    "namespace": {"type": "str", "default": "minio"},
    "root_secret": {"type": "str", "default": "minio-root", "no_log": False},
    "root_user": {"type": "str"},
    "root_password": {"type": "str", "no_log": True},
    "rotate_root": {"type": "bool", "default": False},
    "user_secret": {"type": "str", "default": "minio-thanos", "no_log": False},
    "user_access_key": {"type": "str", "no_log": False},
    "user_secret_key": {"type": "str", "no_log": True},
    "rotate_user": {"type": "bool", "default": False},
}


ARGUMENTS: dict[str, Any] = {"argument_spec": argument_spec(**OPTIONS)}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    wanted = Wanted(**{name: module.params[name] for name in OPTIONS})

    def manage(cluster: Cluster) -> dict[str, Any]:
        result = ensure_credentials(cluster, wanted)
        for warning in result.pop("warnings", []):
            module.warn(warning)
        return result

    run(module, manage)


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module minio_tenants_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: minio_tenants_info
version_added: "0.1.0"
short_description: Report who else uses a MinIO instance
description:
  - Checks the namespace of MinIO for Secrets with the credentials of a user (C(access-key) and C(secret-key)), which
    M(observability.thanos.minio_credentials) creates for each stack or which were created by hand. As long as a Secret
    of another stack exists, this stack must not remove MinIO and its data.
  - With O(bucket), the module also checks MinIO for other buckets that are not empty. If MinIO is not running, this is
    a warning. If it is running and cannot be queried, the module fails.
author:
  - The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes.read_only
  - observability.thanos.roles_only
options:
  namespace:
    description: Namespace of MinIO.
    type: str
    default: minio
  root_secret:
    description: Secret with the root credentials, under the keys C(root-user) and C(root-password).
    type: str
    default: minio-root
  region:
    description: Region that MinIO was started with. An empty string means no region.
    type: str
    default: ""
  user_secret:
    description: Secret with the credentials of this stack's user.
    type: str
    default: minio-thanos
  bucket:
    description: Bucket of this stack. If omitted, MinIO itself is not queried.
    type: str
requirements:
  - kubernetes >= 28.1.0
  - minio >= 7.2.0
"""

EXAMPLES = r"""
- name: Find out who else uses MinIO
  observability.thanos.minio_tenants_info:
    namespace: minio
    bucket: prometheus-thanos
  register: minio_tenants
"""

RETURN = r"""
others:
  description: Secrets of the users of other stacks, and buckets of others.
  returned: success
  type: list
  elements: str
  sample: ["Secret minio/minio-team-b", "bucket loki"]
"""

import traceback
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule
from ..module_utils.minio.access import SERVER_OPTIONS, Server
from ..module_utils.minio.tenants import other_buckets, others
from ..module_utils.requests.unexpected import guarded

if TYPE_CHECKING:
    from ..module_utils.k8s.client import Cluster

try:
    import_module("minio")

    MINIO_ERROR = None
except ImportError:
    MINIO_ERROR = traceback.format_exc()

DEFAULTS: dict[str, Any] = {name: option["default"] for name, option in SERVER_OPTIONS.items()}
OPTIONS = {name: SERVER_OPTIONS[name] for name in ("namespace", "root_secret", "region", "user_secret")}
ARGUMENTS: dict[str, Any] = {"argument_spec": argument_spec(**OPTIONS, bucket={"type": "str"})}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    bucket = module.params["bucket"]
    if bucket and MINIO_ERROR:
        module.fail_json(msg=missing_required_lib("minio"), exception=MINIO_ERROR)
    server = Server(**{**DEFAULTS, **{name: module.params[name] for name in OPTIONS}})

    def find(cluster: Cluster) -> dict[str, Any]:
        found = [f"Secret {each}" for each in sorted(others(cluster, server.namespace, server.user_secret))]
        buckets, problem = other_buckets(cluster, server, bucket) if bucket else ([], "")
        if problem:
            module.warn(problem)
        return {"changed": False, "others": [*found, *(f"bucket {each}" for each in buckets)]}

    run(module, find)


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

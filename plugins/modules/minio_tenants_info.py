#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module minio_tenants_info: options and documentation; the work is in module_utils/minio_tenants.py."""

from __future__ import annotations

DOCUMENTATION = r"""
module: minio_tenants_info
version_added: "0.1.0"
short_description: Tell which other stacks use a MinIO
description:
  - Looks in MinIO's namespace for Secrets with the credentials of a user (C(access-key) and C(secret-key)), as
    M(observability.thanos.minio_credentials) makes one for each stack, or as somebody made one by hand. As long as
    there is one of another stack, MinIO and its data are not this stack's to remove.
author:
  - The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
attributes:
  check_mode:
    description: Changes nothing.
    support: full
  diff_mode:
    description: Has nothing to show.
    support: none
options:
  namespace:
    description: Namespace of MinIO.
    type: str
    default: minio
  user_secret:
    description: Secret with the credentials of this stack's user.
    type: str
    default: minio-thanos
requirements:
  - kubernetes >= 28.1.0
"""

EXAMPLES = r"""
- name: Look who else uses MinIO
  observability.thanos.minio_tenants_info:
    namespace: minio
  register: minio_tenants
"""

RETURN = r"""
others:
  description: Secrets of the other stacks' users, as namespace and name.
  returned: success
  type: list
  elements: str
  sample: ["minio/minio-team-b"]
"""

from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.observability.thanos.plugins.module_utils.cluster import argument_spec, run
from ansible_collections.observability.thanos.plugins.module_utils.hidden_options import QuietModule
from ansible_collections.observability.thanos.plugins.module_utils.minio_tenants import others
from ansible_collections.observability.thanos.plugins.module_utils.unexpected import guarded

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.plugins.module_utils.cluster import Cluster

ARGUMENTS: dict[str, Any] = {
    "argument_spec": argument_spec(
        namespace={"type": "str", "default": "minio"},
        user_secret={"type": "str", "default": "minio-thanos", "no_log": False},
    ),
}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    options = module.params

    def find(cluster: Cluster) -> dict[str, Any]:
        return {"changed": False, "others": sorted(others(cluster, options["namespace"], options["user_secret"]))}

    run(module, find)


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

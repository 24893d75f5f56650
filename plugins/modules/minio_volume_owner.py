#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module minio_volume_owner."""

from __future__ import annotations

DOCUMENTATION = r"""
module: minio_volume_owner
version_added: "0.1.0"
short_description: Change the volume owner of a MinIO created by hand to the user that the new MinIO runs as
description:
  - A MinIO created by hand usually runs as root and its files belong to root, so a MinIO that does not run as root
    could not change them. Kubernetes itself changes their group only on volumes whose driver supports it, which NFS and
    hostPath do not.
  - If its workload runs as another user, or as the user that its image defines, MinIO is stopped, and a Job changes the
    owner of all files. The Job runs as root with only the capabilities that it needs for this, so the namespace must
    not enforce Pod Security V(restricted). MinIO stays stopped until the new MinIO is applied. If the Job fails, the
    old MinIO is started again.
  - Fails before anything is changed if the data could not be used, regardless of the user that the old MinIO runs as.
    This is the case if the data is not in C(/data) on the claim C(minio-pvc), if the disk has the format C(FS), which
    MinIO cannot read since RELEASE.2022-10-29, or if this cannot be determined. M(observability.thanos.minio_layout)
    also fails in these cases.
  - A workload of this collection is left alone.
author:
  - The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes
  - observability.thanos.roles_only
options:
  namespace:
    description: Namespace of MinIO.
    type: str
    default: minio
  workload:
    description: Name of the Deployment or StatefulSet of MinIO. If it does not exist, nothing is done.
    type: str
    default: minio
    aliases: [deployment]
  user_id:
    description: Numeric ID of the user and group that the files must belong to.
    type: int
    required: true
  image:
    description: Image with a shell and C(chown) for the Job. With an empty string, the image of the old MinIO is used.
    type: str
    default: ""
  wait_timeout:
    description: Maximum time to wait until MinIO has stopped, and until the Job is done, in seconds.
    type: int
    default: 300
requirements:
  - kubernetes >= 28.1.0
  - minio >= 7.2.0
"""

EXAMPLES = r"""
- name: Change the owner of the volume to user 1000
  observability.thanos.minio_volume_owner:
    namespace: minio
    user_id: 1000
"""

RETURN = r""" # """

import traceback
from importlib import import_module
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule
from ..module_utils.minio.volume import VolumeOwner, ensure_owner
from ..module_utils.requests.unexpected import guarded

try:
    import_module("minio")

    MINIO_ERROR = None
except ImportError:
    MINIO_ERROR = traceback.format_exc()

OPTIONS: dict[str, Any] = {
    "namespace": {"type": "str", "default": "minio"},
    "workload": {"type": "str", "default": "minio", "aliases": ["deployment"]},
    "user_id": {"type": "int", "required": True},
    "image": {"type": "str", "default": ""},
    "wait_timeout": {"type": "int", "default": 300},
}


#: What has to be there for it to run inside Ansible's process.
LIBRARIES = ("kubernetes", "minio")
ARGUMENTS: dict[str, Any] = {"argument_spec": argument_spec(**OPTIONS)}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    if MINIO_ERROR:
        module.fail_json(msg=missing_required_lib("minio"), exception=MINIO_ERROR)
    request = VolumeOwner(**{name: module.params[name] for name in OPTIONS})
    run(module, lambda cluster: ensure_owner(cluster, request))


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

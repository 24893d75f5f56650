#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module minio_restart."""

from __future__ import annotations

DOCUMENTATION = r"""
module: minio_restart
version_added: "0.1.0"
short_description: Restart all servers of a distributed MinIO at once when a rolling restart would not work
description:
  - MinIO servers work together only with the same image, arguments, and environment, and the same root credentials. If
    any of these change in a StatefulSet, Kubernetes replaces the last pod first, which then waits for the others
    forever.
  - Deletes all pods that were created from an earlier state of the StatefulSet, if they differ from the current state
    in any of these. The bucket is unavailable until they run again. If they differ only in other fields, such as
    resources, Kubernetes replaces them one after the other, and this module does nothing.
  - Does not wait for the pods to run.
author:
  - The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes
  - observability.thanos.roles_only
attributes:
  check_mode:
    details: Uses the StatefulSet as it is, not as a run without check mode would have changed it.
options:
  namespace:
    description: Namespace of MinIO.
    type: str
    default: minio
  name:
    description: Name of the StatefulSet, whose pods carry the annotation C(observability.thanos/root-checksum).
    type: str
    default: minio
  wait_timeout:
    description: Maximum time to wait until Kubernetes has observed a change of the StatefulSet, in seconds.
    type: int
    default: 300
requirements:
  - kubernetes >= 28.1.0
"""

EXAMPLES = r"""
- name: Restart all servers at once if they must be started differently
  observability.thanos.minio_restart:
    namespace: minio
"""

RETURN = r"""
restarted:
  description: Pods that were deleted, or that would be deleted in check mode.
  returned: success
  type: list
  elements: str
  sample: [Pod minio/minio-0, Pod minio/minio-1]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule
from ..module_utils.minio.restart import Restart, restart
from ..module_utils.requests.unexpected import guarded

OPTIONS: dict[str, Any] = {
    "namespace": {"type": "str", "default": "minio"},
    "name": {"type": "str", "default": "minio"},
    "wait_timeout": {"type": "int", "default": 300},
}
ARGUMENTS: dict[str, Any] = {"argument_spec": argument_spec(**OPTIONS)}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    request = Restart(**{name: module.params[name] for name in OPTIONS})
    run(module, lambda cluster: restart(cluster, request))


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

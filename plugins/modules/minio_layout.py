#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module minio_layout."""

from __future__ import annotations

DOCUMENTATION = r"""
module: minio_layout
version_added: "0.1.0"
short_description: Fail if MinIO would start empty beside its existing data
description:
  - Checks the claims that a MinIO in the namespace has left behind, and fails if they belong to another mode or to
    another number of pods or drives, because MinIO can read its data only in the layout in which it wrote it.
  - Also fails if a MinIO that does not belong to this collection has the name C(minio), and its data would not be found
    or could not be read by the new one, or if that cannot be determined. Such a MinIO is queried for the format of its
    disk.
  - Changes nothing. M(observability.thanos.preflight) performs the same check together with its other checks.
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
  mode:
    description: V(standalone) for one server with the claim C(minio-pvc), V(distributed) for a StatefulSet.
    type: str
    choices: [standalone, distributed]
    required: true
  replicas:
    description: Number of pods of a distributed MinIO.
    type: int
    default: 4
  drives_per_pod:
    description: Number of drives of each pod of a distributed MinIO.
    type: int
    default: 1
  adopt:
    description: Whether to adopt a MinIO that was created by hand, so that a Deployment may replace a StatefulSet.
    type: bool
    default: false
requirements:
  - kubernetes >= 28.1.0
  - minio >= 7.2.0, if an existing MinIO was created by hand
"""

EXAMPLES = r"""
- name: Check whether the existing data fits the layout
  observability.thanos.minio_layout:
    namespace: minio
    mode: distributed
"""

RETURN = r""" # """

from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.k8s.finding import compose
from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule
from ..module_utils.minio.layout import DISTRIBUTED, STANDALONE, WantedLayout, layout_finding
from ..module_utils.requests.unexpected import guarded

if TYPE_CHECKING:
    from ..module_utils.k8s.client import Cluster

OPTIONS: dict[str, Any] = {
    "namespace": {"type": "str", "default": "minio"},
    "mode": {"type": "str", "choices": [STANDALONE, DISTRIBUTED], "required": True},
    "replicas": {"type": "int", "default": 4},
    "drives_per_pod": {"type": "int", "default": 1},
    "adopt": {"type": "bool", "default": False},
}
ARGUMENTS: dict[str, Any] = {"argument_spec": argument_spec(**OPTIONS)}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    request = WantedLayout(**{name: module.params[name] for name in OPTIONS})

    def look(cluster: Cluster) -> dict[str, Any]:
        finding = layout_finding(cluster, request)
        if finding:
            module.fail_json(msg=compose([finding]), changed=False)
        return {"changed": False}

    run(module, look)


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

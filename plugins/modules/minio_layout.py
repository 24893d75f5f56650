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
short_description: Refuse a MinIO that would start empty beside its data
description:
  - Looks at the claims that a MinIO in the namespace has left, and fails where they are of another mode, or of another
    number of pods or drives, since MinIO reads what it has written only in the way in which it has written it.
  - Fails as well where a MinIO that is not this collection's has the name C(minio), and its data would not be found or
    could not be read by the new one, or that cannot be told. Such a MinIO is asked what format its disk has.
  - Changes nothing. M(observability.thanos.preflight) does the same together with its other checks.
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
    description: Whether a MinIO made by hand is taken over, so that a StatefulSet may be replaced by a Deployment.
    type: bool
    default: false
requirements:
  - kubernetes >= 28.1.0
  - minio >= 7.2.0, where there is a MinIO made by hand
"""

EXAMPLES = r"""
- name: Check whether the existing data fits
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

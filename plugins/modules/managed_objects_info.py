#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module managed_objects_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: managed_objects_info
short_description: Tell which objects are there, and which of them this collection made
version_added: "0.1.0"
author: The observability.thanos maintainers (@observability)
description:
  - Looks up the objects of manifests, and tells those that this collection made from those of others.
  - An object is this collection's, where it has the label C(app.kubernetes.io/managed-by=observability.thanos) and the
    field manager C(observability.thanos) owns fields of it, or where its controller is this collection's. One that
    something of somebody else controls never is.
  - So is a claim that Kubernetes' StatefulSet controller made, with that label or for a StatefulSet that is this
    collection's. One that a workload or a pod of somebody else uses never is.
  - A namespace is, where this collection created it and nothing else is in it than what goes. Every kind is looked at,
    in every version. One that cannot be listed counts as something else in the namespace.
  - A workload that would take claims along, by its C(persistentVolumeClaimRetentionPolicy) or as their owner, only is
    where they go, too.
  - Objects, namespaces and kinds that are not there are no error.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes.read_only
  - observability.thanos.roles_only
options:
  definitions:
    description:
      - Manifests of the objects to look up; only kind, namespace and name are used.
      - One with C(generateName) and labels stands for all objects whose names start so and that have these labels.
    type: list
    elements: dict
    required: true
  removed:
    description: Manifests of further objects that are about to be removed, and that do not keep a namespace therefore.
    type: list
    elements: dict
    default: []
requirements:
  - kubernetes >= 24.2.0
"""

EXAMPLES = r"""
- name: Look for the store gateway's volumes
  observability.thanos.managed_objects_info:
    definitions:
      - apiVersion: v1
        kind: PersistentVolumeClaim
        metadata:
          namespace: monitoring
          generateName: data-thanos-store-gateway-
          labels: {app: thanos-store-gateway}
  register: volumes
"""

RETURN = r"""
definitions:
  description: Kind, namespace and name of each object that is there and that this collection made.
  returned: success
  type: list
  elements: dict
descriptions:
  description: The same objects in words, claims with their size, Secrets with their keys.
  returned: success
  type: list
  elements: str
  sample: ["PersistentVolumeClaim minio/minio-pvc, 100Gi", "Secret minio/minio-root, keys root-password, root-user"]
others:
  description: The objects that are there and are not this collection's, with the reason.
  returned: success
  type: list
  elements: str
  sample: ["Namespace minio: somebody else made it"]
"""

from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.apply.managed_objects import look_up, report
from ..module_utils.k8s import options as hidden_options
from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule, manifests_of
from ..module_utils.requests.unexpected import guarded

if TYPE_CHECKING:
    from ..module_utils.k8s.client import Cluster

ARGUMENTS: dict[str, Any] = {
    "argument_spec": argument_spec(
        definitions=hidden_options.manifests(required=True),
        removed=hidden_options.manifests(default=[]),
    ),
}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    definitions, removed = manifests_of(module, "definitions", "removed", may_be_generated=True)

    def find(cluster: Cluster) -> dict[str, Any]:
        found = look_up(cluster, definitions, removed)
        return {"changed": False, **report(found)}

    run(module, find)


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

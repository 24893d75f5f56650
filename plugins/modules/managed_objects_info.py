#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module managed_objects_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: managed_objects_info
short_description: Report which objects exist and which of them this collection created
version_added: "0.1.0"
author: The observability.thanos maintainers (@observability)
description:
  - Looks up the objects of the given manifests, and distinguishes those that this collection created from those of
    other owners.
  - An object belongs to this collection if it has the label C(app.kubernetes.io/managed-by=observability.thanos) and
    the field manager C(observability.thanos) owns fields of it, or if its controller belongs to this collection. An
    object that another owner's object controls never does.
  - A claim also belongs to this collection if the Kubernetes StatefulSet controller created it with that label or for a
    StatefulSet of this collection. A claim that a workload or a pod of another owner uses never does.
  - A namespace belongs to this collection if this collection created it and it contains nothing but objects that are
    about to be removed. Every kind is checked, in every version. A kind that cannot be listed counts as other content
    of the namespace.
  - A workload that would take claims with it, through its C(persistentVolumeClaimRetentionPolicy) or as their owner,
    counts as this collection's only if these claims are removed as well.
  - Missing objects, namespaces, and kinds are not an error.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes.read_only
  - observability.thanos.roles_only
options:
  definitions:
    description:
      - Manifests of the objects to look up. Only kind, namespace, and name are used.
      - A manifest with C(generateName) and labels stands for all objects whose names start with that prefix and that
        have these labels.
    type: list
    elements: dict
    required: true
  removed:
    description: Manifests of other objects that are about to be removed and therefore do not keep a namespace.
    type: list
    elements: dict
    default: []
requirements:
  - kubernetes >= 24.2.0
"""

EXAMPLES = r"""
- name: Find the volumes of the store gateway
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
  description: Kind, namespace, and name of each existing object that this collection created.
  returned: success
  type: list
  elements: dict
descriptions:
  description: Readable descriptions of the same objects, claims with their size, Secrets with their keys.
  returned: success
  type: list
  elements: str
  sample: ["PersistentVolumeClaim minio/minio-pvc, 100Gi", "Secret minio/minio-root, keys root-password, root-user"]
others:
  description: Existing objects that do not belong to this collection, each with the reason.
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

#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module preflight."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Say all that would go wrong, before anything is changed
version_added: "0.1.0"
author: The observability.thanos maintainers (@observability)
description:
  - Looks at what a run is about to apply and to remove, asks the Kubernetes API about all of it side by side, and fails
    with every finding at once, each with the object, the cause and the remedy.
  - Checks the API's version; whether the cluster knows the kinds; whether the namespaces are there and stay; the rights
    of the user, by access reviews; storage classes; objects and keys that others have to provide; who else holds an
    object that would be taken over; Services that would select pods of others; and what the API server says to each
    manifest in a dry run, such as field conflicts, fields that cannot be changed, quotas and refusals by webhooks.
  - A compactor among the O(manifests) must be the only one on its bucket. Every other one of the cluster is an error,
    whatever its namespace and however its endpoint is written, or a warning where it does not run or its server may be
    another one. What the user may not list or read is a warning, too.
  - A Prometheus or ThanosRuler that still writes to a Thanos receive that is to be removed is a warning.
  - Where pods would be new or different, one is tried as well, so that Pod Security, a missing ServiceAccount or a
    missing PriorityClass shows now. This needs the right to create pods, and is left out without it.
  - Changes nothing, and may be left out.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes.read_only
  - observability.thanos.roles_only
attributes:
  check_mode:
    details:
      - In check mode a kind, namespace, Secret or Deployment that is missing is a warning, since what makes it may just
        not have been run.
options:
  manifests:
    description: Objects that are to be applied.
    type: list
    elements: dict
    default: []
  absent:
    description: Objects that are to be removed.
    type: list
    elements: dict
    default: []
  workloads:
    description: Workloads that M(observability.thanos.rollout) is to wait for, as that module takes them.
    type: list
    elements: dict
    default: []
  rights:
    description: Rights that the run needs besides those to apply, to remove and to wait.
    type: list
    elements: dict
    default: []
    suboptions:
      namespace:
        description: Namespace; empty for the whole cluster.
        type: str
        default: ""
      group:
        description: API group; empty for the core group.
        type: str
        default: ""
      resource:
        description: Resource as the API names it, with its subresource after a slash, such as V(pods/portforward).
        type: str
        required: true
      name:
        description: Name of the object, where a right on this one is enough.
        type: str
        default: ""
      verbs:
        description: Verbs.
        type: list
        elements: str
        required: true
  expected:
    description: Objects that somebody else makes and the run needs.
    type: list
    elements: dict
    default: []
    suboptions:
      kind:
        description: Kind of the object.
        type: str
        choices: [Secret, Deployment]
        required: true
      namespace:
        description: Its namespace.
        type: str
        required: true
      name:
        description: Its name.
        type: str
        required: true
      key:
        description: Key that a Secret has to have.
        type: str
        default: ""
      option:
        description: Option that names the object, for the remedy.
        type: str
        required: true
  objstore_secret:
    description: Secret with an object-store configuration that somebody else writes. It has to be there and valid.
    type: dict
    suboptions:
      namespace:
        description: Its namespace.
        type: str
        required: true
      name:
        description: Its name.
        type: str
        required: true
      key:
        description: Its key with the configuration.
        type: str
        required: true
  object_store:
    description:
      - S3 API that others run. Outside the cluster it is asked for the bucket, without credentials. That it does not
        answer is a warning, since the pods may reach it where this module does not.
      - An endpoint that is the name of a Service resolves in the cluster only. It is not asked then, but the Service
        has to be there, and to have the port.
    type: dict
    suboptions:
      endpoint:
        description: Host and port.
        type: str
        required: true
      bucket:
        description: Bucket.
        type: str
        required: true
      insecure:
        description: Whether it speaks plain HTTP.
        type: bool
        default: false
      ca:
        description: Certificates, in PEM form, that its certificate is checked against.
        type: str
        default: ""
      cluster_domain:
        description: DNS domain of the cluster's Services.
        type: str
        default: cluster.local
  written_objstore:
    description:
      - The object-store Secret that the run is about to write. With it a compactor among O(manifests) is compared with
        all other compactors of the cluster. Without it the Secret that is there is read.
    type: dict
    suboptions:
      namespace:
        description: Its namespace.
        type: str
        required: true
      name:
        description: Its name.
        type: str
        required: true
      key:
        description: Its key with the configuration.
        type: str
        required: true
      type:
        description: Type of object store.
        type: str
        required: true
      config:
        description: What tells the bucket from others, by Thanos' own names, without credentials.
        type: dict
        required: true
      prefix:
        description: Directory in the bucket.
        type: str
        default: ""
      credentials_secret:
        description: Secret that the credentials are taken from. Of V(AZURE) the storage account is read there.
        type: dict
        suboptions:
          namespace:
            description: Its namespace.
            type: str
            required: true
          name:
            description: Its name.
            type: str
            required: true
          field:
            description: Its key with the access key.
            type: str
            required: true
  cluster_domain:
    description: DNS domain of the cluster's Services.
    type: str
    default: cluster.local
  minio:
    description:
      - The MinIO among the O(manifests). Data that it would start empty beside, or could not read, is an error, as
        M(observability.thanos.minio_layout) has it. Its manifests are not looked at then.
    type: dict
    suboptions:
      namespace:
        description: Its namespace.
        type: str
        required: true
      mode:
        description: Its mode.
        type: str
        choices: [standalone, distributed]
        required: true
      replicas:
        description: Number of pods of a distributed MinIO.
        type: int
        required: true
      drives_per_pod:
        description: Number of drives of each pod of a distributed MinIO.
        type: int
        required: true
  problems:
    description: What was found out before, to be told together with the rest.
    type: list
    elements: str
    default: []
  force_conflicts:
    description: Whether fields and objects of others may be taken over.
    type: bool
    default: false
  replace_immutable:
    description: Whether objects may be replaced whose fields cannot be changed.
    type: bool
    default: false
  adopt:
    description: Whether what was made by hand with C(kubectl) is to be taken over.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Check the cluster before anything is changed
  observability.thanos.preflight:
    manifests: "{{ thanos_manifests }}"
    workloads: "{{ thanos_workloads }}"
    rights:
      - {namespace: minio, resource: pods/portforward, verbs: [get, create]}
"""

RETURN = r"""
version:
  description: Version of the Kubernetes API, an empty string where it does not tell.
  returned: always
  type: str
  sample: v1.37.0
findings:
  description: What was found, errors and warnings.
  returned: always
  type: list
  elements: dict
  contains:
    where:
      description: Object, or part of the cluster. Empty for O(problems).
      type: str
    what:
      description: What is wrong with it.
      type: str
    remedy:
      description: What to do about it.
      type: str
    is_error:
      description: Whether the run would fail because of it. Otherwise it is a warning.
      type: bool
immutable:
  description: Objects that are there with fields that cannot be changed, and would have to be replaced.
  returned: always
  type: list
  elements: dict
  contains:
    api_version:
      description: Version of the object's API.
      type: str
    kind:
      description: Kind of the object.
      type: str
    namespace:
      description: Namespace of the object.
      type: str
    name:
      description: Name of the object.
      type: str
    fields:
      description: Paths of the fields.
      type: list
      elements: str
  sample:
    - api_version: apps/v1
      kind: Deployment
      namespace: monitoring
      name: thanos-querier
      fields: [spec.selector]
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.k8s import options as hidden_options
from ..module_utils.k8s.finding import compose
from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule, manifests_of, value_of
from ..module_utils.minio.layout import DISTRIBUTED, STANDALONE, WantedLayout
from ..module_utils.objstore.endpoint import ObjectStore
from ..module_utils.preflight.plan import Plan
from ..module_utils.preflight.run import preflight
from ..module_utils.requests.unexpected import guarded

if TYPE_CHECKING:
    from ..module_utils.k8s.client import Cluster

OBJECTS = {"type": "list", "elements": "dict", "default": []}
TEXT = {"type": "str", "required": True}
OPTIONS: dict[str, Any] = {
    "manifests": hidden_options.manifests(default=[]),
    "absent": hidden_options.manifests(default=[]),
    "workloads": OBJECTS,
    "rights": {
        **OBJECTS,
        "options": {
            "namespace": {"type": "str", "default": ""},
            "group": {"type": "str", "default": ""},
            "resource": TEXT,
            "name": {"type": "str", "default": ""},
            "verbs": {"type": "list", "elements": "str", "required": True},
        },
    },
    "expected": {
        **OBJECTS,
        "options": {
            "kind": {**TEXT, "choices": ["Secret", "Deployment"]},
            "namespace": TEXT,
            "name": TEXT,
            "key": {"type": "str", "default": "", "no_log": False},
            "option": TEXT,
        },
    },
    "objstore_secret": {
        "type": "dict",
        "no_log": False,
        "options": {"namespace": TEXT, "name": TEXT, "key": {**TEXT, "no_log": False}},
    },
    "object_store": {
        "type": "dict",
        "options": {
            "endpoint": hidden_options.address(required=True),
            "bucket": TEXT,
            "insecure": {"type": "bool", "default": False},
            "ca": hidden_options.certificates(default=""),
            "cluster_domain": {"type": "str", "default": "cluster.local"},
        },
    },
    "written_objstore": {
        "type": "dict",
        "no_log": False,
        "options": {
            "namespace": TEXT,
            "name": TEXT,
            "key": {**TEXT, "no_log": False},
            "type": TEXT,
            "config": {"type": "dict", "required": True},
            "prefix": {"type": "str", "default": ""},
            "credentials_secret": {
                "type": "dict",
                "no_log": False,
                "options": {"namespace": TEXT, "name": TEXT, "field": TEXT},
            },
        },
    },
    "cluster_domain": {"type": "str", "default": "cluster.local"},
    "minio": {
        "type": "dict",
        "options": {
            "namespace": TEXT,
            "mode": {**TEXT, "choices": [STANDALONE, DISTRIBUTED]},
            "replicas": {"type": "int", "required": True},
            "drives_per_pod": {"type": "int", "required": True},
        },
    },
    "problems": {"type": "list", "elements": "str", "default": []},
    "force_conflicts": {"type": "bool", "default": False},
    "replace_immutable": {"type": "bool", "default": False},
    "adopt": {"type": "bool", "default": False},
}
ARGUMENTS: dict[str, Any] = {"argument_spec": argument_spec(**OPTIONS)}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    given = {name: module.params[name] for name in OPTIONS}
    given["manifests"], given["absent"] = manifests_of(module, "manifests", "absent")
    store, minio = given.pop("object_store"), given.pop("minio")
    plan = Plan(
        **given,
        object_store=ObjectStore(**{**store, "ca": value_of(store["ca"])}) if store else None,
        minio=WantedLayout(**minio, adopt=module.params["adopt"]) if minio else None,
        check_mode=module.check_mode,
    )

    def check(cluster: Cluster) -> dict[str, Any]:
        report = preflight(cluster, plan)
        for finding in report.findings:
            if not finding.is_error:
                module.warn(str(finding))
        findings = [asdict(finding) for finding in report.findings]
        result = {"version": report.version, "findings": findings, "immutable": report.immutable}
        errors = [finding for finding in report.findings if finding.is_error]
        if errors:
            module.fail_json(msg=compose(errors), changed=False, **result)
        return {"changed": False, **result}

    run(module, check)


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

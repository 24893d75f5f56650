#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module preflight."""

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Report every problem before anything is changed
version_added: "0.1.0"
author: The observability.thanos maintainers (@observability)
description:
  - Checks everything that a run is about to apply and remove, queries the Kubernetes API in parallel, and fails with
    all findings at once, each with the object, the cause, and the remedy.
  - Checks the API version; whether the cluster supports the kinds; whether the namespaces exist and are not being
    deleted; the permissions of the user, through access reviews; storage classes; objects and keys that others have to
    provide; who else holds an object that would be adopted; Services that would select pods of others; and how the API
    server responds to each manifest in a dry run, such as with field conflicts, immutable fields, quotas, and refusals
    by webhooks.
  - A compactor among the O(manifests) must be the only one on its bucket. Any other compactor in the cluster on that
    bucket is an error, regardless of its namespace and of how its endpoint is written, or a warning if it is not
    running or its server may be a different one. Anything that the user may not list or read is also a warning.
  - A Prometheus or ThanosRuler that still writes to a Thanos receive about to be removed is a warning.
  - If pods would be new or different, the module also tries one of them, so that Pod Security, a missing
    ServiceAccount, or a missing PriorityClass is reported now. This needs permission to create pods, and is skipped
    without it.
  - Changes nothing, and is optional.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes.read_only
  - observability.thanos.roles_only
attributes:
  check_mode:
    details:
      - In check mode, a missing kind, namespace, Secret, or Deployment is a warning, because the step that creates it
        may not have run.
options:
  manifests:
    description: Objects to apply.
    type: list
    elements: dict
    default: []
  absent:
    description: Objects to remove.
    type: list
    elements: dict
    default: []
  workloads:
    description: Workloads that M(observability.thanos.rollout) is to wait for, in the format that this module takes.
    type: list
    elements: dict
    default: []
  rights:
    description: Permissions that the run needs in addition to those to apply, to remove, and to wait.
    type: list
    elements: dict
    default: []
    suboptions:
      namespace:
        description: Namespace. An empty string means the whole cluster.
        type: str
        default: ""
      group:
        description: API group. An empty string means the core group.
        type: str
        default: ""
      resource:
        description: Resource as the API names it, with its subresource after a slash, such as V(pods/portforward).
        type: str
        required: true
      name:
        description: Name of the object, if a permission for this object alone is enough.
        type: str
        default: ""
      verbs:
        description: Verbs.
        type: list
        elements: str
        required: true
  expected:
    description: Objects that others create and that the run needs.
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
        description: Namespace of the object.
        type: str
        required: true
      name:
        description: Name of the object.
        type: str
        required: true
      key:
        description: Key that a Secret must have.
        type: str
        default: ""
      option:
        description: Option that names the object, for the remedy.
        type: str
        required: true
  objstore_secret:
    description: Secret with an object-store configuration that others write. It must exist and be valid.
    type: dict
    suboptions:
      namespace:
        description: Namespace of the Secret.
        type: str
        required: true
      name:
        description: Name of the Secret.
        type: str
        required: true
      key:
        description: Key of the Secret that holds the configuration.
        type: str
        required: true
  object_store:
    description:
      - S3 API that others operate. Outside the cluster, it is queried for the bucket, without credentials. If it does
        not respond, this is a warning, because the pods may reach it where this module does not.
      - An endpoint that is the name of a Service resolves only in the cluster. It is not queried, but the Service must
        exist and have the port.
    type: dict
    suboptions:
      endpoint:
        description: Host and port.
        type: str
        required: true
      bucket:
        description: Name of the bucket.
        type: str
        required: true
      insecure:
        description: Whether the endpoint uses plain HTTP.
        type: bool
        default: false
      ca:
        description: Certificates, in PEM format, that are used to verify the certificate of the endpoint.
        type: str
        default: ""
      cluster_domain:
        description: DNS domain of the cluster's Services.
        type: str
        default: cluster.local
  written_objstore:
    description:
      - Object-store Secret that the run is about to write. With it, a compactor among O(manifests) is compared with all
        other compactors in the cluster. Without it, the existing Secret is read.
    type: dict
    suboptions:
      namespace:
        description: Namespace of the Secret.
        type: str
        required: true
      name:
        description: Name of the Secret.
        type: str
        required: true
      key:
        description: Key of the Secret that holds the configuration.
        type: str
        required: true
      type:
        description: Type of object store.
        type: str
        required: true
      config:
        description: Settings that distinguish the bucket from others, with the names that Thanos uses, without
          credentials.
        type: dict
        required: true
      prefix:
        description: Directory in the bucket.
        type: str
        default: ""
      credentials_secret:
        description: Secret that the credentials are taken from. For V(AZURE), the storage account is read from it.
        type: dict
        suboptions:
          namespace:
            description: Namespace of the Secret.
            type: str
            required: true
          name:
            description: Name of the Secret.
            type: str
            required: true
          field:
            description: Key of the Secret that holds the access key.
            type: str
            required: true
  cluster_domain:
    description: DNS domain of the cluster's Services.
    type: str
    default: cluster.local
  minio:
    description:
      - MinIO among the O(manifests). Data that it would start empty beside, or could not read, is an error, as in
        M(observability.thanos.minio_layout). In that case, its manifests are not checked.
    type: dict
    suboptions:
      namespace:
        description: Namespace of MinIO.
        type: str
        required: true
      mode:
        description: Mode of MinIO.
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
    description: Problems that were found earlier, to be reported together with the others.
    type: list
    elements: str
    default: []
  force_conflicts:
    description: Whether the run may take over fields and objects of others.
    type: bool
    default: false
  replace_immutable:
    description: Whether objects may be replaced if they differ in immutable fields.
    type: bool
    default: false
  adopt:
    description: Whether objects that were created by hand with C(kubectl) are to be adopted.
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
  description: Version of the Kubernetes API, or an empty string if the API does not report it.
  returned: always
  type: str
  sample: v1.37.0
findings:
  description: All findings, both errors and warnings.
  returned: always
  type: list
  elements: dict
  contains:
    where:
      description: Object, or part of the cluster. Empty for O(problems).
      type: str
    what:
      description: Problem that was found.
      type: str
    remedy:
      description: How to resolve the problem.
      type: str
    is_error:
      description: Whether the run would fail because of this finding. Otherwise it is a warning.
      type: bool
immutable:
  description: Existing objects that differ in immutable fields and would have to be replaced.
  returned: always
  type: list
  elements: dict
  contains:
    api_version:
      description: API version of the object.
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

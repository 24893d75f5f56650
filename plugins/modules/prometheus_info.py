#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module prometheus_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: prometheus_info
short_description: Find the Prometheus object that gets a Thanos sidecar
version_added: "0.1.0"
author: The observability.thanos maintainers (@observability)
description:
  - Finds the object of kind Prometheus (of the Prometheus operator) in a namespace and returns what the Thanos
    components need to know about it, such as the label that distinguishes its replicas.
  - Fails if there is none, if there are several and no name is given, or if its retention is too short for blocks to be
    uploaded safely.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes.read_only
  - observability.thanos.roles_only
attributes:
  check_mode:
    details:
      - In check mode, a missing object, namespace, or kind is a warning, and the operator's defaults are returned, so
        that a whole playbook can be checked against a cluster that has no Prometheus yet.
options:
  namespace:
    description: Namespace of the Prometheus object.
    type: str
    required: true
  name:
    description: Name of the Prometheus object. If omitted, the namespace must contain exactly one.
    type: str
  block_duration:
    description:
      - Duration of one block that the sidecar uploads. The retention must have room for three of them.
      - With an empty string, the retention is not checked, for example to remove the sidecar.
    type: str
    default: 2h
  required:
    description: Whether a missing object is an error. With V(false), C(found) is returned as V(false) instead.
    type: bool
    default: true
  gather_problems:
    description:
      - Return problems in C(problems) instead of failing, so that M(observability.thanos.preflight) can report them
        together with all others. The operator's defaults are then returned.
      - Also checks whether the operator manages the configuration, without which a sidecar exits immediately.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Find the only Prometheus object in the namespace
  observability.thanos.prometheus_info:
    namespace: monitoring
  register: found

- name: Show the label that distinguishes its replicas
  ansible.builtin.debug:
    msg: "{{ found.prometheus.replica_label }}"
"""

RETURN = r"""
prometheus:
  description: The Prometheus object.
  returned: success
  type: dict
  contains:
    found:
      description: Whether the object exists. If it does not, the other values are the operator's defaults.
      type: bool
    namespace:
      description: Namespace of the object.
      type: str
    name:
      description: Name of the object.
      type: str
    replicas:
      description: Number of replicas of each shard.
      type: int
    shards:
      description: Number of shards.
      type: int
    replica_label:
      description: External label that distinguishes the replicas, or an empty string if it is disabled.
      type: str
    prometheus_label:
      description: External label with the namespace and name of the object, or an empty string if it is disabled.
      type: str
    external_labels:
      description: The object's own external labels.
      type: dict
    retention:
      description: How long the data is kept, or an empty string if it is not limited by time.
      type: str
    has_sidecar:
      description: Whether the object has C(spec.thanos).
      type: bool
    version:
      description: Version of Prometheus, or an empty string if the operator chooses it.
      type: str
    others_with_sidecar:
      description:
        - Names of the other Prometheus objects in the namespace that have a sidecar of this collection. A querier that
          is deployed for this object continues to query them.
      type: list
      elements: str
    removal_from_empty_maps:
      description:
        - JSON merge patch that removes the labels and annotations that this collection set in maps that another field
          manager applied as empty. Server-side apply cannot do that. Empty if there are none.
      type: dict
  sample:
    found: true
    namespace: monitoring
    name: k8s
    replicas: 2
    shards: 1
    replica_label: prometheus_replica
    prometheus_label: prometheus
    external_labels: {cluster: demo}
    retention: 24h
    has_sidecar: true
    version: 3.15.0
    others_with_sidecar: []
    removal_from_empty_maps: {spec: {externalLabels: {cluster: null}}}
problems:
  description: Problems with the object, empty without O(gather_problems).
  returned: success
  type: list
  elements: str
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule
from ..module_utils.requests.errors import ClusterError
from ..module_utils.requests.unexpected import guarded
from ..module_utils.thanos.prometheus import (
    AbsentError,
    SeveralError,
    check_managed,
    check_retention,
    describe_prometheus,
    find_prometheus,
    list_prometheus,
    others_with_sidecar,
    placeholder,
)

if TYPE_CHECKING:
    from ..module_utils.k8s.client import Cluster


ARGUMENTS: dict[str, Any] = {
    "argument_spec": argument_spec(
        namespace={"type": "str", "required": True},
        name={"type": "str"},
        block_duration={"type": "str", "default": "2h"},
        required={"type": "bool", "default": True},
        gather_problems={"type": "bool", "default": False},
    ),
}


class _Problems:
    """What is wrong, which ends the module unless problems are to be gathered."""

    def __init__(self, are_gathered: bool) -> None:
        """Start with none."""
        self.are_gathered = are_gathered
        self.texts: list[str] = []

    def report(self, error: ClusterError) -> None:
        """Keep a problem, or end with it."""
        if not self.are_gathered:
            raise error
        self.texts.append(str(error))

    def attempt(self, check: Callable[..., None], *arguments: Any) -> None:
        """Check, and report what is wrong."""
        try:
            check(*arguments)
        except ClusterError as error:
            self.report(error)


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    problems = _Problems(module.params["gather_problems"])

    def find(cluster: Cluster) -> dict[str, Any]:
        return {"changed": False, "prometheus": _find(module, cluster, problems), "problems": problems.texts}

    run(module, find)


def _find(module: AnsibleModule, cluster: Cluster, problems: _Problems) -> dict[str, Any]:
    """Return what is known of the Prometheus resource, a placeholder where there is none that can be used."""
    namespace, name = module.params["namespace"], module.params["name"] or ""
    found = placeholder(namespace, name)
    try:
        objects = list_prometheus(cluster, namespace)
        found |= others_with_sidecar(objects, name)
        prometheus = find_prometheus(objects, namespace, name)
    except AbsentError as error:
        if module.params["required"] and module.check_mode:
            module.warn(f"{error} Check mode goes on as if there were one.")
        elif module.params["required"]:
            problems.report(error)
        return found
    except ClusterError as error:
        if not isinstance(error, SeveralError) and not error.status:
            raise  # No answer at all: nothing else could be told either.
        problems.report(error)
        return found
    found = describe_prometheus(prometheus)
    found |= others_with_sidecar(objects, found["name"])
    if module.params["block_duration"]:
        problems.attempt(check_retention, found, module.params["block_duration"])
        if problems.are_gathered:
            problems.attempt(check_managed, prometheus)
    return found


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

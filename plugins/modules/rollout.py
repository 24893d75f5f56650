#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module rollout."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout
short_description: Wait until workloads are rolled out, or report why they cannot be
version_added: "0.1.0"
description:
  - Waits for any number of workloads at once, by the rules of C(kubectl rollout status), and returns as soon as all
    of them are rolled out.
  - Fails as soon as one of them cannot be rolled out without a change, and reports the object, the pod, the container,
    the reason, the exit code, the last log lines, the relevant events, and what can be done about it.
  - As with C(kubectl rollout status), a container without a readiness probe counts as ready once it runs.
  - While the module waits, it prints each change of a workload's state as a line if it runs inside Ansible's own
    process, which it does on C(localhost) and wherever the connection is C(local).
  - Changes nothing. Workloads that are already rolled out cost one request for each kind and namespace.
author: The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes.read_only
attributes:
  check_mode:
    details:
      - In check mode, nothing has been applied that the module could wait for, so it returns immediately.
options:
  workloads:
    description: Workloads to wait for.
    type: list
    elements: dict
    required: true
    suboptions:
      kind:
        description:
          - Kind of the workload.
          - A C(Job) must complete.
          - For a C(Prometheus), the Prometheus operator must have observed and reconciled its current state, its
            StatefulSets must be rolled out, and if it has C(spec.thanos), every replica must run a ready container
            C(thanos-sidecar).
          - For a C(ThanosRuler), the operator must have reconciled it, and its StatefulSet must be rolled out.
        type: str
        required: true
        choices: [Deployment, StatefulSet, DaemonSet, Job, Prometheus, ThanosRuler]
      name:
        description: Name of the workload.
        type: str
        required: true
      namespace:
        description: Namespace of the workload.
        type: str
        required: true
  timeout:
    description: Maximum time to wait for all workloads together, in seconds.
    type: int
    default: 300
  grace_period:
    description:
      - How long a problem may last, in seconds, if others may be about to resolve it, such as a missing Secret,
        ConfigMap, key, or claim, or a quota.
    type: int
    default: 15
  image_grace_period:
    description: How long an image pull may fail, in seconds.
    type: int
    default: 20
  scheduling_grace_period:
    description:
      - How long a pod may be unschedulable, in seconds.
      - The time during which an autoscaler adds a node, a node starts, or pods of the same workload terminate is not
        counted.
    type: int
    default: 20
  crash_restarts:
    description:
      - How often a container may be restarted after a crash before it counts as failed.
      - It must crash once more during the wait, so that a fix that was just made can take effect.
    type: int
    default: 2
  log_lines:
    description: Number of last log lines of a container to show.
    type: int
    default: 10
"""

EXAMPLES = r"""
- name: Wait for the querier and the store gateway
  observability.thanos.rollout:
    workloads:
      - {kind: Deployment, name: thanos-querier, namespace: monitoring}
      - {kind: StatefulSet, name: thanos-store-gateway, namespace: monitoring}
    timeout: 300

- name: Wait until each Prometheus replica runs a ready sidecar
  observability.thanos.rollout:
    workloads:
      - kind: Prometheus
        name: k8s
        namespace: monitoring
"""

RETURN = r"""
workloads:
  description: The workloads, in the given order. In check mode, their state is C(unknown).
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: Kind of the workload.
      type: str
    namespace:
      description: Namespace of the workload.
      type: str
    name:
      description: Name of the workload.
      type: str
    state:
      description: One of C(done), C(failed), C(waiting), and C(unknown).
      type: str
    message:
      description: Progress of the workload.
      type: str
    problems:
      description:
        - Problems that block the workload, with C(reason), C(message), C(pod), C(same_in) (other pods), C(container),
          C(restarts), C(exit_code), C(log), C(events), and C(remedy).
      type: list
      elements: dict
  sample:
    - kind: Deployment
      namespace: monitoring
      name: thanos-querier
      state: done
      message: 2 of 2 replicas are available
progress:
  description: Changes during the wait, with C(seconds) since the start and a C(line).
  returned: always
  type: list
  elements: dict
  sample:
    - seconds: 0.1
      line: "Deployment monitoring/thanos-querier: 0 of 2 updated replicas are available"
seconds:
  description: Duration of the wait.
  returned: always
  type: float
  sample: 12.3
"""

from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule
from ..module_utils.requests.unexpected import guarded
from ..module_utils.rollout.grace import Limits
from ..module_utils.rollout.wait import wait_for_rollout
from ..module_utils.rollout.workload import Workload

if TYPE_CHECKING:
    from ..module_utils.k8s.client import Cluster

LIMITS = ("timeout", "grace_period", "image_grace_period", "scheduling_grace_period", "crash_restarts", "log_lines")


WORKLOAD = {
    "kind": {
        "type": "str",
        "required": True,
        "choices": ["Deployment", "StatefulSet", "DaemonSet", "Job", "Prometheus", "ThanosRuler"],
    },
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
}
ARGUMENTS: dict[str, Any] = {
    "argument_spec": argument_spec(
        workloads={"type": "list", "elements": "dict", "required": True, "options": WORKLOAD},
        **{name: {"type": "int", "default": getattr(Limits(), name)} for name in LIMITS},
    ),
}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    workloads = [Workload(each["kind"], each["namespace"], each["name"]) for each in module.params["workloads"]]
    if module.check_mode:
        skipped = [
            {**each._asdict(), "state": "unknown", "message": "not waited for in check mode"} for each in workloads
        ]
        module.exit_json(changed=False, workloads=skipped, progress=[], seconds=0.0)

    def wait(cluster: Cluster) -> dict[str, Any]:
        outcome = wait_for_rollout(cluster, workloads, Limits(**{name: module.params[name] for name in LIMITS}))
        if outcome.message:
            module.fail_json(msg=outcome.message, **outcome.result)
        return {"changed": False, **outcome.result}

    run(module, wait)


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

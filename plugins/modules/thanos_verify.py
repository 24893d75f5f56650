#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module thanos_verify."""

from __future__ import annotations

DOCUMENTATION = r"""
module: thanos_verify
short_description: Verify that data flows from Prometheus through Thanos to Grafana
version_added: "0.1.0"
description:
  - Checks a running stack end to end, and reports for each check what was expected, what was found, and what can be
    done about it.
  - All requests go to the Kubernetes API and through its Service proxy, in parallel.
  - A failed check is a result, not an error of the module, so check RV(passed). The module fails if it cannot check
    anything, for example if the Kubernetes API cannot be reached.
  - Changes nothing. C(playbooks/verify.yml) and C(playbooks/site.yml) use this module.
author: The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes.read_only
options:
  manifests:
    description:
      - Manifests of the objects that should exist, as the roles of this collection render them. They determine which
        checks apply, which endpoints the querier should have, and how many pods each component has.
    type: list
    elements: dict
    required: true
  checks:
    description:
      - Checks to run, all by default.
      - V(sidecars) checks that every Prometheus replica has a ready sidecar.
      - V(stores) checks that every querier has exactly the endpoints that it should have, none with an error.
      - V(labels) checks that external labels are unique except for the replica label.
      - V(query) checks that a query returns a result, and that deduplication merges as many series as there are
        replicas into one.
      - V(bucket) checks that a component that uses the object-store Secret lists the bucket, and that the bucket holds
        blocks of every Prometheus replica, the newest no older than three block durations.
      - V(cold) checks that the store gateways alone can answer queries for the data in the bucket.
      - V(compactor) checks that the compactor is neither halted nor behind, and that no other compactor in the cluster
        works on its bucket.
      - V(volumes) checks that no volume is nearly full.
      - V(grafana) checks that the datasource points at the querier.
    type: list
    elements: str
    choices: [sidecars, stores, labels, query, bucket, cold, compactor, volumes, grafana]
  skip_checks:
    description: Checks to skip.
    type: list
    elements: str
    choices: [sidecars, stores, labels, query, bucket, cold, compactor, volumes, grafana]
    default: []
  block_duration:
    description: Duration of the blocks that Prometheus cuts.
    type: str
    default: 2h
  datasource:
    description: Where Grafana gets the datasource from. If omitted, that check is skipped.
    type: dict
    suboptions:
      method:
        description: How Grafana gets the datasource, as in the role grafana_datasource.
        type: str
        choices: [secret, sidecar, operator]
        default: secret
      namespace:
        description: Namespace of Grafana.
        type: str
        required: true
      object_name:
        description: Name of the Secret, ConfigMap, or GrafanaDatasource.
        type: str
        required: true
      key:
        description: Key in the Secret or ConfigMap.
        type: str
        default: datasources.yaml
      name:
        description: Name of the datasource.
        type: str
        default: prometheus
      org_id:
        description: Number of the Grafana organisation.
        type: int
        default: 1
      url:
        description: Address that the datasource should have, without credentials.
        type: str
        required: true
  wait:
    description:
      - How long, in seconds, to repeat checks that may still succeed without intervention, such as for an endpoint that
        has just become ready and that the querier has not looked up yet, or for a recreated Service that DNS does not
        know yet. A failure counts as temporary for two minutes after a pod or an object that the check depends on was
        created or changed. Other failures are reported immediately.
    type: int
    default: 120
  cluster_domain:
    description: DNS domain of the cluster's Services.
    type: str
    default: cluster.local
  full_percent:
    description: Usage, in percent, from which a volume counts as nearly full.
    type: int
    default: 90
"""

EXAMPLES = r"""
- name: Check queries and the bucket
  observability.thanos.thanos_verify:
    manifests: "{{ thanos_manifests }}"
    checks: [query, bucket]
  register: verified

- name: Fail the play if a check failed
  ansible.builtin.assert:
    that: verified.passed
    fail_msg: "{{ verified.explanation }}"
"""

RETURN = r"""
passed:
  description: Whether no check failed.
  returned: success
  type: bool
  sample: true
checks:
  description: Results of the checks, in the order of the data flow.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the check.
      type: str
    status:
      description:
        - V(ok) or V(failed).
        - V(too young), if what the check looks for cannot exist yet.
        - V(skipped), if the check does not apply or its result cannot be determined.
      type: str
    expected:
      description: What was expected, empty if everything is correct.
      type: str
    found:
      description: What was found.
      type: str
    remedy:
      description: What can be done about a failure.
      type: str
  sample:
    - name: stores
      status: ok
      expected: ""
      found: "each of 2 queriers: 2 sidecar, 1 store, as expected, none with an error"
      remedy: ""
table:
  description: Results in human-readable form, one line for each.
  returned: success
  type: list
  elements: str
  sample: ["ok         stores  each of 2 queriers: 2 sidecar, 1 store, as expected, none with an error"]
explanation:
  description: What was expected, what was found, and what can be done for each failed check. Empty if none failed.
  returned: success
  type: str
  sample: ""
"""

from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.k8s import options as hidden_options
from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule, manifests_of
from ..module_utils.requests.errors import ClusterError
from ..module_utils.requests.unexpected import guarded
from ..module_utils.thanos.duration import duration_seconds
from ..module_utils.verify.grafana import WantedDatasource
from ..module_utils.verify.result import explanation, report
from ..module_utils.verify.run import CHECKS, verify
from ..module_utils.verify.snapshot import Wanted
from ..module_utils.verify.stack import read_stack

if TYPE_CHECKING:
    from ..module_utils.k8s.client import Cluster

DATASOURCE: dict[str, Any] = {
    "method": {"type": "str", "choices": ["secret", "sidecar", "operator"], "default": "secret"},
    "namespace": {"type": "str", "required": True},
    "object_name": {"type": "str", "required": True},
    "key": {"type": "str", "default": "datasources.yaml", "no_log": False},
    "name": {"type": "str", "default": "prometheus"},
    "org_id": {"type": "int", "default": 1},
    "url": hidden_options.address(required=True),
}
ARGUMENTS: dict[str, Any] = {
    "argument_spec": argument_spec(
        manifests=hidden_options.manifests(required=True),
        checks={"type": "list", "elements": "str", "choices": list(CHECKS)},
        skip_checks={"type": "list", "elements": "str", "choices": list(CHECKS), "default": []},
        block_duration={"type": "str", "default": "2h"},
        datasource={"type": "dict", "options": DATASOURCE},
        wait={"type": "int", "default": 120},
        cluster_domain={"type": "str", "default": "cluster.local"},
        full_percent={"type": "int", "default": 90},
    ),
}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    params = module.params
    [manifests] = manifests_of(module, "manifests", has_version=False)

    def prove(cluster: Cluster) -> dict[str, Any]:
        try:
            block_seconds = duration_seconds(params["block_duration"])
        except ValueError as error:
            raise ClusterError(f"block_duration: {error}.") from error
        datasource = WantedDatasource(**params["datasource"]) if params["datasource"] else None
        stack = read_stack(manifests)
        wanted = Wanted(stack, block_seconds, datasource, params["full_percent"], params["cluster_domain"])
        checks = [name for name in params["checks"] or CHECKS if name not in params["skip_checks"]]
        findings = verify(cluster, wanted, checks, params["wait"])
        reported = report(findings)
        # All at once, so that nothing of another cluster comes between.
        cluster.tell("\n".join(["Does data flow?", *reported["table"]]))
        return {"changed": False, **reported, "explanation": explanation(findings)}

    run(module, prove)


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

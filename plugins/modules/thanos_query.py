#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module thanos_query."""

from __future__ import annotations

DOCUMENTATION = r"""
module: thanos_query
short_description: Query a Thanos querier with PromQL
version_added: "0.1.0"
description:
  - Sends an instant query, or a range query if O(start) and O(end) are given, and returns the native Prometheus result.
author: The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes.read_only
  - observability.thanos.thanos_service
options:
  service:
    description: Name of the querier's Service.
    type: str
    default: thanos-querier
  query:
    description: PromQL expression.
    type: str
    required: true
  time:
    description: Time of an instant query, in RFC 3339 format or in Unix seconds. Defaults to the current time.
    type: str
  start:
    description: Start of a range query, in RFC 3339 format or in Unix seconds.
    type: str
  end:
    description: End of a range query, in RFC 3339 format or in Unix seconds.
    type: str
  step:
    description: Time between two values of a range query, as a duration or in seconds.
    type: str
    default: 1m
  dedup:
    description: Whether series that differ only in a replica label are merged into one.
    type: bool
    default: true
  replica_labels:
    description: Replica labels to use instead of those configured in the querier.
    type: list
    elements: str
  partial_response:
    description:
      - Whether an endpoint that does not respond is a warning, with V(true), or an error, with V(false).
      - Defaults to the querier's configuration.
    type: bool
  store_match:
    description:
      - Query only endpoints that match these selectors, such as V({__address__="10.244.0.35:10901"}) or
        V({cluster="a"}).
    type: list
    elements: str
  timeout:
    description: How long the query may take, as a duration. Defaults to the querier's configuration.
    type: str
"""

EXAMPLES = r"""
- name: Count the targets that are up in each cluster
  observability.thanos.thanos_query:
    namespace: monitoring
    query: sum by (cluster) (up)
  register: up

- name: Show the result
  ansible.builtin.debug:
    msg: "{{ item.metric.cluster }}: {{ item.value[1] }}"
  loop: "{{ up.result }}"

- name: Query the requests of one hour of last year from the bucket
  observability.thanos.thanos_query:
    namespace: monitoring
    query: sum(rate(apiserver_request_total[5m]))
    start: "2025-07-01T12:00:00Z"
    end: "2025-07-01T13:00:00Z"
    step: 5m
"""

RETURN = r"""
result_type:
  description: V(vector), V(matrix), V(scalar), or V(string).
  returned: success
  type: str
  sample: vector
result:
  description:
    - The series, each with its labels in C(metric), and with C(value) or C(values) as pairs of Unix seconds and text.
    - A scalar or string is one such pair.
  returned: success
  type: list
  elements: raw
  sample:
    - metric: {cluster: demo}
      value: [1795516000.1, "37"]
warnings_of_query:
  description: Warnings from Thanos, such as about an endpoint that did not respond.
  returned: success
  type: list
  elements: str
  sample: []
"""

from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule
from ..module_utils.k8s.service_proxy import Backend
from ..module_utils.requests.unexpected import guarded
from ..module_utils.thanos import api as thanos_api

if TYPE_CHECKING:
    from ..module_utils.k8s.client import Cluster

ARGUMENTS: dict[str, Any] = {
    "argument_spec": argument_spec(
        namespace={"type": "str", "required": True},
        service={"type": "str", "default": "thanos-querier"},
        port={"type": "str", "default": "http"},
        query={"type": "str", "required": True},
        time={"type": "str"},
        start={"type": "str"},
        end={"type": "str"},
        step={"type": "str", "default": "1m"},
        dedup={"type": "bool", "default": True},
        replica_labels={"type": "list", "elements": "str"},
        partial_response={"type": "bool"},
        store_match={"type": "list", "elements": "str"},
        timeout={"type": "str"},
    ),
    "required_together": [("start", "end")],
    "mutually_exclusive": [("time", "start")],
}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    params = module.params
    querier = Backend(params["namespace"], params["service"], params["port"])

    def ask(cluster: Cluster) -> dict[str, Any]:
        path = "query_range" if params["start"] else "query"
        answer = thanos_api.query(cluster, querier, path, thanos_api.query_parameters(params))
        for warning in answer.warnings:
            module.warn(f"Thanos: {warning}")
        return {
            "changed": False,
            "result_type": answer.result_type,
            "result": answer.result,
            "warnings_of_query": answer.warnings,
        }

    run(module, ask)


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module thanos_stores_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: thanos_stores_info
short_description: List the endpoints of a Thanos querier
version_added: "0.1.0"
description:
  - Returns what a querier knows about its endpoints, which are sidecars, store gateways, receivers, rulers, and other
    queriers. Each has the labels and the time range that it announces, and the error from the last check.
  - An endpoint that the querier has never reached is not listed.
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
"""

EXAMPLES = r"""
- name: List the endpoints of the querier
  observability.thanos.thanos_stores_info:
    namespace: monitoring
  register: found

- name: Assert that every endpoint responds and that one of them is a store gateway
  ansible.builtin.assert:
    that:
      - found.stores | selectattr('error') | length == 0
      - found.stores | selectattr('component', 'equalto', 'store') | length > 0
"""

RETURN = r"""
stores:
  description: The endpoints, by component and address.
  returned: success
  type: list
  elements: dict
  contains:
    component:
      description: Type of the endpoint, such as C(sidecar), C(store), C(receive), C(rule), or C(query).
      type: str
    address:
      description: Address and port of the endpoint.
      type: str
    error:
      description: Error from the last check, empty if the endpoint responded.
      type: str
    last_check:
      description: When the endpoint last responded.
      type: str
    label_sets:
      description: External labels of the data that the endpoint has.
      type: list
      elements: dict
    min_time:
      description: Time of the oldest sample, or null if the endpoint has none or knows no bound.
      type: str
    max_time:
      description: Time of the newest sample, or null if the endpoint has none or knows no bound.
      type: str
  sample:
    - component: store
      address: 10.244.0.35:10901
      error: ""
      last_check: "2026-01-31T12:00:00.219219416Z"
      label_sets: [{cluster: demo, prometheus: monitoring/k8s, prometheus_replica: prometheus-k8s-0}]
      min_time: "2026-01-30T10:00:00Z"
      max_time: "2026-01-31T10:00:00Z"
"""

from dataclasses import asdict
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
    ),
}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    querier = Backend(module.params["namespace"], module.params["service"], module.params["port"])

    def look(cluster: Cluster) -> dict[str, Any]:
        found = thanos_api.stores(cluster, querier)
        return {
            "changed": False,
            "stores": [
                {
                    **asdict(store),
                    "min_time": thanos_api.text_time(store.min_time),
                    "max_time": thanos_api.text_time(store.max_time),
                }
                for store in found
            ],
        }

    run(module, look)


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

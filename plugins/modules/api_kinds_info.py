#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module api_kinds_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: api_kinds_info
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: List the kinds of objects that a cluster supports
description:
  - Returns the kinds of one version of an API group, or an empty list if the cluster does not have it.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes.read_only
  - observability.thanos.roles_only
options:
  api_version:
    description: API group and version, such as V(monitoring.coreos.com/v1).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Check whether the Prometheus operator can deploy a ruler
  observability.thanos.api_kinds_info:
    api_version: monitoring.coreos.com/v1
  register: monitoring
"""

RETURN = r"""
kinds:
  description: Kinds, in alphabetical order.
  returned: success
  type: list
  elements: str
  sample: [Prometheus, PrometheusRule, ThanosRuler]
"""

from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule
from ..module_utils.preflight.kinds import read_kinds
from ..module_utils.requests.unexpected import guarded

if TYPE_CHECKING:
    from ..module_utils.k8s.client import Cluster

ARGUMENTS: dict[str, Any] = {"argument_spec": argument_spec(api_version={"type": "str", "required": True})}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""

    def look(cluster: Cluster) -> dict[str, Any]:
        found = read_kinds(cluster, module.params["api_version"])
        return {"changed": False, "kinds": sorted(kind for _version, kind in found)}

    run(module, look)


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

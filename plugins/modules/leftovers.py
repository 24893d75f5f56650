#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module leftovers."""

from __future__ import annotations

DOCUMENTATION = r"""
module: leftovers
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Remove what an earlier run made and the manifests no longer have
description:
  - Fewer shards, one replica instead of two, or another name leave objects behind that nobody asks for any more, and
    that would go on serving or compacting.
  - Removes those that carry this collection's labels and belong to a component of the manifests, and nothing else.
  - An object whose annotation C(observability.thanos/shards) differs from its manifest's is one of them, so that it
    stops before its successor starts.
  - Volumes and Secrets stay.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
requirements:
  - kubernetes >= 24.2.0
options:
  definitions:
    description: All manifests of the components, as they were applied or removed. They are not shown at any verbosity.
    type: list
    elements: dict
    required: true
  components:
    description: Remove only these, by their label C(app.kubernetes.io/component), and name the others. Empty takes all
      that the manifests have.
    type: list
    elements: str
    default: []
  wait_timeout:
    description: Longest wait until removed objects are gone, in seconds. With V(0) it does not wait.
    type: int
    default: 0
attributes:
  check_mode:
    description: Runs in check mode without changing anything.
    support: full
  diff_mode:
    description: Names what is removed.
    support: full
"""

EXAMPLES = r"""
- name: Remove shards that are no longer wanted
  observability.thanos.leftovers:
    definitions: "{{ thanos_manifests }}"
    wait_timeout: 120
"""

RETURN = r"""
summary:
  description: Each object that was removed.
  returned: always
  type: list
  elements: str
  sample: ["StatefulSet monitoring/thanos-store-gateway-2: removed"]
remaining:
  description: Each object that O(components) leaves out.
  returned: success
  type: list
  elements: str
  sample: ["StatefulSet monitoring/thanos-store-gateway-2"]
errors:
  description: One text for each object that could not be removed.
  returned: failed
  type: list
  elements: str
"""

from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.observability.thanos.plugins.module_utils.apply_report import apply_report, title_of
from ansible_collections.observability.thanos.plugins.module_utils.cluster import argument_spec, run
from ansible_collections.observability.thanos.plugins.module_utils.leftovers import find_leftovers
from ansible_collections.observability.thanos.plugins.module_utils.manifests import Wish, converge
from ansible_collections.observability.thanos.plugins.module_utils.unexpected import guarded

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.plugins.module_utils.cluster import Cluster


ARGUMENTS: dict[str, Any] = {
    "argument_spec": argument_spec(
        definitions={"type": "list", "elements": "dict", "required": True},
        components={"type": "list", "elements": "str", "default": []},
        wait_timeout={"type": "int", "default": 0},
    ),
}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    options = module.params
    manifests = options["definitions"]
    # The result shows the options.
    options["definitions"] = [title_of(manifest) for manifest in manifests]

    def remove(cluster: Cluster) -> dict[str, Any]:
        only = options["components"]
        found = find_leftovers(cluster, manifests)
        leftovers = [each.reference for each in found if not only or each.component in only]
        remaining = [title_of(each.reference) for each in found if only and each.component not in only]
        if not leftovers:
            return {"changed": False, "summary": [], "remaining": remaining}
        outcomes = converge(cluster, leftovers, Wish("absent", wait_timeout=options["wait_timeout"]), module.warn)
        report = apply_report(outcomes, leftovers, tolerate_missing=True)
        summary, diff = report["summary"], report["diff"]
        result = {"changed": bool(summary), "summary": summary, "remaining": remaining, "diff": diff}
        if report["errors"]:
            module.fail_json(msg="\n".join(report["errors"]), errors=report["errors"], **result)
        return result

    run(module, remove)


def main() -> None:
    """Run the module."""
    guarded(AnsibleModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module prune."""

from __future__ import annotations

DOCUMENTATION = r"""
module: prune
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Remove objects that an earlier run created and that the manifests no longer contain
description:
  - Fewer shards, one replica instead of two, or another name leave objects behind that are no longer wanted and that
    would continue to serve or compact.
  - Removes objects that carry this collection's labels, have fields that its field manager owns, and belong to the same
    instance of a component as a manifest. The sidecars of another Prometheus, for example, are another instance.
  - An object whose annotation C(observability.thanos/shards) differs from that of its manifest is removed too, so that
    it stops before its successor starts.
  - Volumes and Secrets are kept. A StatefulSet that would take its volumes with it causes an error before anything is
    removed.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes
  - observability.thanos.roles_only
requirements:
  - kubernetes >= 24.2.0
options:
  definitions:
    description: All manifests of the components, as they were applied or removed. They are not shown at any verbosity
      level.
    type: list
    elements: dict
    required: true
  components:
    description: Remove only objects of these components, by their label C(app.kubernetes.io/component), and report the
      others. An empty list means all components in the manifests.
    type: list
    elements: str
    default: []
  wait_timeout:
    description: Maximum time to wait until removed objects are gone, in seconds. With V(0), the module does not wait.
    type: int
    default: 0
attributes:
  diff_mode:
    support: full
    details: Names the objects that are removed.
"""

EXAMPLES = r"""
- name: Remove shards that are no longer wanted
  observability.thanos.prune:
    definitions: "{{ thanos_manifests }}"
    wait_timeout: 120
"""

RETURN = r"""
summary:
  description: Objects that were removed.
  returned: always
  type: list
  elements: str
  sample: ["StatefulSet monitoring/thanos-store-gateway-2: removed"]
remaining:
  description: Objects that O(components) leaves out.
  returned: success
  type: list
  elements: str
  sample: ["StatefulSet monitoring/thanos-store-gateway-2"]
kept:
  description: Objects that have only the labels, each with the reason why it is not removed.
  returned: success
  type: list
  elements: str
errors:
  description: One message for each object that could not be removed.
  returned: failed
  type: list
  elements: str
"""

from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.apply.apply import apply_all
from ..module_utils.apply.claims import Claims
from ..module_utils.apply.managed_objects import taking_objection
from ..module_utils.apply.prune import find_leftovers
from ..module_utils.apply.removal import remove
from ..module_utils.k8s import options as hidden_options
from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.objects import title_of
from ..module_utils.k8s.options import QuietModule, manifests_of
from ..module_utils.requests.errors import ClusterError
from ..module_utils.requests.unexpected import guarded

if TYPE_CHECKING:
    from ..module_utils.k8s.client import Cluster
    from ..module_utils.k8s.objects import Object


ARGUMENTS: dict[str, Any] = {
    "argument_spec": argument_spec(
        definitions=hidden_options.manifests(required=True),
        components={"type": "list", "elements": "str", "default": []},
        wait_timeout={"type": "int", "default": 0},
    ),
}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    options = module.params
    [manifests] = manifests_of(module, "definitions")

    def remove_leftovers(cluster: Cluster) -> dict[str, Any]:
        only = options["components"]
        found = find_leftovers(cluster, manifests)
        lives = [each.live for each in found if not each.objection and (not only or each.component in only)]
        others = [each.live for each in found if not each.objection and each.live not in lives]
        result = {
            "changed": False,
            "summary": [],
            "remaining": [title_of(each) for each in others],
            "kept": [f"{title_of(each.live)}: {each.objection}" for each in found if each.objection],
        }
        return {**result, **_remove(module, cluster, lives)} if lives else result

    run(module, remove_leftovers)


def _remove(module: AnsibleModule, cluster: Cluster, lives: list[Object]) -> dict[str, Any]:
    claims = Claims(cluster)
    objections = [(each, taking_objection(claims, each)) for each in lives]
    refused = [f"{title_of(each)} is left over, but {text}." for each, text in objections if text]
    if refused:
        raise ClusterError("\n".join(refused))
    report = remove(cluster, lives, module.params["wait_timeout"], module.warn, apply_all)
    summary, errors = report["summary"], report["errors"]
    result = {"changed": bool(summary), "summary": summary, "diff": report["diff"]}
    if errors:
        module.fail_json(msg="\n".join(errors), errors=errors, **result)
    return result


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

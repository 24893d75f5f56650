#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module manifests."""

from __future__ import annotations

DOCUMENTATION = r"""
module: manifests
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Apply or remove multiple manifests
description:
  - Works like M(kubernetes.core.k8s) with server-side apply and uses the same code, under the field manager
    C(observability.thanos).
  - Runs inside Ansible's own process where possible, which saves the second that a separate process costs.
  - Tries every manifest, then reports each object that was refused, and for a conflict the fields and their owners.
  - Claim templates of a StatefulSet or ThanosRuler keep their existing labels, because they can never be changed.
    Claims of a StatefulSet whose templates do not have the label C(app.kubernetes.io/managed-by) yet get it.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes
requirements:
  - kubernetes >= 24.2.0
options:
  definitions:
    description: Manifests, in the order in which to apply them. They are not shown at any verbosity level.
    type: list
    elements: dict
    required: true
  state:
    description:
      - With V(present), the objects get the fields of the manifests and keep the fields of other owners.
      - Without O(adopt) or O(force_conflicts), an existing PersistentVolumeClaim of another owner is left unchanged,
        and a warning names it. An existing ServiceAccount, ConfigMap, or Namespace of another owner gets the fields of
        the manifest, but still belongs to that owner.
      - Without O(adopt) or O(force_conflicts), an existing Service that does not have this collection's label
        C(app.kubernetes.io/managed-by) causes an error before anything is changed.
      - With V(absent), the objects are removed, their dependents first. Missing objects, namespaces, and kinds are not
        an error.
      - Objects that do not belong to this collection are kept and reported. An object belongs to this collection if it
        has the label C(app.kubernetes.io/managed-by) with the value C(observability.thanos) and the field manager of
        that name owns fields of it, or if its controller belongs to this collection. See
        M(observability.thanos.managed_objects_info) for details.
    type: str
    choices: [present, absent]
    default: present
  force_conflicts:
    description: Take ownership of fields that another field manager owns.
    type: bool
    default: false
  adopt:
    description:
      - Adopt objects that were created by hand with C(kubectl). The fields that C(kubectl) owns become this
        collection's. Those that are not in the manifests are removed, and so is the annotation with the manifest that
        the object was applied from.
      - Of an object that belongs to another owner, such as a Prometheus, only the fields of the manifest are adopted.
      - A workload with the same name and another kind is removed, because both would do the same work. The module fails
        before anything is changed if such a workload runs another program, is controlled by something else, or keeps
        data that would be lost or left behind, or if a pod of another owner has a name that one of the new pods needs.
      - Conflicts with other field managers are left to O(force_conflicts).
    type: bool
    default: false
  replace_immutable:
    description:
      - Delete and recreate a Deployment, StatefulSet, or Service that differs from its manifest in immutable fields.
        The object must belong to this collection or, with O(adopt), have been created by hand.
      - A workload whose claims would be deleted with it is never deleted. A StatefulSet is not scaled down either while
        the claims of the removed replicas would be deleted with them. Both cases cause an error before anything is
        changed.
      - Meanwhile, the pods keep running, except those of a Deployment with the strategy C(Recreate) and those whose
        names a StatefulSet needs and which it cannot adopt. Volumes are kept and reused.
    type: bool
    default: false
  wait_timeout:
    description:
      - Maximum time to wait until removed objects are gone, in seconds. With V(0), the module does not wait.
      - With O(replace_immutable), also the maximum time to wait until a recreated Deployment runs, whose old pods are
        then removed. With V(0), the next run removes them.
    type: int
    default: 0
attributes:
  check_mode:
    details: The API server validates the manifests.
  diff_mode:
    support: full
    details: For any other value, the diff only reports that it differs.
"""

EXAMPLES = r"""
- name: Apply a Service and its related objects
  observability.thanos.manifests:
    definitions: "{{ lookup('ansible.builtin.template', 'service.yaml.j2') | from_yaml_all | list }}"
"""

RETURN = r"""
summary:
  description: Objects that were created, changed, adopted, recreated, or removed.
  returned: always
  type: list
  elements: str
  sample: ["Service monitoring/thanos-querier: created"]
pending:
  description: In check mode, objects that would be created together with their namespace or kind.
  returned: always
  type: list
  elements: str
  sample: ["Service minio/minio"]
kept:
  description: Objects that are not removed, each with the reason.
  returned: with O(state=absent)
  type: list
  elements: str
  sample: ["Service monitoring/a: its label app.kubernetes.io/managed-by is missing, so it is somebody else's"]
errors:
  description: One message for each object that was refused.
  returned: failed
  type: list
  elements: str
"""

from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.adopt.adopt import retire, take_over
from ..module_utils.adopt.findings import Permission
from ..module_utils.apply.apply import ApplyOptions, apply_all
from ..module_utils.apply.claim_templates import live_makers, with_live_claim_labels
from ..module_utils.apply.claims import Labelled, label_claims
from ..module_utils.apply.removal import plan_removal, remove
from ..module_utils.apply.report import apply_report
from ..module_utils.k8s import options as hidden_options
from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.objects import title_of
from ..module_utils.k8s.options import QuietModule, manifests_of
from ..module_utils.k8s.ownership import is_ours, live_of, objection, without_our_label
from ..module_utils.k8s.resources import CLAIM, SERVICE
from ..module_utils.preflight.owner import TO_MERGE, USED_AS_OTHERS, merging_problem
from ..module_utils.requests.unexpected import guarded

if TYPE_CHECKING:
    from ..module_utils.k8s.client import Cluster

#: Kinds with so few fields that an apply on somebody else's object may meet no conflict.
LOOKED_AT = {**USED_AS_OTHERS, SERVICE.kind: SERVICE}
ARGUMENTS: dict[str, Any] = {
    "argument_spec": argument_spec(
        definitions=hidden_options.manifests(required=True),
        state={"type": "str", "choices": ["present", "absent"], "default": "present"},
        force_conflicts={"type": "bool", "default": False},
        adopt={"type": "bool", "default": False},
        replace_immutable={"type": "bool", "default": False},
        wait_timeout={"type": "int", "default": 0},
    ),
}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    options = module.params
    is_absent = options["state"] == "absent"
    [manifests] = manifests_of(module, "definitions", may_be_generated=is_absent)

    def converge_all(cluster: Cluster) -> dict[str, Any]:
        report = (_remove if is_absent else _apply)(module, cluster, manifests)
        changed = bool(report["summary"] or report["pending"])
        errors = report.pop("errors")
        if errors:
            module.fail_json(msg="\n".join(errors), errors=errors, changed=changed, **report)
        return {"changed": changed, **report}

    run(module, converge_all)


def _apply(module: AnsibleModule, cluster: Cluster, definitions: list[dict[str, Any]]) -> dict[str, Any]:
    options = module.params
    wish = ApplyOptions("present", options["force_conflicts"], options["wait_timeout"])
    permission = Permission(options["adopt"], options["replace_immutable"])
    is_careful = permission.adopt or permission.replace_immutable
    if not permission.adopt and not wish.force_conflicts:
        definitions, errors = _taking_nothing(module, cluster, definitions)
        if errors:
            return {"summary": [], "pending": [], "errors": errors}
    live = live_makers(cluster, definitions)
    manifests = [with_live_claim_labels(manifest, live.get(title_of(manifest))) for manifest in definitions]
    labelled: list[Labelled] = []

    def label(makers: list[dict[str, Any]]) -> None:
        labelled.extend(label_claims(cluster, lambda claims: claims.lacking_label(makers), module.warn))

    # Before their StatefulSet may be made again, since it is what says whose they are.
    before = take_over(
        cluster, manifests, permission, prepare=lambda: label([each for each in live.values() if is_ours(each)])
    )
    plain = [manifest for manifest in manifests if title_of(manifest) not in before.recreated]
    tried = iter(apply_all(cluster, plain, wish, module.warn))
    outcomes = [before.recreated.get(title_of(manifest)) or next(tried) for manifest in manifests]
    if permission.adopt:
        done = {title_of(each) for each, outcome in zip(manifests, outcomes, strict=True) if "error" not in outcome}
        label([each for title, each in live.items() if title in done and not is_ours(each)])

    outcomes += [outcome for _claim, outcome in labelled]
    titled = [*manifests, *(claim for claim, _outcome in labelled)]
    report = apply_report(outcomes, titled, tolerate_missing=module.check_mode)
    report["summary"] = [*before.summary, *report["summary"]]
    if is_careful and wish.wait_timeout and not report["errors"]:
        report["summary"] += retire(cluster, manifests, wish.wait_timeout)
    return report


def _taking_nothing(
    module: AnsibleModule, cluster: Cluster, definitions: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the manifests such that what is somebody else's, and no conflict protects, does not get our marks.

    With them it would be removed as ours one day. A claim stays as it is; most others get what the pods need. Whatever
    would no longer serve its owner is an error: one text for each.
    """
    kept, errors = [], []
    for manifest in definitions:
        resource = LOOKED_AT.get(manifest["kind"])
        live = live_of(cluster, resource, manifest) if resource else None
        reason = objection(live) if live else ""
        problem = merging_problem(manifest, live) if live else ""
        if problem:
            errors.append(f"{title_of(manifest)}: {problem} {TO_MERGE}")
        elif reason and resource == CLAIM:
            where = title_of(manifest)
            module.warn(
                f"{where} is used as it is and does not become this collection's without thanos_adopt: {reason}."
            )
        else:
            kept.append(without_our_label(manifest) if reason and manifest["kind"] in USED_AS_OTHERS else manifest)
    return kept, errors


def _remove(module: AnsibleModule, cluster: Cluster, definitions: list[dict[str, Any]]) -> dict[str, Any]:
    plan = plan_removal(cluster, definitions)
    return {**remove(cluster, plan.lives, module.params["wait_timeout"], module.warn, apply_all), "kept": plan.kept}


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

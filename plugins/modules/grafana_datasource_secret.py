#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module grafana_datasource_secret."""

from __future__ import annotations

DOCUMENTATION = r"""
module: grafana_datasource_secret
short_description: Manage one datasource in the Secret that Grafana is provisioned from
version_added: "0.1.0"
author: The observability.thanos maintainers (@observability)
description:
  - Adds or updates one datasource in a Grafana provisioning file that is stored in a Kubernetes Secret, as in the
    Secret C(grafana-datasources) of kube-prometheus. JSON stays JSON and YAML stays YAML (without its comments). All
    other datasources, all fields that this module does not set, and their order are preserved.
  - Keeps one default per organisation. When the datasource becomes the default, an earlier default is unset in the same
    write, because Grafana does not start with two.
  - Compares content by meaning. If nothing would change, nothing is written and nothing is restarted.
  - Grafana reads provisioning files at startup. With O(deployment), a change restarts that Deployment through an
    annotation on its pod template. If a run fails before the restart, the next run completes it.
  - Stores what its changes replaced in a separate Secret, named after O(secret) with the suffix C(-before-thanos), so
    that O(state=absent) can restore it. This copy holds the whole file only if comments or a different layout would
    otherwise be lost. Each run updates the copy, so that it holds no secret that the owner of O(secret) has replaced or
    removed. The copy is removed together with the last datasource of this collection, and when O(secret) or O(key) no
    longer exists. A Secret with that name that does not belong to this collection is left alone.
  - Requires the permissions to get, create, update, and delete Secrets in O(namespace), and to get and patch
    Deployments if O(deployment) is set.
options:
  namespace:
    description: Namespace of the Secret and of the Deployment.
    type: str
    default: monitoring
  secret:
    description: Name of the Secret. It must exist.
    type: str
    default: grafana-datasources
  key:
    description: Key of the Secret that holds the provisioning file. It must exist.
    type: str
    default: datasources.yaml
  name:
    description:
      - Name of the datasource. Together with O(org_id), it identifies the datasource in the file.
      - With the default, an existing datasource C(prometheus) is pointed at Thanos, and so are all dashboards.
    type: str
    default: prometheus
  org_id:
    description: Number of the Grafana organisation. A datasource without an organisation belongs to organisation 1.
    type: int
    default: 1
  url:
    description: Address of the Thanos querier. Required for O(state=present).
    type: str
  is_default:
    description:
      - Whether the datasource is the default of its organisation.
      - When it should no longer be the default, the datasource that was the default before this module's first change
        becomes the default again.
    type: bool
    default: true
  uid:
    description: Identifier by which dashboards refer to the datasource. Left unchanged if not given.
    type: str
  type:
    description: Type of the datasource. If an existing datasource has another type, the module fails.
    type: str
    default: prometheus
  access:
    description: Who sends the queries, Grafana (V(proxy)) or the browser (V(direct)).
    type: str
    choices: [proxy, direct]
    default: proxy
  editable:
    description: Whether the datasource can be edited in Grafana. Left unchanged if not given.
    type: bool
  json_data:
    description:
      - Keys of C(jsonData) to set, in addition to C(httpMethod=POST) and C(prometheusType=Thanos).
      - Keys that are null are removed. Keys that are not listed are kept.
    type: dict
    default: {}
  secure_json_data:
    description:
      - Keys of C(secureJsonData) to set, such as C(httpHeaderValue1) for a C(httpHeaderName1) in O(json_data).
      - Keys that are null are removed. Keys that are not listed are kept.
      - Values are never printed, and neither are mistyped keys.
    type: dict
    default: {}
  deployment:
    description: Name of the Grafana Deployment to restart after a change. With an empty string, nothing is restarted.
    type: str
    default: ""
  state:
    description:
      - With V(present), the module ensures that the datasource exists as specified.
      - With V(absent), the file is restored to its state before this module's first change, byte for byte. If others
        have changed the file since, only the fields that this module set are restored. A datasource that did not exist
        before is listed in C(deleteDatasources), without which Grafana would keep it.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes
attributes:
  check_mode:
    details: Writes are dry runs on the API server. A missing Secret or Deployment is then a warning.
  diff_mode:
    support: full
    details:
      - Shows the fields of a provisioning file that are known to be harmless, if their values have the usual form.
        Everything else is shown as C(<secret>), or as C(<different secret>) if it changes. A field with an unknown name
        is shown as C(<field 1>).
requirements:
  - python >= 3.11
  - kubernetes >= 24.2.0
notes:
  - A C($) in a value is written as C($$), so that Grafana takes it literally and not as the start of a variable.
seealso:
  - name: Grafana provisioning
    description: Format of the provisioning file.
    link: https://grafana.com/docs/grafana/latest/administration/provisioning/#data-sources
"""

EXAMPLES = r"""
- name: Make every kube-prometheus dashboard query Thanos
  observability.thanos.grafana_datasource_secret:
    url: http://thanos-querier.monitoring.svc:9090
    deployment: grafana

- name: Add Thanos alongside the existing default
  observability.thanos.grafana_datasource_secret:
    name: thanos
    url: http://thanos-querier.monitoring.svc:9090
    is_default: false
    json_data:
      timeInterval: 30s

- name: Restore the previous state
  observability.thanos.grafana_datasource_secret:
    state: absent
    deployment: grafana
"""

RETURN = r"""
summary:
  description: Objects that were created, changed, or removed.
  returned: success
  type: list
  elements: str
  sample: ["Secret monitoring/grafana-datasources: changed", "Deployment monitoring/grafana: changed"]
restarted:
  description: Whether the Grafana Deployment was told to restart its pods.
  returned: always
  type: bool
diff:
  description: Provisioning file before and after the change. Only content that is known to be harmless is shown.
  returned: when the file changes
  type: dict
  contains:
    before:
      description: File before the change.
      type: str
    after:
      description: File after the change.
      type: str
"""

import re
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.grafana.datasource import Datasource
from ..module_utils.grafana.live import Target
from ..module_utils.grafana.mask import secrets_in, shown_entry
from ..module_utils.grafana.secret import absent, present
from ..module_utils.k8s.client import Cluster
from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.requests.unexpected import guarded

OPTIONS: dict[str, dict[str, Any]] = {
    "namespace": {"default": "monitoring"},
    "secret": {"default": "grafana-datasources", "no_log": False},
    "key": {"default": "datasources.yaml", "no_log": False},
    "name": {"default": "prometheus"},
    "org_id": {"type": "int", "default": 1},
    "url": {},
    "is_default": {"type": "bool", "default": True},
    "uid": {},
    "type": {"default": "prometheus"},
    "access": {"choices": ["proxy", "direct"], "default": "proxy"},
    "editable": {"type": "bool"},
    "json_data": {"type": "dict", "default": {}},
    "secure_json_data": {"type": "dict", "default": {}, "no_log": True},
    "deployment": {"default": ""},
    "state": {"choices": ["present", "absent"], "default": "present"},
}


#: Options that may hold a secret, by the field of the datasource that they set.
FIELDS = {
    **{name: name for name in ("name", "url", "uid", "type", "access")},
    "jsonData": "json_data",
    "secureJsonData": "secure_json_data",
}
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")

ARGUMENTS: dict[str, Any] = {
    "argument_spec": argument_spec(**OPTIONS),
    "required_if": [("state", "present", ["url"])],
}


class Module(AnsibleModule):
    """Ends with those of its options that are harmless, also where they are wrong, and logs none."""

    def fail_json(self, msg: str, **result: Any) -> None:
        """End with an error."""
        own = {name: value for name, value in self.params.items() if name in OPTIONS}
        super().fail_json(msg=msg, invocation={"module_args": {**own, **_shown(own)}}, **result)

    def log(self, msg: str, log_args: Mapping[str, Any] | None = None) -> None:
        """Write nothing to the system's log: it would get the options before anybody knows what is secret."""


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    given = dict(module.params)
    module.params.update(_shown(given))
    # A password may also be in the url, or in json_data where it does not belong.
    sections = {"jsonData": given["json_data"], "secureJsonData": given["secure_json_data"]}
    module.no_log_values.update(secrets_in({"url": given["url"], **sections}))
    for name in ("json_data", "secure_json_data"):
        for number, key in enumerate(given[name], 1):
            if _FIELD_NAME.fullmatch(str(key)) is None:
                module.fail_json(
                    msg=f"key {number} of {name} is no name of a field (a letter, then letters, digits, _, . or -): "
                    "perhaps the space after its colon is missing."
                )
    if given["org_id"] < 1:
        module.fail_json(msg=f"org_id is {given['org_id']}, but Grafana counts organisations from 1.")
    if not given["name"] or (given["state"] == "present" and not given["url"]):
        module.fail_json(msg="name and url must not be empty.")

    target = Target(given["namespace"], given["secret"], given["key"], given["deployment"])
    fields = ("name", "org_id", "is_default", "uid", "type", "access", "editable", "json_data", "secure_json_data")
    wanted = Datasource(url=given["url"] or "", **{field: given[field] for field in fields})

    def manage(cluster: Cluster) -> dict[str, Any]:
        result: dict[str, Any] = (present if given["state"] == "present" else absent)(cluster, target, wanted)
        for warning in result.pop("warnings", []):
            module.warn(warning)
        return result

    run(module, manage)


def _shown(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that may hold a secret, with what is not known to be harmless hidden."""
    entry = {field: given[name] for field, name in FIELDS.items() if name in given}
    return {FIELDS[field]: value for field, value in shown_entry(entry).items()}


def main() -> None:
    """Run the module."""
    guarded(Module(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

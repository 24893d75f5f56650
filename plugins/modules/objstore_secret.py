#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module objstore_secret: the Secret with Thanos' object-store configuration."""

from __future__ import annotations

DOCUMENTATION = r"""
module: objstore_secret
version_added: "0.1.0"
short_description: Write or check the Secret with the Thanos object-store configuration
description:
  - Writes the Secret from settings whose keys and types are checked as Thanos would check them, or reads an existing
    Secret and checks it in the same way. Thanos exits at the first mistake, so mistakes would show up as crashing pods.
  - Credentials may come from another Secret in the cluster, in which case they never leave the cluster.
author:
  - The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes
attributes:
  check_mode:
    details: If the Secret, or the one with the credentials, does not exist yet, C(checksum) is a placeholder.
  diff_mode:
    support: full
    details: Values that are not known to be harmless are masked. If they differ, the diff reports that.
options:
  state:
    description:
      - Whether the Secret should exist.
      - V(absent) removes it only if this module wrote it, according to its label C(app.kubernetes.io/managed-by) and
        its field manager, and never with O(mode=existing).
    type: str
    choices: [present, absent]
    default: present
  mode:
    description: V(managed) writes the Secret. V(existing) reads and checks a Secret that is written by others.
    type: str
    choices: [managed, existing]
    default: managed
  namespace:
    description: Namespace of the Secret.
    type: str
    default: monitoring
  name:
    description: Name of the Secret.
    type: str
    default: thanos-objectstorage
  key:
    description: Key of the Secret that holds the configuration.
    type: str
    default: thanos.yaml
  type:
    description: Type of object store.
    type: str
    choices: [S3, GCS, AZURE, SWIFT, COS, ALIYUNOSS, BOS, OCI, OBS, FILESYSTEM]
    default: S3
  config:
    description:
      - Settings of the object store, with the names that Thanos uses (U(https://thanos.io/tip/thanos/storage.md/)).
        Unknown names are an error.
      - Required with O(mode=managed) and O(state=present).
    type: dict
  prefix:
    description: Directory in the bucket.
    type: str
    default: ""
  credentials_secret:
    description:
      - Secret that holds the credentials.
      - If omitted, the credentials are in O(config), or there are none, as with workload identity.
    type: dict
    suboptions:
      namespace:
        description: Namespace of that Secret.
        type: str
        required: true
      name:
        description: Name of that Secret.
        type: str
        required: true
      access_key_field:
        description: Key of that Secret that holds the access key, user, or account.
        type: str
        default: access-key
      secret_key_field:
        description: Key of that Secret that holds the secret key or password.
        type: str
        default: secret-key
  credentials_changed:
    description:
      - Whether the content of O(credentials_secret) was just changed. Check mode does not make that change, so it then
        does not treat the current content as the future content.
    type: bool
    default: false
  ca:
    description:
      - Certificates, in PEM format, that are used to verify the certificate of the object store.
      - They are stored in the Secret as C(ca.crt). C(http_config.tls_config.ca_file) in O(config) must name the file as
        the pods see it.
    type: str
    default: ""
  probe:
    description:
      - Query an S3 API to check whether it accepts the bucket and the credentials. Thanos retries for half a minute
        before it exits with the error that it received.
      - The query is sent from where this module runs, and to a Service in the cluster through the port-forward of the
        Kubernetes API. If the object store cannot be queried this way, nothing is reported. The query is not sent in
        check mode, which has created neither the bucket nor the credentials.
    type: bool
    default: true
  cluster_domain:
    description: DNS domain of the cluster's Services.
    type: str
    default: cluster.local
  force_conflicts:
    description: Take ownership of the Secret if another field manager owns its content.
    type: bool
    default: false
  adopt:
    description: Adopt all fields of the Secret that C(kubectl) owns, and remove its copy in the C(kubectl) annotation.
    type: bool
    default: false
requirements:
  - kubernetes >= 28.1.0
  - minio >= 7.2.0, for O(probe)
"""

EXAMPLES = r"""
- name: Point Thanos at the MinIO in the cluster
  observability.thanos.objstore_secret:
    namespace: monitoring
    type: S3
    config:
      bucket: prometheus-thanos
      endpoint: minio.minio.svc.cluster.local:9000
      insecure: true
    credentials_secret:
      namespace: minio
      name: minio-thanos

- name: Check a Secret that another tool writes
  observability.thanos.objstore_secret:
    namespace: monitoring
    name: thanos-objectstorage
    mode: existing
"""

RETURN = r"""
summary:
  description: Objects that were created or changed.
  returned: with O(mode=managed) and O(state=present)
  type: list
  elements: str
  sample: ["Secret monitoring/thanos-objectstorage: created"]
kept:
  description: The Secret if it is not removed, with the reason.
  returned: with O(state=absent)
  type: list
  elements: str
checksum:
  description: SHA-256 of the content, for an annotation that restarts the pods when it changes.
  returned: with O(state=present)
  type: str
credentials_replaced:
  description:
    - Whether credentials that the Secret held before are no longer in it, so that they may be revoked.
    - Credentials of another object store, at another endpoint, do not count.
  returned: with O(mode=managed) and O(state=present)
  type: bool
bucket:
  description: Name of the bucket, container, or directory.
  returned: with O(state=present)
  type: str
  sample: prometheus-thanos
endpoint:
  description: Endpoint of the object store, or an empty string for a provider without that setting.
  returned: with O(state=present)
  type: str
  sample: minio.minio.svc.cluster.local:9000
type:
  description: Type of the object store.
  returned: with O(state=present)
  type: str
  sample: S3
"""

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.k8s import options as hidden_options
from ..module_utils.k8s.client import Cluster
from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule, value_of
from ..module_utils.objstore.config import harmless_values, masked
from ..module_utils.objstore.providers import PROVIDERS
from ..module_utils.objstore.secret import CredentialsSecret, Settings, read_existing, remove, write
from ..module_utils.requests.unexpected import guarded

SOURCE: dict[str, Any] = {
    "namespace": {"type": "str", "required": True},
    "name": {"type": "str", "required": True},
    "access_key_field": {"type": "str", "default": "access-key", "no_log": False},
    "secret_key_field": {"type": "str", "default": "secret-key", "no_log": False},
}
OPTIONS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "mode": {"type": "str", "choices": ["managed", "existing"], "default": "managed"},
    "namespace": {"type": "str", "default": "monitoring"},
    "name": {"type": "str", "default": "thanos-objectstorage"},
    "key": {"type": "str", "default": "thanos.yaml", "no_log": False},
    "type": hidden_options.choice(PROVIDERS, default="S3"),
    "config": hidden_options.settings(),
    "prefix": {"type": "str", "default": ""},
    "credentials_secret": hidden_options.mapping(SOURCE, no_log=False, options=SOURCE),
    "credentials_changed": {"type": "bool", "default": False},
    "ca": hidden_options.certificates(default=""),
    "probe": {"type": "bool", "default": True},
    "cluster_domain": {"type": "str", "default": "cluster.local"},
    "force_conflicts": {"type": "bool", "default": False},
    "adopt": {"type": "bool", "default": False},
}


ARGUMENTS: dict[str, Any] = {"argument_spec": argument_spec(**OPTIONS)}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    given = {name: value_of(module.params[name]) for name in OPTIONS}
    config = given["config"]
    if config is None and (given["state"], given["mode"]) == ("present", "managed"):
        module.fail_json(msg="config is required with mode managed.")
    if config is not None and not isinstance(config, Mapping):
        module.fail_json(msg="config has to be a mapping.")
    # The result shows the options.
    module.params["config"] = masked({"type": given["type"], "config": config})["config"] if config else config
    # All of config counts as secret until here. Masking the bucket's name too would spoil result and diff.
    module.no_log_values -= harmless_values(given["type"], config)
    run(module, lambda cluster: _manage(cluster, given))


def _manage(cluster: Cluster, params: dict[str, Any]) -> dict[str, Any]:
    if params["state"] == "absent":
        if params["mode"] == "existing":
            return {"changed": False, "kept": []}
        return remove(cluster, params["namespace"], params["name"])
    if params["mode"] == "existing":
        names = ("namespace", "name", "key", "probe", "cluster_domain")
        return read_existing(cluster, **{name: params[name] for name in names})
    credentials = params["credentials_secret"]
    settings = Settings(
        credentials=CredentialsSecret(**credentials) if credentials else None,
        **{name: params[name] for name in OPTIONS.keys() - {"state", "mode", "credentials_secret"}},
    )
    return write(cluster, settings)


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

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
short_description: Write or check the Secret with Thanos' object-store configuration
description:
  - Writes the Secret from settings whose keys and types are checked as Thanos would, or reads an existing Secret and
    checks it the same way. Thanos ends at the first mistake, so that mistakes would show as pods that crash.
  - Credentials may come from another Secret of the cluster and then never leave it.
author:
  - The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes
attributes:
  check_mode:
    details: Where the Secret, or the one with the credentials, is not there yet, C(checksum) is a placeholder.
  diff_mode:
    support: full
    details: Whatever is not known to be harmless is masked, and where it differs, that is said.
options:
  state:
    description:
      - Whether the Secret is wanted.
      - V(absent) removes it only where this module wrote it, as its label C(app.kubernetes.io/managed-by) and its field
        manager say, and never with O(mode=existing).
    type: str
    choices: [present, absent]
    default: present
  mode:
    description: V(managed) writes the Secret; V(existing) reads and checks one that somebody else writes.
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
    description: Key of the configuration in the Secret.
    type: str
    default: thanos.yaml
  type:
    description: Type of object store.
    type: str
    choices: [S3, GCS, AZURE, SWIFT, COS, ALIYUNOSS, BOS, OCI, OBS, FILESYSTEM]
    default: S3
  config:
    description:
      - Settings of the object store, by the names that Thanos gives them
        (U(https://thanos.io/tip/thanos/storage.md/)). An unknown name is an error.
      - Required with O(mode=managed) and O(state=present).
    type: dict
  prefix:
    description: Directory in the bucket.
    type: str
    default: ""
  credentials_secret:
    description:
      - Secret that holds the credentials.
      - Without it they stand in O(config), or there are none, as with workload identity.
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
        description: Its key with the access key, user or account.
        type: str
        default: access-key
      secret_key_field:
        description: Its key with the secret key or password.
        type: str
        default: secret-key
  credentials_changed:
    description:
      - Says that the content of O(credentials_secret) was just changed. Check mode, in which it was not, then does not
        take the present content for the one that will be there.
    type: bool
    default: false
  ca:
    description:
      - Certificates, in PEM form, that the object store's certificate is checked against.
      - They go into the Secret as C(ca.crt). C(http_config.tls_config.ca_file) in O(config) has to name the file that
        the pods see.
    type: str
    default: ""
  probe:
    description:
      - Ask an S3 API whether it takes bucket and credentials. Thanos tries for half a minute before it ends with what
        it was told.
      - It is asked from where this module runs, and a Service in the cluster through the Kubernetes API's port-forward.
        Where it cannot be asked so, nothing is said. Not in check mode, which has made neither bucket nor credentials.
    type: bool
    default: true
  cluster_domain:
    description: DNS domain of the cluster's Services.
    type: str
    default: cluster.local
  force_conflicts:
    description: Take the Secret over where another field manager owns its content.
    type: bool
    default: false
  adopt:
    description: Take over all that C(kubectl) owns of the Secret, and remove the copy of it in C(kubectl)'s annotation.
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
  description: Each object that was created or changed.
  returned: with O(mode=managed) and O(state=present)
  type: list
  elements: str
  sample: ["Secret monitoring/thanos-objectstorage: created"]
kept:
  description: The Secret where it is not removed, with the reason.
  returned: with O(state=absent)
  type: list
  elements: str
checksum:
  description: SHA-256 of the content, for an annotation that restarts the pods when it changes.
  returned: with O(state=present)
  type: str
credentials_replaced:
  description:
    - Whether credentials that the Secret had before are no longer in it, so that they may be revoked.
    - Those of another object store, at another endpoint, do not count.
  returned: with O(mode=managed) and O(state=present)
  type: bool
bucket:
  description: Name of the bucket, container or directory.
  returned: with O(state=present)
  type: str
  sample: prometheus-thanos
endpoint:
  description: Where the object store answers; empty for a provider without that setting.
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

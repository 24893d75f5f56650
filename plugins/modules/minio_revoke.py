#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module minio_revoke: the last step of a rotation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: minio_revoke
version_added: "0.1.0"
short_description: Revoke MinIO credentials that a rotation has replaced or that are no longer needed
description:
  - Removes from MinIO the users whose access keys M(observability.thanos.minio_credentials) has recorded as replaced,
    and then removes the record. Without such a record, nothing is done and MinIO is not contacted.
  - A user that can access more than O(bucket) also serves others. It is kept, and only the policy for the bucket is
    removed from it. A user that another Secret of this collection names is left unchanged. A warning reports this.
  - With O(readers), the module first ensures that the replaced keys are no longer in use. All pods in that namespace
    that read the Secret, including terminating pods, must have been started with its current content, and this content
    must not name a replaced key. An object-store Secret of another stack that pods in this cluster read must not name a
    replaced key either, as far as such Secrets may be listed.
author:
  - The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes
  - observability.thanos.roles_only
  - observability.thanos.minio_server
attributes:
  check_mode:
    details: The readers are not checked, because nothing has restarted them.
options:
  bucket:
    description: Name of the bucket that the replaced users were created for.
    type: str
    required: true
  user_secret:
    description: Secret of the Thanos user, with the replaced access keys under C(replaced-access-keys).
    type: str
    default: minio-thanos
  readers:
    description: Secret from which consumers read the credentials. If omitted, no consumers are checked.
    type: dict
    suboptions:
      namespace:
        description: Namespace of that Secret and of the pods that read it.
        type: str
        required: true
      name:
        description: Name of that Secret.
        type: str
        required: true
      key:
        description: Key of that Secret that holds the Thanos configuration.
        type: str
        default: thanos.yaml
      checksum:
        description:
          - Checksum of its current content, from M(observability.thanos.objstore_secret). Pods that have it in the
            annotation C(observability.thanos/objstore-checksum) were started with that content.
          - Pods without that annotation count as started with it if they were created after the Secret was last
            written.
        type: str
        required: true
  leaving:
    description:
      - Also remove the user that the Secret currently names, and the policy of the bucket if no other user has it,
        because the stack leaves a MinIO that others use. The bucket is kept. O(readers) are not checked.
      - A MinIO that is not running is a warning.
    type: bool
    default: false
  wait_timeout:
    description: Maximum time to wait for MinIO, and for pods that are still terminating, in seconds.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Revoke the replaced credentials
  observability.thanos.minio_revoke:
    namespace: minio
    bucket: prometheus-thanos
    readers:
      namespace: monitoring
      name: thanos-objectstorage
      checksum: "{{ objstore.checksum }}"
"""

RETURN = r"""
revoked:
  description: Number of users that were removed or, in check mode, of access keys that were replaced.
  returned: success
  type: int
  sample: 1
kept:
  description: Access keys of replaced users that stay in MinIO because they also serve others.
  returned: success
  type: list
  elements: str
  sample: []
"""

import traceback
from importlib import import_module
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule
from ..module_utils.minio.access import SERVER_OPTIONS, Access
from ..module_utils.minio.revoke import leave, revoke
from ..module_utils.objstore.readers import ObjstoreSecret
from ..module_utils.requests.unexpected import guarded

try:
    import_module("minio")

    MINIO_ERROR = None
except ImportError:
    MINIO_ERROR = traceback.format_exc()

READERS: dict[str, Any] = {
    "type": "dict",
    "options": {
        "namespace": {"type": "str", "required": True},
        "name": {"type": "str", "required": True},
        "key": {"type": "str", "default": "thanos.yaml", "no_log": False},
        "checksum": {"type": "str", "required": True},
    },
}


LEAVING: dict[str, Any] = {"type": "bool", "default": False}
OPTIONS: dict[str, Any] = {"bucket": {"type": "str", "required": True}, **SERVER_OPTIONS}
#: What has to be there for it to run inside Ansible's process.
LIBRARIES = ("kubernetes", "minio")
ARGUMENTS: dict[str, Any] = {"argument_spec": argument_spec(**OPTIONS, readers=READERS, leaving=LEAVING)}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    if MINIO_ERROR:
        module.fail_json(msg=missing_required_lib("minio"), exception=MINIO_ERROR)
    server = Access(**{name: module.params[name] for name in OPTIONS})
    readers = ObjstoreSecret(**module.params["readers"]) if module.params["readers"] else None
    is_leaving = module.params["leaving"]
    run(module, lambda cluster: leave(cluster, server) if is_leaving else revoke(cluster, server, readers))


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

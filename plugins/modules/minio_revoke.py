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
short_description: Revoke credentials of MinIO that a rotation has replaced, or that nobody needs any more
description:
  - Removes the users from MinIO whose access keys M(observability.thanos.minio_credentials) has noted as replaced, and
    then the note. Without such a note nothing is done, and MinIO is not asked.
  - A user that reaches more than O(bucket) serves somebody else, too. It stays, and only the policy for the bucket is
    taken from it. One that another Secret of this collection names stays as it is. A warning says so.
  - With O(readers) it first makes sure that nobody uses them any more. All pods of that namespace that read the Secret,
    those on their way out too, must have been started with its present content, and this must not name a replaced key.
    Neither must an object-store Secret of another stack that pods of this cluster read, as far as it may be listed.
author:
  - The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes
  - observability.thanos.roles_only
  - observability.thanos.minio_server
attributes:
  check_mode:
    details: The readers are not looked at, since nothing has rolled them.
options:
  bucket:
    description: Name of the bucket that the replaced users were made for.
    type: str
    required: true
  user_secret:
    description: Secret of Thanos' user, with the replaced access keys under C(replaced-access-keys).
    type: str
    default: minio-thanos
  readers:
    description: The Secret from which those who use the credentials read them. Left out, nobody is looked at.
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
        description: Its key with Thanos' configuration.
        type: str
        default: thanos.yaml
      checksum:
        description:
          - Checksum of its present content, from M(observability.thanos.objstore_secret). Pods that have it in the
            annotation C(observability.thanos/objstore-checksum) were started with that content.
          - Of pods without that annotation, those count that were created after the Secret was last written.
        type: str
        required: true
  leaving:
    description:
      - Remove the user that the Secret names now as well, and the policy of the bucket where no other user has it,
        since the stack leaves a MinIO that others use. The bucket stays. O(readers) are not looked at.
      - A MinIO that does not run is a warning.
    type: bool
    default: false
  wait_timeout:
    description: How long to wait for MinIO, and for pods that still are on their way out, in seconds.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Revoke what was replaced
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
  description: Number of users that were removed, or in check mode of access keys that were replaced.
  returned: success
  type: int
  sample: 1
kept:
  description: Access keys of users that were replaced and stay in MinIO, since they serve somebody else, too.
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

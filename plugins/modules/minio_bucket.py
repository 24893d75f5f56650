#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module minio_bucket: a bucket in MinIO, and a user that is allowed on it only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: minio_bucket
version_added: "0.1.0"
short_description: Create a bucket in MinIO and a Thanos user that can access nothing else
description:
  - Waits until MinIO is rolled out and connects to it through the port-forward of the Kubernetes API, which works from
    wherever the API can be reached.
  - Ensures that the bucket exists, that the policy C(thanos-<bucket>) allows what Thanos does in that bucket and
    nothing elsewhere, and that the user has this policy and the secret key of its Secret.
  - The user belongs to this stack alone. If the user already exists and can access more than the bucket through its
    other policies or its groups, or if it belongs to another owner, the module fails and changes nothing in MinIO.
  - Other policies of the user for the same bucket are kept. A bucket is never removed.
author:
  - The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes
  - observability.thanos.roles_only
  - observability.thanos.minio_server
options:
  bucket:
    description: Name of the bucket. It must follow the S3 naming rules.
    type: str
    required: true
  user_secret:
    description:
      - Secret with the credentials of the Thanos user, under the keys C(access-key) and C(secret-key). Each stack on
        the same MinIO needs its own Secret.
    type: str
    default: minio-thanos
  user_changed:
    description:
      - In check mode, whether M(observability.thanos.minio_credentials) would have written other credentials into the
        Secret. If so, the user that the Secret still names is not checked.
    type: bool
    default: false
  wait_timeout:
    description: Maximum time to wait for MinIO, in seconds.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Create the bucket and the Thanos user
  observability.thanos.minio_bucket:
    namespace: minio
    bucket: prometheus-thanos
"""

RETURN = r"""
bucket:
  description: Name of the bucket.
  returned: success
  type: str
  sample: prometheus-thanos
policy:
  description: Name of the policy.
  returned: success
  type: str
  sample: thanos-prometheus-thanos
"""

import traceback
from importlib import import_module
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule
from ..module_utils.minio.access import SERVER_OPTIONS, Access, ensure_access
from ..module_utils.objstore.bucket_name import bucket_name_problem
from ..module_utils.requests.unexpected import guarded

try:
    import_module("minio")

    MINIO_ERROR = None
except ImportError:
    MINIO_ERROR = traceback.format_exc()

OPTIONS: dict[str, Any] = {
    "bucket": {"type": "str", "required": True},
    "user_changed": {"type": "bool", "default": False},
    **SERVER_OPTIONS,
}


#: What has to be there for it to run inside Ansible's process.
LIBRARIES = ("kubernetes", "minio")
ARGUMENTS: dict[str, Any] = {"argument_spec": argument_spec(**OPTIONS)}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    if MINIO_ERROR:
        module.fail_json(msg=missing_required_lib("minio"), exception=MINIO_ERROR)
    request = Access(**{name: module.params[name] for name in OPTIONS})
    problem = bucket_name_problem(request.bucket)
    if problem:
        module.fail_json(msg=f"bucket (minio_bucket in the roles) is {request.bucket!r}: {problem}.")
    run(module, lambda cluster: ensure_access(cluster, request))


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

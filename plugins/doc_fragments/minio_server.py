# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the modules that work in a MinIO."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment, as Ansible looks it up."""

    DOCUMENTATION = r"""
options:
  namespace:
    description: Namespace of MinIO and of both Secrets.
    type: str
    default: minio
  kind:
    description: Kind of the MinIO workload. A distributed MinIO is a StatefulSet.
    type: str
    choices: [Deployment, StatefulSet]
    default: Deployment
  name:
    description: Name of the MinIO workload.
    type: str
    default: minio
  port:
    description: Port of the MinIO S3 API in the pod, without TLS.
    type: int
    default: 9000
  region:
    description: Region that MinIO was started with. An empty string means no region.
    type: str
    default: ""
  root_secret:
    description: Secret with the root credentials, under the keys C(root-user) and C(root-password).
    type: str
    default: minio-root
requirements:
  - kubernetes >= 28.1.0
  - minio >= 7.2.0
"""

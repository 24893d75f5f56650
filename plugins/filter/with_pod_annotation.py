# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter with_pod_annotation: one more annotation on the pods of one workload."""

from __future__ import annotations

DOCUMENTATION = r"""
name: with_pod_annotation
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Add an annotation to the pods of one workload
description:
  - Adds an annotation to the pod template of one workload among manifests, so that a new value rolls its pods.
  - Everything else is returned as it was.
positional: kind, namespace, name, annotation, value
options:
  _input:
    description: Manifests.
    type: list
    elements: dict
    required: true
  kind:
    description: Kind of the workload.
    type: str
    required: true
  namespace:
    description: Namespace of the workload.
    type: str
    required: true
  name:
    description: Name of the workload.
    type: str
    required: true
  annotation:
    description: Name of the annotation.
    type: str
    required: true
  value:
    description: Value of the annotation.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Restart MinIO when its root credentials change
  ansible.builtin.set_fact:
    thanos_manifests: >-
      {{ thanos_manifests
      | observability.thanos.with_pod_annotation('Deployment', 'minio', 'minio', 'example.com/checksum', checksum) }}
"""

RETURN = r"""
_value:
  description: The manifests, one of them annotated.
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any

Manifest = dict[str, Any]


def with_pod_annotation(
    manifests: list[Manifest], kind: str, namespace: str, name: str, annotation: str, value: str
) -> list[Manifest]:
    """Return the manifests with the annotation on the pods of the workload."""
    return [
        _annotated(manifest, annotation, value) if _identity(manifest) == (kind, namespace, name) else manifest
        for manifest in manifests
    ]


def _identity(manifest: Manifest) -> tuple[Any, Any, Any]:
    return manifest["kind"], manifest["metadata"].get("namespace"), manifest["metadata"]["name"]


def _annotated(manifest: Manifest, annotation: str, value: str) -> Manifest:
    # Copied along this path only: a deep copy of Ansible's variables takes seconds.
    template = manifest["spec"]["template"]
    metadata = template.get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), annotation: str(value)}
    template = {**template, "metadata": {**metadata, "annotations": annotations}}
    return {**manifest, "spec": {**manifest["spec"], "template": template}}


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"with_pod_annotation": with_pod_annotation}

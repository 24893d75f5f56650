# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter with_objstore_checksum: roll the pods that read the object-store Secret when its content changes."""

from __future__ import annotations

DOCUMENTATION = r"""
name: with_objstore_checksum
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Note the object-store Secret's checksum on every pod that reads the Secret
description:
  - Adds the annotation C(observability.thanos/objstore-checksum) to the pod template of each workload that mounts the
    Secret, and to C(spec.podMetadata) of each ThanosRuler and Prometheus that reads it, so that a new content rolls the
    pods.
  - Everything else is returned as it was.
positional: secret_name, checksum
options:
  _input:
    description: Manifests.
    type: list
    elements: dict
    required: true
  secret_name:
    description: Name of the Secret.
    type: str
    required: true
  checksum:
    description: Checksum of its content. Where it is empty, nothing is added.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Apply manifests whose pods follow the Secret's content
  kubernetes.core.k8s:
    definition: "{{ thanos_manifests | observability.thanos.with_objstore_checksum('thanos-objectstorage', checksum) }}"
"""

RETURN = r"""
_value:
  description: The manifests, annotated.
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any

from ..module_utils.objstore.readers import ANNOTATION

Manifest = dict[str, Any]


def with_objstore_checksum(manifests: list[Manifest], secret_name: str, checksum: str) -> list[Manifest]:
    """Return the manifests, annotated with the checksum where their pods read the Secret."""
    if not checksum:
        return manifests
    return [_annotated(manifest, secret_name, checksum) for manifest in manifests]


def _annotated(manifest: Manifest, secret_name: str, checksum: str) -> Manifest:
    spec = manifest.get("spec") or {}
    if manifest["kind"] == "Prometheus":
        reads = _operator_reads(spec.get("thanos") or {}, secret_name)
        pod_metadata = ["podMetadata"]
    elif manifest["kind"] == "ThanosRuler":
        reads = _operator_reads(spec, secret_name)
        pod_metadata = ["podMetadata"]
    else:
        reads = _pod_mounts((spec.get("template") or {}).get("spec") or {}, secret_name)
        pod_metadata = ["template", "metadata"]
    if not reads:
        return manifest
    return _with_annotation(manifest, ["spec", *pod_metadata, "annotations"], str(checksum))


def _with_annotation(mapping: Manifest, path: list[str], checksum: str) -> Manifest:
    """Return a copy along the path; a deep copy of Ansible's variables takes seconds."""
    if not path:
        return {**mapping, ANNOTATION: checksum}
    return {**mapping, path[0]: _with_annotation(mapping.get(path[0]) or {}, path[1:], checksum)}


def _operator_reads(settings: Manifest, secret_name: str) -> bool:
    config = settings.get("objectStorageConfig") or {}
    return bool(config.get("name") == secret_name)


def _pod_mounts(pod: Manifest, secret_name: str) -> bool:
    return any((volume.get("secret") or {}).get("secretName") == secret_name for volume in pod.get("volumes") or [])


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"with_objstore_checksum": with_objstore_checksum}

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter apply_report: what was changed and what could not be, by object and in words."""

from __future__ import annotations

DOCUMENTATION = r"""
name: apply_report
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Tell what kubernetes.core.k8s with continue_on_error changed and what went wrong
description:
  - Names the object of each error, and for a field conflict also the fields, their manager and what to do about it.
  - Collects the objects' differences, which Ansible itself shows only for a task with a single object.
positional: manifests, tolerate_missing
options:
  _input:
    description: Registered result of M(kubernetes.core.k8s) with O(kubernetes.core.k8s#module:continue_on_error=true).
    type: dict
    required: true
  manifests:
    description: Manifests that the task was given, in the same order.
    type: list
    elements: dict
    required: true
  tolerate_missing:
    description:
      - Do not count as an error that an object's namespace or kind does not exist yet.
      - Right in check mode, where nothing creates them first, and when objects are removed.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Say what could not be applied
  ansible.builtin.fail:
    msg: "{{ (applied | observability.thanos.apply_report(manifests)).errors }}"
"""

RETURN = r"""
_value:
  description: What went wrong, and what could not be tried.
  type: dict
  contains:
    errors:
      description: One text for each object that could not be applied.
      type: list
      elements: str
    pending:
      description: Objects whose namespace or kind does not exist yet, with O(tolerate_missing).
      type: list
      elements: str
    differences:
      description: Fields that changed, before and after, by object; filled only in diff mode.
      type: dict
"""

import ast
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

#: Fields that every write changes.
BOOKKEEPING = ("generation", "managedFields", "resourceVersion")


def apply_report(
    result: Mapping[str, Any], manifests: Sequence[Mapping[str, Any]], tolerate_missing: bool = False
) -> dict[str, Any]:
    """Return what went wrong, what could not be tried yet, and what differs."""
    errors: list[str] = []
    pending: list[str] = []
    differences: dict[str, Any] = {}
    for outcome, manifest in zip(_outcomes(result), manifests, strict=False):
        title = _title(manifest)
        if outcome.get("diff"):
            differences[title] = {side: _without_bookkeeping(fields) for side, fields in outcome["diff"].items()}
        if "error" not in outcome:
            continue
        text = str(outcome["error"].get("msg", outcome["error"]))
        status = _status(text)
        if tolerate_missing and _is_missing(text, status):
            pending.append(title)
        else:
            errors.append(f"{title}: {_explanation(text, status)}")
    return {"errors": errors, "pending": pending, "differences": differences}


def _without_bookkeeping(fields: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in (fields.get("metadata") or {}).items() if key not in BOOKKEEPING}
    rest = {key: value for key, value in fields.items() if key != "metadata"}
    return {"metadata": metadata, **rest} if metadata else rest


def _outcomes(result: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the outcome of each object; the module does not wrap that of a single one."""
    inner: Mapping[str, Any] = result.get("result") or {}
    outcomes: Sequence[Mapping[str, Any]] = inner.get("results", [result])
    return outcomes


def _status(text: str) -> dict[str, Any]:
    """Return the API's Status object from the module's message, which may hold it as the repr of bytes."""
    start = text.find("b'{") if "b'{" in text else text.find("{")
    if start < 0:
        return {}
    body = text[start:].strip()
    try:
        if body.startswith("b'"):
            body = ast.literal_eval(body).decode()
        status = json.loads(body)
    except (ValueError, SyntaxError):
        return {}
    return status if isinstance(status, dict) else {}


def _is_missing(text: str, status: Mapping[str, Any]) -> bool:
    if "Failed to find exact match for" in text:
        return True
    details = status.get("details") or {}
    return status.get("reason") == "NotFound" and details.get("kind") == "namespaces"


def _title(manifest: Mapping[str, Any]) -> str:
    metadata = manifest["metadata"]
    name = f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else metadata["name"]
    return f"{manifest['kind']} {name}"


def _explanation(text: str, status: Mapping[str, Any]) -> str:
    causes = (status.get("details") or {}).get("causes") or []
    conflicts = [cause for cause in causes if cause.get("reason") == "FieldManagerConflict"]
    if conflicts:
        owned = ", ".join(f"{cause.get('field')} ({_manager(cause)})" for cause in conflicts)
        return (
            f"another field manager owns {owned}. Take these fields out of what that manager applies, "
            "or set thanos_force_conflicts to true to let this collection own them."
        )
    if "Failed to find exact match for" in text:
        return "the cluster does not know this kind. Install its custom resource definition first."
    message = str(status.get("message") or text)
    fixed = [str(cause.get("field")) for cause in causes if "field is immutable" in str(cause.get("message"))]
    if fixed or "updates to statefulset spec for fields other than" in message:
        what = f"{', '.join(fixed)} cannot be changed" if fixed else message
        return f"{what}. Delete it with `kubectl delete --cascade=orphan`, which keeps pods and volumes, and try again."
    return message


def _manager(cause: Mapping[str, Any]) -> str:
    match = re.search(r'"([^"]+)"', str(cause.get("message")))
    return match.group(1) if match else str(cause.get("message"))


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"apply_report": apply_report}

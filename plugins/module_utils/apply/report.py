# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What applying or removing manifests changed and what went wrong, by object and in words."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..k8s.client import FIELD_MANAGER
from ..k8s.objects import title_of
from ..k8s.ownership import MANAGED_BY_LABEL
from ..redaction import credentials
from ..redaction.concealment import Side, sides
from ..redaction.harmless import rule_of
from .kubectl_fields import LAST_APPLIED

#: Fields that every write changes.
BOOKKEEPING = ("generation", "managedFields", "resourceVersion")
#: What a diff shows instead of what may be a secret.
HIDDEN = credentials.HIDDEN


def apply_report(
    outcomes: Sequence[Mapping[str, Any]], manifests: Sequence[Mapping[str, Any]], tolerate_missing: bool = False
) -> dict[str, Any]:
    """Return what changed, what went wrong and what could not be tried yet.

    Outcomes are those of kubernetes.core's perform_action, or {error: {msg}}, in the order of the manifests; the method
    of an object that was deleted and made again is recreate.
    With tolerate_missing an object whose namespace or kind does not exist is no error: in check mode nothing creates
    them first, and what has none is gone already.
    """
    report: dict[str, list[Any]] = {"errors": [], "pending": [], "summary": [], "diff": []}
    for outcome, manifest in zip(outcomes, manifests, strict=True):
        title = title_of(manifest)
        if "error" in outcome:
            text = str(outcome["error"].get("msg", outcome["error"]))
            status = _status(text)
            if tolerate_missing and _is_missing(text, status):
                report["pending"].append(title)
            else:
                report["errors"].append(f"{title}: {_explanation(text, status)}")
        elif outcome["changed"]:
            report["summary"].append(f"{title}: {_verb(outcome)}")
            report["diff"].append(_difference(title, outcome, manifest))
    return report


def _verb(outcome: Mapping[str, Any]) -> str:
    if outcome.get("method") == "delete":
        return "removed"
    if outcome.get("method") == "recreate":
        return "made again, since it has fields that cannot be changed"
    return "changed" if (outcome.get("diff") or {}).get("before") else "created"


def _difference(title: str, outcome: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that changed, as Ansible shows them for --diff, and of their values what is harmless."""
    given = outcome.get("diff") or {}
    shown = shown_fields(given.get("before") or {}, given.get("after") or {}, manifest)
    headers = {"before_header": title, "after_header": f"{title} ({_verb(outcome)})"}
    return {"before": shown[0], "after": shown[1], **headers}


def shown_fields(before: Mapping[str, Any], after: Mapping[str, Any], manifest: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return what may be shown of an object, or of what differs in it, before and after it becomes a manifest's."""
    before, after = _without_bookkeeping(before), _without_bookkeeping(after)
    # What an apply changes is this collection's then, whoever's the object is.
    return sides(before, after, rule_of(manifest), Side(_was_ours(before, after, manifest)), Side(is_ours=True))


def _was_ours(before: Mapping[str, Any], after: Mapping[str, Any], manifest: Mapping[str, Any]) -> bool:
    """Return whether the whole object was ours before: a label that does not change is on neither side."""
    labels = {**_labels(manifest), **dict.fromkeys(_labels(after)), **_labels(before)}
    return bool(labels.get(MANAGED_BY_LABEL) == FIELD_MANAGER)


def _labels(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    labels: Mapping[str, Any] = (fields.get("metadata") or {}).get("labels") or {}
    return labels


def _without_bookkeeping(fields: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in (fields.get("metadata") or {}).items() if key not in BOOKKEEPING}
    if LAST_APPLIED in (metadata.get("annotations") or {}):
        metadata["annotations"] = {key: value for key, value in metadata["annotations"].items() if key != LAST_APPLIED}
    rest = {key: value for key, value in fields.items() if key not in ("metadata", "status")}
    return {"metadata": metadata, **rest} if metadata else rest


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


def _explanation(text: str, status: Mapping[str, Any]) -> str:
    causes = (status.get("details") or {}).get("causes") or []
    conflicts = [cause for cause in causes if cause.get("reason") == "FieldManagerConflict"]
    if conflicts:
        owned = ", ".join(f"{cause.get('field')} ({_manager(cause)})" for cause in conflicts)
        return (
            f"another field manager owns {owned}. Take these fields out of what that manager applies, "
            "or set thanos_force_conflicts to true to let this collection own them. "
            "What was made by hand with kubectl is taken over as a whole with thanos_adopt."
        )
    if "Failed to find exact match for" in text:
        return "the cluster does not know this kind. Install its custom resource definition first."
    message = credentials.redacted(str(status.get("message") or text))
    if (status.get("details") or {}).get("kind") == "PersistentVolumeClaim" and status.get("reason") == "Invalid":
        return (
            "a claim keeps its storage class and access mode, and never becomes smaller. Set the role's options to "
            "what it has (of MinIO: minio_storage_class, minio_access_mode, minio_storage_size). "
            f"{message.splitlines()[0]}"
        )
    fixed = [str(cause.get("field")) for cause in causes if "field is immutable" in str(cause.get("message"))]
    if fixed or "updates to statefulset spec for fields other than" in message:
        what = f"{', '.join(fixed)} cannot be changed" if fixed else message
        return (
            f"{what}. Set thanos_replace_immutable to true to have it deleted and made again while its pods and "
            "volumes stay, as `kubectl delete --cascade=orphan` does, or thanos_adopt if it was made by hand."
        )
    return message


def _manager(cause: Mapping[str, Any]) -> str:
    match = re.search(r'"([^"]+)"', str(cause.get("message")))
    return match.group(1) if match else str(cause.get("message"))

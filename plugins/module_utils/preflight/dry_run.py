# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API server says to a manifest before it is applied, asked by a dry run."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..apply.claim_templates import with_live_claim_labels
from ..k8s.finding import Finding
from ..k8s.objects import title_of
from ..k8s.resources import POD
from ..redaction.credentials import redacted
from ..requests.errors import ClusterError
from ..rollout import remedies

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object
    from ..k8s.resources import Resource

#: What may be changed in the spec of a StatefulSet that is there.
CHANGEABLE = (
    "minReadySeconds",
    "ordinals",
    "persistentVolumeClaimRetentionPolicy",
    "replicas",
    "revisionHistoryLimit",
    "template",
    "updateStrategy",
)
#: How the API server says that a field cannot be changed.
FIXED = ("field is immutable", "may not change once set", "updates to statefulset spec for fields other than")
_DENIED = re.compile(r'User "[^"]*" cannot ')
#: kubectl and Ansible do not tell it apart either: a webhook that has effects of its own is not asked in a dry run.
NO_DRY_RUN = "does not support dry run"


@dataclass
class DryRun:
    """How the API server would answer."""

    manifest: Object
    #: The object as it is, None where there is none.
    live: Object | None
    #: Fields that other managers own, with the manager.
    conflicts: list[str] = field(default_factory=list)
    #: Fields that cannot be changed while the object exists.
    immutable: list[str] = field(default_factory=list)
    refusal: str = ""
    #: The user may not apply it.
    is_denied: bool = False
    #: The object as it would be.
    result: Object | None = None


def try_apply(cluster: Cluster, resource: Resource, manifest: Object, live: Object | None) -> DryRun:
    """Apply a manifest in a dry run."""
    manifest = with_live_claim_labels(manifest, live)
    dry_run = DryRun(manifest, live)
    try:
        dry_run.result = cluster.apply(resource, manifest)
    except ClusterError as error:
        dry_run.conflicts = conflicts(error.status)
        if not dry_run.conflicts:
            _note(dry_run, error)
            return dry_run
        # A conflict hides what else is wrong. The dry run takes nothing from anybody.
        try:
            dry_run.result = cluster.apply(resource, manifest, force=True)
        except ClusterError as other:
            _note(dry_run, other)
    return dry_run


def try_pod(cluster: Cluster, dry_run: DryRun, new_accounts: Container[tuple[str, str]] = ()) -> str:
    """Return why the workload's pods would be refused, empty where they are not or nothing about them changes.

    New accounts are the ServiceAccounts, by namespace and name, that are not there yet and will be.
    """
    wanted, live, result = dry_run.manifest, dry_run.live, dry_run.result
    if result is None or _pod_spec(wanted) is None or _pod_spec(live) == _pod_spec(result):
        return ""
    try:
        pod = pod_of(dry_run.manifest)
        if (pod["metadata"]["namespace"], pod["spec"].get("serviceAccountName")) in new_accounts:
            del pod["spec"]["serviceAccountName"]
        cluster.create(POD, pod)
    except ClusterError as error:
        message = message_of(error)
        # Where pods are there already, the new ones take their place in the quota.
        is_used = dry_run.live is not None and "exceeded quota" in message
        if is_denied(error) or is_used or NO_DRY_RUN in message or "already exists" in message:
            return ""
        return message
    return ""


def pod_of(workload: Object) -> Object:
    """Return a pod as the workload would make it."""
    name, template = workload["metadata"]["name"], workload["spec"]["template"]
    claims = [claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates") or []]
    volumes = [{"name": claim, "persistentVolumeClaim": {"claimName": f"{claim}-{name}-0"}} for claim in claims]
    metadata = template.get("metadata") or {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{name[:48]}-preflight",
            "namespace": workload["metadata"]["namespace"],
            "labels": metadata.get("labels") or {},
            "annotations": metadata.get("annotations") or {},
        },
        "spec": {**template["spec"], "volumes": [*(template["spec"].get("volumes") or []), *volumes]},
    }


def conflicts(status: Mapping[str, Any]) -> list[str]:
    """Return the fields that other managers own, with the manager, from the API's answer."""
    found = []
    for cause in _causes(status):
        if cause.get("reason") == "FieldManagerConflict":
            manager = re.search(r'"([^"]+)"', str(cause.get("message")))
            found.append(f"{cause.get('field')} ({manager[1] if manager else cause.get('message')})")
    return found


def is_denied(error: ClusterError) -> bool:
    """Return whether the user lacks a right, unlike a refusal of what is in the object."""
    return error.status.get("reason") == "Forbidden" and bool(_DENIED.search(message_of(error)))


def message_of(error: ClusterError) -> str:
    """Return the API's own words, without the values that it quotes."""
    return redacted(str(error.status.get("message") or error))


def differing(wanted: Any, live: Any, path: str) -> list[str]:
    """Return the paths at which the object is not as wanted; what is not mentioned may be anything."""
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        return [found for key in wanted for found in differing(wanted[key], live.get(key), f"{path}.{key}")]
    if isinstance(wanted, list) and isinstance(live, list) and len(wanted) == len(live):
        pairs = enumerate(zip(wanted, live, strict=True))
        return [found for index, (one, other) in pairs for found in differing(one, other, f"{path}[{index}]")]
    return [] if wanted == live else [path]


def dry_run_findings(dry_run: DryRun, owner: str, force: bool, replace: bool) -> list[Finding]:
    """Return what has to be put right about the object, with the option that permits it where there is one."""
    where = title_of(dry_run.manifest)
    findings = []
    if (owner or dry_run.conflicts) and not force:
        findings.append(_ownership(where, owner, dry_run.conflicts))
    if dry_run.immutable and not replace:
        findings.append(
            Finding(
                where,
                f"{', '.join(dry_run.immutable)} cannot be changed while it exists.",
                "Set thanos_replace_immutable to true to have it deleted without its volumes and made again, or "
                "thanos_adopt if it was made by hand.",
            )
        )
    if dry_run.refusal and NO_DRY_RUN in dry_run.refusal:
        findings.append(Finding(where, f"it could not be tried: {dry_run.refusal}", "", is_error=False))
    elif dry_run.refusal:
        findings.append(_refusal(dry_run, where))
    return findings


def _ownership(where: str, owner: str, fields: list[str]) -> Finding:
    held = f"{owner} holds it" if owner else ""
    owned = f"another field manager owns {', '.join(fields)}" if fields else ""
    remedy = (
        "Take it out of what that one applies, or set thanos_force_conflicts to true to let this collection have it."
    )
    if any("(kubectl" in name for name in fields):
        remedy = f"{remedy} What was made by hand with kubectl is taken over as a whole with thanos_adopt."
    return Finding(where, f"{'; '.join(filter(None, (held, owned)))}.", remedy)


def _refusal(dry_run: DryRun, where: str) -> Finding:
    if dry_run.manifest["kind"] == "PersistentVolumeClaim" and dry_run.live is not None:
        fields = differing(dry_run.manifest["spec"], dry_run.live["spec"], "spec")
        if fields:
            there = "; ".join(f"{path} is {_at(dry_run.live, path)}" for path in fields)
            return Finding(
                where,
                f"{dry_run.refusal} It is there already, where {there}.",
                "Set the options of its size and storage class to what it has: a volume is never replaced.",
            )
    return Finding(where, dry_run.refusal, remedies.for_creation(dry_run.refusal))


def _note(dry_run: DryRun, error: ClusterError) -> None:
    message = message_of(error)
    if is_denied(error):
        dry_run.is_denied = True
        dry_run.refusal = message
    elif any(words in message for words in FIXED) and dry_run.manifest["kind"] != "PersistentVolumeClaim":
        dry_run.immutable = _immutable(dry_run, error.status)
    else:
        dry_run.refusal = message


def _immutable(dry_run: DryRun, status: Mapping[str, Any]) -> list[str]:
    named = [str(cause.get("field")) for cause in _causes(status) if _is_fixed(cause)]
    fields = sorted({re.sub(r"\[\d+\]$", "", name) for name in named} - {"spec"})
    if fields or dry_run.live is None:
        return fields or ["spec"]
    # For a StatefulSet the API server does not say which of its fields.
    wanted = {key: value for key, value in dry_run.manifest["spec"].items() if key not in CHANGEABLE}
    return differing(wanted, dry_run.live["spec"], "spec") or ["spec"]


def _is_fixed(cause: Mapping[str, Any]) -> bool:
    return any(words in str(cause.get("message")) for words in FIXED)


def _causes(status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    causes: list[Mapping[str, Any]] = (status.get("details") or {}).get("causes") or []
    return causes


def _pod_spec(workload: Object | None) -> Object | None:
    if workload is None or workload["kind"] not in ("Deployment", "StatefulSet", "DaemonSet"):
        return None
    spec: Object = workload["spec"]["template"]["spec"]
    return spec


def _at(obj: Object, path: str) -> Any:
    value: Any = obj
    for part in re.findall(r"[^.\[\]]+", path):
        value = value[int(part)] if isinstance(value, list) else (value or {}).get(part)
    return value

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The datasource in Grafana's Secret: read, change, write back without losing anybody else's write."""

from __future__ import annotations

import copy
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from ansible_collections.observability.thanos.plugins.module_utils import grafana_backup
from ansible_collections.observability.thanos.plugins.module_utils.cluster import (
    DEPLOYMENT,
    FIELD_MANAGER,
    NAMESPACE,
    SECRET,
    Cluster,
    ClusterError,
    ConflictError,
    Object,
)
from ansible_collections.observability.thanos.plugins.module_utils.grafana_datasource import (
    Datasource,
    add,
    defaults,
    find,
    remove,
)
from ansible_collections.observability.thanos.plugins.module_utils.grafana_document import (
    Document,
    DocumentError,
    Style,
    canonical,
    decode,
    dump,
    encode,
    parse,
)
from ansible_collections.observability.thanos.plugins.module_utils.grafana_mask import mask
from ansible_collections.observability.thanos.plugins.module_utils.grafana_restart import (
    ANNOTATION,
    restart,
    started_with,
)

ATTEMPTS = 5
T = TypeVar("T")


class MissingError(ClusterError):
    """Something is not there that has to be; on a cluster that is still empty, check mode goes on without it."""


class MissingKeyError(ClusterError):
    """The Secret is there, but not the key: no other role of a play will add it."""


@dataclass(frozen=True)
class Target:
    """Where the provisioning file is, and which Deployment reads it (empty: none is restarted)."""

    namespace: str
    secret: str
    key: str
    deployment: str = ""

    @property
    def where(self) -> str:
        """Return the words that errors name the Secret by."""
        return f"Secret {self.namespace}/{self.secret}"


@dataclass(frozen=True)
class Live:
    """The Secret as it is now, and what its provisioning file means."""

    secret: Object
    document: Document
    style: Style

    @property
    def change(self) -> str | None:
        """Return the mark of our last change, None if we never made one."""
        value: str | None = (self.secret["metadata"].get("annotations") or {}).get(ANNOTATION)
        return value


@dataclass(frozen=True)
class Outcome:
    """What became of the Secret: the mark of our last change, and a masked diff if there was a change.

    The Deployment follows (its annotation becomes that mark) unless we have nothing to do with its last start.
    """

    change: str | None
    diff: dict[str, str] | None = None
    follow: bool = True
    #: What became of the backup: "created", "changed" or nothing.
    backup: str = ""


def present(cluster: Cluster, target: Target, wanted: Datasource) -> dict[str, Any]:
    """Ensure that the datasource is there and that Grafana was started with it; return the module's result."""
    try:
        deployment = _deployment(cluster, target)
        outcome = _retry(target, lambda: _put(cluster, target, wanted))
    except MissingError as error:
        if not cluster.dry_run:
            raise
        return {
            "changed": True,
            "restarted": False,
            "summary": [],
            "warnings": [f"{error} Check mode goes on without it."],
        }
    return _result(target, outcome, _follow(cluster, deployment, outcome), outcome.backup)


def absent(cluster: Cluster, target: Target, wanted: Datasource) -> dict[str, Any]:
    """Ensure that the datasource is as it was before us; return the module's result."""
    deployment = cluster.get(DEPLOYMENT, target.deployment, target.namespace) if target.deployment else None
    outcome = _retry(target, lambda: _take_back(cluster, target, wanted, deployment))
    restarted = _follow(cluster, deployment, outcome)
    # Last, so that a run that dies before this point can be carried on.
    forgotten = _retry(target, lambda: _forget(cluster, target, wanted))
    if outcome.diff is not None and outcome.change is None:
        _retry(target, lambda: _disown(cluster, target))
    return _result(target, outcome, restarted, forgotten)


def _follow(cluster: Cluster, deployment: Object | None, outcome: Outcome) -> bool:
    return outcome.follow and deployment is not None and restart(cluster, deployment, outcome.change)


def _result(target: Target, outcome: Outcome, restarted: bool, backup: str) -> dict[str, Any]:
    summary = [f"{target.where}: changed"] if outcome.diff is not None else []
    summary += [f"{target.where}{grafana_backup.SUFFIX}: {backup}"] if backup else []
    summary += [f"Deployment {target.namespace}/{target.deployment}: changed"] if restarted else []
    result = {"changed": bool(summary), "restarted": restarted, "summary": summary}
    return {**result, **({"diff": outcome.diff} if outcome.diff else {})}


def _put(cluster: Cluster, target: Target, wanted: Datasource) -> Outcome:
    """Write the datasource into the Secret, if its content does not mean so already."""
    live = _read(cluster, target)
    try:
        _check_other_files(live.secret, target, wanted)
        result = add(live.document, wanted)
        if canonical(result) == canonical(live.document):
            return Outcome(live.change, follow=live.change is not None)
        _check_writable(live.secret, target)
        backup = _backup(cluster, target)
        if backup is None or not backup.holds_for(live.document):
            backup = grafana_backup.Backup(live.secret["data"][target.key])
        result = add(live.document, wanted, backup.document)
    except DocumentError as error:
        raise _wrong_content(target, error) from None
    # First the backup: a run that dies between the two writes leaves the Secret as it was, and nothing is lost.
    kept = _write_backup(cluster, target, backup.with_datasource(wanted))
    # Random, since a checksum of the content would let a guessed password be confirmed.
    change = secrets.token_hex(16)
    _replace(cluster, target, live.secret, encode(dump(result, live.style)), change)
    return Outcome(change, mask(live.document, result, live.style), backup=kept)


def _take_back(cluster: Cluster, target: Target, wanted: Datasource, deployment: Object | None) -> Outcome:
    """Put back what was before our first change, or only our datasource if others changed the content since."""
    try:
        live = _read(cluster, target)
    except (MissingError, MissingKeyError):
        return Outcome(None, follow=False)
    backup = _backup(cluster, target)
    # With a backup and no change to take back, a run died after it wrote the Secret: the restart is still due.
    begun = live.change is not None or (backup is not None and backup.url(wanted) is not None)
    unchanged = Outcome(live.change, follow=begun)
    try:
        if not _is_ours(live, wanted, backup):
            return unchanged
        original = backup.document if backup else {}
        result = remove(live.document, original, wanted.name, wanted.org_id)
    except DocumentError as error:
        raise _wrong_content(target, error) from None
    if canonical(result) == canonical(live.document):
        return unchanged
    exact = backup is not None and canonical(result) == canonical(original)
    value = backup.value if backup is not None and exact else encode(dump(result, live.style))
    # Without its annotation the pod template is another one, which is the restart; then no trace of us remains.
    # With other datasources of ours in the Secret, or where the template has no annotation, a new one is needed.
    others = backup is not None and bool(backup.without(wanted).managed)
    traceless = deployment is None or (started_with(deployment) is not None and not others)
    change = None if traceless else secrets.token_hex(16)
    _check_writable(live.secret, target)
    _replace(cluster, target, live.secret, value, change)
    return Outcome(change, mask(live.document, result, live.style))


def _is_ours(live: Live, wanted: Datasource, backup: grafana_backup.Backup | None) -> bool:
    """Return whether the datasource is in the Secret as we wrote it, and not as somebody else did since."""
    if backup is not None:
        url = backup.url(wanted)
    else:
        # The backup was lost: only what points to where we point is taken out.
        url = grafana_backup.Backup("").with_datasource(wanted).url(wanted) if live.change else None
    entry = find(live.document, wanted.name, wanted.org_id)
    return entry is not None and url is not None and entry.get("url") == url


def _forget(cluster: Cluster, target: Target, wanted: Datasource) -> str:
    backup = _backup(cluster, target)
    if backup is None:
        return ""
    rest = backup.without(wanted)
    return _write_backup(cluster, target, rest if rest.managed else None)


def _disown(cluster: Cluster, target: Target) -> None:
    """Own no field any more: whoever applies the Secret next would have a conflict with us."""
    secret = cluster.get(SECRET, target.secret, target.namespace)
    entries = ((secret or {}).get("metadata") or {}).get("managedFields") or []
    others = [entry for entry in entries if entry.get("manager") != FIELD_MANAGER]
    # An empty list would leave them as they are.
    if secret is not None and others and others != entries:
        cluster.replace(SECRET, {**secret, "metadata": {**secret["metadata"], "managedFields": others}})


def _backup(cluster: Cluster, target: Target) -> grafana_backup.Backup | None:
    return grafana_backup.read(cluster, target.namespace, target.secret, target.key)


def _write_backup(cluster: Cluster, target: Target, backup: grafana_backup.Backup | None) -> str:
    verb: str = grafana_backup.write(cluster, target.namespace, target.secret, target.key, backup)
    return verb


def _retry(target: Target, attempt: Callable[[], T]) -> T:
    """Read and write again where another writer was faster."""
    for number in range(1, ATTEMPTS):
        try:
            return attempt()
        except ConflictError:
            time.sleep(0.2 * number)
    try:
        return attempt()
    except ConflictError as error:
        raise ConflictError(
            f"{target.where} was changed by another writer each of the {ATTEMPTS} times that we read and wrote it: "
            f"find out what writes it all the time, and run again. {error}"
        ) from error


def _read(cluster: Cluster, target: Target) -> Live:
    secret = cluster.get(SECRET, target.secret, target.namespace)
    if secret is None:
        raise MissingError(_missing_secret(cluster, target))
    data = secret.get("data") or {}
    if target.key not in data:
        keys = ", ".join(sorted(data)) or "none"
        raise MissingKeyError(f"{target.where} has no key {target.key} (its keys: {keys}): name one of them with key.")
    try:
        return Live(secret, *parse(decode(data[target.key])))
    except DocumentError as error:
        raise _wrong_content(target, error) from None


def _missing_secret(cluster: Cluster, target: Target) -> str:
    try:
        namespace_is_there = cluster.get(NAMESPACE, target.namespace) is not None
    except ClusterError:  # Not everybody may read namespaces.
        namespace_is_there = True
    if not namespace_is_there:
        return f"Namespace {target.namespace} does not exist: name the one that Grafana runs in with namespace."
    return (
        f"{target.where} does not exist: name the Secret that Grafana reads its datasources from with secret, "
        "or add the datasource in another way (the role grafana_datasource has sidecar and operator)."
    )


def _deployment(cluster: Cluster, target: Target) -> Object | None:
    """Return the Deployment to restart, None if none is named."""
    if not target.deployment:
        return None
    found = cluster.get(DEPLOYMENT, target.deployment, target.namespace)
    if found is None and cluster.get(SECRET, target.secret, target.namespace) is None:
        raise MissingError(_missing_secret(cluster, target))
    if found is None:
        raise MissingError(
            f"Deployment {target.namespace}/{target.deployment} does not exist: name Grafana's Deployment with "
            "deployment, or set it to an empty string if nothing shall be restarted."
        )
    return found


def _check_writable(secret: Object, target: Target) -> None:
    if secret.get("immutable"):
        raise ClusterError(
            f"{target.where} is immutable (its field immutable is true), so its content cannot be changed: "
            "make it anew without that field."
        )


def _check_other_files(secret: Object, target: Target, wanted: Datasource) -> None:
    """Refuse what would clash with another provisioning file in the same Secret: Grafana reads them all."""
    for key, value in (secret.get("data") or {}).items():
        if key == target.key or not key.endswith((".yaml", ".yml")):
            continue
        try:
            document = parse(decode(value))[0]
            same = find(document, wanted.name, wanted.org_id)
            clash = defaults(document, wanted.org_id) if wanted.is_default else []
        except DocumentError:
            continue  # Not ours to judge.
        if same is not None:
            raise ClusterError(
                f"{target.where} has the {wanted.label} under key {key} already: name that key with key."
            )
        if clash:
            raise ClusterError(
                f"{target.where} has the default of organisation {wanted.org_id} under key {key} "
                f"({clash[0].get('name')!r}), and Grafana does not start with two: unset isDefault there, "
                "or set is_default to false."
            )


def _wrong_content(target: Target, error: DocumentError) -> ClusterError:
    return ClusterError(f"The content of key {target.key} in {target.where} {error}. Nothing was changed.")


def _replace(cluster: Cluster, target: Target, secret: Object, value: str, change: str | None) -> None:
    """Write the Secret back as it was read, with this content; a write in between is a conflict."""
    body = copy.deepcopy(secret)
    body["data"][target.key] = value
    annotations = body["metadata"].get("annotations") or {}
    annotations.pop(ANNOTATION, None)
    if change is not None:
        annotations[ANNOTATION] = change
    body["metadata"]["annotations"] = annotations
    cluster.replace(SECRET, body)

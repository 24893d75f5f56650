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

from ..k8s.client import FIELD_MANAGER, Cluster
from ..k8s.objects import Object
from ..k8s.resources import DEPLOYMENT, SECRET
from ..requests.errors import ConflictError
from . import backup as grafana_backup
from .backup import Copy, NotOursError
from .datasource import Datasource, add, escape, find, remove
from .document import Document, DocumentError, File, canonical, decode, dump, encode
from .live import (
    Live,
    MissingError,
    MissingKeyError,
    Target,
    check_other_files,
    check_writable,
    read,
    read_deployment,
    wrong_content,
)
from .mask import mask
from .original import Backup, look_back, renew
from .restart import ANNOTATION, restart, started_with

ATTEMPTS = 5
T = TypeVar("T")


@dataclass(frozen=True)
class SecretChange:
    """What became of the Secret: the mark of our last change, and a masked diff if there was a change.

    The Deployment follows (its annotation becomes that mark) unless we have nothing to do with its last start.
    """

    change: str | None
    diff: dict[str, str] | None = None
    follow: bool = True
    #: What became of the copy: "created", "changed", "removed" or nothing.
    copy: str = ""


def present(cluster: Cluster, target: Target, wanted: Datasource) -> dict[str, Any]:
    """Ensure that the datasource is there and that Grafana was started with it; return the module's result."""
    try:
        deployment = read_deployment(cluster, target)
        outcome = _retry(target, lambda: _put(cluster, target, wanted))
    except (MissingError, MissingKeyError) as error:
        text = f"{error}{_retry(target, lambda: _drop_copy(cluster, target))}"
        if not cluster.dry_run or isinstance(error, MissingKeyError):
            raise type(error)(text) from None
        warning = f"{text} Check mode goes on without it."
        return {"changed": True, "restarted": False, "summary": [], "warnings": [warning]}
    return _result(target, outcome, _follow(cluster, deployment, outcome), outcome.copy)


def absent(cluster: Cluster, target: Target, wanted: Datasource) -> dict[str, Any]:
    """Ensure that the datasource is as it was before us; return the module's result."""
    deployment = cluster.get(DEPLOYMENT, target.deployment, target.namespace) if target.deployment else None
    outcome = _retry(target, lambda: _take_back(cluster, target, wanted, deployment))
    restarted = _follow(cluster, deployment, outcome)
    warnings, forgotten = [], ""
    try:
        # Last, so that a run that dies before this point can be carried on.
        forgotten = _retry(target, lambda: _forget(cluster, target, wanted))
    except NotOursError as error:
        warnings = [f"{target.where}{grafana_backup.SUFFIX} is kept. {error}"]
    if outcome.diff is not None and outcome.change is None:
        _retry(target, lambda: _disown(cluster, target))
    return {**_result(target, outcome, restarted, forgotten), "warnings": warnings}


def _follow(cluster: Cluster, deployment: Object | None, outcome: SecretChange) -> bool:
    return outcome.follow and deployment is not None and restart(cluster, deployment, outcome.change)


def _result(target: Target, outcome: SecretChange, restarted: bool, copied: str) -> dict[str, Any]:
    summary = [f"{target.where}: changed"] if outcome.diff is not None else []
    summary += [f"{target.where}{grafana_backup.SUFFIX}: {copied}"] if copied else []
    summary += [f"Deployment {target.namespace}/{target.deployment}: changed"] if restarted else []
    result = {"changed": bool(summary), "restarted": restarted, "summary": summary}
    return {**result, **({"diff": outcome.diff} if outcome.diff else {})}


def _put(cluster: Cluster, target: Target, wanted: Datasource) -> SecretChange:
    """Write the datasource into the Secret, if its content does not mean so already."""
    live = read(cluster, target)
    found = grafana_backup.read(cluster, target.namespace, target.secret)
    backup = found.backups.get(target.key)
    try:
        check_other_files(live.secret, target, wanted)
        past = look_back(live.file, backup, wanted)
        result = add(live.document, wanted, past.document)
        changes = canonical(result) != canonical(live.document)
        new = File.read(dump(result, live.file.style)) if changes else live.file
        renewed = renew(backup, past, live.file, new, wanted, adds=changes)
    except DocumentError as error:
        raise wrong_content(target, error) from None
    if changes:
        check_writable(live.secret, target)
    # First the copy: a run that dies between the two writes leaves the Secret as it was, and nothing is lost.
    kept = grafana_backup.write(cluster, found, {**_backups(found, live.secret), target.key: renewed})
    if not changes:
        return SecretChange(live.change, follow=live.change is not None, copy=kept)
    # Random, since a checksum of the content would let a guessed password be confirmed.
    change = secrets.token_hex(16)
    _replace(cluster, target, live.secret, new.text, change)
    return SecretChange(change, mask(live.document, result, live.file.style), copy=kept)


def _take_back(cluster: Cluster, target: Target, wanted: Datasource, deployment: Object | None) -> SecretChange:
    """Put back what was before our changes, or only our datasource if others changed the content since."""
    try:
        live = read(cluster, target)
    except (MissingError, MissingKeyError):
        return SecretChange(None, follow=False)
    backup = grafana_backup.read(cluster, target.namespace, target.secret).backups.get(target.key)
    # With a backup and no change to take back, a run died after it wrote the Secret: the restart is still due.
    begun = live.change is not None or (backup is not None and backup.of(wanted) is not None)
    try:
        result = _without(live, wanted, backup)
    except DocumentError as error:
        raise wrong_content(target, error) from None
    if canonical(result) == canonical(live.document):
        return SecretChange(live.change, follow=begun)
    # Without its annotation the pod template is another one, which is the restart; then no trace of us remains.
    # With other datasources of ours in the Secret, or where the template has no annotation, a new one is needed.
    others = backup is not None and bool(backup.without(wanted).managed)
    traceless = deployment is None or (started_with(deployment) is not None and not others)
    change = None if traceless else secrets.token_hex(16)
    check_writable(live.secret, target)
    text = backup.text(result, live.file) if backup is not None else dump(result, live.file.style)
    _replace(cluster, target, live.secret, text, change)
    return SecretChange(change, mask(live.document, result, live.file.style))


def _without(live: Live, wanted: Datasource, backup: Backup | None) -> Document:
    """Return the document without our change, if it is in the Secret as we wrote it and not as somebody else did."""
    if backup is not None:
        one = backup.of(wanted)
        return backup.undo(live.document, one, wanted) if one is not None else live.document
    # The copy was lost: only what points to where we point is taken out.
    entry = find(live.document, wanted.name, wanted.org_id)
    if live.change is None or entry is None or entry.get("url") != escape(wanted.url):
        return live.document
    return remove(live.document, {}, wanted.name, wanted.org_id)


def _forget(cluster: Cluster, target: Target, wanted: Datasource) -> str:
    """Take this datasource out of the copy; what is left of it follows what the owner of the Secret did since."""
    secret = cluster.get(SECRET, target.secret, target.namespace)
    found = grafana_backup.read(cluster, target.namespace, target.secret)
    verb: str = grafana_backup.write(cluster, found, _backups(found, secret, target.key, wanted))
    return verb


def _drop_copy(cluster: Cluster, target: Target) -> str:
    """Remove the copy of a file that is gone, with what secrets it holds; return what to say about it."""
    secret = cluster.get(SECRET, target.secret, target.namespace)
    found = grafana_backup.read(cluster, target.namespace, target.secret)
    if target.key not in found.backups or target.key in ((secret or {}).get("data") or {}):
        return ""
    try:
        verb = grafana_backup.write(cluster, found, _backups(found, secret))
    except NotOursError as error:
        return f" {found.where} is kept. {error}"
    tense = "would be" if cluster.dry_run else "was"
    return f" {found.where}, the copy of what was there before, {tense} {verb}: there is nothing left to put back."


def _backups(
    found: Copy, secret: Object | None, key: str = "", gone: Datasource | None = None
) -> dict[str, Backup | None]:
    """Return what the copy is to hold of each file now, without the datasource that is gone from one of them."""
    data = (secret or {}).get("data") or {}
    renewed: dict[str, Backup | None] = {}
    for each, backup in found.backups.items():
        rest = backup.without(gone) if gone is not None and each == key else backup
        renewed[each] = rest if each in data and rest.managed else None
        try:
            if each in data:
                file = File.read(decode(data[each]))
                renewed[each] = renew(rest, look_back(file, rest), file, file)
        except DocumentError:
            pass  # Broken by somebody else: what it will be is not known yet.
    return renewed


def _disown(cluster: Cluster, target: Target) -> None:
    """Own no field any more: whoever applies the Secret next would have a conflict with us."""
    secret = cluster.get(SECRET, target.secret, target.namespace)
    entries = ((secret or {}).get("metadata") or {}).get("managedFields") or []
    others = [entry for entry in entries if entry.get("manager") != FIELD_MANAGER]
    # An empty list would leave them as they are.
    if secret is not None and others and others != entries:
        cluster.replace(SECRET, {**secret, "metadata": {**secret["metadata"], "managedFields": others}})


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


def _replace(cluster: Cluster, target: Target, secret: Object, text: str, change: str | None) -> None:
    """Write the Secret back as it was read, with this content; a write in between is a conflict."""
    body = copy.deepcopy(secret)
    body["data"][target.key] = encode(text)
    annotations = body["metadata"].get("annotations") or {}
    annotations.pop(ANNOTATION, None)
    if change is not None:
        annotations[ANNOTATION] = change
    body["metadata"]["annotations"] = annotations
    cluster.replace(SECRET, body)

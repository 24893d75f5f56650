# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes over the fields that a person owns by kubectl, so that an apply of ours removes what it no longer has.

A forced apply alone takes only the fields that it sets: what it leaves out, such as a password in clear text in an
environment variable, would stay, and kubectl's annotation would keep a copy of the whole old manifest. Kubernetes' own
client library does the same for users who change to server-side apply (k8s.io/client-go/util/csaupgrade).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..k8s.client import FIELD_MANAGER, Cluster
from ..k8s.polling import POLL_SECONDS
from ..k8s.resources import Resource
from ..requests.errors import ConflictError

if TYPE_CHECKING:
    from ..k8s.objects import Object

#: Where `kubectl apply` keeps the manifest it was given, secrets included.
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

#: Under which name it owns that.
APPLY_MANAGER = "kubectl-client-side-apply"

#: Fields as managedFields write them: a tree of names, in which `{}` is a field with all that is in it.
Fields = dict[str, Any]
#: In such a tree, the field itself beside those in it.
SELF = "."
WHOLE: Fields = {}

OUR_APPLY = {"manager": FIELD_MANAGER, "operation": "Apply", "fieldsType": "FieldsV1"}


def fields_of(manifest: Mapping[str, Any]) -> Fields:
    """Return the fields that a manifest sets in `metadata` and below, a list as one."""
    tree = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind", "metadata")}
    metadata = {key: value for key, value in manifest["metadata"].items() if key not in ("name", "namespace")}
    return _tree({**tree, "metadata": metadata} if metadata else tree)


def takeover_patch(live: Object, wanted: Fields) -> Object | None:
    """Return the merge patch that makes ours what kubectl owns of the wanted fields, None where there is nothing.

    With WHOLE everything that kubectl owns becomes ours, and its annotation goes. Otherwise the annotation loses
    the wanted fields, so that the next `kubectl apply` of a manifest without them does not remove them.
    """
    entries, ours, taken = [], None, None
    owned = live["metadata"].get("managedFields") or []
    everyones: Fields = {}
    for entry in owned:
        everyones = union(everyones, entry.get("fieldsV1")) or {}
    for entry in owned:
        if _is_our_apply(entry):
            ours = entry
            continue
        rest, part = (
            _shares(entry, wanted, live, everyones) if _is_kubectl(entry) else (entry.get("fieldsV1") or {}, None)
        )
        taken = union(taken, part)
        if rest is not None:
            entries.append({**entry, "fieldsV1": rest} if part is not None else entry)
    if taken is not None:
        first = ours or {**OUR_APPLY, "apiVersion": live["apiVersion"]}
        entries.append({**first, "fieldsV1": union(first.get("fieldsV1"), taken)})
    elif ours:
        entries.append(ours)
    annotation = _annotation_patch(live, wanted)
    if taken is None and not annotation:
        return None
    return {
        "metadata": {"resourceVersion": live["metadata"]["resourceVersion"], "managedFields": entries, **annotation}
    }


def _shares(
    entry: Mapping[str, Any], wanted: Fields, live: Object, everyones: Fields
) -> tuple[Fields | None, Fields | None]:
    """Return what kubectl keeps of an entry, and what becomes ours."""
    fields: Fields = entry.get("fieldsV1") or {}
    rest, part = split(_without_annotation(fields), wanted, live, everyones)
    if part is None and wanted:
        return fields, None
    # The annotation itself stays kubectl's as long as there is one.
    return (union(rest, _annotation_field(fields)) if wanted else rest), part


def split(fields: Fields, wanted: Fields, value: Any, everyones: Fields) -> tuple[Fields | None, Fields | None]:
    """Return what of the fields of a value is not wanted, and what is; None where that is nothing.

    A map of which nothing else is left goes with its content. One that was applied empty stays: in managedFields it is
    `{}`, as is one that has a single owner, so that only the value and everyone's fields tell them apart.
    """
    if not wanted:
        return None, fields or None
    rest: Fields = {}
    taken: Fields = {}
    for name, inner in fields.items():
        if name not in wanted:
            rest[name] = inner
            continue
        inner_value = value.get(name.removeprefix("f:")) if isinstance(value, Mapping) else None
        inner_everyones = everyones.get(name) or {}
        is_one = not wanted[name] or (not inner and not inner_everyones and inner_value)
        inner_rest, inner_taken = (None, inner) if is_one else split(inner, wanted[name], inner_value, inner_everyones)
        if inner_rest is not None:
            rest[name] = inner_rest
        if inner_taken is not None:
            taken[name] = inner_taken
    if taken and set(rest) <= {SELF}:
        return None, {**rest, **taken}
    return (rest if rest or not taken else None), (taken or None)


def union(one: Fields | None, other: Fields | None) -> Fields | None:
    """Return the fields that are in at least one of both."""
    if one is None or other is None:
        return one if other is None else other
    if not one or not other:
        both = one or other
        return {SELF: {}, **both} if both else {}
    return {
        name: union(one.get(name), other.get(name)) for name in [*one, *(name for name in other if name not in one)]
    }


def _tree(value: Any) -> Fields:
    if not isinstance(value, Mapping):
        return {}
    return {f"f:{key}": _tree(inner) for key, inner in value.items()}


def _is_kubectl(entry: Mapping[str, Any]) -> bool:
    manager = str(entry.get("manager"))
    return (manager == "kubectl" or manager.startswith("kubectl-")) and not entry.get("subresource")


def _is_our_apply(entry: Mapping[str, Any]) -> bool:
    return entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply" and not entry.get("subresource")


def _without_annotation(fields: Fields) -> Fields:
    names = {key: inner for key, inner in _annotations(fields).items() if key != f"f:{LAST_APPLIED}"}
    metadata = {key: inner for key, inner in (fields.get("f:metadata") or {}).items() if key != "f:annotations"}
    if set(names) - {SELF}:
        metadata["f:annotations"] = names
    rest = {key: inner for key, inner in fields.items() if key != "f:metadata"}
    return {**rest, "f:metadata": metadata} if metadata else rest


def _annotation_field(fields: Fields) -> Fields | None:
    if f"f:{LAST_APPLIED}" not in _annotations(fields):
        return None
    return {"f:metadata": {"f:annotations": {f"f:{LAST_APPLIED}": {}}}}


def _annotations(fields: Fields) -> Fields:
    return (fields.get("f:metadata") or {}).get("f:annotations") or {}


def _annotation_patch(live: Object, wanted: Fields) -> Object:
    """Return the change of the annotation, as it stands in the patch's metadata."""
    text = (live["metadata"].get("annotations") or {}).get(LAST_APPLIED)
    if text is None:
        return {}
    if not wanted:
        return {"annotations": {LAST_APPLIED: None}}
    try:
        before = json.loads(text)
    except ValueError:
        return {}
    after = _without(before, {name: inner for name, inner in wanted.items() if name != "f:metadata"})
    # Compact and with a newline at its end, as kubectl itself writes it.
    return {} if after == before else {"annotations": {LAST_APPLIED: json.dumps(after, separators=(",", ":")) + "\n"}}


def _without(value: Any, wanted: Fields) -> Any:
    """Return the value without the wanted fields; a map that loses its last one goes as well."""
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, inner in value.items():
        name = f"f:{key}"
        if name not in wanted:
            kept[key] = inner
        elif wanted[name] and isinstance(inner, dict):
            left = _without(inner, wanted[name])
            if left or not inner:
                kept[key] = left
    return kept


#: How often another writer may be faster.
ATTEMPTS = 5


def take_fields(cluster: Cluster, resource: Resource, name: str, namespace: str, wanted: dict[str, Any]) -> bool:
    """Make ours what kubectl owns of the wanted fields; True if that was anything."""
    for attempt in range(ATTEMPTS):
        live = cluster.get(resource, name, namespace)
        patch = takeover_patch(live, wanted) if live else None
        if patch is None:
            return False
        try:
            # What is left of kubectl's annotation stays kubectl's.
            cluster.merge(resource, name, patch, namespace, APPLY_MANAGER)
        except ConflictError:  # A controller wrote its status meanwhile.
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(POLL_SECONDS)
            continue
        return True
    return False

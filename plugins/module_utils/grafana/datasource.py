# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datasources of a Grafana provisioning file: add or update ours, take it out again."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .document import Document, DocumentError, canonical
from .fields import Entry, Path, restore

DEFAULT_JSON_DATA: Mapping[str, Any] = {"httpMethod": "POST", "prometheusType": "Thanos"}


@dataclass(frozen=True)
class Datasource:
    """The datasource that shall be there, as the user names it: nothing escaped yet."""

    name: str
    url: str
    org_id: int = 1
    is_default: bool = True
    type: str = "prometheus"
    access: str = "proxy"
    uid: str | None = None
    editable: bool | None = None
    json_data: Mapping[str, Any] = field(default_factory=dict)
    secure_json_data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Return the words that errors name it by."""
        return f"datasource {self.name!r} of organisation {self.org_id}"


def escape(value: Any) -> Any:
    """Return the value as Grafana has to find it: a `$` would start a variable, `$$` is a `$`."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {key: escape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [escape(item) for item in value]
    return value


def is_true(value: Any) -> bool:
    """Return whether Grafana takes the value for true."""
    return value is True or str(value) in ("1", "t", "T", "TRUE", "true", "True")


def organisation(entry: Entry) -> int | None:
    """Return the entry's organisation: 1 where none is named, None where it is a variable."""
    value = entry.get("orgId")
    try:
        return int(value or 1) or 1
    except (TypeError, ValueError, OverflowError):
        return None


def find(document: Document, name: str, org_id: int, section: str = "datasources") -> Entry | None:
    """Return the entry of this name and organisation; more than one is an error."""
    found = [
        entry
        for entry in entries(document, section)
        if entry.get("name") == escape(name) and organisation(entry) == org_id
    ]
    if len(found) > 1 and section == "datasources":
        raise DocumentError(
            f"has {len(found)} datasources named {name!r} in organisation {org_id}: remove all but one of them"
        )
    return found[0] if found else None


def entries(document: Document, section: str = "datasources") -> list[Entry]:
    """Return a list of the file, checked: only mappings are in it. It is the document's own list, if there is one."""
    found = document.get(section)
    if found is None:
        return []
    if not isinstance(found, list):
        raise DocumentError(f"has a wrong shape: {section} is not a list")
    for number, entry in enumerate(found):
        if not isinstance(entry, dict):
            raise DocumentError(f"has a wrong shape: {section}[{number}] is not a mapping")
    return found


def defaults(document: Document, org_id: int) -> list[Entry]:
    """Return the entries that are the default of an organisation; more than one keeps Grafana from starting."""
    return [
        entry for entry in entries(document) if organisation(entry) == org_id and is_true(entry.get("isDefault", False))
    ]


def add(document: Document, wanted: Datasource, original: Document | None = None) -> Document:
    """Return the document with the datasource in it, all else as it was.

    The original, from before our first change, tells which default to hand the flag back to.
    """
    result = copy.deepcopy(document)
    _use_current_format(result)
    ours = find(result, wanted.name, wanted.org_id)
    was_default = ours is not None and is_true(ours.get("isDefault", False))
    if ours is None:
        ours = {"name": escape(wanted.name), "orgId": wanted.org_id}
        result["datasources"] = [*entries(result), ours]
    _update(ours, wanted)
    _keep_one_default(result, ours, wanted)
    if was_default and not wanted.is_default:
        _restore_default(result, original or {}, wanted.org_id, but=ours)
    if find(result, wanted.name, wanted.org_id, "deleteDatasources") is not None:
        result["deleteDatasources"] = _without(result, wanted.name, wanted.org_id, "deleteDatasources")
    return result


def remove(
    document: Document, original: Document, name: str, org_id: int, fields: Sequence[Path] | None = None
) -> Document:
    """Return the document with the datasource as the original has it; if it has none, Grafana is told to drop it.

    With fields only these are put back, and the others are what they are now.
    """
    result = copy.deepcopy(document)
    ours = find(result, name, org_id)
    if ours is None:
        return result
    was_default = is_true(ours.get("isDefault", False))
    previous = find(original, name, org_id)
    if previous is None:
        result["datasources"] = _without(result, name, org_id)
        prunes = is_true(result.get("prune", False))  # Grafana drops what is not listed by itself.
        if not prunes and find(result, name, org_id, "deleteDatasources") is None:
            deletion = {"name": escape(name), "orgId": org_id}
            result["deleteDatasources"] = [*entries(result, "deleteDatasources"), deletion]
    else:
        if fields is None:
            ours.clear()
            ours.update(copy.deepcopy(previous))
        else:
            restore(ours, previous, fields)
        if len(defaults(result, org_id)) > 1 and is_true(ours.get("isDefault", False)):
            ours["isDefault"] = False
        _restore_deletion(result, original, name, org_id)
    if was_default:
        _restore_default(result, original, org_id)
    return result


def _use_current_format(document: Document) -> None:
    """Set apiVersion in an empty file; refuse the format before it, in which every field has another name."""
    if str(document.get("apiVersion", 0)) not in ("0", "None"):
        return
    if entries(document) or entries(document, "deleteDatasources"):
        raise DocumentError(
            "has no apiVersion: 1, so Grafana reads it in its old format with other field names (org_id, is_default): "
            "add apiVersion: 1 and use the current names (orgId, isDefault)"
        )
    document["apiVersion"] = 1


def _update(entry: Entry, wanted: Datasource) -> None:
    found = entry.get("type")
    if found not in (None, "", wanted.type):
        raise DocumentError(
            f"has {wanted.label} with another type than the one wanted ({wanted.type}): "
            "choose another name, or remove that entry first"
        )
    entry["type"] = escape(wanted.type)
    entry["access"] = escape(wanted.access)
    entry["url"] = escape(wanted.url)
    if wanted.uid:
        entry["uid"] = escape(wanted.uid)
    _set_flag(entry, "isDefault", wanted.is_default)
    if wanted.editable is not None:
        _set_flag(entry, "editable", wanted.editable)
    _merge(entry, "jsonData", {**DEFAULT_JSON_DATA, **wanted.json_data}, wanted.name)
    _merge(entry, "secureJsonData", wanted.secure_json_data, wanted.name)


def _set_flag(entry: Entry, name: str, value: bool) -> None:
    if name not in entry or is_true(entry[name]) != value:
        entry[name] = value


def _merge(entry: Entry, section: str, values: Mapping[str, Any], name: str) -> None:
    """Set our keys of a section, take out those that are null, leave the others."""
    if not values:
        return
    found = entry.get(section)
    if found is None:
        found = {}
    if not isinstance(found, dict):
        raise DocumentError(f"has a wrong shape: {section} of datasource {name!r} is not a mapping")
    merged = dict(found)
    for key, value in values.items():
        if value is None:
            merged.pop(key, None)
        elif key not in found or canonical(found[key]) != canonical(escape(value)):
            merged[key] = escape(value)
    if merged or found:
        entry[section] = merged


def _keep_one_default(document: Document, ours: Entry, wanted: Datasource) -> None:
    others = [entry for entry in defaults(document, wanted.org_id) if entry is not ours]
    if wanted.is_default:
        for entry in others:
            entry["isDefault"] = False
    elif len(others) > 1:
        every = [id(entry) for entry in entries(document)]
        places = ", ".join(f"datasources[{every.index(id(entry))}]" for entry in others)
        raise DocumentError(
            f"has {len(others)} defaults in organisation {wanted.org_id} ({places}), with which Grafana does not "
            "start: unset isDefault in all but one of them, or set is_default for ours"
        )


def _restore_default(document: Document, original: Document, org_id: int, but: Entry | None = None) -> None:
    """Give the default flag back to the datasource that had it before, unless another one took it since."""
    if defaults(document, org_id):
        return
    for earlier in defaults(original, org_id):
        for entry in entries(document):
            if entry is not but and entry.get("name") == earlier.get("name") and organisation(entry) == org_id:
                # The original's own value, which may be written as True or 1.
                entry["isDefault"] = earlier["isDefault"]
                return


def _restore_deletion(document: Document, original: Document, name: str, org_id: int) -> None:
    """Put the entry of deleteDatasources back that was taken out for ours."""
    deletion = find(original, name, org_id, "deleteDatasources")
    if deletion is None or find(document, name, org_id, "deleteDatasources") is not None:
        return
    place = entries(original, "deleteDatasources").index(deletion)
    kept = list(entries(document, "deleteDatasources"))
    kept.insert(place, copy.deepcopy(deletion))
    document["deleteDatasources"] = kept


def _without(document: Document, name: str, org_id: int, section: str = "datasources") -> list[Entry]:
    return [
        entry
        for entry in entries(document, section)
        if entry.get("name") != escape(name) or organisation(entry) != org_id
    ]

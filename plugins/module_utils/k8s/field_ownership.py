# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who owns which field of an object, as its managedFields tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .objects import Object

#: Maps of a Prometheus object in which we set single keys.
SHARED_MAPS = (
    ("spec", "externalLabels"),
    ("spec", "podMetadata", "annotations"),
    ("spec", "podMetadata", "labels"),
)


def owns_field(live: Object, manager: str, path: Sequence[str]) -> bool:
    """Return whether the manager owns the field, or fields in it."""
    *parents, last = _field_path(path)
    return any(last in _at(entry["fieldsV1"], parents) for entry in _entries(live) if entry.get("manager") == manager)


def removal_from_empty_maps(live: Object, manager: str) -> dict[str, Any]:
    """Return a JSON merge patch that takes the manager's keys out of maps which another manager holds empty.

    Once such a map has lost its last key, server-side apply leaves null in its place, which a schema may refuse.
    Empty where there is nothing to take out.
    """
    patch: dict[str, Any] = {}
    for path in SHARED_MAPS:
        keys = _keys_of_only(live, manager, path) if _held_by_others(live, manager, path) else set()
        if keys:
            content = patch
            for part in path:
                content = content.setdefault(part, {})
            content.update(dict.fromkeys(sorted(keys)))
    return patch


def _keys_of_only(live: Object, manager: str, path: Sequence[str]) -> set[str]:
    """Return the keys of the map where all of them belong to the manager, else none."""
    keys = set(_at(live, path))
    ours = {
        name.removeprefix("f:")
        for entry in _entries(live)
        if entry.get("manager") == manager
        for name in _at(entry["fieldsV1"], _field_path(path))
    }
    return keys if keys <= ours else set()


def _held_by_others(live: Object, manager: str, path: Sequence[str]) -> bool:
    *parents, last = _field_path(path)
    return any(last in _at(entry["fieldsV1"], parents) for entry in _entries(live) if entry.get("manager") != manager)


def _field_path(path: Sequence[str]) -> list[str]:
    return [f"f:{part}" for part in path]


def _entries(live: Object) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = live["metadata"].get("managedFields") or []
    return [entry for entry in entries if "fieldsV1" in entry]


def _at(content: Mapping[str, Any], path: Sequence[str]) -> Mapping[str, Any]:
    for part in path:
        content = content.get(part) or {}
    return content

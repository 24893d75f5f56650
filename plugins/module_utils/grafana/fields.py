# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fields of one datasource: which two versions of it differ in, and a digest that tells a value again."""

from __future__ import annotations

import copy
import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from .document import canonical

#: One datasource as the file has it.
Entry = dict[str, Any]
#: A field of the datasource, or a key of one of its sections.
Path = tuple[str, ...]

URL: Path = ("url",)
#: Fields whose keys count one by one.
SECTIONS = ("jsonData", "secureJsonData")
_ABSENT = object()


def at(entry: Entry, path: Path) -> Any:
    """Return the value at a path, or what stands for none."""
    value: Any = entry
    for key in path:
        value = value.get(key, _ABSENT) if isinstance(value, dict) else _ABSENT
    return value


def differences(before: Entry, after: Entry) -> list[Path]:
    """Return the fields that are not the same in both."""
    found: list[Path] = []
    for key in dict.fromkeys((*before, *after)):
        if key in SECTIONS and _is_section(before.get(key)) and _is_section(after.get(key)):
            names = dict.fromkeys((*(before.get(key) or {}), *(after.get(key) or {})))
            found += [(key, name) for name in names]
        else:
            found.append((key,))
    return [path for path in found if _comparable(at(before, path)) != _comparable(at(after, path))]


def part(entry: Entry, paths: Iterable[Path]) -> Entry:
    """Return these fields of the datasource, and what it is found by."""
    found: Entry = {key: entry[key] for key in ("name", "orgId") if key in entry}
    for path in paths:
        if len(path) > 1 and path[0] in entry:
            found.setdefault(path[0], {} if isinstance(entry[path[0]], dict) else entry[path[0]])
        value = at(entry, path)
        if value is not _ABSENT:
            _put(found, path, copy.deepcopy(value))
    return found


def restore(entry: Entry, previous: Entry, paths: Iterable[Path]) -> None:
    """Give these fields back what they were; the others stay as they are."""
    sections: set[str] = set()
    for path in paths:
        value = at(previous, path)
        if value is not _ABSENT:
            _put(entry, path, copy.deepcopy(value))
        elif len(path) == 1:
            entry.pop(path[0], None)
        elif isinstance(entry.get(path[0]), dict):
            entry[path[0]].pop(path[1], None)
        sections.update(path[:-1])
    for section in sections:
        if entry.get(section) == {} and not isinstance(previous.get(section), dict):
            restore(entry, previous, [(section,)])


def digest(value: Any) -> str:
    """Return what tells the value again without holding it."""
    return _digest(secrets.token_hex(16), value)


def is_told_by(value: Any, digests: Iterable[str]) -> bool:
    """Return whether one of the digests is this value's."""
    return any(each == _digest(each.partition(":")[0], value) for each in digests)


def _digest(salt: str, value: Any) -> str:
    return f"{salt}:{hashlib.sha256((salt + _comparable(value)).encode()).hexdigest()}"


def _comparable(value: Any) -> str:
    return canonical([] if value is _ABSENT else [value])


def _is_section(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _put(entry: Entry, path: Path, value: Any) -> None:
    for key in path[:-1]:
        if not isinstance(entry.get(key), dict):
            entry[key] = {}
        entry = entry[key]
    entry[path[-1]] = value

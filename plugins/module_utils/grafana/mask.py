# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masks of a Grafana provisioning file: a diff shows what is known to be harmless, and that the rest changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .document import Document, Style, canonical, dump
from .harmless import DOCUMENT, ENTRY, Rule, address

SECRET = "<secret>"  # noqa: S105
DIFFERENT_SECRET = "<different secret>"  # noqa: S105

_WORDS = (
    r"pass|secret|token|credential|private|bearer|authorization|header_?value|"
    r"(?:api|access|account|client|signing)_?key"
)
_SECRET_NAME = re.compile(_WORDS, re.IGNORECASE)
#: Up to the last @, since a password may hold anything: too much masked is better than too little.
_USER_INFO = re.compile(r"(?<=://).*(?=@)", re.DOTALL)
_SECRET_PARAMETER = re.compile(rf"(?i)[?&;\s][\w.-]*(?:{_WORDS})[\w.-]*=([^&;\s]+)")

Path = tuple[Any, ...]


class Mask:
    """Hides what is not known to be harmless; what was hidden before is compared with what is hidden next."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[Path, str] = {}
        self._names: dict[Path, dict[Any, str]] = {}

    def show(self, value: Any, rule: Rule) -> Any:
        """Return what the rule shows of the value, with all else hidden."""
        found: dict[Path, str] = {}
        shown = self._show(value, rule, (), found)
        self._known = {**self._known, **found}
        return shown

    def _show(self, value: Any, rule: Rule, path: Path, found: dict[Path, str]) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, dict) and isinstance(rule, Mapping):
            return {
                self._name(key, rule, path): self._show(item, _rule(key, rule)[1], (*path, key), found)
                for key, item in value.items()
            }
        if isinstance(value, list) and isinstance(rule, list):
            places = _identities(value)
            return [self._show(item, rule[0], (*path, place), found) for item, place in zip(value, places, strict=True)]
        parts = rule(str(value)) if callable(rule) and not isinstance(value, (dict, list)) else None
        if parts == [("", str(value))]:
            return value
        return "".join(self._word(part, path, found) for part in parts or [("value", canonical(value))])

    def _name(self, key: Any, rule: Mapping[str, Any], path: Path) -> str:
        """Return the key, or a number for one that is not known: it may be a secret that lost its colon's space."""
        if _rule(key, rule)[0]:
            return str(key)
        names = self._names.setdefault(path, {})
        return names.setdefault(key, f"<field {len(names) + 1}>")

    def _word(self, part: tuple[str, str], path: Path, found: dict[Path, str]) -> str:
        kind, text = part
        if not kind:
            return text
        place = (*path, kind)
        found[place] = text
        return SECRET if self._known.get(place, text) == text else DIFFERENT_SECRET


def mask(before: Document, after: Document, style: Style) -> dict[str, str]:
    """Return before and after as texts for a diff."""
    masked = Mask()
    return {"before": dump(masked.show(before, DOCUMENT), style), "after": dump(masked.show(after, DOCUMENT), style)}


def shown_entry(entry: Any) -> Any:
    """Return one datasource as it may be shown."""
    return Mask().show(entry, ENTRY)


def shown_addresses(*addresses: str) -> list[str]:
    """Return addresses as they may be shown, one after the other compared with those before it."""
    masked = Mask()
    return [str(masked.show(each, address)) for each in addresses]


def secrets_in(value: Any, name: str = "") -> list[str]:
    """Return every secret text in an option's value, for Ansible to mask wherever it prints."""
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in secrets_in(item, _inherit(name, key))]
    if isinstance(value, list):
        return [text for item in value for text in secrets_in(item, name)]
    if value is None or isinstance(value, bool):
        return []
    text = str(value)
    if name == "secureJsonData" or _SECRET_NAME.search(name):
        return [text] if text else []
    users = [match[0] for match in _USER_INFO.finditer(text)]
    passwords = [user.partition(":")[2] for user in users]
    parameters = [match[1] for match in _SECRET_PARAMETER.finditer("?" + text)]
    return [each for each in (*users, *passwords, *parameters) if each]


def _inherit(name: str, key: Any) -> str:
    return name if name == "secureJsonData" or _SECRET_NAME.search(name) else str(key)


def _rule(key: Any, rules: Mapping[str, Any]) -> tuple[bool, Rule]:
    """Return whether a key is known, and what may be shown of its value."""
    for name in (str(key), re.sub("[0-9]{1,3}$", "#", str(key))):
        if name in rules and "#" not in str(key):
            return True, rules[name]
    return False, None


def _identities(items: list[Any]) -> list[Path]:
    """Return what elements are recognised by: a datasource may stand in another place afterwards."""
    found: list[Path] = []
    for index, item in enumerate(items):
        named = isinstance(item, dict) and "name" in item
        found.append((str(item["name"]), str(item.get("orgId") or 1)) if named else (index,))
    return [(*each, found[:index].count(each)) for index, each in enumerate(found)]

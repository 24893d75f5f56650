# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masks of a Grafana provisioning file: a diff shows that a secret changed, never what it is."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.grafana_document import Document, Style, dump

SECRET = "<secret>"  # noqa: S105
DIFFERENT_SECRET = "<different secret>"  # noqa: S105

_WORDS = (
    r"pass|secret|token|credential|private|bearer|authorization|header_?value|"
    r"(?:api|access|account|client|signing)_?key"
)
_SECRET_NAME = re.compile(_WORDS, re.IGNORECASE)
#: Up to the last @, since a password may hold anything: too much masked is better than too little.
_USER_INFO = re.compile(r"(?<=://).*(?=@)", re.DOTALL)
_SECRET_PARAMETER = re.compile(rf"(?i)(?<=[?&;\s])([\w.-]*(?:{_WORDS})[\w.-]*=)([^&;\s]+)")

Path = tuple[Any, ...]


def mask(before: Document, after: Document, style: Style) -> dict[str, str]:
    """Return before and after as texts for a diff, all secrets masked."""
    known: dict[Path, str] = {}
    masked_before = _mask(before, (), False, known, None)
    masked_after = _mask(after, (), False, {}, known)
    return {"before": dump(masked_before, style), "after": dump(masked_after, style)}


def secrets_in(value: Any, name: str = "") -> list[str]:
    """Return every secret text in an option's value, for Ansible to mask wherever it prints."""
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in secrets_in(item, _inherit(name, key))]
    if isinstance(value, list):
        return [text for item in value for text in secrets_in(item, name)]
    if value is None or isinstance(value, bool):
        return []
    text = str(value)
    if _SECRET_NAME.search(name):
        return [text]
    found = [match[0] for match in _USER_INFO.finditer(text)]
    found += [part for info in found for part in info.split(":", 1) if part]
    return found + [match[2] for match in _SECRET_PARAMETER.finditer("?" + text)]


def _inherit(name: str, key: Any) -> str:
    return name if _SECRET_NAME.search(name) else str(key)


def _mask(value: Any, path: Path, secret: bool, found: dict[Path, str], known: dict[Path, str] | None) -> Any:
    """Return the value masked; its secrets are noted in found, and compared with the known ones."""
    if isinstance(value, dict):
        return {
            key: _mask(item, (*path, key), secret or _is_secret_name(key), found, known) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_mask(item, (*path, _identity(item, index)), secret, found, known) for index, item in enumerate(value)]
    if value is None or isinstance(value, bool):
        return value
    text = str(value)

    def word(part: str, original: str) -> str:
        place = (*path, part)
        found[place] = original
        same = known is None or known.get(place, original) == original
        return SECRET if same else DIFFERENT_SECRET

    if secret:
        return word("", text)
    masked = _USER_INFO.sub(lambda match: word("user", match[0]), text)
    masked = _SECRET_PARAMETER.sub(lambda match: match[1] + word(match[1], match[2]), "?" + masked)[1:]
    return value if masked == text else masked


def _is_secret_name(key: Any) -> bool:
    return key == "secureJsonData" or _SECRET_NAME.search(str(key)) is not None


def _identity(item: Any, index: int) -> Any:
    """Return what a list's element is recognised by: a datasource may stand in another place afterwards."""
    return (
        ("name", item.get("name"), str(item.get("orgId") or 1)) if isinstance(item, dict) and "name" in item else index
    )

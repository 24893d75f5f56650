# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether two compactors divide a bucket's streams between them, by what both keep (--selector.relabel-config)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..redaction import document as objstore_file

#: A regular expression that is a list of values. Prometheus anchors it at both ends.
_LIST = r"[A-Za-z0-9_-]+(?:\|[A-Za-z0-9_-]+)*"
_VALUES = re.compile(rf"({_LIST})|\^?\((?:\?:)?({_LIST})\)\$?|\^([A-Za-z0-9_-]+)\$", re.ASCII)
#: Actions after which nobody knows what a label holds.
_OPAQUE = ("labelmap", "labeldrop", "labelkeep")
#: What is compared: labels, or their hash.
Source = tuple[Any, ...]


@dataclass(frozen=True)
class _Choice:
    """Values of labels, or of hashes of labels: those that alone are kept, and those that are dropped."""

    kept: dict[Source, set[str]] = field(default_factory=dict)
    dropped: dict[Source, set[str]] = field(default_factory=dict)

    def excludes(self, other: _Choice) -> bool:
        """Return whether nothing that the other one keeps of some labels is kept here."""
        return any(
            not values & self.kept.get(source, values) - self.dropped.get(source, set())
            for source, values in other.kept.items()
        )


def are_divided(one: str, other: str) -> bool:
    """Return whether no stream can be kept by both: each keeps other values of the same labels, or of their hash.

    What one keeps the other may as well drop.
    """
    choice, choice_there = _choice(one), _choice(other)
    return choice.excludes(choice_there) or choice_there.excludes(choice)


def _choice(text: str) -> _Choice:
    """Return what is kept and dropped; what is not plain is left out."""
    try:
        rules = objstore_file.load(text)
    except objstore_file.UnreadableError:
        return _Choice()
    found = _Choice()
    #: What labels hold that rules have written; None where that is not known.
    written: dict[str, Source | None] = {}
    for rule in rules if isinstance(rules, list) else []:
        if not isinstance(rule, Mapping):
            return _Choice()
        action = str(rule.get("action") or "replace").lower()
        labels = tuple(map(str, rule.get("source_labels") or []))
        source = _source(labels, str(rule.get("separator", ";")), written)
        if action in _OPAQUE:
            break
        if action == "hashmod":
            written[str(rule.get("target_label"))] = source and ("hash", str(rule.get("modulus")), source)
        elif action in ("keep", "drop"):
            values = _values(rule.get("regex", ""))
            if source and values and action == "keep":
                found.kept[source] = found.kept.get(source, values) & values
            elif source and values:
                found.dropped[source] = found.dropped.get(source, set()) | values
        else:
            written[str(rule.get("target_label"))] = None
    return found


def _values(regex: Any) -> set[str]:
    """Return the values that a regular expression is a list of, none where it is more than that."""
    match = _VALUES.fullmatch(str(regex))
    return set(next(filter(None, match.groups())).split("|")) if match else set()


def _source(labels: tuple[str, ...], separator: str, written: Mapping[str, Source | None]) -> Source | None:
    if len(labels) == 1 and labels[0] in written:
        return written[labels[0]]
    if not labels or any(label in written for label in labels):
        return None
    return ("labels", labels, separator if len(labels) > 1 else "")

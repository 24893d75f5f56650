# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether two compactors divide a bucket's streams between them, by what both keep (--selector.relabel-config)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils import objstore_file

#: A regular expression that is a list of values. Prometheus anchors it at both ends.
_VALUES = re.compile(r"\(?([A-Za-z0-9_-]+(?:\|[A-Za-z0-9_-]+)*)\)?", re.ASCII)
#: Actions after which nobody knows what a label holds.
_OPAQUE = ("labelmap", "labeldrop", "labelkeep")
#: What is compared: labels, or their hash.
Source = tuple[Any, ...]


def are_divided(one: str, other: str) -> bool:
    """Return whether no stream can be kept by both: each keeps other values of the same labels, or of their hash."""
    kept, kept_there = _kept(one), _kept(other)
    return any(not values & kept_there[source] for source, values in kept.items() if source in kept_there)


def _kept(text: str) -> dict[Source, set[str]]:
    """Return the values of labels, or of hashes of labels, that alone are kept; what is not plain is left out."""
    try:
        rules = objstore_file.load(text)
    except objstore_file.UnreadableError:
        return {}
    kept: dict[Source, set[str]] = {}
    #: What labels hold that rules have written; None where that is not known.
    written: dict[str, Source | None] = {}
    for rule in rules if isinstance(rules, list) else []:
        if not isinstance(rule, Mapping):
            return {}
        action = str(rule.get("action") or "replace").lower()
        labels = tuple(map(str, rule.get("source_labels") or []))
        source = _source(labels, str(rule.get("separator", ";")), written)
        if action in _OPAQUE:
            break
        if action == "hashmod":
            written[str(rule.get("target_label"))] = source and ("hash", str(rule.get("modulus")), source)
        elif action == "keep":
            values = _VALUES.fullmatch(str(rule.get("regex", "")))
            if source and values:
                found = set(values[1].split("|"))
                kept[source] = kept.get(source, found) & found
        elif action != "drop":
            written[str(rule.get("target_label"))] = None
    return kept


def _source(labels: tuple[str, ...], separator: str, written: Mapping[str, Source | None]) -> Source | None:
    if len(labels) == 1 and labels[0] in written:
        return written[labels[0]]
    if not labels or any(label in written for label in labels):
        return None
    return ("labels", labels, separator if len(labels) > 1 else "")

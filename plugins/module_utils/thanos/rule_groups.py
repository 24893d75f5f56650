# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups of recording and alerting rules: what Thanos would refuse of them, but for the expressions.

A mistake is named by its place, and no text holds what was given but an ordinary name of a group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .duration import duration_seconds

GROUP_KEYS = {"name", "interval", "limit", "query_offset", "labels", "partial_response_strategy", "rules"}
RULE_KEYS = {"record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"}
#: Only for alerts.
ALERT_KEYS = {"for", "keep_firing_for", "annotations"}
DURATIONS = ("interval", "query_offset", "for", "keep_firing_for")
STRATEGIES = {"warn", "abort"}
GROUP_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
METRIC_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def rule_group_problems(groups: Sequence[Any]) -> Iterator[str]:
    """Yield what is wrong with the groups, each with the place where it is."""
    names = [group.get("name") for group in groups if isinstance(group, Mapping)]
    for index, group in enumerate(groups):
        if not isinstance(group, Mapping) or not group.get("name"):
            yield f"group {index + 1} has no name"
            continue
        place = f"group {_shown(group['name'], index + 1)}"
        if group["name"] in names[:index]:
            yield f"{place} is there twice"
        yield from _unknown(place, group, GROUP_KEYS)
        yield from _durations(place, group)
        strategy = group.get("partial_response_strategy", "abort")
        if str(strategy).lower() not in STRATEGIES:
            yield f"{place} has a wrong partial_response_strategy: it has to be warn or abort"
        rules = group.get("rules")
        if not isinstance(rules, Sequence) or isinstance(rules, str) or not rules:
            yield f"{place} has no list of rules"
            continue
        for number, rule in enumerate(rules, 1):
            yield from _rule_problems(f"{place}, rule {number}", rule)


def _shown(name: Any, number: int) -> str:
    return str(name) if GROUP_NAME.fullmatch(str(name)) else str(number)


def _rule_problems(place: str, rule: Any) -> Iterator[str]:
    if not isinstance(rule, Mapping):
        yield f"{place} is no mapping"
        return
    yield from _unknown(place, rule, RULE_KEYS)
    yield from _durations(place, rule)
    if bool(rule.get("record")) == bool(rule.get("alert")):
        yield f"{place} needs either record or alert"
    elif rule.get("record"):
        if not METRIC_NAME.fullmatch(str(rule["record"])):
            yield f"{place} has a record that is no name of a metric"
        wrong = sorted(ALERT_KEYS & rule.keys())
        if wrong:
            yield f"{place} has {', '.join(wrong)}, which only alerts have"
    if not str(rule.get("expr", "")).strip():
        yield f"{place} has no expr"
    for key in ("labels", "annotations"):
        if not isinstance(rule.get(key) or {}, Mapping):
            yield f"{place} has {key} that are no mapping"


def _unknown(place: str, mapping: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    for number, key in enumerate(mapping, 1):
        if key not in known:
            yield f"{place}: key {number} of {len(mapping)} is unknown: allowed are {', '.join(sorted(known))}"


def _durations(place: str, mapping: Mapping[str, Any]) -> Iterator[str]:
    for key in DURATIONS:
        if key in mapping:
            try:
                duration_seconds(str(mapping[key]))
            except ValueError:
                yield f"{place}, {key} is no duration: it has to be like 30d, 1d12h or 90s"

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both sides of a diff, of which only what a rule knows to be harmless is shown.

A rule is a mapping of the fields of an object to their rules, a list with the rule of each item, or a function that
returns what may be shown of a value. What no rule is for is hidden. harmless.py has the rules of Kubernetes' objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .credentials import HIDDEN, has_credential

#: Names of fields that are shown even where the field is not known: what the API server took is one of its schema's.
FIELD = re.compile(r"[a-z][A-Za-z]{0,39}")
#: What tells the items of a list apart, in whatever order they are.
IDENTITIES = ("name", "mountPath", "containerPort", "port", "key", "address")
MISSING = object()


@dataclass(frozen=True)
class Side:
    """What is known of one side of a diff."""

    #: Whether what it says is this collection's: its labels and the names in it come from the roles.
    is_ours: bool = False
    #: What is shown instead of a hidden value.
    mask: str = HIDDEN
    #: Whether the name of an unknown field is shown, if it looks like one.
    shows_names: bool = True


# Python joins classes so since 3.10; pylint takes it for an error where a parametrised class stands first.
Rule = Mapping[str, "Rule"] | list["Rule"] | Callable[[Any, Side], Any]  # pylint: disable=unsupported-binary-operation


@dataclass(frozen=True)
class Mark:
    """What is shown of a value that is hidden, wholly or in part."""

    shown: str
    value: Any
    #: Tells it from others in its list.
    identity: str = ""


class HiddenName(str):
    """Name in a mapping that is not shown."""

    __slots__ = ()


def sides(
    before: Any,
    after: Any,
    rule: Rule,
    before_side: Side | None = None,
    after_side: Side | None = None,
    after_rule: Rule | None = None,
) -> tuple[Any, Any]:
    """Return what may be shown of both; a hidden value that differs says so on the second side."""
    shown_after = conceal(after, rule if after_rule is None else after_rule, after_side or Side())
    return _paired(conceal(before, rule, before_side or Side()), shown_after)


def alone(value: Any, rule: Rule, side: Side | None = None) -> Any:
    """Return what may be shown of a value."""
    return _paired(conceal(value, rule, side or Side()), MISSING)[0]


def conceal(value: Any, rule: Rule, side: Side) -> Any:
    """Return a value with marks where something is hidden."""
    if value is None or value in ({}, []):
        return value
    if isinstance(rule, Mapping):
        if not isinstance(value, Mapping):
            return hidden(value, side)
        known = {key: rule.get(key, hidden) if isinstance(key, str) else hidden for key in value}
        return {_name(key, rule, side): conceal(inner, known[key], side) for key, inner in value.items()}
    if isinstance(rule, list):
        return [conceal(item, rule[0], side) for item in value] if isinstance(value, list) else hidden(value, side)
    return rule(value, side)


def hidden(value: Any, side: Side) -> Any:
    """Show nothing."""
    return Mark(side.mask, value)


def text(value: Any, side: Side) -> Any:
    """Show a number, a switch or a text of one line, but no text that looks like a credential."""
    if isinstance(value, (bool, int, float)):
        return value
    if not isinstance(value, str) or "\n" in value or has_credential(value):
        return hidden(value, side)
    return value


def number(value: Any, side: Side) -> Any:
    """Show a number or a switch."""
    return value if isinstance(value, (bool, int, float)) else hidden(value, side)


def everything(value: Any, side: Side) -> Any:
    """Show all that is below, as `text` would."""
    if isinstance(value, Mapping):
        return {_free_name(key): conceal(inner, everything, side) for key, inner in value.items()}
    if isinstance(value, list):
        return [conceal(item, everything, side) for item in value]
    return text(value, side)


def matching(pattern: str) -> Rule:
    """Return the rule that shows a text which matches as a whole."""
    expression = re.compile(pattern)

    def rule(value: Any, side: Side) -> Any:
        matches = isinstance(value, str) and expression.fullmatch(value) and not has_credential(value)
        return value if matches else hidden(value, side)

    return rule


def named(rules: Mapping[str, Rule], otherwise: Rule = hidden) -> Rule:
    """Return the rule for a mapping of names that anybody may choose, each of which is shown."""

    def rule(value: Any, side: Side) -> Any:
        if not isinstance(value, Mapping):
            return hidden(value, side)
        return {_free_name(key): conceal(inner, rules.get(key, otherwise), side) for key, inner in value.items()}

    return rule


def address(value: Any, side: Side) -> Any:
    """Show scheme, host and port of an address; user and password, path, query and fragment are hidden."""
    match = isinstance(value, str) and _ADDRESS.fullmatch(value)
    if not match or has_credential(match["host"]):
        return hidden(value, side)
    ends = [("", match["userinfo"], "@"), ("/", match["path"], ""), ("?", match["query"], ""), ("#", match["part"], "")]
    user, *rest = (f"{start}{side.mask}{end}" if found else "" for start, found, end in ends)
    slash = "/" if match["slash"] and not match["path"] else ""
    shown = f"{match['scheme'] or ''}{user}{match['host']}{slash}{''.join(rest)}"
    return value if shown == value else Mark(shown, value)


_ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)?(?:(?P<userinfo>[^/?#]*)@)?(?P<host>\w[\w.+-]*(?::\d+)?|\[[0-9a-fA-F:.]+\](?::\d+)?)"
    r"(?P<slash>/(?P<path>[^?#]*))?(?:\?(?P<query>[^#]*))?(?:#(?P<part>.*))?",
    re.DOTALL,
)


def words(free: frozenset[str], flags: Mapping[str, Rule]) -> Rule:
    """Return the rule for a command line: names of flags, values of known flags, and known words beside them."""

    def rule(value: Any, side: Side) -> Any:
        return [word(each, side) for each in value] if isinstance(value, list) else hidden(value, side)

    def word(given: Any, side: Side) -> Any:
        flag = _FLAG.fullmatch(str(given))
        if str(given) in free or (flag and flag["value"] is None):
            return given
        if not flag:
            return hidden(given, side)
        shown = conceal(flag["value"], flags.get(flag["name"].lstrip("-"), hidden), side)
        if isinstance(shown, Mark):
            return Mark(f"{flag['name']}={shown.shown}", given, flag["name"])
        return given

    return rule


#: A short flag may have its value right behind it, so of these only the letter is a name.
_FLAG = re.compile(
    r"(?P<name>-[A-Za-z]|--[a-z][a-z0-9]{0,39}(?:[._-][a-z0-9]+)*|-[a-z][a-z0-9]{0,39}(?:[._-][a-z0-9]+)+)(?:=(?P<value>.*))?",
    re.DOTALL,
)


def pairs(values: Mapping[str, Rule], others: Mapping[str, Rule]) -> Rule:
    """Return the rule for an item with name and value, such as an environment variable: its name tells the rule."""

    def rule(value: Any, side: Side) -> Any:
        name = value.get("name") if isinstance(value, Mapping) else None
        known = values.get(name, hidden) if isinstance(name, str) else hidden
        return conceal(value, {"name": _NAME, "value": known, **others}, side)

    return rule


_NAME = matching(r"-{0,2}[A-Za-z_][\w.-]{0,99}")


def names_only(is_shown: Callable[[str], bool]) -> Rule:
    """Return the rule for a mapping of which known names are shown, of ours all in letters, and no value."""

    def rule(value: Any, side: Side) -> Any:
        if not isinstance(value, Mapping):
            return hidden(value, side)
        return {
            key if is_shown(str(key)) or (side.is_ours and _LETTERS.fullmatch(str(key))) else HiddenName(key): hidden(
                inner, side
            )
            for key, inner in value.items()
        }

    return rule


_LETTERS = re.compile(r"[A-Za-z._-]{1,60}")


def _name(key: Any, rule: Mapping[str, Rule], side: Side) -> Any:
    is_shown = key in rule or (side.shows_names and isinstance(key, str) and FIELD.fullmatch(key))
    return key if is_shown else HiddenName(key)


def _free_name(key: Any) -> Any:
    is_shown = isinstance(key, str) and re.fullmatch(r"[\w./-]{1,317}", key) and not has_credential(key)
    return key if is_shown else HiddenName(key)


def _paired(before: Any, after: Any) -> tuple[Any, Any]:
    """Return both sides without marks; what has no counterpart is shown as it is."""
    if isinstance(before, Mark) and isinstance(after, Mark):
        is_same = before.shown != after.shown or before.value == after.value
        return before.shown, after.shown if is_same else _different(after.shown)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return _paired_mappings(before, after)
    if isinstance(before, list) and isinstance(after, list):
        return _paired_lists(before, after)
    return _plain(before), _plain(after)


def _different(shown: str) -> str:
    return shown.replace(HIDDEN, "(hidden, different)", 1) if HIDDEN in shown else f"{shown} (different)"


def _paired_mappings(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    unknown = sorted({key for side in (before, after) for key in side if isinstance(key, HiddenName)})
    shown = {key: f"(hidden name {number})" for number, key in enumerate(unknown, 1)}
    found: tuple[dict[Any, Any], dict[Any, Any]] = ({}, {})
    for side, items in enumerate((before, after)):
        for key in items:
            name = shown[key] if isinstance(key, HiddenName) else key
            found[side][name] = _paired(before.get(key, MISSING), after.get(key, MISSING))[side]
    return found


def _paired_lists(before: list[Any], after: list[Any]) -> tuple[list[Any], list[Any]]:
    others = _by_identity(before), _by_identity(after)
    return (
        [_paired(item, others[1].get(identity, MISSING))[0] for identity, item in others[0].items()],
        [_paired(others[0].get(identity, MISSING), item)[1] for identity, item in others[1].items()],
    )


def _by_identity(items: list[Any]) -> dict[tuple[Any, ...], Any]:
    found: dict[tuple[Any, ...], Any] = {}
    for index, item in enumerate(items):
        identity = _identity(item, index)
        while identity in found:
            identity = (*identity, "again")
        found[identity] = item
    return found


def _identity(item: Any, index: int) -> tuple[Any, ...]:
    if isinstance(item, Mark) and item.identity:
        return ("flag", item.identity)
    if isinstance(item, Mapping):
        for field in IDENTITIES:
            if isinstance(item.get(field), (str, int)):
                return (field, item[field])
    return ("index", index)


def _plain(value: Any) -> Any:
    """Return one side without marks."""
    if isinstance(value, Mark):
        return value.shown
    if isinstance(value, Mapping):
        return _paired_mappings(value, {})[0]
    return [_plain(item) for item in value] if isinstance(value, list) else value

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of Thanos' object-store configuration: unknown keys, wrong types and missing fields, before Thanos sees them.

Thanos ends with an error at the first of them, so they would show as pods that crash. No text of ours holds a key or a
value of the configuration that is not known: with a space missing a password is part of a key, and it may stand where a
type belongs.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..redaction.concealment import Rule, Side, address, alone, hidden, matching, number, sides, text
from ..redaction.credentials import shown_address
from .bucket_name import bucket_name_problem
from .providers import PROVIDERS, Address, Duration, Flag, Kind, Number, Section, Text, Texts

_DURATION = re.compile(r"0|(?=\d)(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?")
MASK = "********"
#: What is known of a configuration that is shown: of its keys only those that Thanos knows.
SIDE = Side(mask=MASK, shows_names=False)


def document_problems(document: Any) -> list[str]:
    """Return what is wrong with a whole configuration file, decoded."""
    if not isinstance(document, Mapping):
        return ["it is not a YAML mapping with type and config"]
    problems = _unknown(document, ("type", "config", "prefix"), "the document")
    if not isinstance(document.get("prefix", ""), str):
        problems.append("prefix has to be a text")
    if "type" not in document:
        return [*problems, f"type is missing; it has to be one of {', '.join(PROVIDERS)}"]
    return [*problems, *config_problems(document["type"], document.get("config"))]


def config_problems(
    type_: Any, config: Any, check_credentials: bool = True, given: Mapping[str, Any] | None = None
) -> list[str]:
    """Return what is wrong with a provider's configuration.

    Without check_credentials its credentials may be missing: they come from a Secret later. An unknown key is named by
    its place, which is the one in given where that is the part of the configuration that the user wrote.
    """
    provider = PROVIDERS.get(str(type_).upper())
    if provider is None:
        return [f"type is not one that Thanos knows; it has to be one of {', '.join(PROVIDERS)}"]
    if not isinstance(config, Mapping):
        return ["config has to be a mapping"]
    problems = _section(config, provider.keys, "config", given)
    if problems:
        return problems
    if not check_credentials and provider.credentials:
        config = {**config, **{key: config.get(key) or "from the Secret" for key in provider.credentials}}
    problems += [
        f"config.{key} is required for type {str(type_).upper()}" for key in provider.required if not config.get(key)
    ]
    for rule in provider.rules:
        problems += rule(config)
    return problems


def managed_problems(
    type_: Any, config: Any, check_credentials: bool = True, given: Mapping[str, Any] | None = None
) -> list[str]:
    """Return what is wrong with a configuration that we write: as config_problems, and the bucket's name."""
    if type_ not in PROVIDERS:
        return config_problems("", config)
    problems = config_problems(type_, config, check_credentials, given)
    if not problems and type_ == "S3":
        problem = bucket_name_problem(config["bucket"])
        problems += [f"config.bucket is {problem}"] if problem else []
    return problems


def normalized(type_: str, config: Any) -> Any:
    """Return the configuration with numbers as texts where texts belong, and the reverse, as templating leaves them."""
    provider = PROVIDERS.get(type_)
    return _normalized(config, provider.keys) if provider else config


def place(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return the bucket (or container, or directory) and the endpoint, which may be shown."""
    provider = PROVIDERS[document["type"].upper()]
    config = document["config"]
    return str(config.get(provider.place, "")), shown_address(str(config.get("endpoint", "")))


def masked(document: Any) -> Any:
    """Return a configuration that may be shown: whatever is not known to be harmless is masked."""
    return alone(document, rule_of(document), SIDE)


def masked_sides(before: Any, after: Any) -> tuple[Any, Any]:
    """Return two configurations that may be shown; what is masked and differs says so in the second one."""
    return sides(before, after, rule_of(before), SIDE, SIDE, rule_of(after))


def rule_of(document: Any) -> Rule:
    """Return the rule that says what may be shown of a configuration."""
    type_ = str(document.get("type")).upper() if isinstance(document, Mapping) else ""
    keys = PROVIDERS[type_].keys if type_ in PROVIDERS else None
    is_known = matching(f"(?i:{'|'.join(PROVIDERS)})")
    return {"type": is_known, "prefix": text, "config": _rule(keys) if keys else hidden}


def harmless_values(type_: str, config: Any) -> set[str]:
    """Return the texts in a configuration that are known to be no secret, and not part of one."""
    every = set(_texts(config))
    shown = every & set(_texts(masked({"type": type_, "config": config})["config"]))
    return {value for value in shown if not any(value in other for other in every - shown)}


def secret_values(document: Any) -> set[str]:
    """Return the texts in a configuration file, decoded, that are not known to be harmless."""
    config = document.get("config") if isinstance(document, Mapping) else None
    return set(_texts(config)) - set(_texts(masked({**document, "config": config})["config"])) if config else set()


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
    elif _is_number(value):
        yield str(value)


def _rule(kind: Kind) -> Rule:
    if isinstance(kind, Mapping):
        return {key: _rule(inner) for key, inner in kind.items()}
    if isinstance(kind, Text):
        shown = matching("|".join(map(re.escape, kind.choices))) if kind.choices else text
        return hidden if kind.secret else shown
    if isinstance(kind, Address):
        return address
    if isinstance(kind, Duration):
        return matching(_DURATION.pattern)
    return number if isinstance(kind, (Number, Flag)) else hidden


def _section(config: Mapping[str, Any], keys: Section, path: str, given: Any = None) -> list[str]:
    order = given if isinstance(given, Mapping) else config
    problems = _unknown(order, keys, path)
    for key, value in config.items():
        if key in keys:
            inner = order.get(key) if isinstance(given, Mapping) else None
            problems += _value(value, keys[key], f"{path}.{key}", inner)
    return problems


def _unknown(mapping: Mapping[Any, Any], known: Iterable[str], path: str) -> list[str]:
    known = list(known)
    problems = []
    for number_, key in enumerate(mapping, 1):
        if key in known:
            continue
        near = difflib.get_close_matches(str(key).partition(":")[0], known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
        space = ", without a space after its colon" if ":" in str(key) else ""
        problems.append(f"{path}: key {number_} of {len(mapping)} is not known to Thanos{space} ({hint})")
    return problems


def _value(value: Any, kind: Kind, path: str, given: Any = None) -> list[str]:
    if isinstance(kind, Mapping):
        return _section(value, kind, path, given) if isinstance(value, Mapping) else [f"{path} has to be a mapping"]
    if isinstance(kind, (Text, Address)):
        return _text(value, kind, path)
    right, wanted = _SCALARS[type(kind)]
    if not right(value):
        return [f"{path} has to be {wanted}"]
    if isinstance(kind, Number) and value < kind.minimum:
        return [f"{path} is {value}; it has to be at least {kind.minimum}"]
    return []


def _text(value: Any, kind: Text | Address, path: str) -> list[str]:
    if not isinstance(value, str):
        return [f"{path} has to be a text (in quotes where YAML reads it as something else)"]
    if isinstance(kind, Address):
        wrong = f"{path} holds more than an address: no user or password before an @, and no query or fragment"
        return [wrong] if set(value) & set("@?#") else []
    if kind.choices and value not in kind.choices:
        return [f"{path} has to be one of {', '.join(filter(None, kind.choices))}"]
    return []


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_duration(value: Any) -> bool:
    return isinstance(value, str) and _DURATION.fullmatch(value) is not None


def _is_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(text, str) for pair in value.items() for text in pair)


_SCALARS: dict[type, tuple[Callable[[Any], bool], str]] = {
    Number: (_is_number, "a whole number"),
    Flag: (_is_flag, "true or false"),
    Duration: (_is_duration, "a length of time such as 90s or 1m30s"),
    Texts: (_is_texts, "a mapping of texts to texts"),
}


def _normalized(value: Any, kind: Any) -> Any:
    if isinstance(kind, Mapping) and isinstance(value, Mapping):
        return {key: _normalized(item, kind.get(key)) for key, item in value.items()}
    if isinstance(kind, (Text, Address)) and _is_number(value):
        return str(value)
    if isinstance(kind, Number) and isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(kind, Flag) and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value

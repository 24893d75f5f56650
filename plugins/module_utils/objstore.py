# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of Thanos' object-store configuration: unknown keys, wrong types and missing fields, before Thanos sees them.

Thanos ends with an error at the first of them, so they would show as pods that crash. No text of ours holds a secret.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.bucket_name import bucket_name_problem
from ansible_collections.observability.thanos.plugins.module_utils.objstore_providers import (
    PROVIDERS,
    Duration,
    Flag,
    Kind,
    Number,
    Section,
    Text,
    Texts,
)

_DURATION = re.compile(r"0|(?=\d)(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?")
MASK = "********"


def document_problems(document: Any) -> list[str]:
    """Return what is wrong with a whole configuration file, decoded."""
    if not isinstance(document, Mapping):
        return ["it is not a YAML mapping with type and config"]
    problems = _unknown(document, ("type", "config", "prefix"), "")
    if not isinstance(document.get("prefix", ""), str):
        problems.append("prefix has to be a text")
    if "type" not in document:
        return [*problems, f"type is missing; it has to be one of {', '.join(PROVIDERS)}"]
    return [*problems, *config_problems(document["type"], document.get("config"))]


def config_problems(type_: Any, config: Any, check_credentials: bool = True) -> list[str]:
    """Return what is wrong with a provider's configuration.

    Without check_credentials its credentials may be missing: they come from a Secret later.
    """
    provider = PROVIDERS.get(str(type_).upper())
    if provider is None:
        return [f"type is {type_!r}; it has to be one of {', '.join(PROVIDERS)}"]
    if not isinstance(config, Mapping):
        return ["config has to be a mapping"]
    problems = _section(config, provider.keys, "config")
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


def managed_problems(type_: Any, config: Any, check_credentials: bool = True) -> list[str]:
    """Return what is wrong with a configuration that we write: as config_problems, and the bucket's name."""
    problems = config_problems(type_, config, check_credentials)
    if not problems and type_ == "S3":
        problem = bucket_name_problem(config["bucket"])
        problems += [f"config.bucket is {config['bucket']!r}: {problem}"] if problem else []
    return problems


def normalized(type_: str, config: Any) -> Any:
    """Return the configuration with numbers as texts where texts belong, and the reverse, as templating leaves them."""
    provider = PROVIDERS.get(type_)
    return _normalized(config, provider.keys) if provider else config


def place(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return the bucket (or container, or directory) and the endpoint."""
    provider = PROVIDERS[document["type"].upper()]
    config = document["config"]
    return str(config.get(provider.place, "")), str(config.get("endpoint", ""))


def masked(document: Any) -> Any:
    """Return a configuration that may be shown: whatever is not known to be harmless is masked."""
    if not isinstance(document, Mapping):
        return MASK
    provider = PROVIDERS.get(str(document.get("type")).upper())
    config = document.get("config")
    return {
        **{key: value if key in ("type", "prefix") else MASK for key, value in document.items()},
        "config": _masked(config, provider.keys) if provider and isinstance(config, Mapping) else MASK,
    }


def harmless_values(type_: str, config: Any) -> set[str]:
    """Return the texts in a configuration that are known to be no secret, and not part of one."""
    provider = PROVIDERS.get(type_)
    if provider is None or not isinstance(config, Mapping):
        return set()
    secret = set(_texts(config))
    shown = set(_texts(_masked(config, provider.keys))) - {MASK}
    secret -= shown
    return {text for text in shown if not any(text in other for other in secret)}


def secret_values(document: Any) -> set[str]:
    """Return the texts in a configuration file, decoded, that are not known to be harmless."""
    config = document.get("config") if isinstance(document, Mapping) else None
    return set(_texts(config)) - set(_texts(masked({**document, "config": config})["config"])) if config else set()


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
    elif _is_number(value):
        yield str(value)


def _masked(config: Mapping[str, Any], keys: Section) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for key, value in config.items():
        kind = keys.get(key)
        if isinstance(kind, Mapping) and isinstance(value, Mapping):
            shown[key] = _masked(value, kind)
        elif kind is None or isinstance(kind, Mapping) or (isinstance(kind, Text) and kind.secret):
            shown[key] = MASK
        else:
            shown[key] = value
    return shown


def _section(config: Mapping[str, Any], keys: Section, path: str) -> list[str]:
    problems = _unknown(config, keys, f"{path}.")
    for key, value in config.items():
        if key in keys:
            problems += _value(value, keys[key], f"{path}.{key}")
    return problems


def _unknown(config: Mapping[str, Any], known: Iterable[str], prefix: str) -> list[str]:
    known = list(known)
    problems = []
    for key in config:
        if key in known:
            continue
        near = difflib.get_close_matches(str(key), known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
        problems.append(f"{prefix}{key} is not known to Thanos ({hint})")
    return problems


def _value(value: Any, kind: Kind, path: str) -> list[str]:
    if isinstance(kind, Mapping):
        return _section(value, kind, path) if isinstance(value, Mapping) else [f"{path} has to be a mapping"]
    if isinstance(kind, Text):
        return _text(value, kind, path)
    right, wanted = _SCALARS[type(kind)]
    if not right(value):
        return [f"{path} has to be {wanted}"]
    if isinstance(kind, Number) and value < kind.minimum:
        return [f"{path} is {value}; it has to be at least {kind.minimum}"]
    return []


def _text(value: Any, kind: Text, path: str) -> list[str]:
    if not isinstance(value, str):
        return [f"{path} has to be a text (in quotes where YAML reads it as something else)"]
    if kind.choices and value not in kind.choices:
        return [f"{path} is {value!r}; it has to be one of {', '.join(filter(None, kind.choices))}"]
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
    if isinstance(kind, Text) and _is_number(value):
        return str(value)
    if isinstance(kind, Number) and isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(kind, Flag) and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value

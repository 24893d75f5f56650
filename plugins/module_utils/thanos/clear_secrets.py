# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets in what becomes part of pods, where everybody who may see the pods could read them.

Found are values with the name of a secret, headers, addresses with a password, keys and tokens; in mappings and lists,
in command lines, in environment variables, and in the documents that some flags and variables take as a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..redaction.credentials import is_clear, is_harmless_value, is_secret_name, secrets_in, variables_in
from ..redaction.document import UnreadableError, load

#: Names of mappings, and of lists of names and values, of HTTP headers.
_HEADERS = re.compile(r"headers?$", re.IGNORECASE)
#: Headers that say who asks, for what and how, and are no secret.
_HARMLESS_HEADER = re.compile(
    r"(?i)(x-)?(.*tenant.*|scope-?org-?id|accept(-.*)?|cache-control|connection|content-(type|encoding|length)|host|origin"
    r"|referer|user-agent|forwarded.*|real-ip|prometheus-remote-write-version|request-id)"
)
#: How a header stands in a text.
_HEADER = re.compile(r"\s*(?P<name>[A-Za-z0-9-]+)\s*:\s*(?P<value>\S.*)", re.DOTALL)
_SEVERAL_HEADERS = re.compile(r"(?:^|,)\s*([A-Za-z0-9-]+)=([^,]+)")
#: Names of what has a user and a password in one text.
_USER_AND_PASSWORD = re.compile(r"(?i)(basic|proxy|http)?[-_.]?auth|user(pwd|info)?|u")
#: Secrets that have other parts, which tell nothing.
_COMPOSED = re.compile(r"(?i)dsn|connection[-_.]?string|ur[il]$|authorization")
_FLAG = re.compile(r"(?P<name>--?[A-Za-z][\w.-]*)(=(?P<value>.*))?", re.DOTALL)
#: What may be shown of a path: words, by which nobody could log in.
_PART = re.compile(r"-{0,2}[A-Za-z]+([._-]+[A-Za-z]+)*")
_VARIABLE_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class _Scope:
    """Where variables are put in: their names, those that come from a Secret, and what the user calls the list."""

    env_name: str
    variables: frozenset[str]
    from_secrets: frozenset[str]
    #: Whether some come from a Secret as a whole, so that nobody knows which.
    has_more: bool = False


@dataclass(frozen=True)
class _Place:
    """Where a value stands."""

    path: str
    scope: _Scope
    #: What its name is.
    key: str = ""
    is_header: bool = False
    #: Whether it is the value of an environment variable, which does not take its value from itself.
    is_variable: bool = False
    by_name: bool = True

    def below(self, part: str, key: str) -> _Place:
        return replace(self, path=f"{self.path}{part}", key=key, is_variable=False)


def clear_secrets(
    settings: Any, name: str, env: Sequence[Mapping[str, Any]], env_name: str, by_name: bool = True
) -> list[str]:
    """Return what is wrong with each secret in the settings; no text holds its value.

    A secret has to be the name of an environment variable, as in $(NAME), that comes from a Secret. The names are what
    the user calls the settings and the environment variables; without the latter no variable is put in. Without by_name
    only what is a credential by itself is found: the names tell nothing there.
    """
    place = _Place(name, _scope(env, env_name), by_name=by_name)
    return list(dict.fromkeys(_problems(settings, replace(place, key=name))))


def _scope(env: Any, env_name: str, env_from: Any = ()) -> _Scope:
    given = [each for each in env if isinstance(each, Mapping)] if isinstance(env, (list, tuple)) else []
    more = [each for each in env_from if isinstance(each, Mapping)] if isinstance(env_from, (list, tuple)) else []
    return _Scope(
        env_name,
        frozenset(str(each.get("name")) for each in given),
        frozenset(str(each.get("name")) for each in given if _comes_from_secret(each)),
        any(each.get("secretRef") for each in more),
    )


def _comes_from_secret(variable: Mapping[str, Any]) -> bool:
    source = variable.get("valueFrom")
    return isinstance(source, Mapping) and bool(source.get("secretKeyRef"))


def _problems(value: Any, place: _Place) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _of_mapping(value, place)
    elif isinstance(value, (list, tuple)):
        yield from _of_list(list(value), place)
    elif value is not None and not isinstance(value, bool):
        yield from _of_text(str(value), place)


def _of_mapping(value: Mapping[Any, Any], place: _Place) -> Iterator[str]:
    if "env" in value or "envFrom" in value:  # A container has variables of its own.
        scope = _scope(value.get("env"), f"{place.path}.env", value.get("envFrom"))
        place = replace(place, scope=scope)
    if "name" in value and "value" in value:
        yield from _of_pair(value, place)
        value = {key: inner for key, inner in value.items() if key not in ("name", "value")}
    for number, (key, inner) in enumerate(value.items(), 1):
        name = str(key)
        if not isinstance(key, str) or not _PART.fullmatch(name):
            part = f"[key {number}]"
            # With a space missing after the colon, a key holds the value, too.
            yield from _of_text(name, place.below(part, ""))
        else:
            part = f".{name}"
        here = place.below(part, name)
        is_headers = bool(_HEADERS.search(name)) and isinstance(inner, (Mapping, list))
        if place.is_header:
            here = replace(here, is_header=not _HARMLESS_HEADER.fullmatch(name) and name != "files")
        elif is_headers:
            here = replace(here, is_header=True)
        yield from _problems(inner, here)


def _of_pair(pair: Mapping[Any, Any], place: _Place) -> Iterator[str]:
    """Look at a name and its value: an environment variable, a header or a flag."""
    name = str(pair["name"])
    shown = f".value ({name})" if _PART.fullmatch(name) or _VARIABLE_NAME.fullmatch(name) else ".value"
    here = replace(place.below(shown, name), is_variable=_is_variable(place))
    if place.is_header:
        here = replace(here, is_header=not _HARMLESS_HEADER.fullmatch(name))
    yield from _problems(pair["value"], here)


def _is_variable(place: _Place) -> bool:
    return place.key == "env" or place.key.endswith("_env")


def _of_list(items: list[Any], place: _Place) -> Iterator[str]:
    flag = ""
    for index, item in enumerate(items):
        here = replace(place, path=f"{place.path}[{index}]")
        if not isinstance(item, str):
            yield from _problems(item, here)
            flag = ""
            continue
        match = _FLAG.fullmatch(item)
        if flag and not match:  # The value of the flag before it.
            yield from _of_text(item, replace(here, key=flag))
        elif match and match["value"] is not None:
            yield from _of_text(match["value"], replace(here, key=match["name"]))
        elif not match:
            yield from _of_text(item, here)
        flag = match["name"] if match and match["value"] is None else ""


def _of_text(text: str, place: _Place) -> Iterator[str]:
    found = _document(text)
    if found is not None:
        yield from _problems(found, place)
        return
    secrets = list(_secrets(text, place))
    if secrets:
        yield from _explain(secrets, place)


def _document(text: str) -> Any:
    """Return the mapping or the list of mappings that a text is in YAML or JSON, None where it is neither."""
    if "\n" not in text.strip() and not text.lstrip().startswith(("{", "[")) and ": " not in text:
        return None
    try:
        found = load(text)
    except UnreadableError:
        return None
    is_list = isinstance(found, list) and any(isinstance(each, (Mapping, list)) for each in found)
    return found if is_list or (isinstance(found, Mapping) and not _is_header(text, found)) else None


def _is_header(text: str, found: Mapping[Any, Any]) -> bool:
    is_plain = len(found) == 1 and not any(isinstance(value, (Mapping, list)) for value in found.values())
    return is_plain and "\n" not in text and bool(_HEADER.fullmatch(text))


def _secrets(text: str, place: _Place) -> Iterator[str]:
    """Yield each secret in a text, with the variables in it."""
    found = list(secrets_in(text, place.by_name))
    yield from found
    if not place.by_name or is_harmless_value(text):
        return
    name = place.key.lstrip("-")
    if place.is_header or _HEADERS.search(name) or name == "H":
        yield from _of_headers(text, place.is_header)
    elif is_secret_name(name) and not (found and _COMPOSED.search(name)):
        yield text
    elif _USER_AND_PASSWORD.fullmatch(name) and re.fullmatch(r"[^\s:/]+:(?!\d+$)\S+", text):
        yield text.partition(":")[2]


def _of_headers(text: str, is_value: bool) -> Iterator[str]:
    """Yield the values of headers in a text: of one as HTTP has it, or of several as OpenTelemetry has them."""
    header = _HEADER.fullmatch(text)
    headers = [(header["name"], header["value"])] if header else _SEVERAL_HEADERS.findall(text)
    if is_value and not header:
        headers = [("", text)]
    yield from (value for name, value in headers if not _HARMLESS_HEADER.fullmatch(name))


def _explain(secrets: Sequence[str], place: _Place) -> Iterator[str]:
    scope = place.scope
    if any(is_clear(secret) for secret in secrets):
        yield f"{place.path} is given in clear text, and everybody who may see the pods could read it. {_remedy(place)}"
    elif not scope.env_name:
        yield f"{place.path} is a variable, and none is put in there. {_remedy(place)}"
        return
    for variable in dict.fromkeys(variable for secret in secrets for variable in variables_in(secret)):
        if variable in scope.from_secrets or (scope.has_more and variable not in scope.variables) or not scope.env_name:
            continue
        if variable in scope.variables or _VARIABLE_NAME.fullmatch(variable):
            yield (
                f"{place.path} is $({variable}), so {scope.env_name} has to take the variable {variable} from a Secret "
                "(valueFrom.secretKeyRef)."
            )
        else:
            yield f"{place.path} is the name of a variable that {scope.env_name} does not have. {_remedy(place)}"


def _remedy(place: _Place) -> str:
    if not place.scope.env_name:
        return "Take it out of there: give it in a file from a Secret, if it can be, or not at all."
    if place.is_variable:
        return "Take the variable from a Secret instead (valueFrom.secretKeyRef)."
    return (
        f"Write $(NAME) there, and let {place.scope.env_name} take the variable NAME from a Secret "
        "(valueFrom.secretKeyRef)."
    )

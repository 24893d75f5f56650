# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of modules that may hold secrets: manifests, settings and addresses, which no result shows.

Ansible shows all options of a module with -vvv, in the system's log, and when one of them is wrong. So these are hidden
by their type, which looks at them before anything can fail. A type never refuses anything, since an option that is
refused is shown as it was given: the module does, in words of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.validation import check_type_path

from ..redaction.credentials import HIDDEN, is_content, shown_address
from ..redaction.harmless import KINDS
from .objects import title_of

#: Names and namespaces of objects, and their kinds.
NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.:-]{0,251}[A-Za-z0-9])?")
KIND = re.compile(r"[A-Z][A-Za-z0-9]{0,62}")
API_VERSION = re.compile(r"[a-z0-9][a-z0-9./-]{0,251}")


class Hidden(str):
    """What is shown of an option, with its value."""

    #: As it was given.
    value: Any

    @classmethod
    def of(cls, shown: str, value: Any) -> Hidden:
        """Return the value behind what is shown of it."""
        found = cls(shown)
        found.value = value
        return found


class Type(str):
    """The type of an option, by its name for the documentation, that converts values by a function of ours."""

    convert: Callable[[Any], Any]

    @classmethod
    def of(cls, name: str, convert: Callable[[Any], Any]) -> Type:
        """Return the type."""
        found = cls(name)
        found.convert = convert
        return found

    def __call__(self, value: Any, **_context: Any) -> Any:
        """Convert a value, as Ansible asks for."""
        return self.convert(value)


class QuietModule(AnsibleModule):
    """A module that shows no option where the options themselves are wrong: one may stand under a wrong name."""

    _is_checked = False

    def __init__(self, **arguments: Any) -> None:
        """Check the options."""
        super().__init__(**arguments)
        self._is_checked = True

    def fail_json(self, msg: str, **result: Any) -> Any:
        """End with an error."""
        if not self._is_checked:
            result.setdefault("invocation", {})
        return super().fail_json(msg, **result)


def manifests(**more: Any) -> dict[str, Any]:
    """Return the spec of an option that is a list of manifests."""
    return {"type": Type.of("list", _listed), "elements": Type.of("dict", _manifest), **more}


def settings(**more: Any) -> dict[str, Any]:
    """Return the spec of an option that is a mapping with secrets."""
    return {"type": Type.of("dict", lambda value: Hidden.of(HIDDEN, value)), "no_log": True, **more}


def certificates(**more: Any) -> dict[str, Any]:
    """Return the spec of an option with certificates, beside which a person may have put a key."""
    return {"type": Type.of("str", _certificates), **more}


def address(**more: Any) -> dict[str, Any]:
    """Return the spec of an option that is an address: what may be secret in it is not even kept."""
    return {"type": Type.of("str", lambda value: shown_address(str(value))), **more}


def server(**more: Any) -> dict[str, Any]:
    """Return the spec of an option that is an address with, perhaps, a user and a password that are needed."""
    return {"type": Type.of("str", lambda value: _hidden_unless(str(value), shown_address(str(value)))), **more}


def file(**more: Any) -> dict[str, Any]:
    """Return the spec of an option that is the path of a file, where a person may have put the file's content."""
    return {"type": Type.of("path", _file), **more}


def choice(choices: Iterable[str], **more: Any) -> dict[str, Any]:
    """Return the spec of an option whose wrong value may be a secret in the wrong place."""
    allowed = list(choices)
    hide = Type.of("str", lambda value: value if value in allowed else HIDDEN)
    return {"type": hide, "choices": allowed, **more}


def mapping(known: Iterable[str], **more: Any) -> dict[str, Any]:
    """Return the spec of an option whose unknown keys may be secrets: the error names them by their place."""
    names = list(known)

    def convert(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return {HIDDEN: HIDDEN}
        return {
            key if key in names else f"(key {number}, hidden)": inner if key in names else HIDDEN
            for number, (key, inner) in enumerate(value.items(), 1)
        }

    return {"type": Type.of("dict", convert), **more}


def value_of(option: Any) -> Any:
    """Return an option as it was given."""
    return option.value if isinstance(option, Hidden) else option


def manifests_of(
    module: AnsibleModule, *options: str, may_be_generated: bool = False, has_version: bool = True
) -> list[list[dict[str, Any]]]:
    """Return the manifests of each option; end the module where one is none, with its place and what it lacks.

    With may_be_generated a generateName and labels may stand for the name, and without has_version nobody asks for
    the apiVersion.
    """
    problems = [
        f"{option}[{index}]{_kind_of(each.value)} is no manifest: {problem}"
        for option in options
        for index, each in enumerate(module.params[option])
        for problem in _problems(each.value, may_be_generated, has_version)
    ]
    if problems:
        module.fail_json(msg="\n".join(f"{problem}." for problem in problems))
    return [[each.value for each in module.params[option]] for option in options]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _manifest(value: Any) -> Hidden:
    return Hidden.of(HIDDEN if list(_problems(value)) else title_of(value), value)


def _hidden_unless(value: str, shown: str) -> str:
    return value if shown == value else Hidden.of(shown, value)


def _file(value: Any) -> str:
    text = str(value)
    return Hidden.of(HIDDEN, text) if is_content(text) else str(check_type_path(text))


def _certificates(value: Any) -> Any:
    text = str(value)
    return Hidden.of(HIDDEN, text) if "PRIVATE KEY" in text else text


def _kind_of(manifest: Any) -> str:
    kind = manifest.get("kind") if isinstance(manifest, Mapping) else None
    return f" ({kind})" if isinstance(kind, str) and kind in KINDS else ""


def _problems(manifest: Any, may_be_generated: bool = False, has_version: bool = False) -> Iterable[str]:
    """Yield what is missing for an object to be named."""
    if not isinstance(manifest, Mapping):
        yield "it has to be a mapping"
        return
    if has_version or "apiVersion" in manifest:
        yield from _text_problems(manifest, "apiVersion", "apiVersion", API_VERSION)
    yield from _text_problems(manifest, "kind", "kind", KIND)
    metadata = manifest.get("metadata")
    if not isinstance(metadata, Mapping):
        yield "metadata has to be a mapping" if "metadata" in manifest else "metadata is missing"
        return
    if may_be_generated and "name" not in metadata:
        if not isinstance(metadata.get("generateName"), str) or not isinstance(metadata.get("labels"), Mapping):
            yield "it needs metadata.name, or metadata.generateName and metadata.labels"
    else:
        yield from _text_problems(metadata, "name", "metadata.name", NAME)
    if metadata.get("namespace") is not None:
        yield from _text_problems(metadata, "namespace", "metadata.namespace", NAME)
    for key in ("labels", "annotations"):
        if metadata.get(key) is not None and not isinstance(metadata[key], Mapping):
            yield f"metadata.{key} has to be a mapping"


def _text_problems(mapping_: Mapping[str, Any], key: str, place: str, pattern: re.Pattern[str]) -> Iterable[str]:
    value = mapping_.get(key)
    if value is None or value == "":
        yield f"{place} is missing"
    elif not isinstance(value, str):
        yield f"{place} has to be a text"
    elif not pattern.fullmatch(value):
        yield f"{place} is not a valid name"

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of a Grafana provisioning file: read it into plain data, write it back in the style it had."""

from __future__ import annotations

import base64
import binascii
import functools
import json
import re
from dataclasses import dataclass
from typing import Any

#: A provisioning file: apiVersion, datasources, deleteDatasources, and whatever else somebody wrote there.
Document = dict[str, Any]

#: Characters that JSON allows in a string and YAML, which is what Grafana reads the file with, does not.
_NOT_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
#: Text that some YAML parser takes for a number: plain and quoted are two things then.
_LIKE_NUMBER = re.compile(r"[-+]?[.0-9][0-9a-fA-FoxX_.+-]*")
_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
#: More than any provisioning file has; aliases of aliases in a short text can make more than there is memory for.
_MOST_LEVELS = 100
_MOST_VALUES = 1_000_000
_INDENTS: tuple[int | str | None, ...] = (None, 0, 1, 2, 3, 4, 8, "\t")


class DocumentError(ValueError):
    """The text is not a provisioning file. The message never quotes it: it may hold passwords."""


class PlainScalar(str):
    """A YAML scalar such as 0123, 1.10 or yes: it stays as it was written, since Grafana may read it as text."""

    tag: str


@dataclass(frozen=True)
class Style:
    """How the text was written."""

    is_json: bool = False
    indent: int | str | None = None
    separators: tuple[str, str] = (",", ":")
    end: str = "\n"
    explicit_start: bool = False


@dataclass(frozen=True)
class File:
    """A provisioning file: its text, what that means, and how it is written."""

    text: str
    document: Document
    style: Style

    @classmethod
    def read(cls, text: str) -> File:
        """Return what the text means; an empty text is an empty file."""
        return cls(text, *parse(text))


def decode(value: Any) -> str:
    """Return the text of one value of a Secret's data."""
    try:
        content = base64.b64decode(value or "", validate=True)
    except (binascii.Error, ValueError, TypeError):
        content = None
    if content is None:
        raise DocumentError("is not valid base64")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        position = error.start
    raise DocumentError(f"is not valid UTF-8 (byte {position} of the decoded value)")


def encode(text: str) -> str:
    """Return text as a value for a Secret's data."""
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def parse(text: str) -> tuple[Document, Style]:
    """Return what the text means, and its style; an empty text is an empty file."""
    document, is_json = _parse_json(text)
    if not is_json:
        document = _parse_yaml(text)
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise DocumentError("is not a mapping with the key datasources")
    if _count(document, {}) > _MOST_VALUES:
        raise DocumentError(f"has aliases that make more than {_MOST_VALUES} values of it")
    return document, _json_style(text, document) if is_json else Style(explicit_start=text.startswith("---"))


def dump(document: Document, style: Style) -> str:
    """Return the document as text in this style."""
    if style.is_json:
        return _dump_json(document, style) + style.end
    import yaml

    text: str = yaml.dump(
        document,
        Dumper=_yaml_classes()[1],
        sort_keys=False,
        allow_unicode=True,
        width=float("inf"),
        explicit_start=style.explicit_start,
    )
    return text


def canonical(value: Any) -> str:
    """Return a text that is the same for two values exactly if they mean the same."""
    return json.dumps(_sorted(value), default=str)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _sorted(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def _count(value: Any, known: dict[int, int], level: int = 0) -> int:
    """Return how many values there are, those behind an alias counted each time."""
    if level > _MOST_LEVELS:
        raise DocumentError(f"is nested deeper than {_MOST_LEVELS} levels")
    if not isinstance(value, (dict, list)):
        return 1
    if id(value) not in known:
        items = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_count(item, known, level + 1) for item in items)
    return known[id(value)]


def _dump_json(document: Document, style: Style) -> str:
    text = json.dumps(document, indent=style.indent, separators=style.separators, ensure_ascii=False)
    return _NOT_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _json_style(text: str, document: Document) -> Style:
    """Find the style that gives the text back exactly, else the one its first lines suggest."""
    body = text.rstrip()
    end = text[len(body) :]
    for indent in _INDENTS:
        for separators in ((",", ": "), (", ", ": "), (",", ":")):
            style = Style(True, indent, separators, end)
            if _dump_json(document, style) == body:
                return style
    first = re.match(r"\{[ \t]*\r?\n([ \t]*)", text.lstrip())
    if first is None:
        return Style(True, None, (", ", ": ") if re.search(r'": ', text) else (",", ":"), end)
    return Style(True, "\t" if "\t" in first[1] else len(first[1]), (",", ": "), end)


def _parse_json(text: str) -> tuple[Any, bool]:
    try:
        return json.loads(text), True
    except (ValueError, RecursionError):
        return None, False


def _parse_yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, Loader=_yaml_classes()[0])  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        place = ""
    # Raised out here, so that no traceback carries the parser's own error: it quotes the text.
    raise DocumentError(f"is neither JSON nor YAML of one document{place}")


@functools.cache
def _yaml_classes() -> tuple[Any, Any]:
    """Return loader and dumper; made late, since PyYAML comes with the kubernetes client, not with Python."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Keeps the text of plain scalars that are more than text."""

    class Dumper(yaml.SafeDumper):
        """Writes no anchors, and quotes text that looks like a number."""

        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

    def construct(loader: Any, node: Any) -> Any:
        text = loader.construct_scalar(node)
        if node.tag.endswith(":str") and (node.style or not _LIKE_NUMBER.fullmatch(text)):
            return text
        if text in ("true", "false", "null", ""):
            return {"true": True, "false": False}.get(text)
        if node.tag.endswith(":int") and _INTEGER.fullmatch(text):
            return int(text)
        scalar = PlainScalar(text)
        scalar.tag = node.tag
        return scalar

    def represent_text(dumper: Any, text: str) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, "'" if _LIKE_NUMBER.fullmatch(text) else None)

    for name in ("str", "int", "float", "bool", "null", "timestamp", "value"):
        Loader.add_constructor(f"tag:yaml.org,2002:{name}", construct)
    Dumper.add_representer(str, represent_text)
    Dumper.add_representer(PlainScalar, lambda dumper, scalar: dumper.represent_scalar(scalar.tag, str(scalar)))
    return Loader, Dumper

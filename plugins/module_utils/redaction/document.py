# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thanos' configuration file as text: written so that Go reads the same, read without showing it in errors."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any


class UnreadableError(Exception):
    """The text is not YAML that Thanos takes."""


def dump(document: Mapping[str, Any]) -> str:
    """Return the document as YAML.

    Every text is in quotes: Thanos decodes and encodes the file once more before it reads it,
    which would turn a bare secret such as 12e45 or 0123 into another one.
    """
    import yaml

    class Dumper(yaml.SafeDumper):
        pass

    Dumper.add_representer(_Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, '"'))
    text: str = yaml.dump(_quoted(document), Dumper=Dumper, sort_keys=False, allow_unicode=True, width=1_000_000)
    return text


def load(text: str) -> Any:
    """Return the document in the text; an error tells the place, never the content."""
    import yaml

    class Loader(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [self.construct_object(key, deep=True) for key, _value in node.value]
            for index, key in enumerate(keys):
                if key in keys[:index]:
                    line = node.value[index][0].start_mark.line + 1
                    raise UnreadableError(f"the same key stands twice in one mapping (line {line})")
            return super().construct_mapping(node, deep)

    try:
        return yaml.load(text, Loader=Loader)  # noqa: S506 (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    except UnreadableError:
        raise
    except Exception:  # A wrong tag ends in any, such as a KeyError with the value in it.
        where = ""
    raise UnreadableError(f"it is not valid YAML{where}")


def checksum(texts: Mapping[str, str]) -> str:
    """Return the SHA-256 of all texts and their keys."""
    digest = hashlib.sha256()
    for key, text in sorted(texts.items()):
        for part in (key, text):
            data = part.encode()
            digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


class _Quoted(str):
    __slots__ = ()


def _quoted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _quoted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_quoted(item) for item in value]
    return _Quoted(value) if isinstance(value, str) else value

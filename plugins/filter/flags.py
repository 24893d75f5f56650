# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter flags: command-line flags from a dictionary."""

from __future__ import annotations

DOCUMENTATION = r"""
name: flags
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Turn a dictionary into command-line flags
description:
  - A text or number becomes C(--name=value), V(true) becomes C(--name), a list repeats the flag for each element.
  - V(false), null and an empty text or list leave the flag out.
positional: overrides
options:
  _input:
    description: Values by flag name.
    type: dict
    required: true
  overrides:
    description:
      - Values that replace those of the input, by flag name with or without the leading dashes; other flags are added.
      - C(no-NAME) also takes out the input's C(NAME).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show the flags --query.timeout=5m and --query.replica-label=a, --query.replica-label=b
  ansible.builtin.debug:
    msg: "{{ values | observability.thanos.flags({'query.timeout': '5m'}) }}"
  vars:
    values: {query.timeout: 2m, query.replica-label: [a, b]}
"""

RETURN = r"""
_value:
  description: Flags, in the order of the dictionaries.
  type: list
  elements: str
"""

from collections.abc import Callable, Mapping
from typing import Any


def flags(values: Mapping[str, Any], overrides: Mapping[str, Any] | None = None) -> list[str]:
    """Return the flags for values, where overrides replace values of the same name and add others."""
    merged = {_name(name): value for name, value in values.items()}
    for key, value in (overrides or {}).items():
        name = _name(key)
        merged.pop(name.removeprefix("no-") if name.startswith("no-") else f"no-{name}", None)
        merged[name] = value
    return [flag for name, value in merged.items() for flag in _flags(name, value)]


def _name(key: str) -> str:
    return str(key).lstrip("-")


def _flags(name: str, value: Any) -> list[str]:
    if value is True:
        return [f"--{name}"]
    if value is None or value is False or value == "":
        return []
    if isinstance(value, list):
        return [flag for element in value for flag in _flags(name, element)]
    return [f"--{name}={value}"]


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"flags": flags}

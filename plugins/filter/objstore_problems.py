# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter objstore_problems: mistakes in Thanos' object-store settings, found before anything is changed."""

from __future__ import annotations

DOCUMENTATION = r"""
name: objstore_problems
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Say what is wrong with settings of Thanos' object store
description:
  - Checks keys, types and required fields as Thanos would. An unknown key is named by its place, and neither an unknown
    key nor the value of a text is in what is said.
positional: type, credentials_follow, variable, variables, given
options:
  _input:
    description: Settings by the names that Thanos gives them.
    type: dict
    required: true
  type:
    description: Type of object store, such as V(S3).
    type: str
    required: true
  credentials_follow:
    description: The credentials come from a Secret and are not in the settings.
    type: bool
    default: false
  variable:
    description: What the settings as a whole are called in the text.
    type: str
    default: config
  variables:
    description: What single settings are called in the text, by their key, and under V(type) what the type is called.
    type: dict
    default: {}
  given:
    description: The part of the settings that is called O(variable), in which the place of an unknown key is counted.
    type: dict
"""

EXAMPLES = r"""
- name: Show that the endpoint is missing
  ansible.builtin.debug:
    msg: "{{ {'bucket': 'prometheus-thanos'} | observability.thanos.objstore_problems('S3') }}"
"""

RETURN = r"""
_value:
  description: Each mistake in words.
  type: list
  elements: str
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..module_utils.objstore.config import managed_problems, normalized

_SETTING = re.compile(r"\bconfig(?:\.(?P<key>\w+)|(?=:| has))")


def objstore_problems(
    config: Any,
    type: str,  # noqa: A002
    credentials_follow: bool = False,
    variable: str = "config",
    variables: Mapping[str, str] | None = None,
    given: Mapping[str, Any] | None = None,
) -> list[str]:
    """Return what is wrong with the settings, named as the user gave them."""

    names = variables or {}

    def named(match: re.Match[str]) -> str:
        return names.get(match["key"], f"{variable}.{match['key']}") if match["key"] else variable

    problems = managed_problems(type, normalized(type, config), not credentials_follow, given)
    return [re.sub(r"^type\b", names.get("type", "type"), _SETTING.sub(named, problem)) for problem in problems]


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"objstore_problems": objstore_problems}

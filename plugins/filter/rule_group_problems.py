# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter rule_group_problems: mistakes in rule groups, found before anything is changed."""

from __future__ import annotations

DOCUMENTATION = r"""
name: rule_group_problems
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Say what is wrong with groups of recording and alerting rules
description:
  - Checks keys, names and durations as Prometheus and Thanos would. Expressions are left to them.
options:
  _input:
    description: Groups, as in a Prometheus rule file.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show that a rule has no expression
  ansible.builtin.debug:
    msg: "{{ [{'name': 'a', 'rules': [{'record': 'b'}]}] | observability.thanos.rule_group_problems }}"
"""

RETURN = r"""
_value:
  description: Each mistake in words.
  type: list
  elements: str
"""

from collections.abc import Callable
from typing import Any

from ..module_utils.thanos.rule_groups import rule_group_problems as find_problems


def rule_group_problems(groups: Any) -> list[str]:
    """Return what is wrong with the groups."""
    return list(find_problems(groups))


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"rule_group_problems": rule_group_problems}

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
  - Checks keys, types and required fields as Thanos would. No secret is ever in the text.
positional: type, credentials_follow
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

from collections.abc import Callable
from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.objstore import managed_problems, normalized


def objstore_problems(config: Any, type: str, credentials_follow: bool = False) -> list[str]:  # noqa: A002
    """Return what is wrong with the settings."""
    problems: list[str] = managed_problems(type, normalized(type, config), check_credentials=not credentials_follow)
    return problems


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"objstore_problems": objstore_problems}

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter size_values: what thanos_size sets."""

from __future__ import annotations

DOCUMENTATION = r"""
name: size_values
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Look up what thanos_size sets
description:
  - Gives the defaults of the options that depend on C(thanos_size).
options:
  _input:
    description: Size, one of V(small), V(medium) and V(large). Another one counts as V(small).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show 50Gi
  ansible.builtin.debug:
    msg: "{{ ('medium' | observability.thanos.size_values).thanos_store.storage_size }}"
"""

RETURN = r"""
_value:
  description: Values by role, and by option without the role's prefix.
  type: dict
"""

from collections.abc import Callable
from typing import Any

from ..module_utils.thanos.sizes import size_values


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"size_values": size_values}

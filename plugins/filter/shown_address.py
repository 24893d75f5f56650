# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter shown_address: an address without what may be secret in it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: shown_address
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Leave out of an address what may be secret
description:
  - Returns an address without its user, password, query and fragment.
options:
  _input:
    description: Address, with or without a scheme.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show https://example.com/path
  ansible.builtin.debug:
    msg: "{{ 'https://user:password@example.com/path?token=x' | observability.thanos.shown_address }}"
"""

RETURN = r"""
_value:
  description: The rest of the address.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ..module_utils.redaction.credentials import shown_address as without_secrets


def shown_address(address: Any) -> str:
    """Return an address without what may be secret in it."""
    return without_secrets(str(address))


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"shown_address": shown_address}

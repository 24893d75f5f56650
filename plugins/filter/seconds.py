# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter seconds: a duration as Prometheus and Thanos write it, in seconds."""

from __future__ import annotations

DOCUMENTATION = r"""
name: seconds
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Convert a duration such as 1d12h into seconds
description:
  - Reads durations as Prometheus and Thanos do, with the units y, w, d, h, m, s and ms, largest first.
  - A day has 24 hours, a week seven days, a year 365 days.
positional: name
options:
  _input:
    description: Duration.
    type: str
    required: true
  name:
    description: Variable that holds the duration, for the error message.
    type: str
    default: the duration
"""

EXAMPLES = r"""
- name: Show 144000
  ansible.builtin.debug:
    msg: "{{ '1d16h' | observability.thanos.seconds }}"
"""

RETURN = r"""
_value:
  description: Seconds.
  type: float
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..module_utils.thanos.duration import duration_seconds


def seconds(duration: Any, name: str = "the duration") -> float:
    """Return the seconds of a duration such as 1d12h; 0 needs no unit. The name is for the error message."""
    try:
        result: float = duration_seconds(str(duration))
    except ValueError as error:
        raise AnsibleFilterError(f"{name}: {error}.") from error
    return result


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"seconds": seconds}

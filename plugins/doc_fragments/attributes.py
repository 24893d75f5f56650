# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module supports. A module with a diff says so itself."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment, as Ansible looks it up."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Reports what it would do without changing anything.
    support: full
  diff_mode:
    description: Shows changes, as far as their content is known to be harmless.
    support: none
"""

    #: For modules that only look.
    READ_ONLY = r"""
attributes:
  check_mode:
    description: Changes nothing, with or without check mode.
    support: full
  diff_mode:
    description: Has no changes to show.
    support: none
"""

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules say of themselves that are there for the roles."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment, as Ansible looks it up."""

    DOCUMENTATION = r"""
options: {}
notes:
  - Internal. The roles of this collection use this module, and its options and results may change in any version.
"""

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module inside Ansible's own process. The other files here are links to this one, named as the modules.

No redirects in meta/runtime.yml: with them, module_defaults of one module hold for all.
"""

from __future__ import annotations

from importlib import import_module

from ..plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """The module of the name that this file is loaded by, which documents options and results."""

    module = import_module(f"..modules.{__name__.rpartition('.')[2]}", __package__)

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the module thanos_verify inside Ansible's own process, and shows its table as it is."""

from __future__ import annotations

from typing import Any

from ansible_collections.observability.thanos.plugins.modules import thanos_verify
from ansible_collections.observability.thanos.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """The module's options and results are documented with the module."""

    module = thanos_verify

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result. No callback shows a table line by line, whatever its settings."""
        result = super().run(tmp, task_vars)
        if result.get("table"):
            host = (task_vars or {}).get("inventory_hostname", "")
            self._display.display("\n".join([f"Does data flow in {host}?", *result["table"]]))
        return result

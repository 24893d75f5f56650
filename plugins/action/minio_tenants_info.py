# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the module minio_tenants_info inside Ansible's own process."""

from __future__ import annotations

from ansible_collections.observability.thanos.plugins.modules import minio_tenants_info
from ansible_collections.observability.thanos.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """The module's options and results are documented with the module."""

    module = minio_tenants_info

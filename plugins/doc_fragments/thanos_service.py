# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the modules that ask a component of Thanos."""

from __future__ import annotations


class ModuleDocFragment:
    """The fragment, as Ansible looks it up."""

    DOCUMENTATION = r"""
options:
  namespace:
    description: Namespace of the Service.
    type: str
    required: true
  port:
    description: Port of the Service, by name or number.
    type: str
    default: http
notes:
  - Requests go through the Service proxy of the Kubernetes API, so only that API has to be reachable. Errors report
    whether the Kubernetes API or Thanos refused the request. The module requires the verb C(get) on C(services/proxy).
"""

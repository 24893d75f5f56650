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
  - The request goes through the Kubernetes API's proxy for Services, so nothing but that API has to be reachable. An
    error tells whether the Kubernetes API or Thanos refused. The verb C(get) on C(services/proxy) is needed.
"""

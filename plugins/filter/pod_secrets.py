# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter pod_secrets: secrets in clear text among the options of a role that become part of pods."""

from __future__ import annotations

DOCUMENTATION = r"""
name: pod_secrets
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Say where options hold secrets that everybody could read who may see the pods
description:
  - Looks at all options of a role that end up in its pods, in the configuration that they mount, or in annotations, as
    M(observability.thanos.clear_secrets#filter) does. What one option can take from a Secret another one cannot, so the
    option's name tells what to do.
  - No text holds a secret.
positional: role
options:
  _input:
    description: Values of the options, by their names. One that the role does not have is an empty text.
    type: dict
    required: true
  role:
    description: Name of the role, by which the names begin.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show that a password has to come from a Secret
  ansible.builtin.debug:
    msg: "{{ {'thanos_store_extra_args': {'redis.password': 'x'}} | observability.thanos.pod_secrets('thanos_store') }}"
"""

RETURN = r"""
_value:
  description: What is wrong with each secret, with the path of the option.
  type: list
  elements: str
"""

from collections.abc import Callable, Mapping
from typing import Any

from ..module_utils.thanos.clear_secrets import clear_secrets

#: Options that only hold a secret where a value is one by itself: nobody could take one from anywhere.
PROSE = (
    "annotations",
    "external_labels",
    "groups",
    "labels",
    "pod_annotations",
    "pod_labels",
    "service_account_annotations",
    "service_annotations",
)
#: Options that become files or volumes, or refer to servers that have files for it: no variable is put in.
FILES = (
    "alert_query_url",
    "alertmanager_urls",
    "default_client_config",
    "endpoints",
    "extra_endpoints",
    "extra_volumes",
    "limits",
    "query_urls",
)


def pod_secrets(options: Mapping[str, Any], role: str) -> list[str]:
    """Return what is wrong with each secret in the options of a role."""
    env_name = f"{role}_extra_env"
    env = options.get(env_name)
    problems = []
    for name, value in options.items():
        short = name.removeprefix(f"{role}_")
        has_variables = isinstance(env, list) and short not in (*PROSE, *FILES)
        problems += clear_secrets(value, name, env or [], env_name if has_variables else "", by_name=short not in PROSE)
    return problems


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"pod_secrets": pod_secrets}

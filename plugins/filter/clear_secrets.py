# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter clear_secrets: secrets that would stand in clear text in what becomes part of pods."""

from __future__ import annotations

DOCUMENTATION = r"""
name: clear_secrets
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Say which secrets in settings would stand in pods in clear text
description:
  - Looks for keys such as C(password) and C(access_token), headers, addresses with a password or a token, private keys
    and the like, at any depth, in command lines, in environment variables, and in documents that stand in a text. They
    have to be names of environment variables, as in C($(NAME)), that come from a Secret. No value is ever in the text.
positional: name, env, env_name, by_name
options:
  _input:
    description: Settings that become part of pods.
    type: raw
    required: true
  name:
    description: Variable that holds the settings.
    type: str
    required: true
  env:
    description: Environment variables of the container, as Kubernetes has them.
    type: list
    elements: dict
    required: true
  env_name:
    description: Variable that holds the environment variables. Where it is empty, no variable is put in.
    type: str
    required: true
  by_name:
    description: Whether a name such as C(password) tells that its value is a secret. Otherwise only a value does that
      is a credential by itself.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Show that the password is in clear text
  ansible.builtin.debug:
    msg: "{{ cache | observability.thanos.clear_secrets('cache', env, 'env') }}"
  vars:
    cache: {addr: "redis:6379", password: hunter2}
    env: []
"""

RETURN = r"""
_value:
  description: What is wrong, in words.
  type: list
  elements: str
"""

from collections.abc import Callable
from typing import Any

from ..module_utils.thanos.clear_secrets import clear_secrets


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"clear_secrets": clear_secrets}

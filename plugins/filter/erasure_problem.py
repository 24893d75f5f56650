# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter erasure_problem: why a distributed MinIO cannot have so many pods with so many drives."""

from __future__ import annotations

DOCUMENTATION = r"""
name: erasure_problem
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Say why a distributed MinIO cannot have so many pods with so many drives
description:
  - Checks the numbers by MinIO's rules for erasure sets, and that a pod may be away while objects are read and written.
positional: drives_per_pod
options:
  _input:
    description: Number of pods.
    type: int
    required: true
  drives_per_pod:
    description: Number of drives of each pod.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Check the number of drives
  ansible.builtin.assert:
    that: minio_replicas | observability.thanos.erasure_problem(minio_drives_per_pod) | length == 0
"""

RETURN = r"""
_value:
  description: What is wrong, empty for good numbers.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ..module_utils.minio.erasure import erasure_problem as problem_of_numbers


def erasure_problem(pods: Any, drives_per_pod: Any) -> str:
    """Return what is wrong; numbers may come as text."""
    return problem_of_numbers(int(pods), int(drives_per_pod))


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"erasure_problem": erasure_problem}

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter bucket_name_problem: why S3 refuses a bucket's name."""

from __future__ import annotations

DOCUMENTATION = r"""
name: bucket_name_problem
author: The observability.thanos maintainers (@observability)
version_added: "0.1.0"
short_description: Say why S3 refuses the name of a bucket
description:
  - Checks a bucket's name by S3's rules.
options:
  _input:
    description: Name of the bucket.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Check the name of the bucket
  ansible.builtin.assert:
    that: minio_bucket | observability.thanos.bucket_name_problem | length == 0
    fail_msg: "minio_bucket is '{{ minio_bucket }}': {{ minio_bucket | observability.thanos.bucket_name_problem }}"
"""

RETURN = r"""
_value:
  description: What is wrong, empty for a good name.
  type: str
"""

from collections.abc import Callable
from typing import Any

from ..module_utils.objstore.bucket_name import bucket_name_problem


class FilterModule:
    """The filter, as Ansible looks it up."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"bucket_name_problem": bucket_name_problem}

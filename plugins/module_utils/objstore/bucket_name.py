# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names that S3 allows for buckets."""

from __future__ import annotations

import re

ALLOWED = (
    "3 to 63 lower-case letters, digits, hyphens and dots, with a letter or digit at both ends, "
    "no two dots in a row, and not the form of an IP address"
)
_SHAPE = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
RESERVED_PREFIXES = ("amzn-s3-demo-", "sthree-", "xn--")
RESERVED_SUFFIXES = ("--ol-s3", "--table-s3", "--x-s3", "-s3alias", ".mrap")


def bucket_name_problem(name: object) -> str:
    """Return why S3 refuses this bucket name, or an empty text for a good one."""
    if not isinstance(name, str) or not _SHAPE.fullmatch(name) or ".." in name or _ADDRESS.fullmatch(name):
        return f"not a bucket name that S3 allows: {ALLOWED}"
    if name.startswith(RESERVED_PREFIXES):
        return f"S3 reserves names that begin with {', '.join(RESERVED_PREFIXES)}"
    if name.endswith(RESERVED_SUFFIXES):
        return f"S3 reserves names that end with {', '.join(RESERVED_SUFFIXES)}"
    return ""

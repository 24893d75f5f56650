# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Durations as Prometheus and Thanos write them."""

from __future__ import annotations

import re

#: Seconds of each unit, in the order in which a duration names them.
UNITS = {"y": 365 * 86400, "w": 7 * 86400, "d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}
_DURATION = re.compile("".join(rf"(?:(?P<{unit}>\d+){unit})?" for unit in UNITS))


def duration_seconds(text: str) -> float:
    """Return the seconds of a duration such as 1d12h; 0 needs no unit. ValueError for anything else."""
    if text == "0":
        return 0.0
    match = _DURATION.fullmatch(text)
    if not text or not match:
        raise ValueError(f"'{text}' is no duration: numbers with units, largest first, such as 30d, 1d12h or 90s")
    return float(sum(int(number) * UNITS[unit] for unit, number in match.groupdict().items() if number))

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How MinIO puts drives together into erasure sets, by its own rules, and what these can do without."""

from __future__ import annotations

#: MinIO's own limits.
SMALLEST_CLUSTER = 4
SET_SIZES = range(2, 17)
#: Drives of parity, up to this size of a set; larger ones have PARITY.
SMALL_SETS = ((3, 1), (5, 2), (7, 3))
PARITY = 4


def set_size(pods: int, drives_per_pod: int) -> int:
    """Return how many drives make up an erasure set, 0 where MinIO finds no number.

    It takes the largest that divides all drives, and of which every pod has equally many.
    """
    drives = pods * drives_per_pod
    sizes = [size for size in SET_SIZES if drives % size == 0 and max(size, pods) % min(size, pods) == 0]
    return max(sizes, default=0)


def parity(size: int) -> int:
    """Return how many of a set's drives can be away while everything in it can be read."""
    return next((drives for largest, drives in SMALL_SETS if size <= largest), PARITY)


def spare_drives(size: int) -> int:
    """Return how many of a set's drives can be away while it takes new objects."""
    data = size - parity(size)
    # Half a set is no majority.
    return size - (data + 1 if data == parity(size) else data)


def erasure_problem(pods: int, drives_per_pod: int) -> str:
    """Return why these drives would not do, empty where they do."""
    drives = pods * drives_per_pod
    total = f"{pods} pods with {drives_per_pod} drives each are {drives} drives"
    if pods < 1 or drives_per_pod < 1 or drives < SMALLEST_CLUSTER:
        return f"{total}, and MinIO needs at least {SMALLEST_CLUSTER}"
    size = set_size(pods, drives_per_pod)
    if not size:
        return (
            f"{total}, which MinIO cannot divide into erasure sets of equal size: that takes a number from "
            f"{SET_SIZES[0]} to {SET_SIZES[-1]} which divides all drives and is a divisor or a multiple of the number "
            "of pods"
        )
    lost = max(1, size // pods)
    if lost > spare_drives(size):
        return (
            f"{total}, in erasure sets of {size} that take new objects while at most {spare_drives(size)} of their "
            f"drives are away; without one pod {lost} are. Take more pods"
        )
    return ""

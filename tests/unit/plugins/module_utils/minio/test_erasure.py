# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The numbers of drives that MinIO takes; the sizes of sets are those that MinIO's own tests expect."""

from __future__ import annotations

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.minio.erasure import (
    erasure_problem,
    parity,
    set_size,
    spare_drives,
)


@pytest.mark.parametrize(
    ("pods", "drives", "size"),
    [
        (4, 1, 4),
        (4, 4, 16),
        (12, 12, 12),
        (11, 11, 11),
        (3, 180, 15),
        (2, 180, 12),
        (64, 1, 16),
        (6, 28, 12),
        (17, 52, 0),
    ],
)
def test_size_of_an_erasure_set(pods: int, drives: int, size: int) -> None:
    assert set_size(pods, drives) == size


@pytest.mark.parametrize(("size", "drives"), [(2, 1), (3, 1), (4, 2), (5, 2), (6, 3), (7, 3), (8, 4), (16, 4)])
def test_parity(size: int, drives: int) -> None:
    assert parity(size) == drives


@pytest.mark.parametrize(("size", "drives"), [(2, 0), (3, 1), (4, 1), (5, 2), (6, 2), (8, 3), (9, 4), (16, 4)])
def test_half_of_a_set_takes_no_new_objects(size: int, drives: int) -> None:
    assert spare_drives(size) == drives


@pytest.mark.parametrize(("pods", "drives"), [(4, 1), (4, 4), (3, 2), (3, 4), (8, 1), (5, 1), (16, 4), (20, 1)])
def test_good_numbers(pods: int, drives: int) -> None:
    assert erasure_problem(pods, drives) == ""


@pytest.mark.parametrize(
    ("pods", "drives", "problem"),
    [
        (3, 1, "3 pods with 1 drives each are 3 drives, and MinIO needs at least 4"),
        (0, 4, "at least 4"),
        (4, 0, "at least 4"),
        (-4, -1, "at least 4"),
        (17, 1, "a number from 2 to 16 which divides all drives"),
        (34, 2, "erasure sets of 2 that take new objects while at most 0"),
        (2, 2, "sets of 4 that take new objects while at most 1 of their drives are away; without one pod 2 are"),
        (1, 4, "without one pod 4 are"),
        # Less parity than one pod has drives.
        (3, 5, "sets of 15 that take new objects while at most 4 of their drives are away; without one pod 5 are"),
    ],
)
def test_numbers_that_would_not_do(pods: int, drives: int, problem: str) -> None:
    assert problem in erasure_problem(pods, drives)

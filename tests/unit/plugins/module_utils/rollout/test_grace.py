# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long problems may last."""

from __future__ import annotations

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.rollout.grace import Grace, Limits
from ansible_collections.observability.thanos.plugins.module_utils.rollout.problem import Patience, Problem


def problem(patience: Patience, reason: str = "Why", restarts: int = 0) -> Problem:
    """Return a problem of container main in pod 1."""
    return Problem(reason, "", patience, uid="1", container="main", restarts=restarts)


def test_hopeless_problem_expires_at_once() -> None:
    assert Grace(Limits()).expired([problem(Patience.NONE)], 0)


@pytest.mark.parametrize(
    ("patience", "seconds"), [(Patience.SHORT, 15), (Patience.IMAGE, 20), (Patience.SCHEDULING, 20)]
)
def test_problem_expires_when_it_stays(patience: Patience, seconds: float) -> None:
    grace = Grace(Limits())
    assert not grace.expired([problem(patience)], 0)
    assert grace.next_expiry([problem(patience)], 5) == seconds - 5
    assert not grace.expired([problem(patience)], seconds - 1)
    assert grace.expired([problem(patience)], seconds)


def test_problem_that_went_away_starts_again() -> None:
    grace = Grace(Limits())
    grace.expired([problem(Patience.SHORT)], 0)
    grace.expired([], 10)
    assert not grace.expired([problem(Patience.SHORT)], 20)


def test_image_problem_with_two_names_is_one() -> None:
    grace = Grace(Limits())
    grace.expired([problem(Patience.IMAGE, "ErrImagePull")], 0)
    assert grace.expired([problem(Patience.IMAGE, "ImagePullBackOff")], 20)


def test_what_was_put_there_starts_again() -> None:
    grace = Grace(Limits())
    grace.expired([problem(Patience.SHORT)], 0)
    grace.restart(problem(Patience.SHORT), 15)
    assert not grace.expired([problem(Patience.SHORT)], 20)
    assert grace.expired([problem(Patience.SHORT)], 30)


def test_nothing_expires_for_what_it_lasted_while_nobody_could_help() -> None:
    grace = Grace(Limits())
    grace.expired([problem(Patience.SHORT)], 0)
    grace.forgive(10)
    assert not grace.expired([problem(Patience.SHORT)], 24)
    grace.forgive(5)
    assert grace.expired([problem(Patience.SHORT)], 25)


def test_problem_of_all_patience_never_expires() -> None:
    grace = Grace(Limits())
    assert not grace.expired([problem(Patience.ALL)], 0)
    assert not grace.expired([problem(Patience.ALL)], 10_000)
    assert grace.next_expiry([problem(Patience.ALL)], 0) is None


def test_crashes_expire_by_number() -> None:
    grace = Grace(Limits(crash_restarts=2))
    outcomes = [bool(grace.expired([problem(Patience.CRASHES, restarts=count)], 0)) for count in range(3)]
    assert outcomes == [False, False, True]


def test_crashes_from_before_do_not_count() -> None:
    grace = Grace(Limits())
    assert not grace.expired([problem(Patience.CRASHES, restarts=57)], 0)
    assert not grace.expired([problem(Patience.CRASHES, restarts=57)], 1000)
    assert grace.expired([problem(Patience.CRASHES, restarts=58)], 1001)

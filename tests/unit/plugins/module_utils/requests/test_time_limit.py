# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever takes too long is left behind."""

from __future__ import annotations

import os
import sys
import threading

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.requests.time_limit import LateError, within

#: More than any test takes.
LONG = 60


def test_a_value_and_an_error_come_back() -> None:
    assert within(LONG, lambda: 1) == 1
    assert within(float("inf"), lambda: None) is None
    with pytest.raises(ZeroDivisionError):
        within(LONG, lambda: 1 // 0)
    with pytest.raises(SystemExit):
        within(LONG, lambda: sys.exit(1))


def test_what_is_late_is_left_behind() -> None:
    never = threading.Event()
    for _each in range(3):
        with pytest.raises(LateError, match="no answer within 0 s"):
            within(0.01, never.wait)
    assert within(LONG, lambda: 1) == 1
    never.set()


def test_a_notice_comes_once_and_in_between() -> None:
    heard = threading.Event()
    noticed: list[int] = []

    def notice() -> None:
        noticed.append(1)
        heard.set()

    assert within(LONG, lambda: heard.wait(LONG), notice, 0.01) is True
    assert within(LONG, lambda: 1, notice, 0.01) == 1
    with pytest.raises(LateError, match="within 0 s"):
        within(0.01, threading.Event().wait, notice, 0.02)
    assert noticed == [1]


def test_threads_are_used_again() -> None:
    within(LONG, lambda: 1)
    before = threading.active_count()
    seen = {within(LONG, threading.get_ident) for _each in range(20)}
    assert len(seen) == 1
    assert threading.get_ident() not in seen
    assert threading.active_count() == before


def test_what_works_calls_what_works() -> None:
    assert within(LONG, lambda: within(LONG, lambda: within(LONG, lambda: 1))) == 1


def test_a_process_that_was_forked_has_threads_of_its_own() -> None:
    within(LONG, lambda: 1)
    child = os.fork()
    if child == 0:
        os._exit(within(LONG, lambda: 7))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7

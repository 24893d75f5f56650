# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A time limit for whatever it is that takes long: a name's resolution, a handshake, an answer byte by byte."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

#: A signal that comes just before a thread begins to wait is seen only when it has waited.
SIGNAL_SECONDS = 0.5

Value = TypeVar("Value")


class LateError(TimeoutError):
    """The time is over."""


def within(
    seconds: float,
    work: Callable[[], Value],
    notice: Callable[[], None] | None = None,
    notice_seconds: float = float("inf"),
) -> Value:
    """Return what work returns, LateError where it takes longer; notice is called once where it takes that long.

    Timeouts of sockets count anew from each byte and do not cover everything, so another thread does the work. One that
    is late is left behind: it is a daemon, which does not keep the process from ending.
    """
    helper = _take_helper()
    outcome = helper.start(work)
    is_noticed = notice is not None and notice_seconds < seconds
    ended = outcome.wait(notice_seconds if is_noticed else seconds)
    if not ended and is_noticed and notice is not None:
        notice()
        ended = outcome.wait(seconds - notice_seconds)
    if not ended:
        raise LateError(f"no answer within {seconds:.0f} s")
    _idle.append(helper)
    if outcome.error is not None:
        raise outcome.error
    value: Value = outcome.value
    return value


class _Outcome:
    """What became of some work."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._ended: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.value: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.value = self._work()
        except BaseException as error:
            self.error = error
        self._ended.put(None)

    def wait(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            with contextlib.suppress(queue.Empty):
                self._ended.get(timeout=max(0.0, min(left, SIGNAL_SECONDS)))
                return True
            if left <= SIGNAL_SECONDS:
                return False


class _Helper:
    """A thread that works for one after the other, since to start one takes as long as a quick request."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[_Outcome] = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    def start(self, work: Callable[[], Any]) -> _Outcome:
        outcome = _Outcome(work)
        self._waiting.put(outcome)
        return outcome

    def _run(self) -> None:
        while True:
            self._waiting.get().run()


_idle: deque[_Helper] = deque()
# The processes that Ansible forks have none of the threads.
os.register_at_fork(after_in_child=_idle.clear)


def _take_helper() -> _Helper:
    try:
        return _idle.pop()
    except IndexError:
        return _Helper()

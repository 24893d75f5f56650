# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that gives no answer, or only excuses: it is asked again for a while, and the person is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from .errors import NoAnswerError, SilentBehindError
from .retry import Asked, Reply, is_excuse, pause_after
from .time_limit import LateError, within
from .unreachable import is_cut, is_refused, reason_of, unreachable

#: For so long it is asked again. A Kubernetes API server that was restarted answers after some ten seconds.
PATIENCE_SECONDS = 20.0
#: So long all tries together may take. The API server itself ends a request after a minute.
LIMIT_SECONDS = 45.0
#: After so long without an answer the person hears of it.
NOTICE_SECONDS = 5.0
#: Once the time is over, who asks all the same has this long, and only so often.
PROBE_SECONDS, PROBE_PAUSE_SECONDS = 2.0, 5.0
#: For so long after it was away it may still refuse everybody.
STARTING_SECONDS = 10.0
STARTING_STATUSES = (401, 403, 429, 500, 503, 504)
#: How long to wait before it is asked again, at first.
RETRY_SECONDS = 0.5

Answer = TypeVar("Answer", bound=Reply)


class Outage:
    """How long a server has given no answer, whichever request was the first to notice."""

    def __init__(
        self,
        tell: Callable[[str], None] | None = None,
        patience: float = PATIENCE_SECONDS,
        limit: float = LIMIT_SECONDS,
        notice: float = NOTICE_SECONDS,
    ) -> None:
        """Start with a server that answers; tell is called with what a person who waits should know.

        Patience and limit are for all requests together: once they are over, each fails at once until there is an
        answer.
        """
        #: When a request last got no answer, by the monotonic clock.
        self.last = float("-inf")
        #: Since when nothing comes back, when that was first found out, and since when nothing but excuses comes.
        self._silent: float | None = None
        self._noticed: float | None = None
        self._busy: float | None = None
        self._reason = ""
        self._said = ""
        self._tell = tell
        self._patience = patience
        self._limit = limit
        self._notice_seconds = notice
        self._lock = threading.Lock()

    def ask(self, asked: Asked, send: Callable[[float], Answer]) -> Answer:
        """Return what came back, in the end, for a request that is sent with so many seconds for its answer.

        NoAnswerError where nothing came. An error is given back like any answer, once trying again does not help.
        """
        from urllib3.exceptions import HTTPError
        from websocket import WebSocketException

        repeats = 0
        # Since when this request itself may find a server that is starting: others may lose theirs again and again.
        since = time.monotonic()
        while True:
            began = time.monotonic()
            try:
                reply = self._send(asked, send, began)
            except (HTTPError, WebSocketException, OSError) as error:
                if self._is_over(began, error) or not _may_help(asked, error):
                    raise NoAnswerError(unreachable(asked.server, self._reason)) from error
                self._say("the Kubernetes API gives no answer, and is asked again")
                time.sleep(RETRY_SECONDS)
                since = time.monotonic()
            else:
                may_be_starting = asked.may_wait and began - since < STARTING_SECONDS
                if not self._is_to_be_asked_again(asked, reply, repeats, began, may_be_starting):
                    return reply
            repeats += 1

    def _send(self, asked: Asked, send: Callable[[float], Answer], began: float) -> Answer:
        limit = min(self._time_left(), asked.seconds)
        if limit <= 0:
            raise NoAnswerError(unreachable(asked.server, self._reason))

        def notice() -> None:
            with self._lock:
                self._silent = self._silent or began
            waited = time.monotonic() - began
            self._say(
                f"the Kubernetes API at {asked.server} has not answered {asked.method} {asked.path} for {waited:.0f} s"
            )

        try:
            return within(limit, lambda: send(limit), notice, self._notice_seconds)
        except LateError as error:
            if not asked.is_passed_on or limit >= self._limit:  # All the time that the API itself has.
                raise
            late = error
        raise SilentBehindError(f"The Kubernetes API at {asked.server} gave {late} for {asked.path}.")

    def _is_to_be_asked_again(
        self, asked: Asked, reply: Reply, repeats: int, began: float, may_be_starting: bool
    ) -> bool:
        """Wait, where waiting may help; else note that there is an answer."""
        pause = pause_after(asked, reply, repeats, RETRY_SECONDS)
        if pause is not None:
            elapsed = self._excuse(began)
            if elapsed + pause.seconds > (self._limit if pause.is_wanted else self._patience):
                return False
            self._say(f"the Kubernetes API answers with status {reply.status}, and is asked again")
            time.sleep(pause.seconds)
            return True
        if may_be_starting and self._is_starting(reply):
            self._say("the Kubernetes API gives no answer, and is asked again")
            time.sleep(RETRY_SECONDS)
            return True
        if asked.may_wait or not is_excuse(reply):  # Who does not wait says nothing about how long others have waited.
            self._end()
        return False

    def _time_left(self) -> float:
        """Return how long the next request may take."""
        with self._lock:
            if self._silent is None:
                return self._limit
            now = time.monotonic()
            left = self._silent + self._limit - now
            if left > 0:
                return left
            return 0.0 if now - self.last < PROBE_PAUSE_SECONDS else PROBE_SECONDS

    def _excuse(self, began: float) -> float:
        """Note that only an excuse came back for a request of that time; return for how long nothing else does."""
        with self._lock:
            self._silent = self._noticed = None
            self._busy = self._busy or began
            return time.monotonic() - self._busy

    def _is_over(self, began: float, error: Exception) -> bool:
        """Note why there was no answer to a request of that time; return whether that was the last try."""
        with self._lock:
            self.last = time.monotonic()
            self._reason = reason_of(error)
            self._silent = self._silent or began
            self._noticed = self._noticed or self.last
            return self.last - self._noticed >= self._patience or self.last - self._silent >= self._limit

    def _is_starting(self, reply: Reply) -> bool:
        """Return whether the server answers so because it has not read yet who may do what."""
        is_new = time.monotonic() - self.last < STARTING_SECONDS
        return is_new and reply.status in STARTING_STATUSES

    def _end(self) -> None:
        with self._lock:
            began = [since for since in (self._silent, self._busy) if since is not None]
            self._silent = self._noticed = self._busy = None
        if began and self._said:
            self._say(f"the Kubernetes API answers again [{time.monotonic() - min(began):.0f} s]")
            self._said = ""

    def _say(self, line: str) -> None:
        with self._lock:
            is_new, self._said = line != self._said, line
        if is_new and self._tell is not None:
            self._tell(line)


def _may_help(asked: Asked, error: Exception) -> bool:
    """Return whether another try may help and harms nobody."""
    may_be_cut = asked.may_repeat and (isinstance(error, LateError) or is_cut(error))
    return asked.may_wait and (is_refused(error) or may_be_cut)

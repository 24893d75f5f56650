# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that gives no answer for a while, as when it is restarted: it is asked again."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

#: For how long. A Kubernetes API server that was restarted answers after some ten seconds.
PATIENCE_SECONDS = 20.0
#: For so long after it was away it may still refuse everybody.
STARTING_SECONDS = 10.0
STARTING_STATUSES = (401, 403, 429, 500, 503, 504)
#: How long to wait before it is asked again.
RETRY_SECONDS = 0.5

Answer = TypeVar("Answer")


class Outage:
    """How long a server has given no answer, whichever request was the first to notice."""

    def __init__(self, tell: Callable[[str], None] | None = None, patience: float = PATIENCE_SECONDS) -> None:
        """Start with a server that answers; tell is called with what a person who waits should know.

        The patience is for all requests together: once it is over, they fail at once until there is an answer.
        """
        #: When a request last got no answer, by the monotonic clock.
        self.last = float("-inf")
        self._since: float | None = None
        self._said = ""
        self._tell = tell
        self._patience = patience
        self._lock = threading.Lock()

    def ask(self, request: Callable[[], Answer], may_repeat: bool = True, may_wait: bool = True) -> Answer:
        """Return what the request returns, made again where the server seems to be starting.

        A request that may not be repeated is made again only where it never reached the server.
        """
        from urllib3.exceptions import HTTPError

        while True:
            try:
                answer = request()
            except HTTPError as error:
                is_over = self._note() >= self._patience
                if is_over or not may_wait or not (_is_refused(error) or (may_repeat and _is_cut(error))):
                    raise
            except Exception as error:
                is_starting = self._is_starting(error)
                if not is_starting:
                    self._end()  # An error, but the server's own.
                if not is_starting or not may_wait:
                    raise
            else:
                self._end()
                return answer
            self._say("the Kubernetes API gives no answer, and is asked again")
            time.sleep(RETRY_SECONDS)

    def _note(self) -> float:
        """Note that there was no answer; return for how long there has been none."""
        with self._lock:
            self.last = time.monotonic()
            if self._since is None:
                self._since = self.last
            return self.last - self._since

    def _is_starting(self, error: Exception) -> bool:
        """Return whether the server answers so because it has not read yet who may do what."""
        is_new = time.monotonic() - self.last < STARTING_SECONDS
        return is_new and getattr(error, "status", None) in STARTING_STATUSES

    def _end(self) -> None:
        with self._lock:
            since, self._since = self._since, None
        if since is not None and self._said:
            self._say(f"the Kubernetes API answers again [{time.monotonic() - since:.0f} s]")
            self._said = ""

    def _say(self, line: str) -> None:
        with self._lock:
            is_new, self._said = line != self._said, line
        if is_new and self._tell is not None:
            self._tell(line)


def _is_refused(error: BaseException) -> bool:
    """Return whether nobody listens, so that the request cannot have been seen."""
    return any(isinstance(each, ConnectionRefusedError) for each in _chain(error))


def _is_cut(error: BaseException) -> bool:
    """Return whether the connection ended before the answer did: not so where a name or a certificate is wrong.

    What passes connections on, such as a load balancer, takes them first where nobody is behind it.
    """
    from urllib3.exceptions import IncompleteRead, NewConnectionError, ProtocolError, TimeoutError

    cuts = (ProtocolError, IncompleteRead, TimeoutError, ssl.SSLEOFError)
    # To urllib3, each connection that could not be made is a late one.
    return any(isinstance(each, cuts) and not isinstance(each, NewConnectionError) for each in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Return an error and what led to it, which urllib3 keeps in several ways."""
    while error is not None:
        yield error
        kept = [getattr(error, "reason", None), *error.args, error.__cause__, error.__context__]
        error = next((each for each in kept if isinstance(each, BaseException)), None)

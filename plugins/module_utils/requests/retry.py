# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which requests and answers may be tried again, and when: as client-go does it, and where that is harmless."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

#: So often client-go repeats a request because of a Retry-After.
MAX_REPEATS = 10
MAX_DISCOVERY_REPEATS = 3
#: A server that asks for more is asked again after so many seconds all the same.
MAX_PAUSE_SECONDS = 10.0
#: Without a Retry-After the pauses grow from the first to this.
MAX_GUESS_SECONDS = 5.0
#: The server, or what passes requests on to it, cannot do it just now.
PASSING_STATUSES = (502, 503, 504)
#: What etcd says, or the connection to it, while it has no leader or too much to do.
PASSING_ERRORS = re.compile(
    rb"etcdserver: (request timed out|leader changed|no leader|not leader|too many requests|server stopped|"
    rb"unhealthy cluster)|rpc error: code = Unavailable"
)


class Reply(Protocol):
    """What came back, in urllib3's terms."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whose names' case does not matter."""

    @property
    def data(self) -> bytes:
        """The body."""


@dataclass(frozen=True)
class Asked:
    """A request, as far as it matters for trying it again."""

    #: Scheme, host and port.
    server: str
    method: str
    path: str
    #: How long it may take, in seconds, where that is less than for others.
    seconds: float = float("inf")
    #: Not where the one who asks comes back by himself.
    may_wait: bool = True
    #: Not where doing it twice is something else than doing it once.
    may_repeat: bool = True
    #: What is behind a proxy of the API has answered, and says of itself what its error means.
    is_proxied: bool = False
    #: A pod or a node has to answer: where none does in time, the API need not be away.
    is_passed_on: bool = False
    #: Which kinds a version of a group has: an aggregated API whose server is gone is unavailable for good.
    is_discovery: bool = False


@dataclass(frozen=True)
class Pause:
    """How long to wait before the next try."""

    seconds: float
    #: The server itself has asked for it, so it has not done what was asked.
    is_wanted: bool


def pause_after(asked: Asked, reply: Reply, repeats: int, first: float) -> Pause | None:
    """Return how long to wait before asking again after so many repeats, None where the answer is one to keep.

    A request that may be done only once is repeated only where the server says that it should be: it may have stored
    the object and only not known it, as when etcd's answer was late.
    """
    if not asked.may_wait or not is_excuse(reply):
        return None
    guess = min(first * 2**repeats, MAX_GUESS_SECONDS) * random.uniform(0.8, 1.2)  # noqa: S311  # Nothing secret.
    wanted = _retry_after(reply)
    if reply.status == 429 or (wanted is not None and not asked.is_proxied):
        if repeats >= MAX_REPEATS:
            return None
        return Pause(guess if wanted is None else min(max(wanted, first), MAX_PAUSE_SECONDS), is_wanted=True)
    if asked.is_proxied or not asked.may_repeat or not _is_passing(reply):
        return None
    if asked.is_discovery and repeats >= MAX_DISCOVERY_REPEATS:
        return None
    return Pause(guess, is_wanted=False)


def is_excuse(reply: Reply) -> bool:
    """Return whether the answer says that the server cannot do it, perhaps only just now."""
    return reply.status == 429 or reply.status >= 500


def _is_passing(reply: Reply) -> bool:
    return reply.status in PASSING_STATUSES or PASSING_ERRORS.search(reply.data) is not None


def _retry_after(reply: Reply) -> float | None:
    """Return what the header Retry-After asks for in seconds, None where it says nothing that makes sense."""
    from urllib3 import Retry
    from urllib3.exceptions import InvalidHeader

    value = reply.headers.get("Retry-After")
    if value is None:
        return None
    try:
        return float(Retry().parse_retry_after(value))
    except (InvalidHeader, ValueError, OverflowError):
        return None

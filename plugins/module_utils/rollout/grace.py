# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long problems have lasted, and which have lasted too long."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from .problem import Patience, Problem


@dataclass(frozen=True)
class Limits:
    """How long to wait, in seconds, and how many restarts to bear."""

    timeout: float = 300
    grace_period: float = 15
    image_grace_period: float = 20
    scheduling_grace_period: float = 20
    #: The third crash comes some 12 s after the first one, the fourth would come after 30 s.
    crash_restarts: int = 2
    log_lines: int = 10

    def seconds(self, patience: Patience) -> float | None:
        """Return how long a problem may last, None where not its duration decides."""
        return {
            Patience.NONE: 0.0,
            Patience.SHORT: self.grace_period,
            Patience.IMAGE: self.image_grace_period,
            Patience.SCHEDULING: self.scheduling_grace_period,
        }.get(patience)


class Grace:
    """Remembers when each problem was first seen."""

    def __init__(self, limits: Limits) -> None:
        """Start with no problem seen."""
        self._limits = limits
        self._since: dict[Hashable, float] = {}
        self._restarts: dict[Hashable, int] = {}

    def expired(self, problems: list[Problem], now: float) -> list[Problem]:
        """Take all problems there are now; return those that cannot be expected to go away."""
        keys = {self._key(problem) for problem in problems}
        self._since = {key: self._since.get(key, now) for key in keys}
        return [problem for problem in problems if self._is_expired(problem, now)]

    def restart(self, problem: Problem, now: float) -> None:
        """Let the problem last from the beginning: what was missing is there now."""
        self._since[self._key(problem)] = now

    def forgive(self, until: float) -> None:
        """Restart all grace periods at `until`: nothing could recover during the outage."""
        self._since = {key: max(since, until) for key, since in self._since.items()}

    def next_expiry(self, problems: list[Problem], now: float) -> float | None:
        """Return in how many seconds the next of the problems expires, None where only a change can tell."""
        left = []
        for problem in problems:
            seconds = self._limits.seconds(problem.patience)
            if seconds is not None:
                left.append(max(0.0, self._since.get(self._key(problem), now) + seconds - now))
        return min(left, default=None)

    def _is_expired(self, problem: Problem, now: float) -> bool:
        if problem.patience is Patience.CRASHES:
            # Crashes from before the wait do not count: what they lacked may have just been put there.
            before = self._restarts.setdefault((problem.uid, problem.container), problem.restarts)
            return bool(problem.restarts >= self._limits.crash_restarts and problem.restarts > before)
        seconds = self._limits.seconds(problem.patience)
        return seconds is not None and now - self._since[self._key(problem)] >= seconds

    @staticmethod
    def _key(problem: Problem) -> Hashable:
        # Not the reason: an image's goes back and forth between two.
        return (problem.uid, problem.container, problem.patience)

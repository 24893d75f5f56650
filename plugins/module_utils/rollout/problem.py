# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps a workload from being rolled out, and how long that may last."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Patience(Enum):
    """How long a problem may last before the rollout counts as failed."""

    #: Nothing but a change of the object helps.
    NONE = "none"
    #: Something is missing that another writer may be about to create.
    SHORT = "short"
    #: An image is pulled again a few times: a registry may be away for a moment.
    IMAGE = "image"
    #: A node or a volume may become free.
    SCHEDULING = "scheduling"
    #: A program may crash a few times until what it needs is there.
    CRASHES = "crashes"
    #: It may go away by itself at any time: only the timeout ends the wait.
    ALL = "all"


@dataclass(frozen=True)
class Missing:
    """An object, or a key in it, that a pod refers to and that was not found."""

    kind: str
    name: str
    key: str = ""

    def __str__(self) -> str:
        """Return its name for people."""
        return f"key {self.key} in {self.kind} {self.name}" if self.key else f"{self.kind} {self.name}"


@dataclass(frozen=True)
class Problem:
    """One cause, in plain words."""

    reason: str
    message: str
    patience: Patience
    remedy: str = ""
    pod: str = ""
    #: uid of the pod, or of the object that has the problem.
    uid: str = ""
    container: str = ""
    restarts: int = 0
    exit_code: int | None = None
    missing: Missing | None = None
    #: Which log explains it: "current", "previous" (the crashed container's), or "" for none.
    log: str = ""

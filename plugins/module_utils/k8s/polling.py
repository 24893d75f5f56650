# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for what no event reports."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..requests.errors import ClusterError

POLL_SECONDS = 0.2


def wait_until(is_true: Callable[[], bool], timeout: float, message: str) -> None:
    """Look again and again; raise ClusterError with the message when the time is over."""
    deadline = time.monotonic() + timeout
    while not is_true():
        if time.monotonic() > deadline:
            raise ClusterError(message)
        time.sleep(POLL_SECONDS)

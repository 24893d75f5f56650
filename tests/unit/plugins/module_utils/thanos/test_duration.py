# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Durations as Prometheus writes them."""

from __future__ import annotations

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.thanos.duration import duration_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("2h", 7200), ("1d12h", 129600), ("15d", 1296000), ("1w", 604800), ("1y", 31536000), ("1s500ms", 1.5)],
)
def test_duration(text: str, seconds: float) -> None:
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "h", "12h1d", "2 h", "-1h", "1.5h", "2H"])
def test_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        duration_seconds(text)

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.observability.thanos.plugins.filter.seconds import FilterModule, seconds


@pytest.mark.parametrize(
    ("duration", "expected"),
    [("0", 0), (0, 0), ("0d", 0), ("40h", 144000), ("10d", 864000), ("1d16h", 144000), ("1w", 604800), ("500ms", 0.5)],
)
def test_durations_are_read_as_thanos_does(duration: Any, expected: float) -> None:
    assert seconds(duration) == expected


@pytest.mark.parametrize("duration", ["", "2 minutes", "-1h", "1h1d", "1", "1.5h", "1h1h", None])
def test_the_error_names_variable_and_value(duration: Any) -> None:
    with pytest.raises(AnsibleFilterError) as error:
        seconds(duration, "thanos_querier_timeout")
    assert "thanos_querier_timeout" in str(error.value)
    assert f"'{duration}'" in str(error.value)


def test_ansible_finds_it_by_name() -> None:
    assert FilterModule().filters() == {"seconds": seconds}

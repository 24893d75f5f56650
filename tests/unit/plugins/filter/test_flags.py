# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.filter.flags import FilterModule, flags


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2m", ["--f=2m"]),
        (20, ["--f=20"]),
        (0, ["--f=0"]),
        (True, ["--f"]),
        (False, []),
        (None, []),
        ("", []),
        ([], []),
        (["a", "b"], ["--f=a", "--f=b"]),
        (["", "b"], ["--f=b"]),
        ('{"a": "="}', ['--f={"a": "="}']),
    ],
)
def test_values_become_flags(value: Any, expected: list[str]) -> None:
    assert flags({"f": value}) == expected


def test_overrides_replace_in_place_and_add_at_the_end() -> None:
    assert flags({"a": 1, "b": 2}, {"--c": 3, "a": 4}) == ["--a=4", "--b=2", "--c=3"]


def test_an_override_leaves_a_flag_out() -> None:
    assert flags({"a": 1, "b": True}, {"a": None, "b": False}) == []


def test_no_and_its_opposite_never_stand_together() -> None:
    assert flags({"x": True}, {"no-x": True}) == ["--no-x"]
    assert flags({"no-x": True}, {"x": True}) == ["--x"]


def test_the_input_stays_as_it_is() -> None:
    given = {"a": 1}
    flags(given, {"a": 2})
    assert given == {"a": 1}


def test_ansible_finds_it_by_name() -> None:
    assert FilterModule().filters() == {"flags": flags}

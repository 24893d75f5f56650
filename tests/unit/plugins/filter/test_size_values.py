# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.observability.thanos.plugins.filter.size_values import FilterModule
from ansible_collections.observability.thanos.plugins.module_utils.thanos.sizes import SIZES, size_values

ROLES = Path(__file__).parents[4] / "roles"


def defaults_from_sizes() -> set[tuple[str, str]]:
    """Return role and option of each default that the size sets."""
    texts = [path.read_text() for path in ROLES.glob("*/defaults/main.yml")]
    return {found for text in texts for found in re.findall(r"thanos_size_values\.(\w+)\.(\w+)", text)}


def choices() -> list[str]:
    """Return the sizes that the argument spec takes."""
    spec: dict[str, Any] = yaml.safe_load((ROLES / "common" / "meta" / "argument_specs.yml").read_text())
    return list(spec["argument_specs"]["main"]["options"]["thanos_size"]["choices"])


@pytest.mark.parametrize("size", choices())
def test_each_size_has_exactly_what_the_roles_ask_for(size: str) -> None:
    assert {(role, option) for role, values in SIZES[size].items() for option in values} == defaults_from_sizes()


def test_there_are_no_other_sizes() -> None:
    assert list(SIZES) == choices()


def test_an_unknown_size_is_left_to_the_argument_spec() -> None:
    assert size_values("huge") == size_values("small")


def test_ansible_finds_it_by_name() -> None:
    assert FilterModule().filters() == {"size_values": size_values}

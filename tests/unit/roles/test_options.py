# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles' options: defaults and argument specs agree, every option is tested, and bad values are refused."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from ansible_collections.observability.thanos.tests.unit.roles.cases import EVERY_OPTION, REFUSED

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.tests.unit.roles.conftest import Render

ROLES = Path(__file__).parents[3] / "roles"
ALL = sorted(path.name for path in ROLES.iterdir())
#: Its options are set by the roles that include it.
INTERNAL = "thanos_component"
#: It writes a Secret, which is no manifest: its options are tested with its module.
WITHOUT_MANIFESTS = "thanos_objstore"


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def defaults(role: str) -> dict[str, Any]:
    return load(ROLES / role / "defaults/main.yml") or {}


def specs(role: str) -> dict[str, Any]:
    found: dict[str, Any] = load(ROLES / role / "meta/argument_specs.yml")["argument_specs"]
    return found


@pytest.mark.parametrize("role", ALL)
def test_argument_specs_have_the_options_of_the_defaults(role: str) -> None:
    for name, entry in specs(role).items():
        assert entry["options"].keys() == defaults(role).keys(), name


@pytest.mark.parametrize("role", ALL)
def test_argument_specs_have_the_values_of_the_defaults(role: str) -> None:
    options = specs(role)["main"]["options"]
    for name, value in defaults(role).items():
        if "default" in options[name]:
            assert options[name]["default"] == value, name
        else:
            computed = isinstance(value, str) and "{{" in value
            assert value is None or (computed and "default" in str(options[name]["description"]).lower()), name


@pytest.mark.parametrize("role", ALL)
def test_every_option_is_described_with_its_type(role: str) -> None:
    for entry in specs(role).values():
        assert entry["short_description"]
        for name, option in entry["options"].items():
            assert option["description"], name
            assert option["type"], name
            assert option["type"] != "list" or option["elements"], name


@pytest.mark.parametrize("role", ALL)
def test_every_default_has_a_comment(role: str) -> None:
    lines = (ROLES / role / "defaults/main.yml").read_text().splitlines()
    for before, line in itertools.pairwise(lines):
        if line[:1].isalpha():
            assert before.startswith("# "), line


@pytest.mark.parametrize("role", ALL)
def test_names_begin_with_the_role(role: str) -> None:
    if role != "common":
        assert all(name.startswith(f"{role}_") for name in defaults(role))


def test_site_yml_can_be_told_of_every_role() -> None:
    named = specs("common")["main"]["options"]["thanos_components"]["choices"]
    assert sorted(named) == sorted(set(ALL) - {"common", INTERNAL})


def test_every_role_can_render_without_applying() -> None:
    for role in ALL:
        if role not in {"common", INTERNAL}:
            assert specs(role)["plan"]["options"] == specs(role)["main"]["options"], role


def test_the_case_every_option_sets_every_option() -> None:
    roles = [role for role in ALL if role not in {INTERNAL, WITHOUT_MANIFESTS}]
    options = {name: value for role in roles for name, value in defaults(role).items()}
    assert EVERY_OPTION.keys() == options.keys()


@pytest.mark.parametrize("case", REFUSED)
def test_bad_values_are_refused_by_name(render: Render, case: str) -> None:
    outcome = render(f"refused_{case}")
    assert "error" in outcome
    for text in REFUSED[case][2]:
        assert text in outcome["error"]
    assert "hunter2" not in outcome["error"], "a password is shown"

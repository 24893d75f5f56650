# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every case of the roles renders what golden/ holds. `make golden` writes these files; their diff is reviewed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from ansible_collections.observability.thanos.tests.unit.roles.cases import CASES, REFUSED

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.tests.unit.roles.conftest import Render

GOLDEN = Path(__file__).with_name("golden")
REFUSED_GOLDEN = GOLDEN / "refused_options.yml"
UPDATE = "UPDATE_GOLDEN" in os.environ


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def as_yaml(content: dict[str, Any]) -> str:
    """Return outcomes as a golden file has them."""
    return yaml.dump(content, Dumper=_Dumper, explicit_start=True, width=100_000)


def in_order(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return the outcome with each list of objects in the order of names: with many hosts, Ansible mixes the roles'."""
    return {key: sorted(value, key=_place) if isinstance(value, list) else value for key, value in outcome.items()}


def _place(item: dict[str, Any]) -> tuple[str, ...]:
    metadata = item.get("metadata", item)
    name = metadata.get("name") or metadata["generateName"]
    return (str(metadata.get("namespace")), name, item["kind"])


def compare(content: Any, path: Path) -> None:
    """Compare content with the golden file, or write it where that was asked for."""
    if UPDATE:
        path.write_text(as_yaml(content))
    assert as_yaml(content) == path.read_text(), "If this is the difference you want, run `make golden`."


@pytest.mark.parametrize("case", CASES)
def test_a_case_renders_what_its_golden_file_holds(render: Render, case: str) -> None:
    compare(in_order(render(case)), GOLDEN / f"{case}.yml")


def test_the_errors_are_those_of_the_golden_file(render: Render) -> None:
    errors = {case: render(f"refused_{case}")["error"].strip() for case in REFUSED}
    compare(errors, REFUSED_GOLDEN)


def test_every_golden_file_belongs_to_a_case() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {*CASES, REFUSED_GOLDEN.stem}

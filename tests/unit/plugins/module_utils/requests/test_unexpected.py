# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An error that nobody thought of ends in its type and place, however a module runs, and never in its text."""

from __future__ import annotations

import json
import re
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.observability.thanos.plugins.module_utils.k8s.module import argument_spec
from ansible_collections.observability.thanos.plugins.module_utils.requests.unexpected import (
    guarded,
    place,
    trace,
    unexpected,
)
from ansible_collections.observability.thanos.plugins.modules import api_kinds_info
from ansible_collections.observability.thanos.tests.unit.conftest import ROOT, RunModule

SECRET = "hunter2"


def header() -> None:
    raise ValueError(f"Invalid header value b'Bearer {SECRET}\\n'")


def chained() -> None:
    try:
        header()
    except ValueError as error:
        raise RuntimeError(f"while sending {SECRET}") from error


def nested() -> None:
    try:
        header()
    finally:
        json.loads(SECRET)


def key() -> None:
    found: dict[str, str] = {}
    found[SECRET]


def group() -> None:
    error = OSError(5, SECRET, SECRET)
    error.add_note(SECRET)
    raise error


ERRORS = {
    header: "ValueError in requests/test_unexpected.py:",
    chained: "RuntimeError in requests/test_unexpected.py:",
    nested: "JSONDecodeError in json/decoder.py:",
    key: "KeyError in requests/test_unexpected.py:",
    group: "OSError in requests/test_unexpected.py:",
}


@pytest.mark.parametrize("raises", ERRORS)
@pytest.mark.parametrize("traceback", [True, False])
def test_only_type_and_place_are_told(
    raises: Any, traceback: bool, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ansible.module_utils._internal._traceback._is_traceback_enabled", lambda _event: traceback)

    def work(_module: Any) -> None:
        raises()

    module = ModuleType("modules.fails")
    arguments: dict[str, Any] = {"argument_spec": argument_spec()}
    vars(module).update({"ARGUMENTS": arguments, "work": work, "run": None})
    vars(module)["main"] = lambda: guarded(AnsibleModule(**arguments, supports_check_mode=True), work)
    result = run_module(module)
    assert result["failed"] is True
    assert result["msg"].startswith(ERRORS[raises])
    assert "please report it" in result["msg"]
    assert SECRET not in str(result)


@pytest.mark.parametrize("raises", ERRORS)
def test_a_traceback_says_where_but_not_what(raises: Any) -> None:
    with pytest.raises((ValueError, RuntimeError, KeyError, OSError)) as raised:
        raises()
    text = trace(raised.value)
    assert text.startswith("Traceback (most recent call last):")
    assert f"in {raises.__name__}" in text
    assert SECRET not in text
    assert SECRET not in unexpected(raised.value) + place(raised.value)


def test_what_led_to_it_is_told_as_well() -> None:
    with pytest.raises(RuntimeError) as raised:
        chained()
    assert ", caused by ValueError in requests/test_unexpected.py:" in unexpected(raised.value)


@pytest.mark.parametrize("path", sorted((ROOT / "plugins" / "modules").glob("*.py")), ids=lambda path: path.stem)
def test_every_module_is_guarded(path: Any) -> None:
    assert re.search(
        r"^    guarded\(\w*Module\(\*\*ARGUMENTS, supports_check_mode=True\), work\)$", path.read_text(), re.MULTILINE
    )


@pytest.mark.parametrize("error", [ValueError, KeyError, RuntimeError, MemoryError])
def test_an_error_before_the_cluster_is_reached(
    error: type[Exception], run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(_module: Any) -> None:
        raise error(SECRET)

    monkeypatch.setattr(api_kinds_info, "work", work)
    result = run_module(api_kinds_info, api_version="v1")
    assert result["msg"].startswith(f"{error.__name__} in ")
    assert SECRET not in str(result)

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module inside Ansible's process against the same module in a process of its own: nothing may differ."""

from __future__ import annotations

import datetime
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.observability.thanos.plugins.plugin_utils.in_process import run_in_process
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule

SECRET = "a-long-secret"
MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
ARGUMENTS: dict[str, Any] = {
    "argument_spec": {
        "name": {"required": True},
        "count": {"type": "int", "default": 3, "aliases": ["number"]},
        "color": {"choices": ["red", "green"]},
        "password": {"no_log": True},
        "token": {"no_log": True},
        "config": {"type": "dict", "no_log": True},
        "parts": {
            "type": "list",
            "elements": "dict",
            "options": {"key": {"required": True}, "code": {"no_log": True}, "on": {"type": "bool", "default": False}},
        },
    },
    "mutually_exclusive": [("password", "token")],
    "required_if": [("color", "red", ["password"])],
    "required_together": [("color", "config")],
}


def echo(module: AnsibleModule) -> None:
    """Give all options back, as a module that does not mind secrets."""
    if module.params["name"] == "warn":
        module.warn("Beware.")
    if module.params["name"] == "fail":
        module.fail_json(msg=f"No entry with {module.params['password']}.", given=module.params)
    module.exit_json(changed=not module.check_mode, given=module.params, pair=(1, 2))


@pytest.fixture
def module() -> ModuleType:
    """Return a module that gives its options back."""
    module = ModuleType("modules.echo")
    attributes = {
        "ARGUMENTS": ARGUMENTS,
        "work": echo,
        "run": None,
        "main": lambda: echo(AnsibleModule(**ARGUMENTS, supports_check_mode=True)),
    }
    vars(module).update(attributes)
    return module


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {"name": "x"},
        {"name": 5, "count": "7", "parts": [{"key": "k", "on": "yes"}]},
        {"name": "x", "number": 4},
        {"name": "x", "number": 4, "count": 5},
        {"name": SECRET, "password": SECRET},
        {"name": "x", "config": {"a": {"b": [SECRET, 12345]}}, "color": "green"},
        {"name": SECRET, "parts": [{"key": "k", "code": SECRET}]},
        {"name": "warn"},
        {"name": "fail", "password": SECRET},
    ],
)
def test_the_same_result(
    module: ModuleType, run_alone: RunModule, run_inside: RunModule, options: dict[str, Any], check_mode: bool
) -> None:
    result = run_inside(module, check_mode, **options)
    alone = run_alone(module, check_mode, **options)
    if "warnings" in alone:  # A process has to put them in words of its own.
        assert result.pop("warnings")[0] in str(alone.pop("warnings"))
    alone.pop("exception", None)
    assert result == alone
    assert SECRET not in str(result)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"name": "x", "nonsense": 1, "more": 2},
        {"name": "x", "count": "many"},
        {"name": "x", "color": "blue"},
        {"name": "x", "color": "red"},
        {"name": "x", "password": SECRET, "token": SECRET},
        {"name": "x", "parts": [{"key": "k", "other": 1}]},
        {"name": "x", "parts": [{"on": True}]},
        {"name": "x", "config": SECRET},
    ],
)
def test_the_same_error(
    module: ModuleType, run_alone: RunModule, run_inside: RunModule, options: dict[str, Any]
) -> None:
    result = run_inside(module, **options)
    assert result == {"failed": True, "msg": run_alone(module, **options)["msg"]}
    assert SECRET not in str(result)


def test_an_error_that_nobody_thought_of(module: ModuleType) -> None:
    def work(module: AnsibleModule) -> None:
        raise KeyError(module.params["password"])

    vars(module)["work"] = work
    result = run_in_process(module, "echo", {"name": "x", "password": SECRET}, False)
    assert result["failed"] is True
    assert result["msg"].startswith("KeyError in plugin_utils/test_in_process_module.py:")
    assert result["exception"].startswith("Traceback")
    assert "in work" in result["exception"]
    assert SECRET not in str(result)


def test_ending_passes_through_a_broad_except(module: ModuleType) -> None:
    def work(module: AnsibleModule) -> None:
        try:
            module.exit_json(changed=False)
        except Exception as error:
            raise AssertionError from error

    vars(module)["work"] = work
    assert run_in_process(module, "echo", {"name": "x"}, False)["changed"] is False


def test_secrets_that_the_work_finds_are_masked(module: ModuleType) -> None:
    def work(module: AnsibleModule) -> None:
        module.no_log_values.add("found")
        module.exit_json(changed=False, text="found it")

    vars(module)["work"] = work
    assert run_in_process(module, "echo", {"name": "found"}, False) == {
        "changed": False,
        "text": "******** it",
        "invocation": {
            "module_args": {**dict.fromkeys(ARGUMENTS["argument_spec"]), "name": MASK, "count": 3},
        },
    }


def test_options_are_copies_of_plain_types(module: ModuleType) -> None:
    class Text(str):
        pass

    config = {"a": Text("b"), "when": datetime.date(2026, 1, 2)}

    def work(module: AnsibleModule) -> None:
        # Not isinstance: that a subclass of str is no plain type is what this is about.
        assert type(module.params["config"]["a"]) is str  # pylint: disable=unidiomatic-typecheck
        assert module.params["config"]["when"] == "2026-01-02"
        module.params["config"]["a"] = "c"
        module.exit_json(changed=False)

    vars(module)["work"] = work
    run_in_process(module, "echo", {"name": "x", "config": config}, False)
    assert config["a"] == "b"

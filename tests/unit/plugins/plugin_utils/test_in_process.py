# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a module runs inside Ansible's process, with which environment, and that nothing of it stays."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import Mock

import kubernetes
import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.plugins.loader import action_loader
from ansible.utils.display import Display
from ansible_collections.kubernetes.core.plugins.module_utils.k8s import client as core_client
from ansible_collections.observability.thanos.plugins.module_utils.requests.connection import connect
from ansible_collections.observability.thanos.plugins.plugin_utils.in_process import InProcessAction
from ansible_collections.observability.thanos.tests.unit.conftest import ROOT

PLUGINS = ROOT / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: one
contexts: [{name: one, context: {cluster: one, user: one}}]
clusters: [{name: one, cluster: {server: "https://one:6443"}}]
users: [{name: one, user: {token: secret}}]
"""


class Ran(Exception):  # noqa: N818
    """Raised by NormalAction's run in these tests."""


@pytest.fixture
def module() -> ModuleType:
    """Return a module that tells what it sees."""

    def work(module: AnsibleModule) -> None:
        print("noise")
        print("noise", file=sys.stderr)
        module.exit_json(changed=False, check=module.check_mode, seen=os.environ.get("K8S_AUTH_HOST"))

    module = ModuleType("modules.tell")
    vars(module).update({"ARGUMENTS": {"argument_spec": {}}, "work": work})
    return module


class Case:
    """One task of the module above."""

    def __init__(self, module: ModuleType) -> None:
        self.task = Mock(action="tell", args={}, check_mode=False, async_val=0, delegate_to=None, environment=[])
        self.connection = Mock(transport="local", become=None)
        self.connection._shell.env_prefix.return_value = ""
        self.variables: dict[str, Any] = {}
        self.action: type[InProcessAction] = type("ActionModule", (InProcessAction,), {"module": module})

    def run(self) -> dict[str, Any]:
        """Return the task's result."""
        templar = Mock(template=lambda value: sys.executable if value == "{{ own }}" else value)
        action = self.action(self.task, self.connection, Mock(), Mock(), templar, Mock())
        return action.run(task_vars=self.variables)


@pytest.fixture
def case(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Return a task that runs inside."""

    def run(*_args: Any, **_kwargs: Any) -> None:
        raise Ran

    monkeypatch.setattr(NormalAction, "run", run)
    monkeypatch.delenv("K8S_AUTH_HOST", raising=False)
    return Case(module)


def test_every_module_has_its_action() -> None:
    actions = list((PLUGINS / "action").glob("*.py"))
    assert {path.stem for path in actions} == set(MODULES)
    assert [path.name for path in actions if not path.is_symlink()] == ["preflight.py"]


@pytest.mark.parametrize("name", MODULES)
def test_an_action_runs_the_module_of_its_name(name: str) -> None:
    action = action_loader.get(f"observability.thanos.{name}", class_only=True)
    assert action.module.__name__.rpartition(".")[2] == name
    assert callable(action.module.work)


@pytest.mark.parametrize("interpreter", [None, sys.executable, "{{ own }}", "auto", "auto_silent"])
def test_runs_inside(case: Case, interpreter: str | None) -> None:
    if interpreter:
        case.variables["ansible_python_interpreter"] = interpreter
    assert case.run() == {"changed": False, "check": False, "seen": None, "invocation": {"module_args": {}}}


@pytest.mark.parametrize(
    "change",
    [
        lambda case: case.variables.update(ansible_python_interpreter="/usr/bin/other"),
        lambda case: setattr(case.connection, "transport", "ssh"),
        lambda case: setattr(case.connection, "become", Mock()),
        lambda case: setattr(case.task, "async_val", 60),
        lambda case: setattr(case.task, "environment", [{"KUBECONFIG": "/other"}]),
        lambda case: setattr(case.action.module, "LIBRARIES", ("kubernetes", "no_such_library")),
    ],
    ids=["interpreter", "ssh", "become", "async", "kubeconfig", "library"],
)
def test_runs_as_a_module(case: Case, change: Any) -> None:
    change(case)
    with pytest.raises(Ran):
        case.run()


def test_delegated(case: Case) -> None:
    case.task.delegate_to = "other"
    case.variables["ansible_delegated_vars"] = {"other": {"ansible_python_interpreter": "/usr/bin/other"}}
    with pytest.raises(Ran):
        case.run()


def test_check_mode(case: Case) -> None:
    case.task.check_mode = True
    assert case.run()["check"] is True


def test_environment(case: Case, capfd: pytest.CaptureFixture[str]) -> None:
    case.task.environment = [{"K8S_AUTH_HOST": "a"}, {"K8S_AUTH_HOST": "b", "K8S_AUTH_VERIFY_SSL": True}]
    before = dict(os.environ)
    assert case.run()["seen"] == "b"
    assert dict(os.environ) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("no_log", [False, True])
def test_what_a_module_tells_is_shown_at_once(
    case: Case, module: ModuleType, monkeypatch: pytest.MonkeyPatch, no_log: bool
) -> None:
    shown: list[tuple[str, bool]] = []

    def work(module: Any) -> None:
        module.no_log_values.add("password")
        module.tell("it has 1 of 2, and the password")
        module.exit_json(changed=False, lines=len(shown))

    vars(module)["work"] = work
    case.task.no_log = no_log
    case.variables["inventory_hostname"] = "europe"
    monkeypatch.setattr(Display, "display", lambda _self, line, stderr=False: shown.append((line, stderr)))
    assert case.run()["lines"] == (0 if no_log else 1)
    assert shown == ([] if no_log else [("  europe: it has 1 of 2, and the ********", True)])


def test_no_cluster_stays_behind(case: Case, module: ModuleType, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(KUBECONFIG)

    def work(module: AnsibleModule) -> None:
        client = connect({"kubeconfig": str(kubeconfig)}, module.tmpdir)
        module.exit_json(changed=False, host=client.configuration.host, directory=module.tmpdir)

    vars(module)["work"] = work
    result = case.run()
    assert result["host"] == "https://one:6443"
    assert list(Path(result["directory"]).iterdir()) == []
    assert core_client._pool == {}
    assert kubernetes.client.Configuration.get_default_copy().host != "https://one:6443"


def test_a_modules_directory_is_for_this_user_alone(case: Case, module: ModuleType) -> None:
    vars(module)["work"] = lambda module: module.exit_json(changed=False, directory=module.tmpdir)
    found = Path(case.run()["directory"]).lstat()
    assert (found.st_mode & 0o777, found.st_uid) == (0o700, os.getuid())


def test_an_error_in_the_options_is_not_shown(case: Case) -> None:
    case.task.args = {("hunter2",): 1}
    result = case.run()
    assert result["failed"] is True
    assert result["msg"].startswith("TypeError in json/encoder.py:")
    assert "hunter2" not in str(result)

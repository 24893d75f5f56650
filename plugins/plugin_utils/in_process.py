# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module inside Ansible's own process: starting Python and importing its libraries takes a second each time."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from ansible import constants
from ansible.plugins.action.normal import ActionModule as NormalAction

from ..module_utils.requests.credential_files import forget_files
from ..module_utils.requests.unexpected import trace, unexpected
from ..plugin_utils.in_process_module import EndedError, InProcessModule
from ..plugin_utils.preload import preload

# Ansible loads an action in its main process: the processes of all tasks inherit what is imported here.
preload()
with contextlib.suppress(ImportError):  # Then the module itself says what is missing.
    for library in ("client", "config", "dynamic", "stream"):
        importlib.import_module(f"kubernetes.{library}")
    importlib.import_module("ansible_collections.kubernetes.core.plugins.module_utils.k8s.runner")

#: What a module imports unless it names others.
LIBRARIES = ("kubernetes",)


class InProcessAction(NormalAction):
    """Runs the module here where a process of its own would make no difference, and as any module elsewhere.

    The module has ARGUMENTS, which are AnsibleModule's, and work(module). It may have LIBRARIES, which it imports:
    where Ansible's own Python does not have them, another one may.
    """

    module: ModuleType

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the module's result."""
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        if not self._belongs_here(task_vars or {}, environment):
            result: dict[str, Any] = super().run(tmp, task_vars)
            return result
        self._display.vvv(f"Running {self._task.action} inside Ansible's own process")
        with _surroundings(environment):
            return run_in_process(
                self.module, self._task.action, self._task.args, self._task.check_mode, self._teller(task_vars)
            )

    def _teller(self, task_vars: dict[str, Any] | None) -> Callable[[str], None]:
        """Return what shows a line at once: Ansible's processes hand it to the main one."""
        host = (task_vars or {}).get("inventory_hostname", "")

        def tell(line: str) -> None:
            if not self._task.no_log:
                # Not among the results, which another program may read.
                self._display.display(f"  {host}: {line}", stderr=True)

        return tell

    def _belongs_here(self, task_vars: dict[str, Any], environment: dict[str, Any]) -> bool:
        delegate = self._task.delegate_to
        variables = task_vars["ansible_delegated_vars"][delegate] if delegate else task_vars
        configured = constants.config.get_config_value("INTERPRETER_PYTHON", variables=variables)
        python = str(self._templar.template(configured))
        return (
            self._connection.transport == "local"
            and not self._connection.become
            and not self._task.async_val
            and (python == sys.executable or python.startswith("auto"))
            # The library looks at it only once, when it is imported.
            and "KUBECONFIG" not in environment
            and all(library in sys.modules for library in getattr(self.module, "LIBRARIES", LIBRARIES))
        )


def run_in_process(
    module: ModuleType,
    name: str,
    options: dict[str, Any],
    check_mode: bool,
    tell: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Run a module's work and return its result; what it tells meanwhile is given to tell."""
    try:
        InProcessModule(name, options, check_mode, tell, **module.ARGUMENTS).run(module.work)
    except EndedError as end:
        return end.result
    except Exception as error:  # In the options, so that it is not known yet which of them are secrets.
        return {"failed": True, "msg": unexpected(error), "exception": trace(error)}


@contextlib.contextmanager
def _surroundings(environment: dict[str, Any]) -> Iterator[None]:
    """Give the module the task's environment, hide what libraries print, and leave nothing behind for the next one.

    All items of a loop run in one process, and each may be about another cluster.
    """
    before = dict(os.environ)
    os.environ.update({name: str(value) for name, value in environment.items()})
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        with contextlib.suppress(ImportError):
            forget_files()

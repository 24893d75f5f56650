# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders the roles once for all tests: one playbook run, in which each case is a host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.observability.thanos.tests.unit.roles.cases import CASES, REFUSED

HERE = Path(__file__).parent
ROOT = HERE.parents[2]

Outcome = dict[str, Any]
Render = Callable[[str], Outcome]


@pytest.fixture(scope="session")
def render(tmp_path_factory: pytest.TempPathFactory) -> Render:
    """Return render(case) -> manifests in `present` and `absent`, or the `error`."""
    folder = tmp_path_factory.mktemp("render")
    refused = {
        f"refused_{name}": {"case_roles": [role], **options} for name, (role, options, _words) in REFUSED.items()
    }
    hosts = {**CASES, **refused}
    common = {"case_folder": str(folder), "ansible_python_interpreter": sys.executable}
    (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": common}}))
    playbook = Path(sys.executable).with_name("ansible-playbook")
    command: list[str | Path] = [playbook, "-i", folder / "hosts.json", HERE / "render.yml"]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr

    def outcome(case: str) -> Outcome:
        found: Outcome = json.loads((folder / f"{case}.json").read_text())
        return found

    return outcome

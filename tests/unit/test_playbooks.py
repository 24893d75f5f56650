# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks have to name by hand, and nobody would notice if it was missing; what they render offline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def load(path: Path) -> Any:
    """Return what a YAML file holds."""
    return yaml.safe_load(path.read_text())


def test_uninstall_takes_every_role_away() -> None:
    (play,) = load(ROOT / "playbooks" / "uninstall.yml")
    options = {name for path in (ROOT / "roles").glob("*/defaults/main.yml") for name in load(path)}
    # The internal role has its state from the role that includes it.
    states = {name for name in options if name.endswith("_state") and name.count("_component_") == 0}
    assert dict.fromkeys(states, "absent") == play["vars"]


@pytest.mark.parametrize("state", ["present", "absent"])
def test_render_writes_nothing_of_minio_where_it_is_left_out(tmp_path: Path, state: str) -> None:
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "prometheus_thanos_sidecar_name": "k8s",
        "thanos_render_directory": str(tmp_path / "files"),
        "thanos_render_offline": True,
    }
    if state == "absent":
        variables |= {"minio_state": state, "thanos_objstore_endpoint": "s3.example.com"}
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": {"europe": variables}}}))
    command: list[str | Path] = [Path(sys.executable).with_name("ansible-playbook"), "-i", inventory]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    run = subprocess.run(
        [*command, ROOT / "playbooks" / "render.yml"], env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    files = list((tmp_path / "files").iterdir())
    assert len(files) > 8
    assert any("minio" in file.read_text().lower() for file in files) == (state == "present")


@pytest.mark.parametrize(
    ("file", "task", "found"),
    [
        (
            "report_data",
            "Report what is destroyed and what is kept",
            {"common_data": {"definitions": [], "descriptions": []}},
        ),
        ("remove", "Report what was removed", {"common_removed": {"summary": []}}),
        ("prune", "Report what was removed", {"common_pruned": {"summary": []}}),
    ],
)
def test_what_is_kept_is_named_where_nothing_else_is_there(
    tmp_path: Path, file: str, task: str, found: dict[str, dict[str, Any]]
) -> None:
    """Somebody else's claim under a name of ours may be all that there is."""
    ((name, result),) = found.items()
    kept = {
        name: {**result, "others" if file == "report_data" else "kept": ["PersistentVolumeClaim minio/minio-pvc: why"]}
    }
    variables = {**kept, "thanos_purge_data": True, "thanos_manifests": [], "thanos_manifests_absent": []}
    role = {"name": "observability.thanos.common", "tasks_from": file}
    tasks = [{"name": "All of it", "ansible.builtin.import_role": role}]
    play = {"name": "Only its end", "hosts": "localhost", "gather_facts": False, "tasks": tasks}
    playbook = tmp_path / "play.json"
    playbook.write_text(json.dumps([play]))
    command: list[str | Path] = [Path(sys.executable).with_name("ansible-playbook"), "-i", "localhost,", playbook]
    command += ["--connection", "local", "--start-at-task", task, "--extra-vars", json.dumps(variables)]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "PersistentVolumeClaim minio/minio-pvc: why" in run.stdout

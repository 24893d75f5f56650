# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A MinIO that other stacks use stays when one of them goes, with all its data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
LISTS = {"absent": "thanos_manifests_absent", "data": "thanos_data"}


@pytest.fixture(scope="module")
def going(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return what is to go where the stack is alone, and where another one uses its MinIO."""
    folder = tmp_path_factory.mktemp("tenants")

    def include(role: str, tasks: str) -> dict[str, Any]:
        name = f"observability.thanos.{role}"
        return {"ansible.builtin.include_role": {"name": name, "tasks_from": tasks, "rolespec_validate": False}}

    def write(name: str) -> dict[str, Any]:
        content = "{{ {" + ", ".join(f"'{key}': {variable}" for key, variable in LISTS.items()) + "} | to_json }}"
        return {"ansible.builtin.copy": {"content": content, "dest": str(folder / name), "mode": "0600"}}

    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {
            "ansible_python_interpreter": sys.executable,
            "minio_state": "absent",
            "minio_user_secret": "minio-one",
            "minio_tenants": {"others": ["Secret minio/minio-two", "bucket loki"]},
        },
        "roles": ["observability.thanos.common"],
        "tasks": [
            include("minio", "plan"),
            include("thanos_store", "plan"),
            write("alone.json"),
            include("minio", "keep"),
            write("shared.json"),
        ],
    }
    playbook = folder / "play.json"
    playbook.write_text(json.dumps([play]))
    command: list[str | Path] = [Path(sys.executable).with_name("ansible-playbook"), playbook]
    variables = ["--extra-vars", json.dumps({"thanos_store_state": "absent", "thanos_purge_data": True})]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    run = subprocess.run([*command, *variables], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Secret minio/minio-two, bucket loki" in run.stdout
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in ("alone", "shared")}


def of_minio(manifests: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Return the kinds and names of MinIO's objects."""
    return {
        (each["kind"], each["metadata"].get("name") or each["metadata"]["generateName"])
        for each in manifests
        if "minio" in (each["metadata"].get("namespace"), each["metadata"].get("name"))
    }


def test_alone_all_of_it_goes(going: dict[str, Any]) -> None:
    assert {("Deployment", "minio"), ("StatefulSet", "minio"), ("Service", "minio")} <= of_minio(
        going["alone"]["absent"]
    )
    assert of_minio(going["alone"]["data"]) == {
        ("PersistentVolumeClaim", "minio-pvc"),
        ("PersistentVolumeClaim", "data-"),
        ("Secret", "minio-root"),
        ("Secret", "minio-one"),
        ("Namespace", "minio"),
    }


def test_what_others_use_stays(going: dict[str, Any]) -> None:
    assert of_minio(going["shared"]["absent"]) == set()
    assert of_minio(going["shared"]["data"]) == {("Secret", "minio-one")}


def test_the_rest_of_the_stack_goes_all_the_same(going: dict[str, Any]) -> None:
    def of_store(name: str) -> list[dict[str, Any]]:
        return [
            each for part in LISTS for each in going[name][part] if each["metadata"].get("namespace") == "monitoring"
        ]

    assert of_store("shared") == of_store("alone") != []

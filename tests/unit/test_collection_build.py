# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's tarball: what is in it, and that it works where nothing but it is installed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
NAME = "observability.thanos"
SHIPPED = {
    "CHANGELOG.md",
    "FILES.json",
    "LICENSE",
    "MANIFEST.json",
    "README.md",
    "changelogs",
    "docs",
    "inventories",
    "meta",
    "playbooks",
    "plugins",
    "requirements.txt",
    "roles",
    "tests",
}
PLAYBOOKS = sorted(path.stem for path in ROOT.glob("playbooks/*.yml"))
# Addresses that only the machine or the network of whoever wrote them has.
PRIVATE = re.compile(
    rb"/work" rb"/|(?:(?<=//)|(?<![\w./-]))[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:corp|internal|intranet|lan)(?![\w(.-])"
)


def run(program: str, *arguments: str | Path, cwd: Path, collections: Path) -> str:
    """Run an Ansible program that sees the collections in one folder, and no configuration; return what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_COLLECTIONS_PATH": str(collections), "ANSIBLE_HOME": str(cwd / "home"), "NO_COLOR": "1"}
    command = [PROGRAMS / program, *arguments]
    result = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def load(path: str) -> Any:
    """Return what is in a YAML file of the checkout."""
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the collection."""
    folder = tmp_path_factory.mktemp("build")
    run("ansible-galaxy", "collection", "build", "--output-path", folder, ROOT, cwd=folder, collections=folder)
    (path,) = folder.glob("*.tar.gz")
    return path


@pytest.fixture(scope="module")
def installed(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the tarball into an empty collections path and return that path."""
    folder = tmp_path_factory.mktemp("installed")
    arguments = ["collection", "install", "--no-deps", "--offline", "--collections-path", str(folder), str(tarball)]
    run("ansible-galaxy", *arguments, cwd=tarball.parent, collections=folder)
    return folder


def test_the_tarball_has_what_users_need_and_nothing_else(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        members = archive.getmembers()
    names = {member.name for member in members}
    assert {name.split("/")[0] for name in names} == SHIPPED
    assert {name for name in names if name.startswith(("docs/", "tests/")) and name.endswith((".py", ".sh"))} == set()
    links = {member.name: member.linkname for member in members if not (member.isfile() or member.isdir())}
    actions = {f"plugins/action/{path.name}" for path in ROOT.glob("plugins/modules/*.py")}
    assert links == dict.fromkeys(actions - {"plugins/action/preflight.py"}, "preflight.py")
    assert not [name for name in names if name.endswith(".pyc") or "/." in name.removesuffix("/.keep")]
    assert tarball.stat().st_size < 1_000_000


def test_nothing_private_is_in_the_project() -> None:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    files = [ROOT / name for name in names if (ROOT / name).is_file()]
    assert len(files) > 100
    found = {f"{path.relative_to(ROOT)}: {PRIVATE.findall(path.read_bytes())}" for path in files}
    assert {text for text in found if not text.endswith(": []")} == set()


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_an_installed_playbook_is_understood(installed: Path, tmp_path: Path, playbook: str) -> None:
    arguments = ["--inventory", "localhost,", "--syntax-check", f"{NAME}.{playbook}"]
    assert playbook in run("ansible-playbook", *arguments, cwd=tmp_path, collections=installed)


@pytest.mark.parametrize(
    ("kind", "pattern"), [("module", "plugins/modules/*.py"), ("filter", "plugins/filter/*.py"), ("role", "roles/*")]
)
def test_all_is_documented_when_installed(installed: Path, tmp_path: Path, kind: str, pattern: str) -> None:
    names = [f"{NAME}.{path.stem}" for path in ROOT.glob(pattern)]
    assert names
    text = run("ansible-doc", "--type", kind, *names, cwd=tmp_path, collections=installed)
    assert {name for name in names if name not in text} == set()


def test_one_version_everywhere() -> None:
    version = load("galaxy.yml")["version"]
    assert list(load("changelogs/changelog.yaml")["releases"])[-1] == version
    environment = load("execution-environment.yml")
    file = f"observability-thanos-{version}.tar.gz"
    assert [entry["src"] for entry in environment["additional_build_files"]] == [file]
    assert [entry["name"] for entry in environment["dependencies"]["galaxy"]["collections"]] == [f"collections/{file}"]


def test_execution_environments_get_the_packages_that_are_tested() -> None:
    def requirements(path: str) -> dict[str, Requirement]:
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        return {one.name: one for one in map(Requirement, (line for line in lines if line and line[0] != "#"))}

    tested = requirements("requirements.txt")
    for name, wanted in requirements("meta/ee-requirements.txt").items():
        (pin,) = tested[name].specifier
        assert wanted.specifier.contains(pin.version)

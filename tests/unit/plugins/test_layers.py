# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The packages of module_utils are layers: each imports only from those below it, and there is no import cycle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[3] / "plugins"
MODULE_UTILS = PLUGINS / "module_utils"
ARCHITECTURE = (PLUGINS.parent / "docs/architecture.md").read_text()
COLLECTION = "ansible_collections.observability.thanos"
#: The lowest first.
LAYERS = [
    ["redaction"],
    ["requests"],
    ["k8s"],
    ["thanos", "grafana", "rollout"],
    ["apply"],
    ["objstore"],
    ["minio"],
    ["adopt"],
    ["verify"],
    ["preflight"],
]
FLOOR = {package: floor for floor, packages in enumerate(LAYERS) for package in packages}
FILES = sorted(path for path in PLUGINS.rglob("*.py") if not path.is_symlink())
UTILS = [path for path in FILES if path.is_relative_to(MODULE_UTILS)]


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PLUGINS).with_suffix("").parts)


MODULES = {name_of(path) for path in FILES}


def imports_of(path: Path) -> Iterator[str]:
    """Yield the collection's own modules that a file imports, wherever in it, as names below plugins."""
    package = path.relative_to(PLUGINS).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            start = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
            base = ".".join(filter(None, start))
            for alias in node.names:
                yield f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base


def test_the_documentation_has_the_layers() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", ARCHITECTURE, re.MULTILINE)
    assert rows == [package for packages in LAYERS for package in packages]


def test_the_documentation_names_the_public_modules() -> None:
    _before, _words, sentence = ARCHITECTURE.partition("A user's own playbook may use ")
    public = set(re.findall(r"`(\w+)`", sentence.partition(".\n")[0]))
    internal = "  - observability.thanos.roles_only\n"
    assert public == {path.stem for path in (PLUGINS / "modules").glob("*.py") if internal not in path.read_text()}


def id_of(path: Path) -> str:
    return name_of(path)


def test_every_package_has_its_floor() -> None:
    assert {path.parent.name for path in UTILS} == FLOOR.keys()
    assert all(path.parent.parent == MODULE_UTILS for path in UTILS)


@pytest.mark.parametrize("path", UTILS, ids=id_of)
def test_imports_go_down(path: Path) -> None:
    own = path.parent.name
    for name in imports_of(path):
        kind, package, _module = name.split(".")
        assert kind == "module_utils", f"{name} is none of the packages"
        assert package == own or FLOOR[package] < FLOOR[own], f"{own} must not know {name}"


@pytest.mark.parametrize("path", FILES, ids=id_of)
def test_imports_of_the_collection_are_relative(path: Path) -> None:
    names = [node.module or "" for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if name.startswith(COLLECTION)]
    assert set(imports_of(path)) <= MODULES, "names a module that does not exist"


def test_there_is_no_import_cycle() -> None:
    TopologicalSorter({name_of(path): set(imports_of(path)) for path in UTILS}).prepare()

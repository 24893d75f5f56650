# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes `ansible_collections.observability.thanos` importable from the checkout, and runs modules in-process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.common.warnings import _global_deprecations, _global_warnings
from ansible.module_utils.testing import patch_module_args
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

ROOT = Path(__file__).parents[2]


def _install_collection_loader() -> None:
    # The checkout's link comes first, so that an installed copy of the collection is never what gets tested.
    paths = [str(ROOT / "collections"), *sys.path]
    _AnsibleCollectionFinder(paths=[path for path in paths if (Path(path) / "ansible_collections").is_dir()])._install()


_install_collection_loader()

from ansible_collections.observability.thanos.plugins.plugin_utils.in_process import run_in_process  # noqa: E402
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster  # noqa: E402


@pytest.fixture
def cluster() -> FakeCluster:
    """Return an empty cluster with the namespaces `default` and `monitoring`."""
    return FakeCluster(namespaces=["default", "monitoring"])


#: Runs a module with its options against the cluster of the test.
RunModule = Callable[..., dict[str, Any]]


@pytest.fixture
def run_alone(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunModule:
    """Return run(module, check_mode=False, diff=False, **options) -> result, with `failed` set on an error.

    The result is parsed from what the module really prints, after Ansible's own masking.
    """

    def run(module: ModuleType, check_mode: bool = False, diff: bool = False, **options: Any) -> dict[str, Any]:
        name = f"observability.thanos.{module.__name__.rpartition('.')[2]}"
        arguments = {"_ansible_check_mode": check_mode, "_ansible_diff": diff, "_ansible_module_name": name, **options}
        monkeypatch.setattr(module, "run", cluster.run, raising=False)
        # Warnings go another way where a test before this one has loaded Ansible's own side.
        monkeypatch.setattr("ansible.module_utils._internal.is_controller", False)
        _global_warnings.clear()
        _global_deprecations.clear()
        capsys.readouterr()
        with patch_module_args(arguments), pytest.raises(SystemExit):
            module.main()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        return result

    return run


@pytest.fixture
def run_inside(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> RunModule:
    """Return the same as run_alone, for a module that runs inside Ansible's own process."""

    def run(module: ModuleType, check_mode: bool = False, diff: bool = False, **options: Any) -> dict[str, Any]:
        del diff
        monkeypatch.setattr(module, "run", cluster.run, raising=False)
        name = f"observability.thanos.{module.__name__.rpartition('.')[2]}"
        return run_in_process(module, name, options, check_mode)

    return run


@pytest.fixture(params=["run_alone", "run_inside"])
def run_module(request: pytest.FixtureRequest) -> RunModule:
    """Return run(module, check_mode=False, diff=False, **options) -> result; each test runs both ways."""
    run: RunModule = request.getfixturevalue(request.param)
    return run

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kubeconfig's keys are on the disk for a moment only, and a signal in that moment waits for their end."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.requests import authentication
from ansible_collections.observability.thanos.plugins.module_utils.requests import (
    credential_files as passing_files_module,
)
from ansible_collections.observability.thanos.plugins.module_utils.requests.credential_files import (
    SIGNALS,
    passing_files,
)
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from kubernetes.config import kube_config as kube_config_module

kube_config: Any = kube_config_module  # The library has no types here.
KEY = b"-----BEGIN PRIVATE KEY-----"


class Signalled(Exception):  # noqa: N818
    """The handler that was there before got the signal."""


@contextmanager
def handler(number: int, found: list[list[Path]], parent: Path) -> Iterator[None]:
    """Note which files there are when the process would end."""

    def end(_number: int, _frame: FrameType | None) -> None:
        found.append(files(parent))
        raise Signalled

    before = signal.signal(number, end)
    try:
        yield
        assert signal.getsignal(number) is end
    finally:
        signal.signal(number, before)


def write_a_key(parent: Path, then: Callable[[], object] = lambda: None) -> None:
    """Do as the library does, and then what comes in between."""
    with passing_files(str(parent)):
        kube_config._create_temp_file_with_content(KEY)
        then()


def files(parent: Path) -> list[Path]:
    """Return all files in a directory and below."""
    return [path for path in parent.rglob("*") if path.is_file()]


def test_files_are_for_this_user_alone_and_go(tmp_path: Path) -> None:
    before = tempfile.tempdir
    with passing_files(str(tmp_path)):
        name = Path(kube_config._create_temp_file_with_content(KEY))
        assert tmp_path in name.parents
        assert name.parent.stat().st_mode & 0o777 == 0o700
        assert name.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == []
    assert tempfile.tempdir == before


def test_they_go_after_an_error_as_well(tmp_path: Path) -> None:
    before = tempfile.tempdir
    with pytest.raises(ZeroDivisionError):
        write_a_key(tmp_path, lambda: 1 // 0)
    assert list(tmp_path.iterdir()) == []
    assert tempfile.tempdir == before


def test_what_is_still_at_work_finds_no_place_to_write_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(authentication, "CREDENTIAL_SECONDS", 0.01)
    with pytest.raises(ClusterError, match="names for credentials gave no answer within 0 s"):
        write_a_key(tmp_path, lambda: authentication.in_time(threading.Event().wait))
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError):
        kube_config._create_temp_file_with_content(KEY)


def test_the_library_does_not_remember_files_that_are_gone(tmp_path: Path) -> None:
    for _each in range(2):
        with passing_files(str(tmp_path)):
            assert Path(kube_config._create_temp_file_with_content(KEY)).read_bytes() == KEY


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_waits_until_they_are_gone(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    found: list[list[Path]] = []
    with handler(number, found, tmp_path):
        with pytest.raises(Signalled):
            write_a_key(tmp_path, lambda: os.kill(os.getpid(), number))
        assert found == [[]]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_they_go(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    found: list[list[Path]] = []
    remove = passing_files_module._remove

    def interrupted(directory: str) -> None:
        if not found:
            found.append(files(tmp_path))
            os.kill(os.getpid(), number)
        remove(directory)

    monkeypatch.setattr(passing_files_module, "_remove", interrupted)
    with handler(number, found, tmp_path), pytest.raises(Signalled):
        write_a_key(tmp_path)
    assert [len(each) for each in found] == [1, 0]


def test_a_signal_that_is_ignored_stays_so(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with passing_files(str(tmp_path)):
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_second_signal_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    remove = passing_files_module._remove

    def insist(directory: str) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        remove(directory)

    monkeypatch.setattr(passing_files_module, "_remove", insist)
    found: list[list[Path]] = []
    with handler(signal.SIGTERM, found, tmp_path), pytest.raises(Signalled):
        write_a_key(tmp_path, lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert found == [[]]

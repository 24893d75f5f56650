# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that must not outlive a moment: a kubeconfig's private keys, which the Kubernetes client writes down."""

from __future__ import annotations

import contextlib
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from types import FrameType

from .authentication import LateCredentialsError

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _SignalledError(BaseException):
    """A signal came that ends the process."""


@contextlib.contextmanager
def passing_files(parent: str) -> Iterator[None]:
    """Let temporary files be made in a directory of their own, for this user alone, and remove it whatever happens.

    Ansible ends its processes at a signal on the spot, so signals wait until the directory is gone. Where nothing can
    wait, as with SIGKILL, Ansible removes the parent at its end.
    """
    directory = tempfile.mkdtemp(prefix="observability.thanos-", dir=parent)
    before = tempfile.tempdir
    with _after_signals():
        try:
            try:
                tempfile.tempdir = directory
                yield
                tempfile.tempdir = before
            except LateCredentialsError:
                raise  # Something is still at work, such as a credential plugin: let it find no place to write to.
            except Exception:
                tempfile.tempdir = before
                raise
            finally:
                _remove(directory)
        finally:
            _remove(directory)  # Once more, where the signal came in the middle of it.


def forget_files() -> None:
    """Remove what the library has written: its own clean-up does not come to pass in Ansible's processes."""
    from kubernetes.config import kube_config

    kube_config._cleanup_temp_files()  # type: ignore[no-untyped-call]


def _remove(directory: str) -> None:
    forget_files()
    shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def _after_signals() -> Iterator[None]:
    """End the block at a signal by an exception, and hand the signal on only then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if len(received) == 1:
            raise _SignalledError

    before = {number: signal.getsignal(number) for number in SIGNALS}
    taken = {number: handler for number, handler in before.items() if handler not in (None, signal.SIG_IGN)}
    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in taken.items():
            signal.signal(number, handler)
        for got in received[:1]:
            signal.raise_signal(got)

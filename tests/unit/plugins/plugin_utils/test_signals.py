# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real Ansible that is ended while it waits for an API server leaves no private key on the disk."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme
from ansible_collections.observability.thanos.tests.unit.conftest import ROOT

#: Another name for the same Python: the module runs in a process of its own.
OTHER_PYTHON = str(Path(sys.executable).parent / ".." / "bin" / Path(sys.executable).name)


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Return a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(300)
        yield server


@pytest.fixture(scope="module")
def leaf() -> trustme.LeafCert:
    """Return a client's certificate."""
    return trustme.CA().issue_cert("jane@example.com")


def kubeconfig(leaf: trustme.LeafCert, port: int) -> str:
    """Return one that holds certificate and key itself."""
    blobs = {"client-certificate-data": leaf.cert_chain_pems[0], "client-key-data": leaf.private_key_pem}
    user = {name: base64.b64encode(blob.bytes()).decode() for name, blob in blobs.items()}
    config = {
        "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "user"}}],
        "clusters": [{"name": "one", "cluster": {"server": f"https://127.0.0.1:{port}"}}],
        "users": [{"name": "user", "user": user}],
    }
    return json.dumps(config)


def signal_it(number: int) -> Callable[[subprocess.Popen[str]], None]:
    """Return what sends a signal to Ansible alone."""
    return lambda process: process.send_signal(number)


def signal_its_group(number: int) -> Callable[[subprocess.Popen[str]], None]:
    """Return what sends a signal as a terminal or a supervisor does."""
    return lambda process: os.killpg(process.pid, number)


def kill_its_worker(process: subprocess.Popen[str]) -> None:
    """Kill the process in which the module runs, which nothing can catch."""
    for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        os.kill(int(pid), signal.SIGKILL)


@pytest.mark.parametrize(
    ("end", "python"),
    [
        (signal_it(signal.SIGINT), sys.executable),
        (signal_it(signal.SIGTERM), sys.executable),
        (signal_its_group(signal.SIGINT), sys.executable),
        (signal_its_group(signal.SIGTERM), sys.executable),
        (kill_its_worker, sys.executable),
        (signal_its_group(signal.SIGTERM), OTHER_PYTHON),
    ],
    ids=["Ctrl-C", "SIGTERM", "Ctrl-C for all", "SIGTERM for all", "a worker killed", "a process of its own"],
)
def test_no_key_stays(
    end: Callable[[subprocess.Popen[str]], None],
    python: str,
    silent: socket.socket,
    leaf: trustme.LeafCert,
    tmp_path: Path,
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    for directory in (home, temporary):
        directory.mkdir()
    config = tmp_path / "kubeconfig"
    config.write_text(kubeconfig(leaf, silent.getsockname()[1]))
    own = {"HOME": str(home), "TMPDIR": str(temporary), "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "K8S_AUTH_"))}
    module = ["-m", "observability.thanos.api_kinds_info", "-a", f"api_version=v1 kubeconfig={config}"]
    process = subprocess.Popen(
        [Path(sys.executable).parent / "ansible", "localhost", *module, "-e", f"ansible_python_interpreter={python}"],
        cwd=tmp_path,
        env={**kept, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        connection, _address = silent.accept()
        with connection:
            end(process)
            output = process.communicate(timeout=300)[0]
    finally:
        process.kill()
    assert process.returncode != 0, output
    key = leaf.private_key_pem.bytes().splitlines()[1]
    holders = [path for path in tmp_path.rglob("*") if path.is_file() and key in path.read_bytes()]
    assert holders == []
    assert list(temporary.rglob("*.json")) == [], "what decides where requests go"

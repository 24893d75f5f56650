# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Command lines that run Thanos' compactor, and others that only look as if they did."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.thanos.command import compact_command

IMAGE = "registry.example.com/metrics:1"
FLAG = "--objstore.config-file=/a.yaml"
SCRIPT = """
# thanos store runs elsewhere
set -euo pipefail
export GOGC=50; mkdir -p /data && \\
  exec /bin/thanos compact \\
    --data-dir=/data \\
    --objstore.config-file /a.yaml --wait   # for ever
"""
INLINE = "thanos compact --objstore.config='type: S3\nconfig: {bucket: a;b}\n' --wait"


def container(command: list[str] | None = None, args: list[str] | None = None, **more: Any) -> dict[str, Any]:
    given = {"command": command, "args": args}
    return {"name": "main", "image": IMAGE, **{key: value for key, value in given.items() if value}, **more}


@pytest.mark.parametrize(
    "body",
    [
        container(args=["compact", FLAG]),
        container(args=["compact"], image="quay.io/thanos/thanos:v0.42.4"),
        container(["thanos"], ["compact", FLAG]),
        container(["/usr/local/bin/thanos-linux-amd64", "compact"], [FLAG]),
        container(["thanos", "--log.level", "debug", "compact", FLAG]),
        container(["/sbin/tini", "--", "thanos", "compact", FLAG]),
        container(["/entrypoint.sh"], ["compact", FLAG]),
        container(["/bin/sh", "-c", f"thanos compact {FLAG}"]),
        container(["/bin/sh", "-c"], [SCRIPT]),
        container(["sh"], ["-ec", f"while true; do thanos compact {FLAG}; sleep 300; done"]),
        container(["bash", "-o", "pipefail", "-c"], [f"thanos compact {FLAG} 2>&1 | tee /log"]),
        container(["bash", "-ceuo", "pipefail"], [f"thanos compact {FLAG}"]),
        container(["sh", "-c", 'exec thanos "$@"', "thanos"], ["compact", FLAG]),
        container(["sh", "-c", f"timeout 60 sh -c 'thanos compact {FLAG}'"]),
        container(["sh", "-c", f"(thanos compact {FLAG}) || true"]),
        container(["sh", "-c", f"cat <<EOF\nit's\nEOF\nthanos compact \\\n {FLAG}"]),
        container(["sh", "-c", INLINE]),
        container(["thanos"], ["$(WHAT)", FLAG], env=[{"name": "WHAT", "value": "compact"}]),
        container(["thanos"], ["$(B)", FLAG], env=[{"name": "A", "value": "compact"}, {"name": "B", "value": "$(A)"}]),
    ],
)
def test_a_compactor_is_recognised(body: dict[str, Any]) -> None:
    assert compact_command(body) is not None


@pytest.mark.parametrize(
    "body",
    [
        container(),
        container(args=["store", FLAG], image="quay.io/thanos/thanos:v0.42.4"),
        container(image="example.com/thanos-compact:1"),
        container(["thanos"], ["tools", "bucket", "cleanup", FLAG]),
        container(["sh", "-c", f"thanos tools bucket retention {FLAG} compact"]),
        container(["etcdctl"], ["compact", "1234"]),
        container(["sh", "-c", "etcdctl compact $(cat /revision)"]),
        container(args=["compact"]),
        container(args=["-target=compactor", "-config.file=/etc/loki.yaml"]),
        container(["thanos", "receive", "--tsdb.path=/var/thanos/compact", FLAG]),
        container(["sh", "-c", f"# thanos compact {FLAG}\nthanos store {FLAG}"]),
        container(["sh", "-c", f"thanos store {FLAG} # thanos compact"]),
        container(["sh", "-c", "echo compact; thanos query"]),
        container(["sh"], ["/run.sh"]),
        container(["thanos"], ["$$(WHAT)", FLAG], env=[{"name": "WHAT", "value": "compact"}]),
    ],
)
def test_what_only_looks_like_one_is_none(body: dict[str, Any]) -> None:
    assert compact_command(body) is None


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (container(args=["compact", FLAG]), "/a.yaml"),
        (container(args=["compact", "--objstore.config-file", "/a.yaml"]), "/a.yaml"),
        (container(["sh", "-c", SCRIPT]), "/a.yaml"),
        (container(args=["compact", FLAG, "--objstore.config-file=/b.yaml"]), "/b.yaml"),
        (container(["thanos", "compact", "--objstore.config-file"]), ""),
        (container(["thanos", "compact"]), ""),
    ],
)
def test_a_flag_is_read_however_it_is_written(body: dict[str, Any], value: str) -> None:
    command = compact_command(body)
    assert command is not None
    assert command.flag("objstore.config-file") == value


def test_a_quoted_text_in_a_script_stays_whole() -> None:
    command = compact_command(container(["sh", "-c", INLINE]))
    assert command is not None
    assert command.flag("objstore.config") == "type: S3\nconfig: {bucket: a;b}\n"

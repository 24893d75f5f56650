# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command in a container, through the Kubernetes API."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..requests.errors import ClusterError, NoAnswerError
from ..requests.time_limit import LateError, within
from ..requests.unreachable import server_of
from .resources import POD
from .websocket import Purpose, open_websocket

if TYPE_CHECKING:
    from websocket import WebSocket

    from .client import Cluster

#: Channels of the websocket.
OUTPUT, ERRORS, RESULT = 1, 2, 3


@dataclass(frozen=True)
class Liveness:
    """How it is found out whether an API that says nothing is still there."""

    #: Asked so often, in seconds.
    ask: float = 10.0
    #: Without a word for so long, it is not.
    give_up: float = 45.0


def execute(
    cluster: Cluster,
    namespace: str,
    pod: str,
    container: str,
    command: list[str],
    timeout: float,
    liveness: Liveness = Liveness(),  # It never changes.
) -> tuple[int, str, str]:
    """Run a command to its end; return its exit status, its output and its error output."""
    query = [("container", container), ("stdout", "true"), ("stderr", "true"), *(("command", word) for word in command)]
    purpose = Purpose(f"ran no command in pod {namespace}/{pod}", "pods/exec", may_repeat=False)
    websocket = open_websocket(cluster, f"{POD.path(namespace, pod)}/exec", query, purpose)
    try:
        said = within(timeout, lambda: _read(websocket, liveness))
    except LateError:
        said = None
    finally:
        websocket.shutdown()  # type: ignore[no-untyped-call]  # The library has no types here.
    what = f"{' '.join(command[:4])} in pod {namespace}/{pod}"
    if said is None:
        raise ClusterError(f"{what} did not end within {timeout:.0f} s.")
    if not said.get(RESULT):
        server = server_of(cluster.api_client.configuration.host)
        raise NoAnswerError(f"The Kubernetes API at {server} gave no word of how {what} ended.")
    output, errors = (said.get(channel, b"").decode("utf-8", "replace") for channel in (OUTPUT, ERRORS))
    return _exit_status(said[RESULT], what), output, errors


def _read(websocket: WebSocket, liveness: Liveness) -> dict[int, bytes]:
    """Return what each channel said until the websocket was closed, or until nothing answers any more."""
    from websocket import ABNF, WebSocketException, WebSocketTimeoutException

    said: dict[int, bytes] = {}
    heard = time.monotonic()
    websocket.settimeout(liveness.ask)
    while time.monotonic() - heard < liveness.give_up:
        try:
            opcode, frame = websocket.recv_data_frame(control_frame=True)
        except WebSocketTimeoutException:
            websocket.ping()
            continue
        except (WebSocketException, OSError):
            break
        heard = time.monotonic()
        if opcode == ABNF.OPCODE_CLOSE:
            break
        if opcode in (ABNF.OPCODE_BINARY, ABNF.OPCODE_TEXT) and frame.data:
            channel = frame.data[0]
            said[channel] = said.get(channel, b"") + frame.data[1:]
    return said


def _exit_status(result: bytes, what: str) -> int:
    """Return a command's exit status from the Status object that ends it."""
    status: dict[str, Any] = json.loads(result)
    if status.get("status") == "Success":
        return 0
    causes = (status.get("details") or {}).get("causes") or []
    for cause in causes:
        if cause.get("reason") == "ExitCode":
            return int(cause["message"])
    raise ClusterError(f"{what} failed: {status.get('message')}.")

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The websockets of an API server, as behaviours of an ApiServer."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Callable

from ansible_collections.observability.thanos.tests.unit.fakes.api_server import Behaviour, Handler

PONG, PING, CLOSE = 0x8A, 9, b"\x88\x02\x03\xe8"


def accept(handler: Handler) -> None:
    """Answer the handshake."""
    (key,) = handler.request_.values("sec-websocket-key")
    digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()  # noqa: S324
    handler.wfile.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Protocol: v4.channel.k8s.io\r\nSec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
    )


def frame(channel: int, data: bytes) -> bytes:
    """Return what a channel says, as one frame."""
    payload = bytes([channel]) + data
    size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack(">H", len(payload))
    return b"\x82" + size + payload


def says(*parts: bytes) -> Behaviour:
    """Return what accepts the websocket, sends this, and waits for the client's end."""

    def behave(handler: Handler) -> None:
        accept(handler)
        for part in parts:
            handler.wfile.write(part)
        handler.rfile.read()

    return behave


def answers_pings(then: Callable[[Handler, int], bool]) -> Behaviour:
    """Return what accepts the websocket and answers each ping, until then(handler, number of pings) is true."""

    def behave(handler: Handler) -> None:
        accept(handler)
        pings = 0
        while (head := handler.rfile.read(2)) and head[0] & 0x0F == PING:
            handler.rfile.read(4 + (head[1] & 0x7F))  # With the mask.
            handler.wfile.write(bytes([PONG, 0]))
            pings += 1
            if then(handler, pings):
                return

    return behave

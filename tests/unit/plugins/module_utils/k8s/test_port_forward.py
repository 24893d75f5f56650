# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The port-forward through the real Kubernetes client, against an API server that knows nothing else."""

from __future__ import annotations

import base64
import hashlib
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.port_forward import pod_http_client
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster
from kubernetes.client import ApiClient, Configuration
from urllib3.exceptions import HTTPError

PORT = 9000
LARGE = b"x" * 300_000


class ApiServer(socketserver.ThreadingTCPServer):
    """Speaks the websocket port-forward and answers each HTTP request in it with the request's first line."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[str] = []
        self.status = "101 Switching Protocols"
        self.refuses = False


class Handler(socketserver.StreamRequestHandler):
    server: ApiServer

    def handle(self) -> None:
        first, headers = self._read_head(self.rfile)
        self.server.requests.append(f"{first} {headers.get('authorization', '')}".strip())
        accept = base64.b64encode(
            hashlib.sha1((headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()  # noqa: S324
        ).decode()
        self.wfile.write(
            f"HTTP/1.1 {self.server.status}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Protocol: v4.channel.k8s.io\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        if not self.server.status.startswith("101"):
            return
        for channel in (0, 1):
            self._send(channel, struct.pack("<H", PORT))
        if self.server.refuses:
            self._send(1, b"connection refused")
            return
        request = b""
        while data := self._receive():
            request += data[1:]
            if request.endswith(b"\r\n\r\n"):
                body = request.split(b"\r\n", 1)[0] + LARGE
                self._send(0, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
                for start in range(0, len(body), 60_000):
                    self._send(0, body[start : start + 60_000])
                request = b""

    def _read_head(self, stream: Any) -> tuple[str, dict[str, str]]:
        lines = list(iter(lambda: stream.readline().decode().strip(), ""))
        return lines[0], {key.lower(): value for key, value in (line.split(": ", 1) for line in lines[1:])}

    def _send(self, channel: int, data: bytes) -> None:
        payload = bytes([channel]) + data
        size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack(">H", len(payload))
        self.wfile.write(b"\x82" + size + payload)

    def _receive(self) -> bytes:
        head = self.rfile.read(2)
        if len(head) < 2 or head[0] & 0x0F == 8:
            return b""
        size = head[1] & 0x7F
        if size == 126:
            size = struct.unpack(">H", self.rfile.read(2))[0]
        mask = self.rfile.read(4)
        return bytes(byte ^ mask[index % 4] for index, byte in enumerate(self.rfile.read(size)))


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def cluster(server: ApiServer) -> Any:
    configuration = Configuration(host=f"http://127.0.0.1:{server.server_address[1]}")
    configuration.api_key["authorization"] = "Bearer token"
    cluster = FakeCluster()
    cluster.api_client = ApiClient(configuration)
    return cluster


def test_requests_share_one_connection(server: ApiServer, cluster: Any) -> None:
    client = pod_http_client(cluster, "minio", "minio-0", PORT)
    for path in ("/first", "/second"):
        assert client.request("GET", f"http://localhost:{PORT}{path}").data == f"GET {path} HTTP/1.1".encode() + LARGE
    assert server.requests == [
        f"GET /api/v1/namespaces/minio/pods/minio-0/portforward?ports={PORT} HTTP/1.1 Bearer token",
    ]


def test_refused_by_the_api(server: ApiServer, cluster: Any) -> None:
    server.status = "403 Forbidden"
    client = pod_http_client(cluster, "minio", "minio-0", PORT)
    with pytest.raises(
        ClusterError, match=r"port 9000 of pod minio/minio-0: .*403 Forbidden\..*pods/portforward"
    ) as raised:
        client.request("GET", "http://localhost:9000/")
    assert "token" not in str(raised.value)


def test_nothing_listens_in_the_pod(server: ApiServer, cluster: Any) -> None:
    server.refuses = True
    client = pod_http_client(cluster, "minio", "minio-0", PORT)
    with pytest.raises(HTTPError):
        client.request("GET", "http://localhost:9000/", retries=False)


def test_other_clients_are_left_alone(cluster: Any) -> None:
    from urllib3 import PoolManager

    pod_http_client(cluster, "minio", "minio-0", PORT)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(HTTPError, match="refused"):
        PoolManager(retries=False).request("GET", f"http://127.0.0.1:{port}/")

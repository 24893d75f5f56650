# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real HTTP server in place of a Kubernetes API: what it does with each request is said before."""

from __future__ import annotations

import contextlib
import json
import socketserver
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Cluster
from ansible_collections.observability.thanos.plugins.module_utils.requests.connection import dynamic_client
from ansible_collections.observability.thanos.plugins.module_utils.requests.outage import Outage
from kubernetes.client import ApiClient, Configuration

Behaviour = Callable[["Handler"], None]

#: What an object, and a list of objects, needs to have.
BODY = b'{"items": [], "metadata": {"name": "a"}}'


@dataclass
class Request:
    """One that came."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Return the values of a header, which may come more than once."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Reply:
    """An ordinary answer."""

    status: str = "200 OK"
    body: bytes = BODY
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, handler: Handler) -> None:
        """Send it."""
        headers = {"Content-Length": str(len(self.body)), **self.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        handler.wfile.write(f"HTTP/1.1 {self.status}\r\n{head}\r\n".encode() + self.body)


def status(code: str, message: str, **headers: str) -> Reply:
    """Return an error of the API; an underscore in a header's name is a hyphen."""
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": int(code[:3])}
    return Reply(code, json.dumps(body).encode(), {name.replace("_", "-"): value for name, value in headers.items()})


def discovery() -> dict[str, Behaviour]:
    """Return the paths of a server that knows ConfigMaps and Secrets."""
    verbs = ["create", "delete", "get", "list", "patch"]
    names = {"ConfigMap": "configmaps", "Secret": "secrets"}
    kinds = [{"name": name, "kind": kind, "namespaced": True, "verbs": verbs} for kind, name in names.items()]
    found: dict[str, Any] = {
        "/version": {"gitVersion": "v1.37.0"},
        "/apis": {"kind": "APIGroupList", "groups": []},
        "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": kinds},
    }
    return {path: Reply(body=json.dumps(body).encode()) for path, body in found.items()}


def silence(handler: Handler) -> None:
    """Never answer."""
    handler.server.stopped.wait()


def stalls_in_the_body(handler: Handler) -> None:
    """Stop after the head and a part of the body."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + BODY)
    handler.server.stopped.wait()


def trickles(start: bytes) -> Callable[[Handler], None]:
    """Return what sends this, and then one byte after the other for ever."""

    def trickle(handler: Handler) -> None:
        handler.wfile.write(start)
        with contextlib.suppress(OSError):
            while not handler.server.stopped.wait(0.02):
                handler.wfile.write(b"x")

    return trickle


class Handler(socketserver.StreamRequestHandler):
    """One connection."""

    server: ApiServer
    request_: Request

    def setup(self) -> None:
        """Speak TLS where the server does."""
        self.server.connections += 1
        if self.server.tls is not None:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        """Answer requests until the client closes."""
        with contextlib.suppress(OSError):
            while self._read():
                self.server.requests.append(self.request_)
                self.server.behaviour(self.request_)(self)

    def finish(self) -> None:
        """Close; the client may have gone before."""
        with contextlib.suppress(OSError):
            super().finish()

    def _read(self) -> bool:
        lines = list(iter(lambda: self.rfile.readline().decode("latin-1").strip(), ""))
        if not lines:
            return False
        method, path, _version = lines[0].split(" ")
        headers = [(name, value) for name, _colon, value in (line.partition(": ") for line in lines[1:])]
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        self.request_ = Request(method, path, headers, self.rfile.read(length))
        return True


class ApiServer(socketserver.ThreadingTCPServer):
    """Answers each request with the next behaviour, and at last with ordinary answers."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, *behaviours: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        """Start on a free port of the loopback interface."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours = list(behaviours)
        #: What paths answer, whenever they are asked.
        self.paths: dict[str, Behaviour] = {}
        self.tls = tls
        self.requests: list[Request] = []
        self.connections = 0
        self.stopped = threading.Event()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        """Return where it is."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def behaviour(self, request: Request) -> Behaviour:
        """Return what is done with a request."""
        if request.path in self.paths:
            return self.paths[request.path]
        return self.behaviours.pop(0) if self.behaviours else Reply()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that go away, or do not like the certificate."""

    def __exit__(self, *arguments: Any) -> None:
        """Let go of everything that waits, too."""
        self.stopped.set()
        self.shutdown()
        super().__exit__(*arguments)


def reach(
    url: str, tell: Callable[[str], None] | None = None, directory: Path = Path("/nowhere"), **limits: float
) -> Cluster:
    """Return the real client of a server, which keeps in a directory what kinds there are; limits are Outage's."""
    return Cluster(client_of(Configuration(host=url), directory), outage=Outage(tell, **limits))


@dataclass
class Client:
    """What kubernetes.core calls a K8SClient."""

    configuration: Any
    client: Any


def client_of(configuration: Any, directory: Path) -> Client:
    """Return the real client for a configuration, which has not asked anything yet."""
    return Client(configuration, dynamic_client(ApiClient(configuration), str(directory)))

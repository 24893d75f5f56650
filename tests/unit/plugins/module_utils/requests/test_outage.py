# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to the Kubernetes API through the real client, against a server that goes away and comes back."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Cluster
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import CONFIG_MAP, POD
from ansible_collections.observability.thanos.plugins.module_utils.k8s.websocket import Purpose, open_websocket
from ansible_collections.observability.thanos.plugins.module_utils.requests import outage, retry
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError, NoAnswerError
from ansible_collections.observability.thanos.plugins.module_utils.requests.outage import Outage
from ansible_collections.observability.thanos.plugins.module_utils.requests.unreachable import is_refused
from ansible_collections.observability.thanos.tests.unit.fakes import api_server
from kubernetes.client import ApiClient, Configuration
from kubernetes.dynamic import DynamicClient
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, NewConnectionError

BODY = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}}
ANSWER = b'{"items": [], "metadata": {"name": "a"}}'


class Handler(socketserver.StreamRequestHandler):
    server: ApiServer

    def handle(self) -> None:
        head = list(iter(lambda: self.rfile.readline().decode().strip(), ""))
        if not head:
            return
        lengths = [line.split(": ")[1] for line in head if line.lower().startswith("content-length")]
        self.rfile.read(int(lengths[0]) if lengths else 0)
        self.server.requests.append(head[0].removesuffix(" HTTP/1.1"))
        answer = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (self.server.status, len(ANSWER))
        if self.server.cuts:
            self.server.cuts -= 1
            self.wfile.write((answer + ANSWER)[: self.server.cut_at])
        else:
            self.wfile.write(answer + ANSWER)


class ApiServer(socketserver.ThreadingTCPServer):
    """Answers everything with the same; so many answers are cut off after some bytes."""

    allow_reuse_address = True
    daemon_threads = True
    status = b"200 OK"
    cuts, cut_at = 0, 0

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.requests: list[str] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> int:
        """Go away; return the port that nobody listens on any more."""
        self.shutdown()
        self.server_close()
        return int(self.server_address[1])


def reach(port: int, told: list[str], patience: float = 3) -> Cluster:
    """Return the real client of a server at this port."""
    api_client = ApiClient(Configuration(host=f"http://127.0.0.1:{port}"))
    dynamic = object.__new__(DynamicClient)  # Without its first request, for the API's version.
    dynamic.client = api_client
    client = SimpleNamespace(configuration=api_client.configuration, client=dynamic)
    return Cluster(client, outage=Outage(told.append, patience))


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "RETRY_SECONDS", 0.05)


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with ApiServer() as server:
        yield server
        server.shutdown()


@pytest.mark.parametrize(
    ("ask", "request_line"),
    [
        (
            lambda cluster: cluster.list(POD, "b", label_selector="c=d"),
            "GET /api/v1/namespaces/b/pods?labelSelector=c%3Dd",
        ),
        (
            lambda cluster: cluster.merge(CONFIG_MAP, "a", {}, "b"),
            "PATCH /api/v1/namespaces/b/configmaps/a?fieldManager=observability.thanos",
        ),
        (
            lambda cluster: cluster.create(CONFIG_MAP, BODY),
            "POST /api/v1/namespaces/b/configmaps?fieldManager=observability.thanos",
        ),
    ],
)
def test_a_server_that_is_away_is_asked_again(
    server: ApiServer, ask: Callable[[Cluster], Any], request_line: str
) -> None:
    told: list[str] = []
    port = server.stop()
    back: list[ApiServer] = []
    threading.Timer(0.4, lambda: back.append(ApiServer(port))).start()
    ask(reach(port, told))
    back[0].stop()
    assert told == [
        "the Kubernetes API gives no answer, and is asked again",
        "the Kubernetes API answers again [0 s]",
    ]
    assert back[0].requests == [request_line], "no parameter comes twice"


@pytest.mark.parametrize("cut_at", [0, 10, 80])
def test_an_answer_that_is_cut_off_is_asked_for_again(server: ApiServer, cut_at: int) -> None:
    server.cuts, server.cut_at = 6, cut_at
    cluster = reach(server.server_address[1], [])
    assert cluster.list(POD, "b") == []
    server.cuts = 2
    cluster.apply(CONFIG_MAP, BODY)
    assert len([request for request in server.requests if request.startswith("PATCH")]) == 3


def test_nothing_is_created_twice(server: ApiServer) -> None:
    server.cuts = 1
    with pytest.raises(NoAnswerError, match="cannot be reached"):
        reach(server.server_address[1], []).create(CONFIG_MAP, BODY)
    assert len(server.requests) == 1


def test_a_server_that_stays_away_is_an_error_and_waited_for_only_once(server: ApiServer) -> None:
    port = server.stop()
    told: list[str] = []
    cluster = reach(port, told, patience=0.3)
    start = time.monotonic()
    for _each in range(10):
        with pytest.raises(NoAnswerError, match=rf"http://127\.0\.0\.1:{port} cannot be reached: .*refused"):
            cluster.list(POD, "b")
    assert 0.3 <= time.monotonic() - start < 2
    assert told == ["the Kubernetes API gives no answer, and is asked again"]
    assert cluster.outage.last > start


def test_an_error_of_the_server_is_an_answer(server: ApiServer) -> None:
    told: list[str] = []
    server.status = b"403 Forbidden"
    with pytest.raises(ClusterError, match="refused to get"):
        reach(server.server_address[1], told).list(POD, "b")
    assert len(server.requests) == 1
    assert told == []


def test_a_server_that_has_just_started_may_forbid_everything(server: ApiServer) -> None:
    told: list[str] = []
    port = server.stop()
    cluster = reach(port, told)
    back: list[ApiServer] = []

    def start() -> None:
        back.append(ApiServer(port))
        back[0].status = b"403 Forbidden"

    threading.Timer(0.2, start).start()
    threading.Timer(0.5, lambda: setattr(back[0], "status", b"200 OK")).start()
    cluster.list(POD, "b")
    back[0].stop()
    assert len(back[0].requests) > 1
    assert len(told) == 2


@pytest.mark.parametrize("code", [errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ECONNREFUSED])
def test_an_address_that_moves_is_not_there_for_a_moment(code: int) -> None:
    """Not asked of a real network: which address has no route depends on where the test runs."""
    error = NewConnectionError(HTTPConnection("a"), "Failed to establish a new connection")
    error.__cause__ = OSError(code, os.strerror(code))
    assert is_refused(error)


@pytest.mark.parametrize("ask", ["list", "websocket"])
@pytest.mark.parametrize("code", [b"502 Bad Gateway", b"503 Service Unavailable", b"504 Gateway Timeout"])
def test_a_proxy_that_does_not_reach_the_server_is_asked_again(ask: str, code: bytes) -> None:
    tries = tunnels(ask, code, patience=0.3)
    assert len(tries) > 1
    assert f"cannot be reached: by the proxy: it answers with status {code[:3].decode()}" in tries[-1]


@pytest.mark.parametrize("ask", ["list", "websocket"])
@pytest.mark.parametrize("code", [b"407 Proxy Authentication Required", b"403 hunter2"])
def test_a_proxy_that_refuses_is_an_error_at_once(ask: str, code: bytes) -> None:
    (said,) = tunnels(ask, code, patience=60)
    assert f"by the proxy: it answers with status {code[:3].decode()}" in said
    assert "hunter2" not in said


ASKS: dict[str, Callable[[Cluster], Any]] = {
    "list": lambda cluster: cluster.list(POD, "b"),
    "websocket": lambda cluster: open_websocket(
        cluster, "/api/v1/namespaces/b/pods/c/exec", [], Purpose("ran nothing", "pods/exec")
    ),
}


def tunnels(ask: str, code: bytes, patience: float) -> list[str]:
    """Return a line for each CONNECT that a proxy refused, the last one with the error that this ended in."""
    with ApiServer() as proxy:
        proxy.status = code
        configuration = Configuration(host="https://kubernetes.example.com:6443")
        configuration.proxy = f"http://127.0.0.1:{proxy.server_address[1]}"
        client = api_server.client_of(configuration, Path("/nowhere"))
        cluster = Cluster(client, outage=Outage(patience=patience))
        with pytest.raises(NoAnswerError) as raised:
            ASKS[ask](cluster)
        proxy.shutdown()
    return [*proxy.requests[:-1], str(raised.value)]


def test_a_name_that_does_not_exist_is_an_error_at_once() -> None:
    told: list[str] = []
    cluster = reach(1, told, patience=60)
    cluster.api_client.configuration.host = "http://nosuch.invalid"
    with pytest.raises(NoAnswerError, match=r"nosuch\.invalid"):
        cluster.list(POD, "b")
    assert told == []


def watched(cluster: Cluster, ended: threading.Event) -> None:
    """Ask for watches one after the other, as who follows objects does."""
    while not ended.wait(0.02):
        with contextlib.suppress(ClusterError, HTTPError, OSError):
            list(cluster.watch(POD, "b", "", 5))


@pytest.mark.parametrize(
    ("code", "is_cut", "patience"),
    [("503 Service Unavailable", False, 1.0), ("403 Forbidden", True, 60.0)],
    ids=["excuses", "cut"],
)
def test_watches_that_fail_do_not_prolong_the_wait_of_others(
    code: str, is_cut: bool, patience: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "MAX_GUESS_SECONDS", 0.1)
    monkeypatch.setattr(outage, "STARTING_SECONDS", 0.5)

    def cut(handler: api_server.Handler) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)

    ended = threading.Event()
    with api_server.ApiServer() as server:
        error = api_server.status(code, "not now")
        monkeypatch.setattr(server, "behaviour", lambda request: cut if is_cut and "watch=" in request.path else error)
        cluster = api_server.reach(server.url, patience=patience, limit=60)
        threading.Thread(target=watched, args=(cluster, ended), daemon=True).start()
        time.sleep(0.2)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(cluster.list, POD, "b")
            try:
                with pytest.raises(ClusterError, match="not now"):
                    asked.result(timeout=5)
            finally:
                ended.set()


def test_a_watch_is_not_asked_for_again(server: ApiServer) -> None:
    port = server.stop()
    watch = reach(port, [], patience=60).watch(POD, "b", "", 5)
    with pytest.raises(NoAnswerError):
        next(watch)

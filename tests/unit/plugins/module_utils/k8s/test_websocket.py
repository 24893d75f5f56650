# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Port-forward and exec are asked for as all else is: as the same user, by the same way, and not for ever."""

from __future__ import annotations

import base64
import functools
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC
from ansible_collections.observability.thanos.plugins.module_utils.k8s import port_forward
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Cluster
from ansible_collections.observability.thanos.plugins.module_utils.k8s.exec import execute
from ansible_collections.observability.thanos.plugins.module_utils.k8s.port_forward import pod_http_client
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import CONFIG_MAP
from ansible_collections.observability.thanos.plugins.module_utils.requests.connection import connect
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError, NoAnswerError
from ansible_collections.observability.thanos.plugins.module_utils.requests.outage import Outage
from ansible_collections.observability.thanos.tests.unit.fakes.api_server import (
    ApiServer,
    Behaviour,
    Handler,
    Request,
    reach,
    silence,
    status,
    trickles,
)
from ansible_collections.observability.thanos.tests.unit.fakes.websocket_server import CLOSE, accept, frame, says
from urllib3.exceptions import HTTPError

NAME = "kubernetes.example.com"
ENDED = says(frame(3, b'{"status": "Success"}'), CLOSE)


def run(cluster: Cluster) -> Any:
    """Run a command in a pod."""
    return execute(cluster, "b", "a", "c", ["true"], 20)


def forward(cluster: Cluster, seconds: float | None = None) -> Any:
    """Ask an HTTP server in a pod."""
    return pod_http_client(cluster, "b", "a", 80, seconds).request("GET", "http://localhost/", retries=False)


USES: dict[str, Callable[[Cluster], Any]] = {"exec": run, "port-forward": forward}


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that are made, which take no time."""
    made: list[float] = []
    monkeypatch.setattr("time.sleep", made.append)
    return made


def reached(directory: Path, **options: Any) -> Cluster:
    """Return a cluster to ask."""
    return Cluster(connect(dict.fromkeys(AUTH_ARG_SPEC) | options, str(directory)), outage=Outage(limit=5, patience=1))


def handshake(use: str, cluster: Cluster, server: ApiServer, *before: Behaviour) -> Request:
    """Return the last request for a websocket; a port-forward ends with it."""
    server.behaviours = [*before, ENDED if use == "exec" else status("400 Bad Request", "enough")]
    if use == "exec":
        assert run(cluster) == (0, "", "")
    else:
        with pytest.raises(NoAnswerError, match="400 Bad Request, enough"):
            forward(cluster)
    return server.requests[-1]


@pytest.mark.parametrize("use", USES)
def test_who_acts_as_somebody_else_does_so_here_as_well(use: str, tmp_path: Path) -> None:
    with ApiServer() as server:
        cluster = reached(
            tmp_path, host=server.url, api_key="key", impersonate_user="jane", impersonate_groups=["a", "b"]
        )
        cluster.get(CONFIG_MAP, "a", "b")
        request = handshake(use, cluster, server)
        for each in (server.requests[0], request):
            assert each.values("Authorization") == ["Bearer key"]
            assert each.values("Impersonate-User") == ["jane"]
            assert each.values("Impersonate-Group") == ["a", "b"]
    assert request.path.startswith("/api/v1/namespaces/b/pods/a/")


@pytest.mark.parametrize("use", USES)
def test_the_environment_may_say_so(use: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K8S_AUTH_IMPERSONATE_USER", "jane")
    monkeypatch.setenv("K8S_AUTH_IMPERSONATE_GROUPS", "a,b")
    with ApiServer() as server:
        request = handshake(use, reached(tmp_path, host=server.url, api_key="key\n"), server)
        assert request.values("Impersonate-User") == ["jane"]
        assert request.values("Impersonate-Group") == ["a", "b"]


class Proxy(socketserver.ThreadingTCPServer):
    """Passes connections on to one server, whatever name they ask for."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, target: ApiServer, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Tunnel)
        self.tls = tls
        self.target = ("127.0.0.1", int(target.server_address[1]))
        self.heads: list[str] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def __exit__(self, *arguments: Any) -> None:
        self.shutdown()
        super().__exit__(*arguments)


class Tunnel(socketserver.StreamRequestHandler):
    """One connection by CONNECT."""

    server: Proxy

    def setup(self) -> None:
        if self.server.tls is not None:
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        self.server.heads.append("".join(iter(lambda: self.rfile.readline().decode(), "\r\n")))
        with socket.create_connection(self.server.target) as target:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=pass_on, args=(target, self.connection), daemon=True)
            back.start()
            pass_on(self.connection, target)
            back.join(10)


def pass_on(source: socket.socket, sink: socket.socket) -> None:
    """Copy what comes until its end."""
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    """Return the CA of servers and clients."""
    return trustme.CA()


@pytest.fixture
def server(ca: trustme.CA) -> Iterator[ApiServer]:
    """Return an API server of another name that takes only those who have a certificate of the CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(NAME).configure_cert(context)
    ca.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with ApiServer(tls=context) as server:
        yield server


def kubeconfig(ca: trustme.CA, **cluster: str) -> dict[str, Any]:
    """Return a kubeconfig with a client certificate."""

    def data(blob: trustme.Blob) -> str:
        return base64.b64encode(blob.bytes()).decode()

    leaf = ca.issue_cert("jane@example.com")
    user = {"client-certificate-data": data(leaf.cert_chain_pems[0]), "client-key-data": data(leaf.private_key_pem)}
    return {
        "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "user"}}],
        "clusters": [{"name": "one", "cluster": {"certificate-authority-data": data(ca.cert_pem), **cluster}}],
        "users": [{"name": "user", "user": user}],
    }


@pytest.mark.parametrize("use", USES)
def test_certificates_and_the_name_of_the_server(use: str, server: ApiServer, ca: trustme.CA, tmp_path: Path) -> None:
    given = kubeconfig(ca, **{"server": server.url, "tls-server-name": NAME})
    handshake(use, reached(tmp_path, kubeconfig=given), server)
    with pytest.raises(NoAnswerError, match="certificate is not accepted, "):
        USES[use](reached(tmp_path, kubeconfig=kubeconfig(ca, server=server.url)))
    unchecked = reached(tmp_path, kubeconfig=kubeconfig(ca, server=server.url), validate_certs=False)
    handshake(use, unchecked, server)


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("way", ["kubeconfig", "option", "environment"])
def test_a_proxy(
    use: str, way: str, server: ApiServer, ca: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Proxy(server) as proxy:
        url = f"http://127.0.0.1:{proxy.server_address[1]}"
        given = kubeconfig(ca, server=f"https://{NAME}:6443", **({"proxy-url": url} if way == "kubeconfig" else {}))
        if way == "environment":
            monkeypatch.setenv("HTTPS_PROXY", url)
        options = {"proxy": url} if way == "option" else {}
        headers = {"proxy_headers": {"proxy_basic_auth": "jane:hunter2"}}
        cluster = reached(tmp_path, kubeconfig=given, **options, **headers)
        cluster.get(CONFIG_MAP, "a", "b")
        handshake(use, cluster, server)
        assert len(proxy.heads) == 2
        for head in proxy.heads:
            assert head.startswith(f"CONNECT {NAME}:6443 ")
            assert f"Basic {base64.b64encode(b'jane:hunter2').decode()}" in head


def test_a_proxy_by_tls_has_a_certificate_of_the_same_ca(server: ApiServer, ca: trustme.CA, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    with Proxy(server, context) as proxy:
        url = f"https://127.0.0.1:{proxy.server_address[1]}"
        given = kubeconfig(ca, **{"server": f"https://{NAME}:6443", "proxy-url": url})
        assert reached(tmp_path, kubeconfig=given).get(CONFIG_MAP, "a", "b") is not None
        assert len(proxy.heads) == 1
        other_name = reached(tmp_path, kubeconfig=given, proxy=url.replace("127.0.0.1", "localhost"))
        with pytest.raises(NoAnswerError, match="by the proxy: its certificate is not accepted"):
            other_name.get(CONFIG_MAP, "a", "b")


@pytest.mark.parametrize("use", USES)
def test_no_proxy_where_the_other_requests_need_none(use: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with ApiServer() as server:
        cluster = reached(tmp_path, host=server.url, api_key="key", no_proxy="127.0.0.1")
        cluster.get(CONFIG_MAP, "a", "b")
        handshake(use, cluster, server)


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("behaviour", [silence, trickles(b""), trickles(b"HTTP/1.1 101 Switching Protocols\r\nX: ")])
def test_a_handshake_that_does_not_end(use: str, behaviour: Behaviour) -> None:
    with ApiServer(*[behaviour] * 9) as server:
        cluster = reach(server.url, limit=0.3, patience=0.2)
        with pytest.raises(NoAnswerError, match=f"{server.url} cannot be reached: no answer within"):
            USES[use](cluster)
        assert len(server.requests) == 1


@pytest.mark.parametrize("behaviour", [silence, trickles(b"HTTP/1.1 101 Switching Protocols\r\nX: ")])
def test_a_port_forward_has_the_time_that_it_is_given(behaviour: Behaviour) -> None:
    with ApiServer(*[behaviour] * 9) as server, pytest.raises((NoAnswerError, HTTPError)):
        forward(reach(server.url), 0.3)


def test_a_pod_that_says_nothing_has_the_time_that_it_is_given() -> None:
    def opened(handler: Handler) -> None:
        accept(handler)
        for channel in (0, 1):
            handler.wfile.write(frame(channel, b"\x50\x00"))
        handler.server.stopped.wait()

    with ApiServer(opened) as server, pytest.raises(HTTPError, match="no answer within"):
        forward(reach(server.url), 0.3)


def test_the_person_hears_of_a_pod_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_forward, "NOTICE_SECONDS", 0.2)
    monkeypatch.setattr(port_forward, "LIMIT_SECONDS", 0.5)
    told: list[str] = []
    opened = says(*(frame(channel, b"\x50\x00") for channel in (0, 1)))
    with ApiServer(opened) as server:
        cluster = reach(server.url)
        cluster.listener = told.append
        with pytest.raises(HTTPError, match="no answer within"):
            forward(cluster)
    assert told == ["port 80 of pod b/a has not answered for 0 s"]


def test_a_pod_whose_answer_does_not_end_has_the_time_that_it_is_given() -> None:
    def opened(handler: Handler) -> None:
        accept(handler)
        for channel in (0, 1):
            handler.wfile.write(frame(channel, b"\x50\x00"))
        handler.wfile.write(frame(0, b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"))
        while not handler.server.stopped.wait(0.02):
            handler.wfile.write(frame(0, b"x"))

    with ApiServer(opened) as server, pytest.raises(HTTPError, match="no answer within"):
        forward(reach(server.url), 0.3)


@pytest.mark.parametrize("use", USES)
def test_who_asks_for_a_pause_gets_it(use: str, pauses: list[float]) -> None:
    with ApiServer() as server:
        busy = [status("429 Too Many Requests", "busy", Retry_After=each) for each in ("1", "2")]
        handshake(use, reach(server.url), server, *busy)
        assert len(server.requests) == 3
    assert pauses == [1, 2]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(
    ("code", "remedy"),
    [("403 Forbidden", "The user of the play needs .*pods/{resource}"), ("401 Unauthorized", "Check the credentials")],
)
def test_who_may_not_is_told_what_is_missing(use: str, code: str, remedy: str) -> None:
    said = f"{code}, pods is forbidden.* {remedy.format(resource=use.replace('-', ''))}"
    with ApiServer(status(code, "pods is forbidden", Set_Cookie="hunter2")) as server:
        with pytest.raises(ClusterError, match=said) as raised:
            USES[use](reach(server.url))
        assert not isinstance(raised.value, NoAnswerError)
        assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("use", USES)
def test_a_proxy_that_cannot_be_used_is_told(use: str, tmp_path: Path) -> None:
    ask = functools.partial(USES[use], reached(tmp_path, host=f"https://{NAME}", api_key="x", proxy="https://p:1"))
    with pytest.raises(ClusterError, match="cannot use a proxy that is itself spoken to by TLS"):
        ask()

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every request ends, whatever the server does: the real client against real servers."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.apply.apply import ApplyOptions, apply_all
from ansible_collections.observability.thanos.plugins.module_utils.k8s import client as cluster_module
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Cluster
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import CONFIG_MAP, POD, Resource
from ansible_collections.observability.thanos.plugins.module_utils.requests import outage, transport
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import (
    NoAnswerError,
    SilentBehindError,
)
from ansible_collections.observability.thanos.tests.unit.fakes.api_server import (
    ApiServer,
    Behaviour,
    Handler,
    Reply,
    reach,
    silence,
    stalls_in_the_body,
    trickles,
)

OBJECT = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}}
PROXIED = "/api/v1/namespaces/b/services/c:http/proxy/d"
NODE = "/api/v1/nodes/n/proxy/stats/summary"
LOG = "/api/v1/namespaces/b/pods/d/log"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
REQUESTS: dict[str, Callable[[Cluster], Any]] = {
    "get": lambda cluster: cluster.get(CONFIG_MAP, "a", "b"),
    "list": lambda cluster: cluster.list(POD, "b"),
    "create": lambda cluster: cluster.create(CONFIG_MAP, OBJECT),
    "replace": lambda cluster: cluster.replace(CONFIG_MAP, OBJECT),
    "merge": lambda cluster: cluster.merge(CONFIG_MAP, "a", {}, "b"),
    "apply": lambda cluster: cluster.apply(CONFIG_MAP, OBJECT),
    "delete": lambda cluster: cluster.delete(CONFIG_MAP, "a", "b"),
    "answer": lambda cluster: cluster.answer("/api/v1/namespaces/b/services/c:http/proxy/d"),
    "read": lambda cluster: cluster.read("/version"),
    "watch": lambda cluster: next(cluster.watch(POD, "b", "", 240)),
    "discovery": lambda cluster: apply_all(cluster, [OBJECT], ApplyOptions(), print),
}


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for what never comes."""
    monkeypatch.setattr(outage, "RETRY_SECONDS", 0.05)


def ends(cluster: Cluster, ask: Callable[[Cluster], Any], url: str) -> None:
    """Expect that the server is named as the one that gives no answer."""
    with pytest.raises(NoAnswerError, match="no answer within") as raised:
        ask(cluster)
    assert url in str(raised.value)


@pytest.mark.parametrize("name", REQUESTS)
def test_a_server_that_never_answers(name: str, tmp_path: Path) -> None:
    with ApiServer(*[silence] * 10) as server:
        cluster = reach(server.url, directory=tmp_path, limit=0.3, patience=0.2)
        ends(cluster, REQUESTS[name], server.url)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        stalls_in_the_body,
        trickles(b""),
        trickles(b"HTTP/1.1 200 OK\r\nX: "),
        trickles(HEAD),
        trickles(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n"),
    ],
    ids=["stalls in the body", "trickles from the start", "trickles in the head", "trickles in the body", "chunked"],
)
@pytest.mark.parametrize("name", ["list", "apply", "answer"])
def test_an_answer_that_does_not_end(behaviour: Behaviour, name: str) -> None:
    with ApiServer(*[behaviour] * 10) as server:
        ends(reach(server.url, limit=0.3, patience=0.2), REQUESTS[name], server.url)


@contextlib.contextmanager
def listening(backlog: int = 10) -> Iterator[socket.socket]:
    """Listen on a port, and do nothing else."""
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as server:
        yield server


def test_a_server_that_takes_connections_and_never_speaks_tls() -> None:
    with listening() as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        ends(reach(url, limit=0.3, patience=0.2), REQUESTS["get"], url)


def test_an_address_whose_packets_are_dropped() -> None:
    with listening(backlog=0) as server, contextlib.ExitStack() as stack:
        for _each in range(3):  # Then the kernel answers no more of them.
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        ends(reach(url, limit=0.3, patience=0.2), REQUESTS["get"], url)


def test_a_connection_that_is_not_made_in_time_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.1)
    told: list[str] = []
    with listening() as server:
        url = f"https://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(NoAnswerError, match="no answer in time"):
            reach(url, told.append, limit=10, patience=0.3).get(CONFIG_MAP, "a", "b")
    assert told == ["the Kubernetes API gives no answer, and is asked again"]


def test_once_the_time_is_over_nothing_waits_any_more() -> None:
    with ApiServer(*[silence] * 100) as server:
        cluster = reach(server.url, limit=0.3, patience=0.2)
        for _each in range(50):
            ends(cluster, REQUESTS["get"], server.url)
        assert len(server.requests) == 1


def test_after_a_while_it_is_asked_again_whether_it_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "PROBE_PAUSE_SECONDS", 0)
    with ApiServer(silence) as server:
        cluster = reach(server.url, limit=0.3, patience=0.2)
        ends(cluster, REQUESTS["get"], server.url)
        assert cluster.get(CONFIG_MAP, "a", "b") is not None


def test_all_threads_together_have_one_limit() -> None:
    with ApiServer(*[silence] * 100) as server:
        cluster = reach(server.url, limit=0.3, patience=0.2)
        with ThreadPoolExecutor(9) as pool:
            for ended in [pool.submit(ends, cluster, REQUESTS["get"], server.url) for _each in range(9)]:
                ended.result()
        assert len(server.requests) == 9


def test_the_person_hears_of_a_slow_server_which_may_take_its_time() -> None:
    told: list[str] = []

    def slow(handler: Handler) -> None:
        start, end = HEAD.replace(b"100000000", b"40"), b'{"items": [], "metadata": {"name": "a"}}'
        handler.wfile.write(start + end[:5])
        heard.wait(20)
        handler.wfile.write(end[5:])

    def hear(line: str) -> None:
        told.append(line)
        heard.set()

    heard = threading.Event()
    with ApiServer(slow) as server:
        cluster = reach(server.url, hear, notice=0.1)
        assert cluster.list(POD, "b") == []
        assert len(server.requests) == 1
    first, second = told
    assert first == f"the Kubernetes API at {server.url} has not answered GET /api/v1/namespaces/b/pods for 0 s"
    assert second.startswith("the Kubernetes API answers again")


def test_the_limits_are_what_people_are_promised() -> None:
    first_word, end, start_of_ansible = 10, 60, 10
    assert first_word > outage.NOTICE_SECONDS
    assert outage.LIMIT_SECONDS + outage.PROBE_SECONDS + start_of_ansible < end
    # The last of the tries may begin when the patience is almost over.
    assert outage.PATIENCE_SECONDS + 2 * transport.CONNECT_SECONDS < outage.LIMIT_SECONDS


def test_the_first_answer_to_discovery_is_the_last_one_that_is_waited_for(tmp_path: Path) -> None:
    with ApiServer(*[silence] * 10) as server:
        cluster = reach(server.url, directory=tmp_path, limit=0.3, patience=0.2)
        with pytest.raises(NoAnswerError):
            apply_all(cluster, [OBJECT] * 5, ApplyOptions(), print)
        assert len(server.requests) == 1


@pytest.mark.parametrize("trouble", [silence, stalls_in_the_body])
@pytest.mark.parametrize("path", [PROXIED, NODE, LOG])
def test_a_pod_or_node_that_never_answers_is_not_the_api(
    path: str, trouble: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "BEHIND_SECONDS", 0.3)
    with ApiServer() as server:
        server.paths[path] = trouble
        # Many one after the other take longer than the API itself may.
        cluster = reach(server.url, limit=1, patience=0.5, notice=0.1)
        for _each in range(4):
            with pytest.raises(SilentBehindError, match=f"no answer within 0 s for {path.partition('?')[0]}"):
                cluster.answer(path, timeout=0.3)
            assert cluster.get(CONFIG_MAP, "a", "b") is not None
        assert [request.path for request in server.requests].count(path) == 4


def test_logs_that_never_come_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "BEHIND_SECONDS", 0.3)
    with ApiServer(silence) as server:
        cluster = reach(server.url, limit=5)
        assert cluster.logs("b", "d", "e", 10) == ""
        assert [request.path for request in server.requests[1:]] == ["/version"]


def test_a_pod_that_never_answers_while_the_api_does_not_either() -> None:
    with ApiServer(*[silence] * 10) as server:
        cluster = reach(server.url, limit=1, patience=0.5, notice=0.1)
        with pytest.raises(NoAnswerError, match="cannot be reached") as raised:
            cluster.answer(PROXIED, timeout=0.3)
        assert not isinstance(raised.value, SilentBehindError)


def test_an_idle_connection_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with ApiServer() as server:
        cluster = reach(server.url)
        for _each in range(3):
            cluster.get(CONFIG_MAP, "a", "b")
        assert server.connections == 1
        monkeypatch.setattr(transport, "IDLE_SECONDS", 0)
        cluster.get(CONFIG_MAP, "a", "b")
        assert server.connections == 2


def test_names_of_people_and_passwords_in_the_address_are_not_told() -> None:
    with ApiServer(silence) as server:
        url = server.url.replace("://", "://user:hunter2@")
        with pytest.raises(NoAnswerError) as raised:
            reach(url, limit=0.2, patience=0.1).get(CONFIG_MAP, "a", "b")
    assert server.url in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_an_answer_that_is_no_object_is_told() -> None:
    login = Reply("200 OK", b"<html>Log in, hunter2</html>")
    for ask in ("get", "list", "read"):
        with ApiServer(login) as server, pytest.raises(Exception, match="as a Kubernetes API does") as raised:
            REQUESTS[ask](reach(server.url))
        assert "hunter2" not in str(raised.value)


def test_a_watch_goes_on_for_longer_than_any_other_request() -> None:
    def events(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _each in range(10):
            handler.server.stopped.wait(0.1)
            handler.wfile.write(b"3\r\n{}\n\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    with ApiServer(events) as server:
        cluster = reach(server.url, limit=0.3, patience=0.2)
        assert list(cluster.watch(Resource("v1", "Pod", "pods"), "b", "", 60)) == [{}] * 10

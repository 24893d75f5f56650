# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A moment's trouble of the API server: the real client against a real server that has one."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.apply.apply import ApplyOptions, apply_all
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Cluster, Response
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import CONFIG_MAP, POD, Resource
from ansible_collections.observability.thanos.plugins.module_utils.preflight.permissions import (
    ACCESS_REVIEW,
    SUBJECT_REVIEW,
)
from ansible_collections.observability.thanos.plugins.module_utils.requests import outage, retry
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import (
    ClusterError,
    ConflictError,
    NoAnswerError,
    NotFoundError,
)
from ansible_collections.observability.thanos.tests.unit.fakes.api_server import (
    ApiServer,
    Behaviour,
    Handler,
    Reply,
    discovery,
    reach,
    silence,
    status,
)

OBJECT = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}}
PROXIED = "/api/v1/namespaces/b/services/c:http/proxy/d"
REQUESTS: dict[str, Callable[[Cluster], Any]] = {
    "get": lambda cluster: cluster.get(CONFIG_MAP, "a", "b"),
    "list": lambda cluster: cluster.list(POD, "b"),
    "create": lambda cluster: cluster.create(CONFIG_MAP, OBJECT),
    "replace": lambda cluster: cluster.replace(CONFIG_MAP, OBJECT),
    "merge": lambda cluster: cluster.merge(CONFIG_MAP, "a", {}, "b"),
    "apply": lambda cluster: cluster.apply(CONFIG_MAP, OBJECT),
    "delete": lambda cluster: cluster.delete(CONFIG_MAP, "a", "b"),
}
HARMLESS_TWICE = [name for name in REQUESTS if name != "create"]
ETCD = [
    status("500 Internal Server Error", "etcdserver: request timed out"),
    status("500 Internal Server Error", "etcdserver: request timed out, possibly due to previous leader failure"),
    status("500 Internal Server Error", "etcdserver: leader changed"),
    status("500 Internal Server Error", "etcdserver: no leader"),
    status("500 Internal Server Error", "rpc error: code = Unavailable desc = transport is closing"),
]
UNAVAILABLE = [
    status("503 Service Unavailable", "the server is currently unable to handle the request"),
    status("504 Gateway Timeout", "Timeout: request did not complete within requested timeout"),
    Reply("503 Service Unavailable", b"<html>no server is available</html>"),
    Reply("502 Bad Gateway", b""),
]
LIVE = Reply(body=json.dumps(OBJECT).encode())
BUSY = status("429 Too Many Requests", "too many requests", Retry_After="0")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that are made, which take no time."""
    made: list[float] = []
    monkeypatch.setattr("time.sleep", made.append)
    return made


@pytest.mark.parametrize("name", REQUESTS)
def test_who_asks_for_a_pause_gets_it(name: str, pauses: list[float]) -> None:
    told: list[str] = []
    asks = [status("429 Too Many Requests", "too many requests", Retry_After=each) for each in ("1", "2", "3")]
    with ApiServer(*asks) as server:
        REQUESTS[name](reach(server.url, told.append))
        assert len(server.requests) == 4
        assert len({(request.method, request.path, request.body) for request in server.requests}) == 1
    assert pauses == [1, 2, 3]
    assert told[0] == "the Kubernetes API answers with status 429, and is asked again"
    assert told[-1].startswith("the Kubernetes API answers again")


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("code", ["500 Internal Server Error", "503 Service Unavailable", "504 Gateway Timeout"])
def test_an_error_with_a_pause_is_one_like_any_other(name: str, code: str, pauses: list[float]) -> None:
    with ApiServer(status(code, "try again", Retry_After="2")) as server:
        REQUESTS[name](reach(server.url))
        assert len(server.requests) == 2
    assert pauses == [2]


@pytest.mark.parametrize("trouble", [*ETCD, *UNAVAILABLE], ids=lambda each: each.body.decode()[:90] or each.status)
@pytest.mark.parametrize("name", HARMLESS_TWICE)
def test_trouble_that_passes(name: str, trouble: Reply, pauses: list[float]) -> None:
    with ApiServer(*[trouble] * 4) as server:
        REQUESTS[name](reach(server.url))
        assert len(server.requests) == 5
    assert pauses == sorted(pauses), "longer each time"
    assert pauses[0] < pauses[-1]


@pytest.mark.parametrize("trouble", [*ETCD, *UNAVAILABLE], ids=lambda each: each.body.decode()[:90] or each.status)
def test_what_may_have_been_created_is_not_created_again(trouble: Reply) -> None:
    with ApiServer(trouble) as server:
        with pytest.raises(ClusterError, match="refused to post"):
            reach(server.url).create(CONFIG_MAP, OBJECT)
        assert len(server.requests) == 1


def cut(handler: Handler) -> None:
    """End the connection without an answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("trouble", [ETCD[0], *UNAVAILABLE, cut])
@pytest.mark.parametrize("resource", [ACCESS_REVIEW, SUBJECT_REVIEW, CONFIG_MAP], ids=lambda each: each.kind)
def test_what_creates_nothing_is_asked_again(resource: Resource, trouble: Behaviour) -> None:
    with ApiServer(trouble) as server:
        cluster = reach(server.url)
        cluster.dry_run = resource is CONFIG_MAP
        cluster.create(resource, OBJECT)
        assert [request.method for request in server.requests] == ["POST", "POST"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (status("400 Bad Request", "bad"), ClusterError),
        (status("401 Unauthorized", "Unauthorized"), ClusterError),
        (status("403 Forbidden", "forbidden", Retry_After="1"), ClusterError),
        (status("404 Not Found", "not found", Retry_After="1"), NotFoundError),
        (status("409 Conflict", "conflict", Retry_After="1"), ConflictError),
        (status("500 Internal Server Error", "failed calling webhook"), ClusterError),
        (status("500 Internal Server Error", "etcdserver: mvcc: database space exceeded"), ClusterError),
    ],
    ids=lambda each: getattr(each, "status", ""),
)
def test_an_error_that_lasts_is_told_at_once(error: Reply, kind: type[Exception]) -> None:
    with ApiServer(error) as server:
        with pytest.raises(kind):
            reach(server.url).apply(CONFIG_MAP, OBJECT)
        assert len(server.requests) == 1


def test_as_often_as_client_go(pauses: list[float]) -> None:
    with ApiServer(*[BUSY] * 10) as server:
        reach(server.url).apply(CONFIG_MAP, OBJECT)
    assert len(pauses) == 10
    with ApiServer(*[BUSY] * 99) as server:
        with pytest.raises(ClusterError, match=r"refused to patch .*: too many requests"):
            reach(server.url).apply(CONFIG_MAP, OBJECT)
        assert len(server.requests) == 11


@pytest.mark.parametrize(
    ("wanted", "least", "most"),
    [
        ("5", 5, 5),
        ("0", outage.RETRY_SECONDS, outage.RETRY_SECONDS),
        ("3600", retry.MAX_PAUSE_SECONDS, retry.MAX_PAUSE_SECONDS),
        ("9" * 400, retry.MAX_PAUSE_SECONDS, retry.MAX_PAUSE_SECONDS),
        (format_datetime(datetime.now(UTC) + timedelta(days=1), usegmt=True), 10, 10),
        (format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True), 0.5, 0.5),
        ("-7", 0.3, 0.7),
        ("soon", 0.3, 0.7),
        ("", 0.3, 0.7),
        ("1.5", 0.3, 0.7),
    ],
    ids=["5", "0", "an hour", "for ever", "a day", "yesterday", "negative", "a word", "nothing", "a fraction"],
)
def test_how_long_a_pause_is(wanted: str, least: float, most: float, pauses: list[float]) -> None:
    with ApiServer(status("429 Too Many Requests", "busy", Retry_After=wanted)) as server:
        reach(server.url).apply(CONFIG_MAP, OBJECT)
    (pause,) = pauses
    assert least <= pause <= most


def test_pauses_end_with_the_limit() -> None:
    with ApiServer(*[status("429 Too Many Requests", "busy", Retry_After="9")] * 99) as server:
        with pytest.raises(ClusterError, match="busy"):
            reach(server.url, limit=5).get(CONFIG_MAP, "a", "b")
        assert len(server.requests) == 1
    with ApiServer(*UNAVAILABLE[:1] * 99) as server:
        with pytest.raises(ClusterError, match="currently unable"):
            reach(server.url, patience=0.1).get(CONFIG_MAP, "a", "b")
        assert len(server.requests) == 1


def test_what_one_request_has_waited_for_the_next_does_not_wait_for() -> None:
    with ApiServer(*UNAVAILABLE[:1] * 999) as server:
        cluster = reach(server.url, patience=0.1)
        for _each in range(20):
            with pytest.raises(ClusterError, match="currently unable"):
                cluster.get(CONFIG_MAP, "a", "b")
        assert len(server.requests) == 20


def test_a_server_that_is_silent_after_its_excuses_is_one_that_gives_no_answer() -> None:
    with ApiServer(BUSY, *[silence] * 9) as server, pytest.raises(NoAnswerError, match="no answer within"):
        reach(server.url, limit=1, patience=0.2).get(CONFIG_MAP, "a", "b")


@pytest.mark.parametrize(
    "error",
    [
        Reply("503 Service Unavailable", b"not ready"),
        Reply("503 Service Unavailable", b"not ready", {"Retry-After": "1"}),
        Reply("500 Internal Server Error", b"etcdserver: request timed out"),
        status("503 Service Unavailable", "no endpoints available for service"),
    ],
)
def test_what_is_behind_a_proxy_of_the_api_has_answered(error: Reply, pauses: list[float]) -> None:
    with ApiServer(error) as server:
        assert reach(server.url).answer(PROXIED) == Response(int(error.status[:3]), error.body)
    assert pauses == []


def test_a_proxy_of_the_api_that_has_too_much_to_do(pauses: list[float]) -> None:
    with ApiServer(Reply("429 Too Many Requests", b"busy", {"Retry-After": "1"})) as server:
        assert reach(server.url).answer(PROXIED).status == 200
    assert pauses == [1]


@pytest.mark.parametrize(("path", "tries"), [("/apis/metrics.k8s.io/v1beta1", 4), ("/apis", 6), ("/api/v1", 6)])
def test_an_aggregated_api_whose_server_is_gone_holds_nobody_up_for_long(path: str, tries: int) -> None:
    with ApiServer(*[UNAVAILABLE[2]] * 5) as server:
        cluster = reach(server.url)
        if tries == 4:
            with pytest.raises(ClusterError, match="503 Service Unavailable"):
                cluster.read(path)
        else:
            assert cluster.read(path) is not None
        assert len(server.requests) == tries


def test_a_watch_comes_back_by_itself(pauses: list[float]) -> None:
    with ApiServer(BUSY) as server, pytest.raises(ClusterError, match="too many requests"):
        next(reach(server.url).watch(POD, "b", "", 5))
    assert pauses == []


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("trouble", [BUSY, ETCD[0], UNAVAILABLE[0]], ids=["busy", "etcd", "unavailable"])
def test_requests_of_kubernetes_core_are_treated_alike(state: str, trouble: Reply, tmp_path: Path) -> None:
    with ApiServer(*[trouble, LIVE] * 3) as server:
        server.paths = discovery()
        cluster = reach(server.url, directory=tmp_path)
        (outcome,) = apply_all(cluster, [OBJECT], ApplyOptions(state=state), print)
        writes = [request.method for request in server.requests if request.method != "GET"]
    assert "error" not in outcome
    assert writes == (["PATCH", "PATCH"] if state == "present" else ["DELETE", "DELETE"])


@pytest.mark.parametrize("path", ["/version", "/apis", "/api/v1"])
def test_discovery_is_treated_alike(path: str, tmp_path: Path) -> None:
    with ApiServer(*[LIVE] * 3) as server:
        server.paths = discovery()
        replies: list[Behaviour] = [BUSY, UNAVAILABLE[0], server.paths[path]]

        def answer(handler: Handler) -> None:
            behave = replies.pop(0) if len(replies) > 1 else replies[0]
            behave(handler)

        server.paths[path] = answer
        cluster = reach(server.url, directory=tmp_path)
        (outcome,) = apply_all(cluster, [OBJECT], ApplyOptions(), print)
    assert "error" not in outcome

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who refused: the Kubernetes API, its proxy, or what is behind it. The messages are a real API server's (v1.37)."""

from __future__ import annotations

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s import client as cluster_module
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Response
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import POD
from ansible_collections.observability.thanos.plugins.module_utils.k8s.service_proxy import (
    Backend,
    DeniedError,
    ProxyError,
    fetch,
    fetch_node,
)
from ansible_collections.observability.thanos.tests.unit.fakes.api_server import ApiServer, reach, silence
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, api_error

QUERIER = Backend("monitoring", "thanos-querier", "http")
PATH = "/api/v1/namespaces/monitoring/services/thanos-querier:http/proxy/x"
FORBIDDEN = (
    'services "thanos-querier:http" is forbidden: User "reader" cannot get resource "services/proxy" in API group "" '
    'in the namespace "monitoring"'
)


def test_what_never_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "BEHIND_SECONDS", 0.2)
    with ApiServer() as server:
        server.paths = {PATH: silence, "/api/v1/nodes/n/proxy/x": silence}
        cluster = reach(server.url)
        with pytest.raises(ProxyError, match="Service monitoring/thanos-querier gave no answer") as raised:
            fetch(cluster, QUERIER, "/x")
        assert "NetworkPolicy" in raised.value.remedy
        with pytest.raises(ProxyError, match="the kubelet of node n gave no answer"):
            fetch_node(cluster, "n", "/x")


def test_an_answer_of_the_backend_is_given_back(cluster: FakeCluster) -> None:
    cluster.answers[PATH] = Response(422, b'{"status": "error"}')
    assert fetch(cluster, QUERIER, "/x", {"a": "b"}) == Response(422, b'{"status": "error"}')
    assert cluster.gets == [(PATH, {"a": "b"})]


@pytest.mark.parametrize(
    ("status", "message", "found", "remedy"),
    [
        (403, FORBIDDEN, 'cannot get resource "services/proxy"', "verb get on services/proxy in namespace monitoring"),
        (401, "Unauthorized", "Unauthorized", "K8S_AUTH_"),
        (404, 'services "thanos-querier" not found', "Service monitoring/thanos-querier does not exist", "site.yml"),
        (503, 'no service port 1 found for service "x"', "has no port http", "Correct the port"),
        (
            503,
            "error trying to reach service: dial tcp 10.0.0.1:10902: i/o timeout",
            "cannot reach Service monitoring/thanos-querier: dial tcp 10.0.0.1:10902: i/o timeout",
            "NetworkPolicy",
        ),
        (
            503,
            'error trying to reach service: net/http: malformed HTTP response "\\x00"',
            "does not speak HTTP",
            "Correct the port",
        ),
        (500, "etcdserver: request timed out", "etcdserver", "API server"),
    ],
)
def test_errors_of_the_proxy_tell_what_to_do(
    cluster: FakeCluster, status: int, message: str, found: str, remedy: str
) -> None:
    cluster.answers[PATH] = api_error(status, message)
    with pytest.raises(ProxyError) as caught:
        fetch(cluster, QUERIER, "/x")
    assert found in caught.value.found
    assert remedy in caught.value.remedy


def test_a_pod_is_asked_by_its_name_and_the_number_of_its_port(cluster: FakeCluster) -> None:
    querier = Backend("monitoring", "thanos-querier-x", "10902", POD)
    path = "/api/v1/namespaces/monitoring/pods/thanos-querier-x:10902/proxy/x"
    cluster.answers[path] = Response(200, b"{}")
    assert fetch(cluster, querier, "/x") == Response(200, b"{}")
    cluster.answers[path] = api_error(403, 'cannot get resource "pods/proxy" in API group ""')
    with pytest.raises(DeniedError, match="verb get on pods/proxy in namespace monitoring"):
        fetch(cluster, querier, "/x")
    cluster.answers[path] = api_error(404, 'pods "thanos-querier-x" not found')
    with pytest.raises(ProxyError, match="Pod monitoring/thanos-querier-x does not exist"):
        fetch(cluster, querier, "/x")


def test_no_endpoints_may_mean_three_things(cluster: FakeCluster) -> None:
    with pytest.raises(ProxyError, match="does not exist"):
        fetch(cluster, QUERIER, "/x")
    cluster.seed(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "thanos-querier", "namespace": "monitoring"},
            "spec": {"ports": [{"name": "http"}, {"name": "grpc"}]},
        }
    )
    with pytest.raises(ProxyError, match="has no ready pod"):
        fetch(cluster, QUERIER, "/x")
    with pytest.raises(ProxyError, match="has no port web, but http, grpc"):
        fetch(cluster, Backend("monitoring", "thanos-querier", "web"), "/x")


def test_a_status_inside_a_good_answer_is_no_error(cluster: FakeCluster) -> None:
    cluster.answers[PATH] = Response(200, b'{"kind": "Status", "apiVersion": "v1"}')
    assert fetch(cluster, QUERIER, "/x").status == 200


def test_a_forbidden_node_names_the_right(cluster: FakeCluster) -> None:
    path = "/api/v1/nodes/a/proxy/stats/summary"
    cluster.answers[path] = api_error(403, 'nodes "a" is forbidden')
    with pytest.raises(ProxyError, match="verb get on nodes/proxy"):
        fetch_node(cluster, "a", "/stats/summary")

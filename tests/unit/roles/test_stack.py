# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the verification expects, read from the manifests that the roles really render."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.observability.thanos.plugins.module_utils.k8s.service_proxy import Backend
from ansible_collections.observability.thanos.plugins.module_utils.verify.stack import Endpoint, Stack, read_stack

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.tests.unit.roles.conftest import Render


def endpoints(stack: Stack) -> dict[str, list[str]]:
    """Return the names of the workloads behind each address."""
    return {each.address: [workload.name for workload in each.workloads] for each in stack.endpoints}


def test_the_defaults(render: Render) -> None:
    stack = read_stack(render("defaults")["present"])
    assert str(stack.prometheus) == "Prometheus monitoring/k8s"
    assert endpoints(stack) == {
        "dnssrv+_grpc._tcp.prometheus-k8s-thanos-sidecar.monitoring.svc.cluster.local": ["k8s"],
        "dnssrv+_grpc._tcp.thanos-store-gateway.monitoring.svc.cluster.local": ["thanos-store-gateway"],
    }
    assert [each.is_fixed for each in stack.endpoints] == [False, False]
    assert stack.services["query"] == [Backend("monitoring", "thanos-querier", "http")]
    assert stack.services["compact"] == [Backend("monitoring", "thanos-compactor", "http")]
    assert stack.services["store"] == [Backend("monitoring", "thanos-store-gateway", "http")]
    assert {each.name: each.replicas for each in stack.workloads if each.kind == "StatefulSet"} == {
        "thanos-store-gateway": 1,
        "thanos-compactor": 1,
    }
    assert [each.name for each in stack.of("query")] == ["thanos-querier"]
    assert "minio" in [each.name for each in stack.workloads], "its volume counts too"


def test_the_sidecars_of_other_prometheus_stay_with_the_querier(render: Render) -> None:
    stack = read_stack(render("other_prometheus")["present"])
    sidecars = {address: names for address, names in endpoints(stack).items() if "-thanos-sidecar." in address}
    assert sidecars == {
        "dnssrv+_grpc._tcp.prometheus-batch-thanos-sidecar.monitoring.svc.cluster.local": [],
        "dnssrv+_grpc._tcp.prometheus-k8s-thanos-sidecar.monitoring.svc.cluster.local": ["k8s"],
    }


def test_nothing_is_wanted_where_all_is_absent(render: Render) -> None:
    assert read_stack(render("absent")["present"]) == Stack()


def test_addresses_of_others_stand_for_no_workload() -> None:
    text = (
        "endpoints: [{address: 'querier.example.com:1'}, {address: 'dns+a.b.svc:1'}, {address: 'dns+g', group: true}]"
    )
    stack = read_stack([{"kind": "ConfigMap", "metadata": {}, "data": {"endpoints.yaml": text}}])
    assert stack.endpoints == [
        Endpoint("querier.example.com:1"),
        Endpoint("dns+a.b.svc:1"),
        Endpoint("dns+g", is_group=True),
    ]
    assert [each.is_fixed for each in stack.endpoints] == [True, False, True]
    assert stack.endpoints[2].shown == "thanos:///dns+g"

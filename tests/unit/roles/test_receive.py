# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the manifests of receive say: a hashring that fits the ingestors, and who asks them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from ansible_collections.observability.thanos.tests.unit.roles.test_components import endpoints, find, flags

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.tests.unit.roles.conftest import Render

Manifest = dict[str, Any]


def hashrings(manifests: list[Manifest]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(find(manifests, "ConfigMap", "thanos-receive")["data"]["hashrings.json"])
    return found


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("everything", {"thanos-receive-ingestor": 3}),
        ("receive", {"thanos-receive-ingestor-team-a": 4, "thanos-receive-ingestor": 3}),
        ("every_option", {"thanos-receive-ingestor-team-a": 2, "thanos-receive-ingestor": 5}),
    ],
)
def test_the_hashrings_have_each_ingestor_once(render: Render, case: str, expected: dict[str, int]) -> None:
    manifests = render(case)["present"]
    found = {}
    for hashring in hashrings(manifests):
        hosts = [endpoint["address"].split(".") for endpoint in hashring["endpoints"]]
        (service,) = {host[1] for host in hosts}
        ingestors = find(manifests, "StatefulSet", service)
        assert ingestors["spec"]["serviceName"] == service
        assert {host[2] for host in hosts} == {ingestors["metadata"]["namespace"]}
        assert {host[-1].partition(":")[2] for host in hosts} == {"10901"}
        assert [host[0] for host in hosts] == [f"{service}-{index}" for index in range(ingestors["spec"]["replicas"])]
        found[service] = len(hosts)
    assert found == expected
    services = {each["metadata"]["name"] for each in manifests if each["kind"] == "StatefulSet"}
    assert {each for each in services if "receive" in each} == expected.keys()


def test_the_hashring_of_all_other_tenants_is_the_last(render: Render) -> None:
    found = hashrings(render("receive")["present"])
    assert [each.get("tenants") for each in found] == [["a", "b"], None]


def test_a_changed_hashring_rolls_the_routers_and_not_the_ingestors(render: Render) -> None:
    templates = {}
    for case in ("everything", "receive"):
        manifests = render(case)["present"]
        for kind, name in (("Deployment", "thanos-receive"), ("StatefulSet", "thanos-receive-ingestor")):
            templates[case, kind] = find(manifests, kind, name)["spec"]["template"]
    assert templates["everything", "Deployment"] != templates["receive", "Deployment"]
    assert templates["everything", "StatefulSet"] == templates["receive", "StatefulSet"]


def test_routers_route_and_ingestors_ingest(render: Render) -> None:
    manifests = render("receive")["present"]
    router = flags(find(manifests, "Deployment", "thanos-receive"))
    assert {
        "--receive.hashrings-algorithm=ketama",
        "--receive.replication-factor=3",
        "--receive.hashrings-file=/etc/thanos/config/hashrings.json",
        '--label=receive_cluster="demo"',
    } <= set(router)
    assert not [each for each in router if each.startswith(("--tsdb", "--objstore", "--data-dir"))]
    for name in ("thanos-receive-ingestor", "thanos-receive-ingestor-team-a"):
        ingestor = flags(find(manifests, "StatefulSet", name))
        # With a hashring it would route too.
        assert not [
            each for each in ingestor if each.startswith(("--receive.hashring", "--receive.local", "--data-dir"))
        ]
        assert {"--tsdb.path=/var/thanos", "--objstore.config-file=/etc/thanos/objstore/thanos.yaml"} <= set(ingestor)


def test_blocks_of_no_two_ingestors_have_the_same_labels(render: Render) -> None:
    ingestor = find(render("every_option")["present"], "StatefulSet", "thanos-receive-ingestor")
    labels = [each for each in flags(ingestor) if each.startswith("--label=")]
    assert labels == [
        '--label=receive_replica="$(POD_NAME)"',
        '--label=receive_cluster="K\\u00f6ln \\"1\\""',
        '--label=region="eu \\"1\\""',
    ]
    variable, *_more = ingestor["spec"]["template"]["spec"]["containers"][0]["env"]
    assert variable == {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}


def test_remote_write_has_a_port_of_its_own(render: Render) -> None:
    manifests = render("everything")["present"]
    service = find(manifests, "Service", "thanos-receive")["spec"]
    assert {(each["name"], each["port"], each["targetPort"]) for each in service["ports"]} == {
        ("http", 10902, "http"),
        ("remote-write", 19291, "remote-write"),
    }
    assert "clusterIP" not in service
    container = find(manifests, "Deployment", "thanos-receive")["spec"]["template"]["spec"]["containers"][0]
    assert {"name": "remote-write", "containerPort": 19291, "protocol": "TCP"} in container["ports"]


def test_limits_are_given_as_thanos_reads_them(render: Render) -> None:
    manifests = render("every_option")["present"]
    limits = yaml.safe_load(find(manifests, "ConfigMap", "thanos-receive")["data"]["limits.yaml"])
    assert limits["write"]["default"] == {"request": {"series_limit": 1000}, "head_series_limit": 5000}
    router = find(manifests, "Deployment", "thanos-receive")
    assert "--receive.limits-config-file=/etc/thanos/config/limits.yaml" in flags(router)
    assert not [
        each for each in flags(find(render("receive")["present"], "Deployment", "thanos-receive")) if "limits" in each
    ]


def test_routers_have_resources_of_their_own(render: Render) -> None:
    manifests = render("every_option")["present"]
    requests = {
        name: find(manifests, kind, name)["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"]
        for kind, name in (("Deployment", "thanos-receive"), ("StatefulSet", "thanos-receive-ingestor"))
    }
    assert requests == {"thanos-receive": "11m", "thanos-receive-ingestor": "10m"}


def test_the_querier_asks_every_ingestor_and_merges_them(render: Render) -> None:
    manifests = render("receive")["present"]
    services = [each["address"].split(".")[2] for each in endpoints(manifests)["endpoints"]]
    assert services[2:] == ["thanos-receive-ingestor", "thanos-receive-ingestor-team-a"]
    for service in services[2:]:
        assert find(manifests, "Service", service)["spec"]["clusterIP"] == "None"
    assert "--query.replica-label=receive_replica" in flags(find(manifests, "Deployment", "thanos-querier"))


def test_removing_receive_keeps_the_volumes_unless_asked(render: Render) -> None:
    kept = render("absent")["absent"]
    assert find(kept, "StatefulSet", "thanos-receive-ingestor")
    assert find(kept, "Deployment", "thanos-receive")
    assert "PersistentVolumeClaim" not in {each["kind"] for each in kept}
    claims = [each["metadata"] for each in render("all_absent")["data"] if each["kind"] == "PersistentVolumeClaim"]
    assert "data-thanos-receive-ingestor-" in {each.get("generateName") for each in claims}

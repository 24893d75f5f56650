# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MinIO's two modes: one server as ever, or several that find each other and can do without one of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.tests.unit.roles.conftest import Render

Manifest = dict[str, Any]
#: MinIO looks again for drives that it did not find at once after that long.
LOOKS_AGAIN_SECONDS = 15
SERVERS = "minio-headless.minio.svc.cluster.local:9000"


def of_minio(render: Render, case: str) -> dict[tuple[str, str], Manifest]:
    """Return MinIO's manifests by kind and name."""
    found = [each for each in render(case)["present"] if each["metadata"].get("labels", {}).get("app") == "minio"]
    return {(each["kind"], each["metadata"]["name"]): each for each in found}


def container(workload: Manifest) -> Manifest:
    """Return MinIO's container."""
    (found,) = workload["spec"]["template"]["spec"]["containers"]
    return dict(found)


def variables(workload: Manifest) -> dict[str, Any]:
    """Return the container's environment."""
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container(workload)["env"]}


def test_standalone_is_one_server_on_one_volume(render: Render) -> None:
    found = of_minio(render, "defaults")
    assert found.keys() == {("PersistentVolumeClaim", "minio-pvc"), ("Service", "minio"), ("Deployment", "minio")}
    server = found["Deployment", "minio"]
    assert container(server)["args"][:2] == ["server", "/data"]
    assert variables(server).keys() == {"MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD", "MINIO_BROWSER", "MINIO_UPDATE"}
    assert "affinity" not in server["spec"]["template"]["spec"]
    assert "lifecycle" not in container(server)


def test_distributed_is_several_servers(render: Render) -> None:
    found = of_minio(render, "distributed_minio_defaults")
    assert found.keys() == {
        ("Service", "minio"),
        ("Service", "minio-headless"),
        ("PodDisruptionBudget", "minio"),
        ("StatefulSet", "minio"),
    }
    servers = found["StatefulSet", "minio"]
    assert (servers["spec"]["replicas"], servers["spec"]["podManagementPolicy"]) == (4, "Parallel")
    assert container(servers)["args"][:2] == ["server", "http://minio-{0...3}." + SERVERS + "/data-0"]
    (claim,) = servers["spec"]["volumeClaimTemplates"]
    assert (claim["metadata"]["name"], claim["spec"]["resources"]["requests"]["storage"]) == ("data-0", "50Gi")
    assert found["Service", "minio"] == of_minio(render, "defaults")["Service", "minio"]
    budget = found["PodDisruptionBudget", "minio"]["spec"]
    assert budget == {"maxUnavailable": 1, "selector": servers["spec"]["selector"]}
    (term,) = servers["spec"]["template"]["spec"]["affinity"]["podAntiAffinity"][
        "preferredDuringSchedulingIgnoredDuringExecution"
    ]
    assert term["podAffinityTerm"]["topologyKey"] == "kubernetes.io/hostname"


def test_servers_find_each_other_before_they_are_ready(render: Render) -> None:
    found = of_minio(render, "distributed_minio_defaults")
    headless, servers = found["Service", "minio-headless"]["spec"], found["StatefulSet", "minio"]
    assert (headless["clusterIP"], headless["publishNotReadyAddresses"]) == ("None", True)
    assert headless["selector"] == servers["spec"]["selector"]["matchLabels"]
    assert servers["spec"]["serviceName"] == "minio-headless"
    assert variables(servers)["_MINIO_SERVER_LOCAL"] == f"$(POD_NAME).{SERVERS}"
    names = [each["name"] for each in container(servers)["env"]]
    assert names.index("POD_NAME") < names.index("_MINIO_SERVER_LOCAL"), "Kubernetes puts in only what it has read"
    probes = {
        kind: container(servers)[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")
    }
    assert probes == {
        "startup": "/minio/health/live",
        "liveness": "/minio/health/live",
        "readiness": "/minio/health/cluster/read",
    }


def test_a_server_is_well_for_longer_than_it_may_overlook_drives(render: Render) -> None:
    """On a cluster this shows only now and then: a server that is back says of an object that it does not exist."""
    probe = container(of_minio(render, "distributed_minio_defaults")["StatefulSet", "minio"])["readinessProbe"]
    assert (probe["successThreshold"] - 1) * probe["periodSeconds"] > LOOKS_AGAIN_SECONDS


def test_every_drive_has_a_volume_where_the_servers_look_for_it(render: Render) -> None:
    servers = of_minio(render, "distributed_minio")["StatefulSet", "minio"]
    match = re.fullmatch(r"http://minio-\{0\.\.\.2\}\.(\S+):9000/data-\{0\.\.\.1\}", container(servers)["args"][1])
    assert match
    assert match[1] == "minio-headless.objects.svc.cluster.example"
    claims = {each["metadata"]["name"]: each["spec"] for each in servers["spec"]["volumeClaimTemplates"]}
    mounts = {each["name"]: each["mountPath"] for each in container(servers)["volumeMounts"]}
    assert mounts == {"data-0": "/data-0", "data-1": "/data-1", "tmp": "/tmp"}
    assert claims.keys() == mounts.keys() - {"tmp"}
    for claim in claims.values():
        assert claim == {
            "accessModes": ["ReadWriteMany"],
            "storageClassName": "fast",
            "resources": {"requests": {"storage": "7Gi"}},
        }


def test_what_a_pod_is_beside_that_does_not_depend_on_the_mode(render: Render) -> None:
    one = of_minio(render, "every_option")["Deployment", "minio"]["spec"]["template"]
    several = of_minio(render, "distributed_minio")["StatefulSet", "minio"]["spec"]["template"]
    assert one["metadata"] == several["metadata"]
    differing = {"containers", "volumes"}
    assert {key: value for key, value in one["spec"].items() if key not in differing} == {
        key: value for key, value in several["spec"].items() if key not in differing
    }
    for key in ("image", "imagePullPolicy", "ports", "resources", "securityContext"):
        assert one["spec"]["containers"][0][key] == several["spec"]["containers"][0][key]


@pytest.mark.parametrize("case", ["every_option", "distributed_minio"])
def test_prometheus_gets_metrics_without_a_token(render: Render, case: str) -> None:
    found = of_minio(render, case)
    workload = found.get(("Deployment", "minio")) or found["StatefulSet", "minio"]
    assert variables(workload)["MINIO_PROMETHEUS_AUTH_TYPE"] == "public"
    monitor = found["ServiceMonitor", "minio"]
    assert monitor["metadata"]["labels"]["release"] == "1"
    assert monitor["metadata"]["labels"]["app"] == "minio", "ours win"
    selector = monitor["spec"]["selector"]
    chosen = [
        name
        for (kind, name), each in found.items()
        if kind == "Service" and selector["matchLabels"].items() <= each["metadata"]["labels"].items()
    ]
    assert chosen == ["minio"], "no pod is scraped twice"
    ports = {port["name"] for port in found["Service", "minio"]["spec"]["ports"]}
    assert {each["port"] for each in monitor["spec"]["endpoints"]} <= ports
    only_one = [each["relabelings"][1:] for each in monitor["spec"]["endpoints"]]
    assert [len(each) for each in only_one] == [0, int(case == "distributed_minio")]


def test_metrics_have_to_be_asked_for(render: Render) -> None:
    outcome = render("defaults")
    assert not [each for each in outcome["present"] if each["kind"] == "ServiceMonitor"]
    assert outcome["absent"] == [], "each look takes time"
    (service,) = [
        each for each in outcome["present"] if each["metadata"]["name"] == "minio" and each["kind"] == "Service"
    ]
    assert "observability.thanos/metrics" not in service["metadata"]["labels"], (
        "what is left over has nothing to scrape"
    )
    assert render("every_option")["absent"] == []


def test_a_service_monitor_is_taken_away_where_there_is_never_to_be_one(render: Render) -> None:
    outcome = render("unmonitored_minio")
    assert not [each for each in outcome["present"] if each["kind"] == "ServiceMonitor"]
    metadata = {"name": "minio", "namespace": "minio"}
    monitor = {"apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor", "metadata": metadata}
    assert outcome["absent"] == [monitor], "with its labels, everything else of MinIO would be left over"


def test_what_goes_does_not_depend_on_the_mode(render: Render) -> None:
    removed = {
        (each["kind"], each["metadata"]["name"])
        for each in render("all_absent")["absent"]
        if each["metadata"]["name"].startswith("minio")
    }
    assert removed == {
        ("Deployment", "minio"),
        ("PodDisruptionBudget", "minio"),
        ("Service", "minio"),
        ("Service", "minio-headless"),
        ("ServiceMonitor", "minio"),
        ("StatefulSet", "minio"),
    }

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the ruler's manifests say, by the operator and without it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from ansible_collections.observability.thanos.tests.unit.roles.cases import GROUPS
from ansible_collections.observability.thanos.tests.unit.roles.schemas import validate
from ansible_collections.observability.thanos.tests.unit.roles.test_components import endpoints, find, flags
from ansible_collections.observability.thanos.tests.unit.roles.thanos_help import problems

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.tests.unit.roles.conftest import Render

BY_OPERATOR = ["ruler_by_operator", "every_option"]


def spec(render: Render, case: str) -> dict[str, Any]:
    found: dict[str, Any] = find(render(case)["present"], "ThanosRuler", "thanos-ruler")["spec"]
    return found


@pytest.mark.parametrize("case", BY_OPERATOR)
def test_the_operator_knows_every_field(render: Render, case: str) -> None:
    validate(find(render(case)["present"], "ThanosRuler", "thanos-ruler"))


@pytest.mark.parametrize("case", BY_OPERATOR)
def test_the_operators_pods_are_hardened(render: Render, case: str) -> None:
    found = spec(render, case)
    context = found["securityContext"]
    assert (context["runAsNonRoot"], context["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
    assert {"requests", "limits"} == found["resources"].keys()
    assert found["containers"][0]["name"] == "thanos-ruler"
    assert found["containers"][0]["readinessProbe"]


@pytest.mark.parametrize("case", BY_OPERATOR)
def test_thanos_knows_what_the_operator_passes_on(render: Render, case: str) -> None:
    arguments = [
        f"--{each['name']}={each['value']}" if "value" in each else f"--{each['name']}"
        for each in spec(render, case)["additionalArgs"]
    ]
    assert "--enable-auto-gomemlimit" in arguments
    assert problems(["rule", *arguments]) == []


def test_the_operator_finds_rules_by_label_in_all_namespaces(render: Render) -> None:
    found = spec(render, "ruler_by_operator")
    assert found["ruleSelector"] == {"matchLabels": {"thanos-ruler": "true"}}
    assert found["ruleNamespaceSelector"] == {}
    assert found["objectStorageConfig"] == {"name": "thanos-objectstorage", "key": "thanos.yaml"}
    assert found["queryEndpoints"] == ["http://thanos-querier.monitoring.svc:9090"]


def test_the_operators_pods_have_all_of_the_object_store_secret(render: Render) -> None:
    """The operator itself gives them the configuration only, not the certificates that it may name."""
    found = spec(render, "ruler_by_operator")
    (volume,) = [each["name"] for each in found["volumes"] if "secret" in each]
    assert {"name": volume, "mountPath": "/etc/thanos/objstore", "readOnly": True} in found["volumeMounts"]
    (secret,) = [each["secret"] for each in found["volumes"] if each["name"] == volume]
    assert secret == {"secretName": "thanos-objectstorage", "defaultMode": 0o440}


def test_every_option_reaches_the_operator(render: Render) -> None:
    found = spec(render, "every_option")
    assert found["labels"] == {"ruler_cluster": 'Köln "1"', "region": "eu"}
    assert found["alertmanagersUrl"] == ["https://alertmanager.example.com/path"]
    assert found["remoteWrite"][0]["headers"] == {"THANOS-TENANT": "rules"}
    assert "objectStorageConfig" not in found, "stateless, it uploads nothing"
    assert {"name": "tsdb.block-duration", "value": "1h"} in found["additionalArgs"]
    assert found["storage"]["volumeClaimTemplate"]["spec"]["storageClassName"] == "fast"


def test_rules_from_options_are_the_rulers_alone(render: Render) -> None:
    """As a PrometheusRule they would be evaluated by every Prometheus whose selector is empty, too."""
    manifests = render("every_option")["present"]
    assert "PrometheusRule" not in {each["kind"] for each in manifests}
    found = spec(render, "every_option")
    (volume,) = [each["name"] for each in found["volumes"] if each.get("configMap") == {"name": "thanos-ruler"}]
    (mount,) = [each["mountPath"] for each in found["volumeMounts"] if each["name"] == volume]
    folder, name = mount.rsplit("/", 1)
    assert (folder, bool(name)) == ("/etc/thanos/rules", True), "the operator's --rule-file is rules/*/*.yaml"
    rules = yaml.safe_load(find(manifests, "ConfigMap", "thanos-ruler")["data"]["rules.yaml"])
    assert rules["groups"][0]["rules"][0]["annotations"] == {"summary": 'a "quoted": text'}


def test_changed_rules_roll_the_pods_and_tell_the_wait(render: Render) -> None:
    sums = {
        spec(render, case)["podMetadata"]["annotations"]["observability.thanos/config-checksum"] for case in BY_OPERATOR
    }
    assert len(sums) == 2


def test_the_service_finds_the_operators_pods(render: Render) -> None:
    manifests = render("ruler_by_operator")["present"]
    service = find(manifests, "Service", "thanos-ruler")["spec"]
    found = spec(render, "ruler_by_operator")
    assert service["selector"].items() <= found["podMetadata"]["labels"].items()
    assert {each["targetPort"] for each in service["ports"]} == {found["portName"], "grpc"}
    assert render("ruler_by_operator")["workloads"] == [
        {"kind": "ThanosRuler", "name": "thanos-ruler", "namespace": "monitoring"}
    ]


def test_without_the_operator_it_is_a_stateful_set(render: Render) -> None:
    outcome = render("everything")
    ruler = find(outcome["present"], "StatefulSet", "thanos-ruler")
    assert {
        "--rule-file=/etc/thanos/config/rules.yaml",
        "--query=http://thanos-querier.monitoring.svc:9090",
        '--label=thanos_ruler_replica="$(POD_NAME)"',
        '--label=ruler_cluster="demo"',
        "--alert.label-drop=thanos_ruler_replica",
        "--objstore.config-file=/etc/thanos/objstore/thanos.yaml",
    } <= set(flags(ruler))
    rules = yaml.safe_load(find(outcome["present"], "ConfigMap", "thanos-ruler")["data"]["rules.yaml"])
    assert rules == {"groups": GROUPS}
    assert find(outcome["absent"], "ThanosRuler", "thanos-ruler")


def test_a_stateless_ruler_writes_and_uploads_nothing(render: Render) -> None:
    args = flags(find(render("stateless_ruler")["present"], "StatefulSet", "thanos-ruler"))
    (config,) = [each.partition("=")[2] for each in args if each.startswith("--remote-write.config=")]
    assert json.loads(config) == {
        # Kubernetes takes $$(TOKEN) for the text $(TOKEN), and leaves it to Thanos.
        "remote_write": [{"url": "http://receive:19291", "headers": {"Authorization": "Bearer $$(TOKEN)"}}]
    }
    assert not [each for each in args if "objstore" in each]


def test_the_querier_asks_the_ruler_and_merges_its_replicas(render: Render) -> None:
    manifests = render("everything")["present"]
    services = [each["address"].split(".")[2] for each in endpoints(manifests)["endpoints"]]
    assert "thanos-ruler" in services
    assert "--query.replica-label=thanos_ruler_replica" in flags(find(manifests, "Deployment", "thanos-querier"))


def test_removing_the_ruler_names_its_volumes_as_data(render: Render) -> None:
    kept = render("absent")["absent"]
    assert find(kept, "StatefulSet", "thanos-ruler")
    assert find(kept, "ThanosRuler", "thanos-ruler")
    template = spec(render, "ruler_by_operator")["storage"]["volumeClaimTemplate"]["metadata"]
    claims = [each["metadata"] for each in render("ruler_by_operator_absent")["data"]]
    assert [(each["generateName"], each["labels"]) for each in claims] == [
        # Those of an earlier version have no other label.
        (f"{template['name']}-thanos-ruler-thanos-ruler-", {"app": template["labels"]["app"]})
    ]

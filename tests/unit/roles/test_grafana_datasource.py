# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's manifests and checks, without a cluster: one play, in which each case is a host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PLAY = """
- hosts: all
  connection: local
  gather_facts: false
  tasks:
    - block:
        - ansible.builtin.import_role:
            name: observability.thanos.common
        - ansible.builtin.include_role:
            name: observability.thanos.grafana_datasource
            tasks_from: plan
        - ansible.builtin.set_fact:
            outcome:
              present: "{{ thanos_manifests | default([]) }}"
              absent: "{{ thanos_manifests_absent | default([]) }}"
              url: "{{ thanos_datasource.url | default('') }}"
      rescue:
        - ansible.builtin.set_fact:
            outcome: "{{ ansible_failed_result }}"
    - ansible.builtin.copy:
        content: "{{ outcome | to_json }}"
        dest: "{{ folder }}/{{ inventory_hostname }}.json"
        mode: "0600"
"""
SECRETS = {"httpHeaderValue1": "hunter2"}
SELECTOR = {"matchLabels": {"app": "grafana"}}
CASES: dict[str, dict[str, Any]] = {
    "defaults": {},
    "secrets_in_url": {"url": "https://u:hunter2@x@querier:1/thanos?token=hunter2#hunter2"},
    "misplaced": {"json_data": {"httpHeaderValue1": "hunter2"}, "secure_json_data": {"basicAuthPassword": "hunter2"}},
    "sidecar": {
        "method": "sidecar",
        "sidecar_label_value": "yes",
        "json_data": {"customQueryParameters": "a=$b", "httpMethod": None},
        "uid": "thanos",
        "org_id": 2,
    },
    "sidecar_secrets": {"method": "sidecar", "secure_json_data": SECRETS},
    "sidecar_absent": {"method": "sidecar", "state": "absent", "secure_json_data": SECRETS},
    "operator": {
        "method": "operator",
        "uid": "thanos",
        "secure_json_data": SECRETS,
        "instance_selector": SELECTOR,
    },
    "operator_absent": {"method": "operator", "state": "absent", "secure_json_data": SECRETS},
    "bad_method": {"method": "guess"},
    "bad_name": {"name": ""},
    "bad_url": {"url": "thanos-querier:9090"},
    "bad_url_credentials": {"method": "sidecar", "url": "http://u:hunter2@h"},
    "bad_url_place": {"url": "http://u:a/hunter2@h"},
    "bad_url_query": {"method": "operator", "url": "http://h?dedup=true&access_token=hunter2"},
    "bad_json_data": {"method": "sidecar", "json_data": {"httpHeaderValue1": "hunter2"}},
    "bad_json_data_query": {"method": "operator", "json_data": {"customQueryParameters": "a=b&api_key=hunter2"}},
    "bad_key": {"secure_json_data": {"a": "b", "httpHeaderValue1:hunter2": None}},
    "bad_key_sidecar": {"method": "sidecar", "secure_json_data": {"httpHeaderValue1 hunter2": "x"}},
    "bad_key_operator": {"method": "operator", "secure_json_data": {"hunter2\n": "x"}},
    "bad_json_key": {"method": "operator", "json_data": {"httpHeaderValue1:hunter2": None}},
    "bad_type": {"method": "operator", "secure_json_data": "httpHeaderValue1=hunter2"},
    "bad_org": {"org_id": 0},
    "bad_operator_org": {"method": "operator", "org_id": 2},
    "bad_null": {"method": "sidecar", "secure_json_data": {"a": None}},
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what each case gave: its manifests, or the failed task's result; `output` is all that was printed."""
    folder = tmp_path_factory.mktemp("grafana_datasource")
    hosts = {
        case: {f"grafana_datasource_{name}": value for name, value in options.items()}
        for case, options in CASES.items()
    }
    common = {"folder": str(folder), "ansible_python_interpreter": sys.executable}
    (folder / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": common}}))
    (folder / "play.yml").write_text(PLAY)
    result = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), "-vvv", "-i", folder / "hosts.json", folder / "play.yml"],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    found: dict[str, Any] = {case: json.loads((folder / f"{case}.json").read_text()) for case in CASES}
    return {**found, "output": result.stdout + result.stderr}


def kinds(manifests: list[dict[str, Any]]) -> list[str]:
    return [manifest["kind"] for manifest in manifests]


def test_no_secret_is_ever_printed(outcomes: dict[str, Any]) -> None:
    assert "Describe the datasource" in outcomes["output"]
    assert "hunter2" not in outcomes["output"]


def test_method_secret_has_no_manifests(outcomes: dict[str, Any]) -> None:
    url = "http://thanos-querier.monitoring.svc:9090"
    assert outcomes["defaults"] == {"present": [], "absent": [], "url": url}


def test_address_for_the_verification_has_no_secret(outcomes: dict[str, Any]) -> None:
    assert outcomes["secrets_in_url"]["url"] == "https://querier:1/thanos"


def test_sidecar_gets_a_labelled_file_with_dollars_escaped(outcomes: dict[str, Any]) -> None:
    (config_map,) = outcomes["sidecar"]["present"]
    assert config_map["metadata"]["labels"]["grafana_datasource"] == "yes"
    assert json.loads(config_map["data"]["thanos-grafana-datasource.yaml"]) == {
        "apiVersion": 1,
        "datasources": [
            {
                "name": "prometheus",
                "type": "prometheus",
                "access": "proxy",
                "url": "http://thanos-querier.monitoring.svc:9090",
                "isDefault": True,
                "editable": False,
                "orgId": 2,
                "uid": "thanos",
                "jsonData": {"customQueryParameters": "a=$$b", "prometheusType": "Thanos"},
            }
        ],
    }
    assert kinds(outcomes["sidecar"]["absent"]) == ["Secret"]


def test_sidecar_with_secrets_leaves_the_file_to_the_secret(outcomes: dict[str, Any]) -> None:
    assert outcomes["sidecar_secrets"]["present"] == []
    assert kinds(outcomes["sidecar_secrets"]["absent"]) == ["ConfigMap"]


def test_operator_refers_to_secrets(outcomes: dict[str, Any]) -> None:
    (resource,) = outcomes["operator"]["present"]
    assert resource["spec"] == {
        "instanceSelector": SELECTOR,
        "uid": "thanos",
        "datasource": {
            "name": "prometheus",
            "type": "prometheus",
            "access": "proxy",
            "url": "http://thanos-querier.monitoring.svc:9090",
            "isDefault": True,
            "editable": False,
            "jsonData": {"httpMethod": "POST", "prometheusType": "Thanos"},
            "secureJsonData": {"httpHeaderValue1": "${httpHeaderValue1}"},
        },
        "valuesFrom": [
            {
                "targetPath": "secureJsonData.httpHeaderValue1",
                "valueFrom": {"secretKeyRef": {"name": "thanos-grafana-datasource", "key": "httpHeaderValue1"}},
            }
        ],
    }
    assert outcomes["operator"]["absent"] == []


@pytest.mark.parametrize(("case", "kind"), [("sidecar_absent", "ConfigMap"), ("operator_absent", "GrafanaDatasource")])
def test_absent_takes_all_of_it_away(outcomes: dict[str, Any], case: str, kind: str) -> None:
    assert outcomes[case]["present"] == []
    assert kinds(outcomes[case]["absent"]) == [kind, "Secret"]


@pytest.mark.parametrize(
    ("case", "message"),
    [
        ("bad_method", "value of grafana_datasource_method must be one of"),
        ("bad_name", "grafana_datasource_name is empty"),
        ("bad_url", "grafana_datasource_url does not start with http"),
        ("bad_url_credentials", "grafana_datasource_url holds credentials"),
        ("bad_url_place", "grafana_datasource_url has an @ after its host"),
        ("bad_url_query", "grafana_datasource_url holds credentials"),
        ("bad_json_data", "grafana_datasource_json_data holds what looks like a secret"),
        ("bad_json_data_query", "grafana_datasource_json_data holds what looks like a secret"),
        ("bad_key", "key 2 of grafana_datasource_secure_json_data is no name of a field"),
        ("bad_key_sidecar", "key 1 of grafana_datasource_secure_json_data is no name of a field"),
        ("bad_key_operator", "key 1 of grafana_datasource_secure_json_data is no name of a field"),
        ("bad_json_key", "key 1 of grafana_datasource_json_data is no name of a field"),
        ("bad_type", "grafana_datasource_secure_json_data is not a mapping"),
        ("bad_org", "grafana_datasource_org_id is 0"),
        ("bad_operator_org", "knows only organisation 1"),
        ("bad_null", "has a key that is null"),
    ],
)
def test_bad_input(outcomes: dict[str, Any], case: str, message: str) -> None:
    assert message in json.dumps(outcomes[case])

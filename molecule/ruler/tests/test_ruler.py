"""Rules over both replicas of Prometheus, their blocks in the bucket, alerts that arrive; with and without operator."""

from __future__ import annotations

import json
from typing import Any

from minio import Minio
from real_cluster import blocks, changed, eventually, get, kubectl, playbook, query

CONVERGE = "molecule/ruler/converge.yml"
ALERTS = "/api/v1/namespaces/monitoring/services/alertmanager-operated:9093/proxy/api/v2/alerts"
PROMETHEUS = "/api/v1/namespaces/monitoring/pods/prometheus-k8s-0:9090/proxy/api/v1/query"


def values(expression: str, **parameters: str) -> list[str]:
    return [series["value"][1] for series in query(expression, **parameters)]


def alerts() -> list[dict[str, Any]]:
    return [alert for alert in get(ALERTS) if alert["labels"]["alertname"] == "MoleculeRuler"]


def exists(kind: str, name: str) -> bool:
    return bool(kubectl("get", kind, "--namespace", "monitoring", name, "--ignore-not-found", "--output", "name"))


def test_the_operator_was_chosen_and_it_was_said() -> None:
    assert exists("thanosruler", "thanos-ruler")
    run = playbook(name=CONVERGE)
    assert run.returncode == 0, run.stdout[-4000:]
    assert "thanos_ruler_method is auto, and the cluster has the kind ThanosRuler" in run.stdout
    assert changed(run.stdout) == 0, run.stdout[-4000:]


def test_a_prometheus_rule_is_evaluated_over_both_replicas() -> None:
    eventually(lambda: values("molecule:both_replicas") == ["2"], "the rule's result, once")
    (series,) = query("molecule:both_replicas")
    assert series["metric"]["ruler_cluster"] == "demo"
    assert "thanos_ruler_replica" not in series["metric"]
    eventually(lambda: values("molecule:both_replicas", dedup="false") == ["2", "2"], "each replica's own result")


def test_a_rule_from_options_is_the_rulers_alone() -> None:
    eventually(lambda: values("molecule:operators") == ["1"], "the rule's result over data without duplicates")
    assert get(PROMETHEUS, query="molecule:operators")["data"]["result"] == []


def test_the_alert_arrives_once() -> None:
    eventually(alerts, "the alert at Alertmanager")
    (alert,) = alerts()
    assert alert["status"]["state"] == "active"
    assert alert["labels"] == {"alertname": "MoleculeRuler", "ruler_cluster": "demo", "severity": "none"}


def test_a_block_of_the_results_is_in_the_bucket(bucket: Minio) -> None:
    def uploaders() -> set[str]:
        labels = [block["thanos"]["labels"] for block in blocks(bucket) if block["thanos"]["source"] == "ruler"]
        assert all(each["ruler_cluster"] == "demo" for each in labels)
        return {each["thanos_ruler_replica"] for each in labels}

    pods = {f"thanos-ruler-thanos-ruler-{index}" for index in range(2)}
    eventually(lambda: uploaders() == pods, "a block of each replica in the bucket")


def test_without_the_operator_and_without_state_it_goes_on() -> None:
    variables = {
        "thanos_ruler_method": "statefulset",
        "molecule_receive": "present",
        "thanos_ruler_remote_write": [
            {
                "url": "http://thanos-receive.monitoring.svc:19291/api/v1/receive",
                "headers": {"THANOS-TENANT": "rules"},
            }
        ],
    }
    run = playbook("--extra-vars", json.dumps(variables), name=CONVERGE)
    assert run.returncode == 0, run.stdout[-4000:]
    assert not exists("thanosruler", "thanos-ruler")
    assert exists("statefulset", "thanos-ruler")
    eventually(lambda: values('molecule:operators{tenant_id="rules"}') == ["1"], "the rule's result, by remote write")
    assert alerts()
    run = playbook(name=CONVERGE)
    assert run.returncode == 0, run.stdout[-4000:]
    assert exists("thanosruler", "thanos-ruler")
    assert not exists("statefulset", "thanos-ruler"), "the StatefulSet of our own is left over"

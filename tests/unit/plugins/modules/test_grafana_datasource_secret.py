# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a cluster: what it writes and what it restarts."""

from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.grafana.restart import ANNOTATION
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import DEPLOYMENT, SECRET
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError, ConflictError
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import Write
from ansible_collections.observability.thanos.tests.unit.fakes.grafana import BACKUP, NAME, ORIGINAL, URL, Grafana

# Present.


def test_existing_datasource_points_to_thanos(grafana: Grafana) -> None:
    result = grafana.ok()
    assert (result["changed"], result["restarted"]) == (True, True)
    assert grafana.datasources[0] == {
        **json.loads(ORIGINAL)["datasources"][0],
        "url": URL,
        "isDefault": True,
        "jsonData": {"httpMethod": "POST", "prometheusType": "Thanos"},
    }
    assert grafana.text.startswith('{\n    "apiVersion": 1,\n    "datasources": [\n        {\n')


def test_second_run_reads_twice_and_writes_nothing(grafana: Grafana) -> None:
    grafana.ok()
    result = grafana.ok()
    assert (result["changed"], result["restarted"]) == (False, False)
    assert "diff" not in result
    assert grafana.cluster.writes == []


def test_meaning_counts_not_spelling(grafana: Grafana) -> None:
    grafana.ok()
    grafana.seed(json.dumps(json.loads(grafana.text), sort_keys=True))
    assert not grafana.ok()["changed"]


def test_yaml_stays_yaml(grafana: Grafana) -> None:
    grafana.seed("apiVersion: 1\ndatasources:\n- name: loki\n  type: loki\n  password: 0123\n")
    grafana.ok()
    assert grafana.text.startswith(
        "apiVersion: 1\ndatasources:\n- name: loki\n  type: loki\n  password: 0123\n- name: prom"
    )


def test_other_keys_and_metadata_stay(grafana: Grafana) -> None:
    secret = grafana.secret
    secret["data"]["other"] = "AAEC"
    secret["metadata"]["labels"] = {"theirs": "1"}
    secret["metadata"]["annotations"] = {"theirs": "2"}
    grafana.cluster.seed(secret)
    grafana.ok()
    assert grafana.secret["data"]["other"] == "AAEC"
    assert grafana.secret["metadata"]["labels"] == {"theirs": "1"}
    assert grafana.secret["metadata"]["annotations"] == {"theirs": "2", ANNOTATION: grafana.mark}


def test_two_organisations(grafana: Grafana) -> None:
    grafana.ok()
    grafana.ok(org_id=2, name="thanos")
    assert [(item["name"], item["orgId"]) for item in grafana.datasources] == [("prometheus", 1), ("thanos", 2)]
    assert not grafana.ok()["changed"]
    assert not grafana.ok(org_id=2, name="thanos")["changed"]


@pytest.mark.parametrize("secret", ["p$a$$w", 'it\'s "quoted"', "密码🔑ü", "back\\slash\nline", "${HOME}"])
@pytest.mark.parametrize("text", [ORIGINAL, "apiVersion: 1\ndatasources: []\n"])
def test_secrets_of_any_text_arrive_and_never_show(grafana: Grafana, secret: str, text: str) -> None:
    grafana.seed(text)
    result = grafana.ok(secure_json_data={"basicAuthPassword": secret})
    assert grafana.datasources[0]["secureJsonData"]["basicAuthPassword"].replace("$$", "$") == secret
    shown = json.dumps(result, ensure_ascii=False)
    assert secret not in shown
    assert json.dumps(secret)[1:-1] not in shown
    assert base64.b64encode(secret.encode()).decode() not in shown
    assert not grafana.ok(secure_json_data={"basicAuthPassword": secret})["changed"]


# The restart.


def test_restart_touches_our_annotation_only(grafana: Grafana) -> None:
    grafana.ok()
    assert grafana.mark is not None
    assert grafana.started_with == grafana.mark
    assert grafana.template["metadata"]["annotations"]["theirs"] == "1"
    fields = grafana.cluster.applied_fields(DEPLOYMENT, "grafana", "monitoring")
    assert fields == {f"spec.template.metadata.annotations.{ANNOTATION}"}


def test_mark_is_random_so_that_it_confirms_no_guess(grafana: Grafana) -> None:
    grafana.ok()
    first = grafana.mark
    grafana.seed()
    grafana.ok()
    assert grafana.mark not in (None, first)


def test_run_that_died_before_the_restart_is_carried_on(grafana: Grafana) -> None:
    def die(verb: str, _body: Object) -> None:
        if verb == "apply":
            raise ClusterError("connection lost")

    grafana.cluster.before_write = die
    assert grafana.error() == "connection lost"
    grafana.cluster.before_write = None
    result = grafana.ok()
    assert (result["changed"], result["restarted"]) == (True, True)
    assert grafana.cluster.writes == [Write("apply", "Deployment", "grafana")]
    assert grafana.started_with == grafana.mark
    assert not grafana.ok()["changed"]


def test_no_restart_where_we_never_changed_the_secret(grafana: Grafana) -> None:
    grafana.ok(deployment="")
    text = grafana.text
    grafana.cluster.delete(SECRET, NAME, "monitoring")
    grafana.cluster.delete(SECRET, BACKUP, "monitoring")
    grafana.seed(text)
    assert not grafana.ok()["changed"]
    assert not grafana.ok(state="absent")["changed"]
    assert grafana.started_with is None


def test_no_restart_where_the_secret_was_made_anew_with_the_right_content(grafana: Grafana) -> None:
    grafana.ok()
    text = grafana.text
    grafana.cluster.delete(SECRET, NAME, "monitoring")
    grafana.seed(text)
    assert not grafana.ok()["changed"]


def test_annotation_that_another_tool_took_over_is_set_all_the_same(grafana: Grafana) -> None:
    template = grafana.template
    template["metadata"]["annotations"][ANNOTATION] = "restored from elsewhere"
    metadata = {"name": "grafana", "namespace": "monitoring"}
    spec = {"template": template}
    grafana.cluster.seed({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})
    assert grafana.ok()["restarted"]
    assert grafana.started_with == grafana.mark


def test_no_deployment_no_restart(grafana: Grafana) -> None:
    result = grafana.ok(deployment="")
    assert (result["changed"], result["restarted"]) == (True, False)
    assert {write.kind for write in grafana.cluster.writes} == {"Secret"}


# Conflicts.


def test_conflict_is_retried_on_what_is_there_then(grafana: Grafana) -> None:
    raced: list[int] = []

    def race(verb: str, body: Object) -> None:
        if verb == "replace" and body["metadata"]["name"] == NAME and not raced:
            raced.append(1)
            grafana.seed(json.dumps({"apiVersion": 1, "datasources": [{"name": "new", "type": "loki"}]}))

    grafana.cluster.before_write = race
    grafana.ok()
    assert [item["name"] for item in grafana.datasources] == ["new", "prometheus"]
    # The other writer's content is what comes back.
    grafana.ok(state="absent")
    assert [item["name"] for item in grafana.datasources] == ["new"]


def test_conflicts_end(grafana: Grafana) -> None:
    def race(verb: str, body: Object) -> None:
        if verb == "replace" and body["metadata"]["name"] == NAME:
            raise ConflictError("the object has been modified")

    grafana.cluster.before_write = race
    message = grafana.error()
    assert "Secret monitoring/grafana-datasources" in message
    assert "5 times" in message
    assert len([write for write in grafana.cluster.writes if write.name == NAME]) == 5

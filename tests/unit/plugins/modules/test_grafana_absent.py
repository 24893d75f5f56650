# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking the datasource back: what was there before, and nothing else, is there again."""

from __future__ import annotations

import json

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import DEPLOYMENT, SECRET
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.tests.unit.fakes.grafana import BACKUP, KEY, NAME, ORIGINAL, URL, Grafana


def test_absent_restores_byte_for_byte_and_leaves_no_trace(grafana: Grafana) -> None:
    before = grafana.secret
    grafana.ok()
    result = grafana.ok(state="absent")
    assert (result["changed"], result["restarted"]) == (True, True)
    assert grafana.secret["data"] == before["data"]
    assert grafana.mark is None
    assert grafana.template["metadata"]["annotations"] == {"theirs": "1"}
    assert grafana.backup is None
    again = grafana.ok(state="absent")
    assert (again["changed"], again["restarted"]) == (False, False)
    assert grafana.cluster.writes == []


def test_absent_owns_no_field_any_more(grafana: Grafana) -> None:
    """Else its owner's next `kubectl apply --server-side` with another content would have a conflict with us."""
    grafana.seed()
    grafana.seed_deployment()
    grafana.ok()
    secret = grafana.secret
    theirs = {"manager": "kubectl", "operation": "Apply", "fieldsV1": {"f:type": {}}}
    ours = {"manager": "observability.thanos", "operation": "Update", "fieldsV1": {"f:data": {f"f:{KEY}": {}}}}
    grafana.cluster.seed({**secret, "metadata": {**secret["metadata"], "managedFields": [theirs, ours]}})
    grafana.ok(state="absent")
    assert grafana.text == ORIGINAL
    assert grafana.secret["metadata"]["managedFields"] == [theirs]


def test_absent_restores_bytes_that_no_dump_would_give(grafana: Grafana) -> None:
    text = "# kept\napiVersion:   1\ndatasources:\n    - {name: prometheus, type: prometheus, isDefault: yes-no}\n\n"
    grafana.seed(text)
    grafana.ok()
    grafana.ok(url="http://moved", json_data={"timeInterval": "1m"})
    grafana.ok(state="absent", url="http://moved")
    assert grafana.text == text


def test_absent_where_we_did_nothing(grafana: Grafana) -> None:
    assert not grafana.ok(state="absent")["changed"]
    assert grafana.cluster.writes == []


def test_absent_after_others_changed_the_file(grafana: Grafana) -> None:
    grafana.ok()
    document = json.loads(grafana.text)
    document["datasources"].append({"name": "loki", "type": "loki", "secureJsonData": {"x": "hunter2"}})
    grafana.seed(json.dumps(document))
    result = grafana.ok(state="absent")
    original = json.loads(ORIGINAL)["datasources"]
    assert grafana.datasources == [*original, document["datasources"][1]]
    assert "hunter2" not in json.dumps(result)


def test_absent_of_an_added_datasource_makes_grafana_drop_it(grafana: Grafana) -> None:
    grafana.ok(name="thanos")
    grafana.ok(name="thanos", state="absent")
    assert json.loads(grafana.text) == {
        **json.loads(ORIGINAL),
        "deleteDatasources": [{"name": "thanos", "orgId": 1}],
    }
    assert not grafana.ok(name="thanos", state="absent")["changed"]
    grafana.ok(name="thanos")
    assert json.loads(grafana.text)["deleteDatasources"] == []


def test_absent_gives_the_default_flag_back(grafana: Grafana) -> None:
    original = (
        '{"apiVersion":1,"datasources":[{"name":"a","isDefault":true},{"name":"prometheus","type":"prometheus"}]}'
    )
    grafana.seed(original)
    grafana.ok()
    assert [item["isDefault"] for item in grafana.datasources] == [False, True]
    grafana.ok(is_default=False)
    assert [item["isDefault"] for item in grafana.datasources] == [True, False]
    grafana.ok(state="absent")
    assert grafana.text == original


def test_default_that_ours_shall_not_be_any_more_is_written_once(grafana: Grafana) -> None:
    original = '{"apiVersion":1,"datasources":[{"name":"prometheus","type":"prometheus","isDefault":true}]}'
    grafana.seed(original)
    grafana.ok(is_default=False)
    assert grafana.datasources[0]["isDefault"] is False
    assert not grafana.ok(is_default=False)["changed"]
    grafana.ok(state="absent")
    assert grafana.text == original


def test_absent_of_one_of_two(grafana: Grafana) -> None:
    grafana.ok()
    grafana.ok(name="thanos", org_id=2)
    result = grafana.ok(name="thanos", org_id=2, state="absent")
    assert result["restarted"]
    assert grafana.datasources[0]["url"] == URL
    assert grafana.mark is not None
    assert grafana.started_with == grafana.mark
    assert not grafana.ok()["changed"]
    grafana.ok(state="absent")
    assert grafana.datasources == json.loads(ORIGINAL)["datasources"]
    assert grafana.backup is None


def test_absent_keeps_what_its_owner_wrote_anew(grafana: Grafana) -> None:
    grafana.ok()
    upgraded = ORIGINAL.replace("prometheus-k8s", "prometheus-new")
    grafana.seed(upgraded)
    grafana.ok(state="absent")
    assert grafana.text == upgraded
    assert grafana.backup is None


def test_present_after_its_owner_wrote_it_anew_restores_to_that(grafana: Grafana) -> None:
    grafana.ok()
    upgraded = ORIGINAL.replace("prometheus-k8s", "prometheus-new")
    grafana.seed(upgraded)
    grafana.ok()
    grafana.ok(state="absent")
    assert grafana.text == upgraded


def test_absent_that_died_before_the_restart_is_carried_on(grafana: Grafana) -> None:
    grafana.ok()

    def die(verb: str, _body: Object) -> None:
        if verb == "apply":
            raise ClusterError("connection lost")

    grafana.cluster.before_write = die
    grafana.error(state="absent")
    grafana.cluster.before_write = None
    result = grafana.ok(state="absent")
    assert (result["changed"], result["restarted"]) == (True, True)
    assert grafana.started_with is None
    assert grafana.backup is None
    assert grafana.text == ORIGINAL


def test_absent_restarts_though_present_did_not(grafana: Grafana) -> None:
    grafana.ok(deployment="")
    assert grafana.ok(state="absent")["restarted"]
    assert grafana.mark is not None
    assert grafana.started_with == grafana.mark
    again = grafana.ok(state="absent")
    assert (again["changed"], again["restarted"]) == (False, False)


def test_absent_without_the_backup_takes_out_only_what_is_ours(grafana: Grafana) -> None:
    grafana.ok()
    grafana.cluster.delete(SECRET, BACKUP, "monitoring")
    assert not grafana.ok(state="absent", url="http://elsewhere")["changed"]
    grafana.ok(state="absent")
    assert json.loads(grafana.text) == {
        "apiVersion": 1,
        "datasources": [],
        "deleteDatasources": [{"name": "prometheus", "orgId": 1}],
    }


@pytest.mark.parametrize("gone", ["secret", "key", "deployment", "namespace"])
def test_absent_where_grafana_is_gone(grafana: Grafana, gone: str) -> None:
    if gone == "secret":
        grafana.cluster.delete(SECRET, NAME, "monitoring")
    elif gone == "deployment":
        grafana.cluster.delete(DEPLOYMENT, "grafana", "monitoring")
    options = {"key": "nothing"} if gone == "key" else {"namespace": "nowhere"} if gone == "namespace" else {}
    assert not grafana.ok(state="absent", **options)["changed"]


def test_present_after_absent(grafana: Grafana) -> None:
    grafana.ok()
    grafana.ok(state="absent")
    assert grafana.ok()["restarted"]
    assert grafana.datasources[0]["url"] == URL
    assert not grafana.ok()["changed"]

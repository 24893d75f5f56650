# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a cluster: what it writes, what it restarts, what it says, and what it never says."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
import yaml
from ansible_collections.observability.thanos.plugins.module_utils.cluster import (
    DEPLOYMENT,
    SECRET,
    ClusterError,
    ConflictError,
    Object,
)
from ansible_collections.observability.thanos.plugins.module_utils.grafana_restart import ANNOTATION
from ansible_collections.observability.thanos.plugins.modules import grafana_datasource_secret
from ansible_collections.observability.thanos.tests.unit.fake_cluster import FakeCluster, Write

URL = "http://thanos-querier.monitoring.svc:9090"
NAME = "grafana-datasources"
BACKUP = "grafana-datasources-before-thanos"
KEY = "datasources.yaml"
ORIGINAL = """{
    "apiVersion": 1,
    "datasources": [
        {
            "access": "proxy",
            "editable": false,
            "name": "prometheus",
            "orgId": 1,
            "type": "prometheus",
            "url": "http://prometheus-k8s.monitoring.svc:9090",
            "version": 1
        }
    ]
}"""


class Grafana:
    """Grafana's Secret and Deployment in the fake cluster, and the module run against them."""

    def __init__(self, cluster: FakeCluster, run_module: Any) -> None:
        self.cluster = cluster
        self._run = run_module

    def run(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        self.cluster.writes.clear()
        given = {"url": URL, "deployment": "grafana", **options}
        result: dict[str, Any] = self._run(grafana_datasource_secret, check_mode=check_mode, diff=True, **given)
        return result

    def ok(self, **options: Any) -> dict[str, Any]:
        result = self.run(**options)
        assert "failed" not in result, result["msg"]
        return result

    def error(self, **options: Any) -> str:
        result = self.run(**options)
        assert result.get("failed")
        return str(result["msg"])

    def seed(self, text: str | bytes = ORIGINAL, key: str = KEY, **fields: Any) -> None:
        content = text.encode() if isinstance(text, str) else text
        self.seed_data({key: base64.b64encode(content).decode()}, **fields)

    def seed_data(self, data: dict[str, str] | None, **fields: Any) -> None:
        """Replace the Secret as `kubectl apply` does: metadata stays."""
        found = self.cluster.get(SECRET, NAME, "monitoring")
        metadata = found["metadata"] if found else {"name": NAME, "namespace": "monitoring"}
        self.cluster.seed({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data, **fields})

    def seed_deployment(self) -> None:
        metadata = {"name": "grafana", "namespace": "monitoring"}
        template = {"metadata": {"annotations": {"theirs": "1"}}, "spec": {"containers": [{"name": "grafana"}]}}
        self.cluster.seed(
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"template": template}}
        )

    @property
    def secret(self) -> Object:
        found = self.cluster.get(SECRET, NAME, "monitoring")
        assert found is not None
        return found

    @property
    def text(self) -> str:
        return base64.b64decode(self.secret["data"][KEY]).decode()

    @property
    def datasources(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = yaml.safe_load(self.text)["datasources"]
        return found

    @property
    def mark(self) -> str | None:
        value: str | None = (self.secret["metadata"].get("annotations") or {}).get(ANNOTATION)
        return value

    @property
    def started_with(self) -> str | None:
        value: str | None = self.template["metadata"]["annotations"].get(ANNOTATION)
        return value

    @property
    def template(self) -> dict[str, Any]:
        found = self.cluster.get(DEPLOYMENT, "grafana", "monitoring")
        assert found is not None
        template: dict[str, Any] = found["spec"]["template"]
        return template

    @property
    def backup(self) -> Object | None:
        return self.cluster.get(SECRET, BACKUP, "monitoring")


@pytest.fixture
def grafana(cluster: FakeCluster, run_module: Any, monkeypatch: pytest.MonkeyPatch) -> Grafana:
    """Return Grafana as kube-prometheus installs it."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    grafana = Grafana(cluster, run_module)
    grafana.seed()
    grafana.seed_deployment()
    return grafana


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


# Absent.


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


def test_backup_is_labelled_and_holds_the_original(grafana: Grafana) -> None:
    value = grafana.secret["data"][KEY]
    grafana.ok()
    grafana.ok(url="http://moved")
    assert grafana.backup is not None
    assert grafana.backup["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "observability.thanos"
    assert grafana.backup["data"][KEY] == value


def test_backup_is_written_first(grafana: Grafana) -> None:
    grafana.ok()
    assert [(write.verb, write.name) for write in grafana.cluster.writes] == [
        ("create", BACKUP),
        ("replace", NAME),
        ("apply", "grafana"),
    ]


def test_foreign_secret_of_the_backups_name_is_left_alone(grafana: Grafana) -> None:
    metadata = {"name": BACKUP, "namespace": "monitoring"}
    grafana.cluster.seed({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {}})
    assert "is not ours" in grafana.error()
    assert grafana.text == ORIGINAL


# Check mode and diff.


@pytest.mark.parametrize("state", ["present", "absent"])
def test_check_mode_says_the_same_and_changes_nothing(grafana: Grafana, state: str) -> None:
    if state == "absent":
        grafana.ok()
    secret, template, backup = grafana.secret, grafana.template, grafana.backup
    predicted = grafana.run(check_mode=True, state=state)
    assert all(write.dry_run for write in grafana.cluster.writes)
    assert (grafana.secret, grafana.template, grafana.backup) == (secret, template, backup)
    done = grafana.ok(state=state)
    for key in ("changed", "restarted", "diff"):
        assert predicted[key] == done[key]


def test_check_mode_on_an_empty_cluster_is_a_warning(grafana: Grafana) -> None:
    for options in ({"namespace": "nowhere"}, {"secret": "nothing"}, {"deployment": "nothing"}):
        result = grafana.run(check_mode=True, **options)
        assert result["changed"] is True
        assert "does not exist" in json.dumps(result["warnings"])


def test_check_mode_still_refuses_what_is_wrong(grafana: Grafana) -> None:
    assert grafana.run(check_mode=True, key="nothing")["failed"]


def test_diff_masks_every_secret(grafana: Grafana) -> None:
    grafana.seed(
        json.dumps(
            {
                "apiVersion": 1,
                "datasources": [
                    {"name": "a", "type": "x", "password": "hunter2-1", "url": "http://u:hunter2-2@h"},
                    {"name": "b", "type": "x", "secureJsonData": {"anything": "hunter2-3"}},
                    {"name": "prometheus", "secureJsonData": {"basicAuthPassword": "hunter2-4"}},
                ],
            }
        )
    )
    result = grafana.ok(
        url="http://user:hunter2-5@querier",
        secure_json_data={"basicAuthPassword": "hunter2-6"},
        json_data={"httpHeaderValue1": "hunter2-7", "token": "hunter2-8"},
    )
    assert "hunter2" not in json.dumps(result)
    assert '"<different secret>"' in result["diff"]["after"]
    assert "<secret>" in result["diff"]["before"]


def test_diff_shows_the_rest(grafana: Grafana) -> None:
    diff = grafana.ok()["diff"]
    assert diff["before"] == ORIGINAL
    assert URL in diff["after"]


# Errors: the object, the field, the way out.


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        ({"namespace": "nowhere"}, ["Namespace nowhere does not exist", "namespace"]),
        ({"secret": "nothing"}, ["Secret monitoring/nothing does not exist", "sidecar"]),
        ({"key": "nothing"}, ["has no key nothing", "its keys: datasources.yaml"]),
        ({"deployment": "nothing"}, ["Deployment monitoring/nothing does not exist", "empty string"]),
        ({"org_id": 0}, ["org_id is 0"]),
        ({"name": ""}, ["must not be empty"]),
        ({"url": ""}, ["must not be empty"]),
    ],
)
def test_what_is_missing(grafana: Grafana, options: dict[str, Any], parts: list[str]) -> None:
    message = grafana.error(**options)
    assert all(part in message for part in parts), message
    assert grafana.cluster.writes == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (b"\xff\xfe", "is not valid UTF-8"),
        ("{hunter2: [", "is neither JSON nor YAML"),
        ("[]", "is not a mapping"),
        ("datasources: hunter2", "datasources is not a list"),
        ("apiVersion: 1\ndatasources: [hunter2]", "datasources[0] is not a mapping"),
        ("apiVersion: 1\ndatasources: [{name: prometheus}, {name: prometheus, orgId: 1}]", "2 datasources named"),
    ],
)
@pytest.mark.parametrize("state", ["present", "absent"])
def test_wrong_content(grafana: Grafana, text: str | bytes, part: str, state: str) -> None:
    if state == "absent":
        grafana.ok()
    grafana.seed(text)
    message = grafana.error(state=state)
    assert "key datasources.yaml in Secret monitoring/grafana-datasources" in message
    assert part in message
    assert "hunter2" not in message
    assert grafana.cluster.writes == []


def test_old_format(grafana: Grafana) -> None:
    grafana.seed("datasources: [{name: a, org_id: 1}]")
    assert "add apiVersion: 1" in grafana.error()


def test_invalid_base64(grafana: Grafana) -> None:
    grafana.seed_data({KEY: "%%%"})
    assert "is not valid base64" in grafana.error()


@pytest.mark.parametrize("data", [None, {}])
def test_secret_without_data(grafana: Grafana, data: dict[str, str] | None) -> None:
    grafana.seed_data(data)
    assert "its keys: none" in grafana.error()


def test_immutable_secret(grafana: Grafana) -> None:
    grafana.seed(immutable=True)
    assert "is immutable" in grafana.error()
    assert grafana.cluster.writes == []


def test_immutable_secret_with_the_right_content_is_fine(grafana: Grafana) -> None:
    grafana.ok()
    grafana.seed(grafana.text, immutable=True)
    assert not grafana.ok()["changed"]


def test_default_in_another_file_of_the_secret(grafana: Grafana) -> None:
    other = base64.b64encode(b"apiVersion: 1\ndatasources: [{name: loki, isDefault: true}]").decode()
    grafana.seed_data({**grafana.secret["data"], "other.yaml": other, "notes.txt": "%%%", "bad.yaml": "%%%"})
    message = grafana.error()
    assert "under key other.yaml ('loki')" in message
    assert grafana.ok(is_default=False)["changed"]
    assert "under key other.yaml already" in grafana.error(name="loki", is_default=False)


def test_url_is_required_for_present_only(grafana: Grafana) -> None:
    assert "url" in grafana.error(url=None)
    assert not grafana.ok(url=None, state="absent")["changed"]

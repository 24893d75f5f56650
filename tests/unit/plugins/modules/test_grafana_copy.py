# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The copy of what was there before: it brings every byte back, and holds no secret that its owner replaced."""

from __future__ import annotations

import base64
import json

import pytest
from ansible_collections.observability.thanos.tests.unit.fakes.grafana import (
    BACKUP,
    COMMENTED,
    FILES,
    JSON,
    KEY,
    NAME,
    ORIGINAL,
    ROTATED,
    Grafana,
)

# What it holds.


def test_no_secret_of_another_datasource_is_ever_copied(grafana: Grafana) -> None:
    grafana.seed(JSON)
    grafana.ok()
    assert "hunter2" not in json.dumps(grafana.kept)
    grafana.ok(state="absent")
    assert grafana.text == JSON


def test_own_secret_is_only_copied_where_ours_takes_its_place(grafana: Grafana) -> None:
    document = json.loads(ORIGINAL)
    document["datasources"][0]["secureJsonData"] = {"basicAuthPassword": "hunter2", "httpHeaderValue1": "swordfish"}
    text = json.dumps(document, indent=4)
    grafana.seed(text)
    grafana.ok(secure_json_data={"httpHeaderValue1": "ours"})
    assert "hunter2" not in json.dumps(grafana.kept)
    assert "swordfish" in grafana.kept[KEY]
    assert "ours" not in json.dumps(grafana.kept)
    grafana.ok(state="absent")
    assert grafana.text == text


def test_password_in_our_url_is_not_copied(grafana: Grafana) -> None:
    grafana.ok(url="http://user:hunter2@querier")
    assert "hunter2" not in json.dumps(grafana.kept)
    grafana.ok(state="absent", url="http://user:hunter2@querier")
    assert grafana.text == ORIGINAL


# What its owner changes meanwhile.


@FILES
def test_rotated_password_of_another_datasource(grafana: Grafana, original: str) -> None:
    grafana.seed(original)
    grafana.ok()
    grafana.edit(ROTATED)
    result = grafana.ok()
    assert (result["changed"], result["restarted"]) == (original == COMMENTED, False)
    assert "hunter2" not in json.dumps(grafana.kept)
    assert not grafana.ok()["changed"]
    assert grafana.cluster.writes == []
    grafana.ok(state="absent")
    assert "correct-horse" in grafana.text
    assert "hunter2" not in grafana.text
    assert grafana.entry()["url"] == "http://prometheus-k8s.monitoring.svc:9090"
    assert "jsonData" not in grafana.entry()
    assert grafana.backup is None


def test_rotated_password_in_a_file_of_the_same_layout_comes_back_byte_for_byte(grafana: Grafana) -> None:
    grafana.seed(JSON)
    grafana.ok()
    grafana.edit(ROTATED)
    grafana.ok(url="http://moved")
    grafana.ok(state="absent", url="http://moved")
    assert grafana.text == JSON.replace(*ROTATED)


@FILES
def test_removed_datasource(grafana: Grafana, original: str) -> None:
    grafana.seed(original)
    grafana.ok()
    document = {"apiVersion": 1, "datasources": [grafana.entry()]}
    secret = grafana.secret
    secret["data"][KEY] = base64.b64encode(json.dumps(document).encode()).decode()
    grafana.cluster.seed(secret)
    grafana.ok()
    assert "hunter2" not in json.dumps(grafana.kept)
    assert "loki" not in json.dumps(grafana.kept)
    grafana.ok(state="absent")
    assert [each["name"] for each in grafana.datasources] == ["prometheus"]
    assert grafana.entry()["url"] == "http://prometheus-k8s.monitoring.svc:9090"


@pytest.mark.parametrize("again", [True, False], ids=["with a run in between", "without"])
@FILES
def test_rotated_password_of_the_changed_datasource_itself(grafana: Grafana, original: str, again: bool) -> None:
    """We never set it, so it is its owner's all the time."""
    given = original.replace("      url:", "      password: hunter2\n      url:")
    if original == JSON:
        document = json.loads(JSON)
        document["datasources"][0]["password"] = "hunter2"
        given = json.dumps(document, indent=2)
    grafana.seed(given)
    grafana.ok()
    grafana.edit(ROTATED)
    if again:
        grafana.ok()
        assert "hunter2" not in json.dumps(grafana.kept)
    grafana.ok(state="absent")
    assert "hunter2" not in grafana.text
    assert grafana.entry()["password"] == "correct-horse"
    assert grafana.entry()["url"] == "http://prometheus-k8s.monitoring.svc:9090"


def test_password_that_ours_took_the_place_of_and_its_owner_set_again(grafana: Grafana) -> None:
    document = json.loads(ORIGINAL)
    document["datasources"][0]["secureJsonData"] = {"basicAuthPassword": "hunter2"}
    grafana.seed(json.dumps(document))
    given = {"secure_json_data": {"basicAuthPassword": "ours"}}
    grafana.ok(**given)
    grafana.edit(('"ours"', '"correct-horse"'))
    grafana.ok(**given)
    assert grafana.entry()["secureJsonData"] == {"basicAuthPassword": "ours"}
    assert "hunter2" not in json.dumps(grafana.kept)
    grafana.ok(state="absent", **given)
    assert grafana.entry()["secureJsonData"] == {"basicAuthPassword": "correct-horse"}


def test_password_of_ours_that_changes_leaves_the_owners_to_come_back(grafana: Grafana) -> None:
    document = json.loads(ORIGINAL)
    document["datasources"][0]["secureJsonData"] = {"basicAuthPassword": "theirs"}
    text = json.dumps(document)
    grafana.seed(text)
    for password in ("one", "two", "two", "one"):
        grafana.ok(secure_json_data={"basicAuthPassword": password})
    grafana.ok(state="absent")
    assert grafana.text == text


@FILES
def test_file_that_its_owner_wrote_anew(grafana: Grafana, original: str) -> None:
    grafana.seed(original)
    grafana.ok()
    grafana.seed(original.replace(*ROTATED))
    grafana.ok()
    assert "hunter2" not in json.dumps(grafana.kept)
    grafana.ok(state="absent")
    assert grafana.text == original.replace(*ROTATED)


def test_file_that_its_owner_wrote_anew_with_what_we_want(grafana: Grafana) -> None:
    grafana.seed(COMMENTED)
    grafana.ok()
    wanted = grafana.text.replace(*ROTATED)
    grafana.ok(url="http://moved")
    grafana.seed(wanted)
    grafana.ok()
    assert "hunter2" not in json.dumps(grafana.kept)
    assert not grafana.ok()["changed"]


def test_layout_alone_takes_nothing_from_the_way_back(grafana: Grafana) -> None:
    grafana.seed(COMMENTED)
    grafana.ok()
    secret = grafana.secret
    secret["data"][KEY] = base64.b64encode(b"# edited\n" + grafana.text.encode()).decode()
    grafana.cluster.seed(secret)
    assert not grafana.ok()["changed"]
    grafana.ok(state="absent")
    assert grafana.text == COMMENTED


def test_key_that_its_owner_added_stays(grafana: Grafana) -> None:
    grafana.ok()
    secret = grafana.secret
    secret["data"]["other.txt"] = "AAEC"
    grafana.cluster.seed(secret)
    assert not grafana.ok()["changed"]
    grafana.ok(state="absent")
    assert grafana.secret["data"] == {KEY: base64.b64encode(ORIGINAL.encode()).decode(), "other.txt": "AAEC"}


def test_default_that_its_owner_moved(grafana: Grafana) -> None:
    document = {"apiVersion": 1, "datasources": [{"name": name, "type": "prometheus"} for name in ("a", "b", "c")]}
    document["datasources"][0]["isDefault"] = True  # type: ignore[index]
    grafana.seed(json.dumps(document))
    grafana.ok(name="c")
    grafana.edit(('{"name": "b", "type": "prometheus"}', '{"name": "b", "type": "prometheus", "isDefault": true}'))
    grafana.ok(name="c")
    assert [each.get("isDefault") for each in grafana.datasources] == [False, False, True]
    grafana.ok(name="c", state="absent")
    assert [each.get("isDefault") for each in grafana.datasources] == [False, True, None]


# Several datasources and files of ours.


@FILES
def test_two_datasources_of_ours(grafana: Grafana, original: str) -> None:
    grafana.seed(original)
    for options in ({}, {"name": "loki", "type": "loki"}, {}, {"name": "loki", "type": "loki"}):
        grafana.ok(**options)
    grafana.ok(state="absent")
    grafana.ok(state="absent", name="loki")
    assert grafana.text == original
    assert grafana.backup is None


def test_other_files_of_the_secret_are_looked_at_too(grafana: Grafana) -> None:
    """Whichever file a run is about: the copy of each follows what its owner did."""
    other = base64.b64encode(COMMENTED.encode()).decode()
    grafana.seed_data({KEY: base64.b64encode(ORIGINAL.encode()).decode(), "other.yaml": other})
    grafana.ok(key="other.yaml", name="tempo", is_default=False)
    grafana.ok(key="other.yaml", name="loki", type="loki", is_default=False, json_data={"a": None})
    grafana.ok(name="thanos")
    secret = grafana.secret
    text = base64.b64decode(secret["data"]["other.yaml"]).decode().replace(*ROTATED)
    secret["data"]["other.yaml"] = base64.b64encode(text.encode()).decode()
    grafana.cluster.seed(secret)
    grafana.ok(name="thanos")
    assert "hunter2" not in json.dumps(grafana.kept)
    del secret["data"]["other.yaml"]
    grafana.cluster.seed(secret)
    grafana.ok(name="thanos")
    assert not [key for key in grafana.kept if key.startswith("other.yaml")]
    assert not grafana.ok(name="thanos")["changed"]


def test_broken_file_beside_ours_keeps_its_copy(grafana: Grafana) -> None:
    grafana.seed_data({KEY: base64.b64encode(ORIGINAL.encode()).decode(), "other.yaml": grafana.secret["data"][KEY]})
    grafana.ok(key="other.yaml", name="tempo", is_default=False)
    grafana.ok(name="thanos")
    kept = grafana.kept["other.yaml"]
    secret = grafana.secret
    secret["data"]["other.yaml"] = base64.b64encode(b"{").decode()
    grafana.cluster.seed(secret)
    assert not grafana.ok(name="thanos")["changed"]
    assert grafana.kept["other.yaml"] == kept


# How it is written.


def test_copy_is_labelled_and_holds_what_our_change_took_the_place_of(grafana: Grafana) -> None:
    grafana.ok()
    grafana.ok(url="http://moved")
    assert grafana.backup is not None
    assert grafana.backup["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "observability.thanos"
    previous = {"name": "prometheus", "orgId": 1, "url": "http://prometheus-k8s.monitoring.svc:9090"}
    assert json.loads(grafana.kept[KEY]) == {"datasources": [previous]}


def test_copy_holds_the_whole_file_where_its_layout_would_be_lost(grafana: Grafana) -> None:
    grafana.seed(COMMENTED)
    grafana.ok()
    grafana.ok(url="http://moved")
    assert grafana.kept[KEY] == COMMENTED


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

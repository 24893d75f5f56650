# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Adding and taking out one datasource, case by case."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.grafana.datasource import (
    Datasource,
    add,
    escape,
    find,
    remove,
)
from ansible_collections.observability.thanos.plugins.module_utils.grafana.document import DocumentError

URL = "http://thanos-querier.monitoring.svc:9090"
THANOS = Datasource("prometheus", URL)
Entry = dict[str, Any]


def entry(name: str, **fields: Any) -> Entry:
    return {"name": name, "type": "prometheus", "access": "proxy", "orgId": 1, "url": f"http://{name}", **fields}


def file(*entries: Entry, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": 1, "datasources": list(entries), **fields}


def names(document: dict[str, Any]) -> list[str]:
    return [item["name"] for item in document["datasources"]]


# Adding and updating.


def test_new_datasource_comes_last_and_is_complete() -> None:
    result = add(file(entry("loki", type="loki")), THANOS)
    assert names(result) == ["loki", "prometheus"]
    assert result["datasources"][1] == {
        "name": "prometheus",
        "orgId": 1,
        "type": "prometheus",
        "access": "proxy",
        "url": URL,
        "isDefault": True,
        "jsonData": {"httpMethod": "POST", "prometheusType": "Thanos"},
    }


def test_existing_datasource_is_updated_in_place() -> None:
    before = file(entry("a"), entry("prometheus", editable=False, version=1), entry("b"))
    after = add(before, THANOS)
    assert names(after) == ["a", "prometheus", "b"]
    assert after["datasources"][1]["url"] == URL
    assert (after["datasources"][0], after["datasources"][2]) == (before["datasources"][0], before["datasources"][2])


def test_foreign_fields_stay() -> None:
    ours = entry(
        "prometheus",
        uid="P1809F7CD0C75ACF3",
        version=3,
        editable=True,
        withCredentials=True,
        jsonData={"timeInterval": "30s", "nested": {"a": [1]}, "httpMethod": "GET"},
        secureJsonData={"httpHeaderValue1": "hunter2"},
    )
    before = file(ours, prune=True, unknown={"top": "level"}, deleteDatasources=[{"name": "old", "orgId": 1}])
    after = add(before, THANOS)
    changed = {"url": URL, "isDefault": True}
    json_data = {**ours["jsonData"], "httpMethod": "POST", "prometheusType": "Thanos"}
    assert after == {**before, "datasources": [{**ours, **changed, "jsonData": json_data}]}
    assert list(after) == list(before)
    assert list(after["datasources"][0])[: len(ours)] == list(ours)


def test_input_is_not_changed() -> None:
    before = file(entry("a", isDefault=True), deleteDatasources=[{"name": "prometheus"}])
    kept = copy.deepcopy(before)
    add(before, THANOS)
    assert before == kept


def test_second_time_changes_nothing() -> None:
    once = add(file(entry("a", isDefault=True)), THANOS)
    assert add(once, THANOS) == once


@pytest.mark.parametrize("value", ["True", "true", "1", 1, "T"])
def test_flags_are_compared_by_meaning(value: Any) -> None:
    once = add(file(), Datasource("prometheus", URL, editable=True))
    once["datasources"][0].update(isDefault=value, editable=value)
    assert add(once, Datasource("prometheus", URL, editable=True)) == once


@pytest.mark.parametrize("org", [None, 0, 1, "1"])
def test_missing_organisation_is_the_first(org: Any) -> None:
    ours = {**entry("prometheus"), "orgId": org}
    if org is None:
        del ours["orgId"]
    after = add(file(ours), THANOS)
    assert len(after["datasources"]) == 1
    assert after["datasources"][0].get("orgId") == org


def test_two_organisations_are_apart() -> None:
    before = file(entry("prometheus", isDefault=True), entry("prometheus", orgId=2, isDefault=True))
    after = add(before, Datasource("prometheus", URL, org_id=2))
    assert after["datasources"][0] == before["datasources"][0]
    assert after["datasources"][1]["url"] == URL
    third = add(after, Datasource("prometheus", URL, org_id=3))
    assert [item["orgId"] for item in third["datasources"]] == [1, 2, 3]
    assert all(item["isDefault"] for item in third["datasources"])


@pytest.mark.parametrize("org", ["$ORG", float("inf"), [1], {"a": 1}])
def test_organisation_that_is_no_number_is_another_one(org: Any) -> None:
    before = file({**entry("prometheus"), "orgId": org})
    assert len(add(before, THANOS)["datasources"]) == 2


@pytest.mark.parametrize("section", [None, []])
def test_no_datasources_yet(section: Any) -> None:
    assert names(add({"apiVersion": 1, "datasources": section}, THANOS)) == ["prometheus"]
    assert add({}, THANOS)["apiVersion"] == 1


def test_old_format_is_refused() -> None:
    with pytest.raises(DocumentError, match="apiVersion: 1"):
        add({"datasources": [{"name": "a", "org_id": 1}]}, THANOS)


def test_another_type_is_refused() -> None:
    with pytest.raises(DocumentError, match="another type") as caught:
        add(file(entry("prometheus", type="hunter2")), THANOS)
    assert "hunter2" not in str(caught.value)


def test_options_are_written() -> None:
    wanted = Datasource(
        "prometheus",
        URL,
        uid="thanos",
        editable=False,
        access="direct",
        json_data={"timeInterval": "15s", "httpMethod": "GET", "exemplarTraceIdDestinations": None},
        secure_json_data={"basicAuthPassword": "hunter2"},
    )
    before = file(entry("prometheus", jsonData={"exemplarTraceIdDestinations": []}, secureJsonData={"other": "kept"}))
    ours = add(before, wanted)["datasources"][0]
    assert ours["jsonData"] == {"httpMethod": "GET", "prometheusType": "Thanos", "timeInterval": "15s"}
    assert ours["secureJsonData"] == {"other": "kept", "basicAuthPassword": "hunter2"}
    assert (ours["uid"], ours["editable"], ours["access"]) == ("thanos", False, "direct")


def test_null_in_an_option_takes_the_key_out() -> None:
    before = add(file(), Datasource("prometheus", URL, secure_json_data={"a": "1", "b": "2"}))
    after = add(before, Datasource("prometheus", URL, secure_json_data={"a": None}))
    assert after["datasources"][0]["secureJsonData"] == {"b": "2"}


def test_new_datasource_has_no_empty_sections() -> None:
    ours = add(file(), Datasource("prometheus", URL, secure_json_data={"a": None}))["datasources"][0]
    assert "secureJsonData" not in ours
    assert "uid" not in ours


# Dollars, quotes, unicode.


def test_dollars_are_escaped_and_compared_escaped() -> None:
    wanted = Datasource(
        "pro$m",
        "http://u:p$a@querier",
        uid="a$b",
        json_data={"customQueryParameters": "x=$y", "list": ["$1", {"k": "$2"}], "number": 3},
        secure_json_data={"basicAuthPassword": "$__file{/etc/passwd} $$ ${HOME}"},
    )
    once = add(file(), wanted)
    ours = once["datasources"][0]
    assert (ours["name"], ours["url"], ours["uid"]) == ("pro$$m", "http://u:p$$a@querier", "a$$b")
    assert ours["jsonData"]["customQueryParameters"] == "x=$$y"
    assert ours["jsonData"]["list"] == ["$$1", {"k": "$$2"}]
    assert ours["secureJsonData"]["basicAuthPassword"] == "$$__file{/etc/passwd} $$$$ $${HOME}"
    assert add(once, wanted) == once


def test_dollars_of_others_stay() -> None:
    before = file(entry("a", url="http://$HOST", secureJsonData={"x": "$ENV"}), entry("prometheus", user="$USER"))
    after = add(before, THANOS)
    assert after["datasources"][0] == before["datasources"][0]
    assert after["datasources"][1]["user"] == "$USER"


def test_escape_leaves_other_values() -> None:
    assert escape({"a": [1, None, True, "$"]}) == {"a": [1, None, True, "$$"]}


@pytest.mark.parametrize("secret", ["a\"b'c", "密码🔑ü", "back\\slash", "new\nline", " spaces ", "#:{}[]&*!|>%@`"])
def test_secrets_of_any_text(secret: str) -> None:
    wanted = Datasource("prometheus", URL, secure_json_data={"basicAuthPassword": secret})
    once = add(file(), wanted)
    assert once["datasources"][0]["secureJsonData"]["basicAuthPassword"] == secret
    assert add(once, wanted) == once


# One default.


def test_other_default_is_unset_in_our_organisation_only() -> None:
    before = file(entry("a", isDefault=True), entry("b", orgId=2, isDefault=True), entry("c"))
    after = add(before, THANOS)
    assert [item.get("isDefault") for item in after["datasources"]] == [False, True, None, True]


def test_two_other_defaults_are_both_unset() -> None:
    after = add(file(entry("a", isDefault=True), entry("b", isDefault="true")), THANOS)
    assert [item["isDefault"] for item in after["datasources"]] == [False, False, True]


def test_two_other_defaults_without_ours_are_an_error() -> None:
    before = file(entry("a", isDefault=True), entry("b", isDefault=True))
    with pytest.raises(DocumentError, match=r"2 defaults in organisation 1 \(datasources\[0\], datasources\[1\]\)"):
        add(before, Datasource("prometheus", URL, is_default=False))


def test_not_default_leaves_the_other_default() -> None:
    after = add(file(entry("a", isDefault=True)), Datasource("thanos", URL, is_default=False))
    assert [item["isDefault"] for item in after["datasources"]] == [True, False]


def test_flag_goes_back_when_ours_is_no_longer_default() -> None:
    original = file(entry("a", isDefault="True"), entry("b"))
    ours = add(original, THANOS)
    after = add(ours, Datasource("prometheus", URL, is_default=False), original)
    assert [item.get("isDefault") for item in after["datasources"]] == ["True", None, False]


def test_flag_does_not_go_back_to_one_that_is_gone() -> None:
    ours = add(file(entry("b")), THANOS)
    after = add(ours, Datasource("prometheus", URL, is_default=False), file(entry("a", isDefault=True)))
    assert [item.get("isDefault") for item in after["datasources"]] == [None, False]


# Wrong shapes.


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (file(datasources={}), "datasources is not a list"),
        (file(datasources="text"), "datasources is not a list"),
        (file(datasources=[entry("a"), "text"]), r"datasources\[1\] is not a mapping"),
        (file(deleteDatasources={}), "deleteDatasources is not a list"),
        (file(deleteDatasources=["a"]), r"deleteDatasources\[0\] is not a mapping"),
        (file(entry("prometheus", jsonData=[])), "jsonData of datasource 'prometheus' is not a mapping"),
        (file(entry("prometheus"), entry("prometheus")), "2 datasources named 'prometheus' in organisation 1"),
        (file(entry("prometheus"), entry("prometheus", orgId=0)), "2 datasources named 'prometheus'"),
    ],
)
def test_wrong_shape(document: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        add(document, THANOS)


def test_twins_of_others_are_theirs() -> None:
    assert len(add(file(entry("a"), entry("a")), THANOS)["datasources"]) == 3


# deleteDatasources.


def test_deletion_of_ours_is_taken_out() -> None:
    deletions = [{"name": "old"}, {"name": "prometheus", "orgId": 1}, {"name": "prometheus", "orgId": 2}, {"name": "x"}]
    after = add(file(deleteDatasources=deletions), THANOS)
    assert after["deleteDatasources"] == [deletions[0], deletions[2], deletions[3]]


def test_deletion_without_organisation_is_taken_out_too() -> None:
    assert add(file(deleteDatasources=[{"name": "prometheus"}]), THANOS)["deleteDatasources"] == []


# Taking it back.


@pytest.mark.parametrize(
    "original",
    [
        file(entry("prometheus")),
        file(entry("a", isDefault=True), entry("prometheus", editable=False)),
        file(entry("a", isDefault="True"), entry("prometheus"), unknown=1),
        file(entry("prometheus", isDefault=True), entry("b")),
        file(entry("prometheus"), deleteDatasources=[{"name": "x"}, {"name": "prometheus"}, {"name": "y"}]),
        file(entry("prometheus", orgId=2, isDefault=True), entry("prometheus", isDefault=True)),
    ],
)
@pytest.mark.parametrize("is_default", [True, False])
def test_remove_undoes_an_update(original: dict[str, Any], is_default: bool) -> None:
    ours = add(original, Datasource("prometheus", URL, is_default=is_default))
    assert remove(ours, original, "prometheus", 1) == original


def test_remove_of_an_addition_tells_grafana_to_drop_it() -> None:
    original = file(entry("a", isDefault=True))
    after = remove(add(original, THANOS), original, "prometheus", 1)
    assert after == {**original, "deleteDatasources": [{"name": "prometheus", "orgId": 1}]}
    assert remove(after, original, "prometheus", 1) == after


def test_remove_of_an_addition_from_a_file_that_prunes() -> None:
    original = file(entry("a", isDefault=True), prune=True)
    assert remove(add(original, THANOS), original, "prometheus", 1) == original


def test_remove_keeps_what_others_did_since() -> None:
    original = file(entry("a", isDefault=True), entry("prometheus"))
    ours = add(original, THANOS)
    ours["datasources"].insert(0, entry("new"))
    ours["datasources"][1]["url"] = "http://moved"
    ours["added"] = True
    after = remove(ours, original, "prometheus", 1)
    assert after == {
        **file(entry("new"), entry("a", url="http://moved", isDefault=True), entry("prometheus")),
        "added": True,
    }


def test_remove_respects_a_default_that_others_set_since() -> None:
    original = file(entry("a"), entry("prometheus", isDefault=True))
    ours = add(original, THANOS)
    ours["datasources"][0]["isDefault"] = True
    ours["datasources"][1]["isDefault"] = False
    after = remove(ours, original, "prometheus", 1)
    assert [item["isDefault"] for item in after["datasources"]] == [True, False]


def test_remove_leaves_one_default_though_there_were_two() -> None:
    original = file(entry("a", isDefault=True), entry("b", isDefault=True), entry("prometheus"))
    after = remove(add(original, THANOS), original, "prometheus", 1)
    assert [item.get("isDefault") for item in after["datasources"]] == [True, False, None]


def test_remove_in_one_organisation_only() -> None:
    original = file(entry("prometheus"), entry("prometheus", orgId=2))
    both = add(add(original, THANOS), Datasource("prometheus", URL, org_id=2))
    after = remove(both, original, "prometheus", 2)
    assert find(after, "prometheus", 1) == both["datasources"][0]
    assert find(after, "prometheus", 2) == original["datasources"][1]

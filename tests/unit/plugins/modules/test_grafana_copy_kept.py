# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The copy where something is gone, interrupted, somebody else's, or of an earlier version."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import SECRET
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError, ConflictError
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import ours
from ansible_collections.observability.thanos.tests.unit.fakes.grafana import (
    BACKUP,
    COMMENTED,
    FILES,
    JSON,
    KEY,
    NAME,
    ORIGINAL,
    ROTATED,
    URL,
    Grafana,
)

# The Secret is gone.


@pytest.mark.parametrize("gone", ["secret", "key"])
@pytest.mark.parametrize("state", ["present", "absent"])
def test_copy_goes_with_what_it_is_a_copy_of(grafana: Grafana, state: str, gone: str) -> None:
    grafana.seed(COMMENTED)
    grafana.ok()
    if gone == "secret":
        grafana.cluster.delete(SECRET, NAME, "monitoring")
    else:
        grafana.seed_data({"another": "AAEC"})
    result = grafana.run(state=state)
    assert bool(result.get("failed")) == (state == "present")
    assert grafana.backup is None
    if state == "present":
        assert f"Secret monitoring/{BACKUP}" in result["msg"]
    else:
        assert result["summary"] == [f"Secret monitoring/{BACKUP}: removed"]
    assert grafana.run(state="absent")["changed"] is False


def test_check_mode_keeps_the_copy_of_what_is_gone(grafana: Grafana) -> None:
    grafana.ok()
    grafana.cluster.delete(SECRET, NAME, "monitoring")
    kept = grafana.kept
    result = grafana.run(check_mode=True)
    assert f"{BACKUP}, the copy of what was there before, would be removed" in json.dumps(result["warnings"])
    assert grafana.kept == kept


# Check mode, interruptions, other writers.


@pytest.mark.parametrize("state", ["present", "absent"])
def test_check_mode_announces_the_change_of_the_copy(grafana: Grafana, state: str) -> None:
    grafana.seed(COMMENTED)
    grafana.ok()
    grafana.edit(ROTATED)
    kept = grafana.kept
    predicted = grafana.run(check_mode=True, state=state)
    assert grafana.kept == kept
    assert all(write.dry_run for write in grafana.cluster.writes)
    verb = {"present": "changed", "absent": "removed"}[state]
    assert f"Secret monitoring/{BACKUP}: {verb}" in predicted["summary"]
    assert predicted["summary"] == grafana.ok(state=state)["summary"]


@pytest.mark.parametrize("change", [{"url": "http://moved"}, {"secure_json_data": {"basicAuthPassword": "ours2"}}])
def test_run_that_died_between_its_two_writes_loses_no_way_back(grafana: Grafana, change: dict[str, Any]) -> None:
    grafana.seed(COMMENTED)
    grafana.ok(secure_json_data={"basicAuthPassword": "ours"})

    def die(verb: str, body: Object) -> None:
        if verb == "replace" and body["metadata"]["name"] == NAME:
            raise ClusterError("connection lost")

    grafana.cluster.before_write = die
    grafana.error(**change)
    grafana.cluster.before_write = None
    grafana.ok(**change)
    assert not grafana.ok(**change)["changed"]
    grafana.ok(state="absent", **change)
    assert grafana.text == COMMENTED


def test_owner_who_rotates_between_read_and_write(grafana: Grafana) -> None:
    grafana.seed(COMMENTED)
    grafana.ok()
    raced: list[int] = []

    def race(verb: str, body: Object) -> None:
        if verb == "replace" and body["metadata"]["name"] == NAME and not raced:
            raced.append(1)
            grafana.edit(ROTATED)

    grafana.cluster.before_write = race
    grafana.ok(url="http://moved")
    assert raced
    grafana.cluster.before_write = None
    assert "hunter2" not in json.dumps(grafana.kept)
    grafana.ok(state="absent", url="http://moved")
    assert "hunter2" not in grafana.text
    assert grafana.entry()["url"] == "http://prometheus-k8s.monitoring.svc:9090"


def test_another_run_that_writes_the_copy_meanwhile(grafana: Grafana) -> None:
    grafana.ok()
    raced: list[int] = []

    def race(verb: str, body: Object) -> None:
        if verb == "replace" and body["metadata"]["name"] == BACKUP and not raced:
            raced.append(1)
            raise ConflictError("the object has been modified")

    grafana.cluster.before_write = race
    assert grafana.ok(url="http://moved")["changed"]
    assert raced
    grafana.ok(state="absent", url="http://moved")
    assert grafana.text == ORIGINAL


# Whose it is.


def seed_copy(grafana: Grafana, data: dict[str, str], **labels: str) -> Object:
    metadata = {"name": BACKUP, "namespace": "monitoring", "labels": labels}
    body = {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": data}
    grafana.cluster.seed(body)
    return body


OUR_LABEL = {"app.kubernetes.io/managed-by": "observability.thanos"}


@pytest.mark.parametrize("labels", [{}, OUR_LABEL], ids=["no label", "label without our fields"])
def test_secret_of_the_copys_name_that_is_not_ours_stays(grafana: Grafana, labels: dict[str, str]) -> None:
    seed_copy(grafana, {KEY: "AAEC"}, **labels)
    before = grafana.backup
    message = grafana.error()
    assert f"Secret monitoring/{BACKUP} is not ours" in message
    assert grafana.text == ORIGINAL
    result = grafana.ok(state="absent")
    assert result["changed"] is False
    assert grafana.backup == before


@pytest.mark.parametrize("gone", [True, False])
def test_copy_that_is_no_longer_ours_is_kept_and_named(grafana: Grafana, gone: bool) -> None:
    grafana.ok()
    assert grafana.backup is not None
    body = grafana.backup
    body["metadata"]["managedFields"] = [{"manager": "another"}]
    grafana.cluster.seed(body)
    if gone:
        grafana.cluster.delete(SECRET, NAME, "monitoring")
        assert f"Secret monitoring/{BACKUP} is kept" in grafana.error()
    before = grafana.backup
    result = grafana.ok(state="absent")
    assert grafana.backup == before
    assert f"Secret monitoring/{BACKUP} is kept" in json.dumps(result["warnings"])
    assert gone or grafana.text == ORIGINAL


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize(
    "data",
    [
        {KEY: "hunter2", f"{KEY}.state": "e30="},
        {KEY: "e30=", f"{KEY}.state": base64.b64encode(b"hunter2").decode()},
        {KEY: base64.b64encode(b"hunter2").decode(), f"{KEY}.state": base64.b64encode(b'{"managed": []}').decode()},
        {KEY: "e30=", f"{KEY}.state": base64.b64encode(b'{"managed": [{"name": 1}]}').decode()},
    ],
)
def test_copy_that_we_did_not_write_so(grafana: Grafana, data: dict[str, str], state: str) -> None:
    grafana.ok()
    text = grafana.text
    grafana.cluster.seed(ours(seed_copy(grafana, data)))
    message = grafana.error(state=state)
    assert f"Secret monitoring/{BACKUP}" in message
    assert "hunter2" not in message
    assert grafana.text == text


# The form that earlier versions wrote: the whole file, and only the addresses of what is ours.


def seed_earlier_copy(grafana: Grafana, original: str, *managed: dict[str, Any]) -> None:
    state = json.dumps({"managed": list(managed) or [{"name": "prometheus", "org_id": 1, "url": URL}]})
    data = {KEY: original, f"{KEY}.state": state}
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
    grafana.cluster.seed(ours(seed_copy(grafana, encoded)))


@FILES
@pytest.mark.parametrize("again", [True, False], ids=["upgraded", "as it was"])
def test_earlier_copy_brings_every_byte_back(grafana: Grafana, original: str, again: bool) -> None:
    options = {"json_data": {"timeInterval": "30s"}, "secure_json_data": {"httpHeaderValue1": "ours"}}
    grafana.seed(original)
    grafana.ok(**options)
    seed_earlier_copy(grafana, original)
    if again:
        result = grafana.ok(**options)
        assert (result["changed"], result["restarted"]) == (True, False)
        assert ("hunter2" in json.dumps(grafana.kept)) == (original == COMMENTED)
        assert not grafana.ok(**options)["changed"]
    grafana.ok(state="absent", **options)
    assert grafana.text == original
    assert grafana.backup is None


@FILES
def test_earlier_copy_with_a_secret_that_its_owner_replaced(grafana: Grafana, original: str) -> None:
    grafana.seed(original)
    grafana.ok()
    seed_earlier_copy(grafana, original)
    grafana.edit(ROTATED)
    grafana.ok()
    assert "hunter2" not in json.dumps(grafana.kept)
    assert not grafana.ok()["changed"]
    grafana.ok(state="absent")
    assert "hunter2" not in grafana.text
    assert grafana.entry()["url"] == "http://prometheus-k8s.monitoring.svc:9090"


def test_earlier_copy_with_the_changed_datasources_own_secret(grafana: Grafana) -> None:
    document = json.loads(ORIGINAL)
    document["datasources"][0]["secureJsonData"] = {"basicAuthPassword": "hunter2", "httpHeaderValue1": "theirs"}
    text = json.dumps(document, indent=4)
    options = {"secure_json_data": {"httpHeaderValue1": "ours"}}
    grafana.seed(text)
    grafana.ok(**options)
    seed_earlier_copy(grafana, text)
    grafana.edit(ROTATED)
    grafana.ok(**options)
    assert "hunter2" not in json.dumps(grafana.kept)
    grafana.ok(state="absent")
    assert grafana.text == text.replace(*ROTATED)


def test_earlier_copy_of_two_datasources(grafana: Grafana) -> None:
    second = {"name": "loki", "type": "loki"}
    grafana.seed(JSON)
    grafana.ok()
    grafana.ok(**second)
    both = [{"name": name, "org_id": 1, "url": URL} for name in ("prometheus", "loki")]
    seed_earlier_copy(grafana, JSON, *both)
    grafana.ok()
    grafana.ok(**second)
    assert "hunter2" not in json.dumps(grafana.kept)
    grafana.ok(state="absent", **second)
    grafana.ok(state="absent")
    assert grafana.text == JSON


def test_earlier_copy_of_an_added_datasource(grafana: Grafana) -> None:
    grafana.ok(name="thanos")
    seed_earlier_copy(grafana, ORIGINAL, {"name": "thanos", "org_id": 1, "url": URL})
    grafana.ok(name="thanos")
    grafana.ok(name="thanos", state="absent")
    assert json.loads(grafana.text)["datasources"] == json.loads(ORIGINAL)["datasources"]
    assert grafana.backup is None

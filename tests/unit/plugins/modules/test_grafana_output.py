# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module says of the Secret: its diff, its errors, its invocation, and never a secret."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster
from ansible_collections.observability.thanos.tests.unit.fakes.grafana import KEY, ORIGINAL, URL, Grafana

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
    assert "under key other.yaml (datasources[0])" in message
    assert "loki" not in message
    assert grafana.ok(is_default=False)["changed"]
    assert "under key other.yaml already" in grafana.error(name="loki", is_default=False)


def test_url_is_required_for_present_only(grafana: Grafana) -> None:
    assert "url" in grafana.error(url=None)
    assert not grafana.ok(url=None, state="absent")["changed"]


# Options that are wrong, and what -vvv shows of them.


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize(
    ("secure", "number"),
    [
        ({"httpHeaderValue1:hunter2": None}, 1),
        ({"basicAuthPassword": "x", "httpHeaderValue1:hunter2": None}, 2),
        ({"httpHeaderValue1 hunter2": "x"}, 1),
        ({"hunter2\n": "x"}, 1),
        ({"": "hunter2"}, 1),
        ('{"httpHeaderValue1:hunter2": null}', 1),
    ],
)
def test_key_that_is_mistyped_is_refused_and_not_printed(
    grafana: Grafana, secure: Any, number: int, state: str
) -> None:
    result = grafana.run(secure_json_data=secure, state=state)
    assert result["failed"]
    assert f"key {number} of secure_json_data" in result["msg"]
    assert "hunter2" not in json.dumps(result)
    assert grafana.cluster.writes == []


@pytest.mark.parametrize(
    "options",
    [
        {"secure_json_data": {"hunter2": None}},
        {"secure_json_data": {"hunter2": "hunter2"}},
        {"secure_json_data": '{"basicAuthPassword": "hunter2"}'},
        {"secure_json_data": "basicAuthPassword=hunter2"},
        {"secure_json_data": {"basicAuthPassword": ["hunter2", {"hunter2": "hunter2"}]}},
        {"json_data": {"hunter2": None}},
        {"json_data": {"typo": "hunter2"}},
        {"json_data": {"sshKey": "hunter2", "list": [{"hunter2": "hunter2"}]}},
        {"json_data": '{"sigV4SecretKey": "hunter2"}'},
        {"json_data": {"httpHeaderName1": "hunter2", "httpMethod": "hunter2"}},
        {"url": "http://hunter2@h"},
        {"url": "http://h/hunter2"},
        {"url": "http://h?tenant=hunter2"},
        {"url": "hunter2"},
        {"uid": "hunter2/hunter2"},
        {"type": "hunter2"},
    ],
)
# Why it fails: not at all, later, or before the module knows what is secret.
@pytest.mark.parametrize("wrong", [{}, {"key": "nothing"}, {"org_id": "x"}, {"typo": "hunter2"}])
def test_options_are_never_shown_but_for_what_is_harmless(
    grafana: Grafana, options: dict[str, Any], wrong: dict[str, Any]
) -> None:
    grafana.seed('{"apiVersion": 1, "datasources": []}')
    result = grafana.run(**options, **wrong)
    assert bool(result.get("failed")) == bool(wrong)
    assert "hunter2" not in json.dumps(result)


@pytest.mark.parametrize("name", ["secure_json_data", "json_data"])
@pytest.mark.parametrize(
    "value", ["hunter2", "{hunter2", "a=hunter2, hunter2", ["hunter2"], [{"hunter2": "hunter2"}], 4711, True]
)
def test_option_of_another_type_is_not_printed(grafana: Grafana, name: str, value: Any) -> None:
    result = grafana.run(**{name: value})
    assert result["failed"]
    assert name in result["msg"]
    assert "hunter2" not in json.dumps(result)
    assert "4711" not in json.dumps(result)


def test_harmless_options_are_shown(grafana: Grafana) -> None:
    given = {"json_data": {"timeInterval": "30s"}, "secure_json_data": {"basicAuthPassword": "hunter2"}}
    shown = grafana.ok(**given)["invocation"]["module_args"]
    assert shown["url"] == URL
    assert shown["json_data"] == {"timeInterval": "30s"}
    assert shown["secure_json_data"] == {"basicAuthPassword": "<secret>"}
    assert shown["key"] == KEY


def test_nothing_of_the_options_goes_to_the_system_log(
    cluster: FakeCluster, run_alone: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[str] = []
    module = "ansible.module_utils.basic"
    monkeypatch.setattr(f"{module}.has_journal", False)
    monkeypatch.setattr(f"{module}.AnsibleModule._log_to_syslog", lambda _self, text: logged.append(text))
    grafana = Grafana(cluster, run_alone)
    grafana.seed()
    grafana.ok(deployment="", url="http://u:hunter2@h", json_data={"sshKey": "hunter2"})
    assert "hunter2" not in json.dumps(logged)


# Whatever is wrong in the Secret, nothing of it is said.


@pytest.mark.parametrize(
    "text",
    [
        "datasources: [{secret_key:hunter2}]",
        "datasources: [{name: prometheus, type: hunter2}]",
        "datasources: [{name: prometheus, orgId: hunter2, type: [hunter2]}, {name: prometheus, type: hunter2}]",
        "apiVersion: 1\ndatasources: [{name: prometheus, jsonData: hunter2}]",
        "apiVersion: 1\ndatasources: [{name: prometheus, secureJsonData: [hunter2]}]",
        "apiVersion: 1\ndatasources: [{name: hunter2, isDefault: true}, {name: hunter2b, isDefault: true}]",
        "apiVersion: 1\ndeleteDatasources: hunter2",
        "apiVersion: 1\ndeleteDatasources: [hunter2]",
        "apiVersion: hunter2\ndatasources: {hunter2: x}",
        "apiVersion: 1\nhunter2: [",
        "hunter2",
        "- hunter2",
        "hunter2: &hunter2 [*hunter2]",
        "? {hunter2: x}\n: y",
        "hunter2: !!binary hunter2",
        "hunter2: !!python/object:hunter2 {}",
        "hunter2: " + "[" * 5000,
        "[" * 100000,
    ],
)
def test_errors_name_the_place_only(grafana: Grafana, text: str) -> None:
    grafana.seed(text)
    result = grafana.run(is_default=False, secure_json_data={"basicAuthPassword": "x"})
    assert result["failed"]
    assert "key datasources.yaml in Secret monitoring/grafana-datasources" in result["msg"]
    assert "hunter2" not in json.dumps(result)
    assert "exception" not in result


def test_aliases_that_multiply_are_refused(grafana: Grafana) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    grafana.seed("\n".join(lines))
    assert "aliases" in grafana.error()


def test_keys_of_the_document_are_no_more_shown_than_values(grafana: Grafana) -> None:
    grafana.seed(
        '{"apiVersion":1,"datasources":[{"name":"prometheus","secureJsonData":{"a:hunter2":null}}],"hunter2":1}'
    )
    assert "hunter2" not in json.dumps(grafana.ok())

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A diff shows that secrets change, never what they are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.grafana.document import Style, parse
from ansible_collections.observability.thanos.plugins.module_utils.grafana.mask import (
    DIFFERENT_SECRET,
    SECRET,
    mask,
    secrets_in,
)

JSON = Style(is_json=True)


def masked(before: Any, after: Any) -> tuple[Any, Any]:
    texts = mask({"datasources": [before]}, {"datasources": [after]}, JSON)
    assert "hunter2" not in json.dumps(texts)
    return json.loads(texts["before"])["datasources"][0], json.loads(texts["after"])["datasources"][0]


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "basicAuthPassword",
        "bearerToken",
        "clientSecret",
        "apiKey",
        "tlsClientKey",
        "httpHeaderValue1",
        "PASSWORD",
        "privateKey",
        "sigV4AccessKey",
    ],
)
@pytest.mark.parametrize("where", [None, "jsonData"])
def test_secret_names_are_masked_wherever_they_are(key: str, where: str | None) -> None:
    value: dict[str, Any] = {"name": "a", key: "hunter2"}
    value = {"name": "a", where: value} if where else value
    before, after = masked(value, value)
    assert before == after
    assert SECRET in json.dumps(before)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sshKey", "hunter2"),
        ("tlsKey", "hunter2"),
        ("dsn", "postgres://user:hunter2@host/db"),
        ("url", "postgres://user:hunter2@host/db"),
        ("url", "host=db user=u password=hunter2"),
        ("url", "hunter2"),
        ("database", "user=hunter2"),
        ("user", "hunter2"),
        ("basicAuthUser", "hunter2"),
        ("type", "hunter2"),
        ("access", "hunter2"),
        ("name", "u:hunter2@host"),
        ("uid", "hunter2/hunter2"),
        ("editable", "hunter2"),
        ("isDefault", "hunter2"),
        ("orgId", "hunter2"),
        ("version", "hunter2"),
        ("typo", "hunter2"),
        ("typo", ["hunter2", {"hunter2": ["hunter2"]}]),
        ("type", {"hunter2": "hunter2"}),
        ("jsonData", "hunter2"),
        ("jsonData", ["hunter2"]),
        ("secureJsonData", "hunter2"),
        ("correlations", [{"targetUID": "hunter2"}]),
        ("hunter2", None),
        ("password:hunter2", None),
        ("password:hunter2", True),
    ],
)
@pytest.mark.parametrize("where", [None, "jsonData", "secureJsonData"])
def test_only_what_is_known_to_be_harmless_is_shown(key: str, value: Any, where: str | None) -> None:
    before, after = masked(*({"name": "a", where: {key: each}} if where else {key: each} for each in (value, value)))
    assert before == after


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("customQueryParameters", "access_token=hunter2&dedup=true"),
        ("httpHeaderName1", "hunter2"),
        ("httpHeaderValue1", "hunter2"),
        ("timeInterval", "hunter2"),
        ("httpMethod", "hunter2"),
        ("tlsAuth", "hunter2"),
        ("prometheusVersion", "hunter2"),
        ("keepCookies", ["hunter2"]),
        ("exemplarTraceIdDestinations", [{"name": "traceID", "url": "http://hunter2"}]),
    ],
)
def test_value_of_another_form_than_its_field_has_is_hidden(key: str, value: Any) -> None:
    document = {"name": "a", "jsonData": {key: value}}
    before, after = masked(document, document)
    assert before["jsonData"] == {key: SECRET}
    assert after == before


@pytest.mark.parametrize("key", ["typo", "prune", "apiVersion", "datasources", "deleteDatasources", "hunter2"])
@pytest.mark.parametrize("value", ["hunter2", ["hunter2"], {"hunter2": "hunter2"}, [{"hunter2": "hunter2"}]])
def test_whole_document_is_looked_at(key: str, value: Any) -> None:
    assert "hunter2" not in json.dumps(mask({key: value}, {key: value, "a": value}, JSON))


def test_all_of_secure_json_data_is_masked() -> None:
    secure = {"basicAuthPassword": "hunter2", "httpHeaderValue12": {"list": ["hunter2", 42]}, "tlsCACert": None}
    before, _after = masked({"name": "a", "secureJsonData": secure}, {})
    assert before["secureJsonData"] == {"basicAuthPassword": SECRET, "httpHeaderValue12": SECRET, "tlsCACert": None}


def test_a_changed_secret_is_shown_as_different() -> None:
    before, after = masked(
        {"name": "a", "secureJsonData": {"password": "hunter2", "token": "hunter2"}},
        {"name": "a", "secureJsonData": {"password": "hunter2!", "token": "hunter2", "apiKey": "hunter2"}},
    )
    assert before["secureJsonData"] == {"password": SECRET, "token": SECRET}
    assert after["secureJsonData"] == {"password": DIFFERENT_SECRET, "token": SECRET, "apiKey": SECRET}


def test_unknown_fields_are_told_apart() -> None:
    before, after = masked(
        {"hunter2a": "hunter2", "hunter2b": ["hunter2"], "hunter2c": {"x": "hunter2"}},
        {"hunter2d": "hunter2", "hunter2c": {"x": "hunter2!"}, "hunter2b": ["hunter2"]},
    )
    assert before == {"<field 1>": SECRET, "<field 2>": SECRET, "<field 3>": SECRET}
    assert after == {"<field 4>": SECRET, "<field 3>": DIFFERENT_SECRET, "<field 2>": SECRET}


def test_twins_are_told_apart() -> None:
    twins = [{"name": "a", "password": "hunter2a"}, {"name": "a", "password": "hunter2b"}]
    changed = [twins[0], {"name": "a", "password": "hunter2c"}]
    texts = mask({"datasources": twins}, {"datasources": changed}, JSON)
    shown = [entry["password"] for entry in json.loads(texts["after"])["datasources"]]
    assert shown == [SECRET, DIFFERENT_SECRET]


def test_a_datasource_is_recognised_in_another_place() -> None:
    one = {"name": "a", "password": "hunter2a"}
    two = {"name": "b", "password": "hunter2b"}
    texts = mask({"datasources": [one, two]}, {"datasources": [two]}, JSON)
    assert DIFFERENT_SECRET not in texts["after"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:hunter2@host:9090/prometheus", "http://<secret>@host:9090/prometheus"),
        ("http://hunter2@host", "http://<secret>@host"),
        ("http://user:hunter2@x@host", "http://<secret>@host"),
        ("http://user:hun/hunter2 @x@host", "http://<secret>"),
        ("http://host/?a=b@hunter2", "http://<secret>"),
        ("http://host/api?a=b&token=hunter2&c=d", "http://host/api?<secret>"),
        ("http://host#hunter2", "http://host#<secret>"),
        ("http://host/hunter2/prometheus", "http://host/<secret>"),
        ("http://host:hunter2", "http://<secret>"),
        ("http://host\nhunter2", "http://<secret>"),
        ("http://${HOST}:9090", "http://${HOST}:9090"),
        ("HTTP://hunter2", "<secret>"),
        ("https://[2001:db8::1]:9090/", "https://[2001:db8::1]:9090/"),
        ("http://thanos-querier.monitoring.svc:9090", "http://thanos-querier.monitoring.svc:9090"),
    ],
)
def test_credentials_in_a_url_are_masked(url: str, shown: str) -> None:
    before, _after = masked({"name": "a", "url": url}, {"name": "a", "url": url})
    assert before["url"] == shown


def test_changed_credentials_in_a_url() -> None:
    _before, after = masked({"name": "a", "url": "http://u:hunter2@h"}, {"name": "a", "url": "http://u:hunter2b@h"})
    assert after["url"] == "http://<different secret>@h"
    _before, after = masked({"name": "a", "url": "http://u:hunter2@h"}, {"name": "a", "url": "http://u:hunter2@x"})
    assert after["url"] == "http://<secret>@x"


def test_what_is_no_secret_is_shown() -> None:
    value = {
        "name": "a",
        "orgId": 1,
        "uid": "P1809F7CD0C75ACF3",
        "type": "grafana-azure-monitor-datasource",
        "access": "proxy",
        "basicAuth": True,
        "url": "http://h",
        "database": None,
        "jsonData": {
            "httpMethod": "POST",
            "prometheusType": "Thanos",
            "timeInterval": "1m30s",
            "oauthPassThru": "true",
            "httpHeaderName1": "X-Scope-OrgID",
            "seriesLimit": 40000,
        },
    }
    assert masked(value, value) == (value, value)


def test_yaml_is_shown_as_yaml() -> None:
    document, style = parse("datasources:\n- name: a\n  password: 0123\n  version: 1.10\n")
    assert mask(document, document, style)["after"] == (
        "datasources:\n- name: a\n  password: <secret>\n  version: 1.10\n"
    )


def test_secrets_in_options_are_found() -> None:
    value = {
        "url": "http://user:hunter2@h?token=abc",
        "jsonData": {"deep": {"password": ["p1", 2]}, "plain": "x", "n": 1},
    }
    assert set(secrets_in(value)) >= {"hunter2", "user:hunter2", "abc", "p1", "2"}
    assert not {"x", "1"} & set(secrets_in(value))

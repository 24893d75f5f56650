# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A diff shows that secrets change, never what they are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.grafana_document import Style, parse
from ansible_collections.observability.thanos.plugins.module_utils.grafana_mask import (
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


def test_all_of_secure_json_data_is_masked() -> None:
    value = {"name": "a", "secureJsonData": {"anything": "hunter2", "nested": {"list": ["hunter2", 42, None, True]}}}
    before, _after = masked(value, value)
    assert before["secureJsonData"] == {"anything": SECRET, "nested": {"list": [SECRET, SECRET, None, True]}}


def test_a_changed_secret_is_shown_as_different() -> None:
    before, after = masked(
        {"name": "a", "secureJsonData": {"x": "hunter2", "y": "hunter2"}},
        {"name": "a", "secureJsonData": {"x": "hunter2!", "y": "hunter2", "z": "hunter2"}},
    )
    assert before["secureJsonData"] == {"x": SECRET, "y": SECRET}
    assert after["secureJsonData"] == {"x": DIFFERENT_SECRET, "y": SECRET, "z": SECRET}


def test_a_datasource_is_recognised_in_another_place() -> None:
    one = {"name": "a", "password": "hunter2a"}
    two = {"name": "b", "password": "hunter2b"}
    texts = mask({"datasources": [one, two]}, {"datasources": [two]}, JSON)
    assert DIFFERENT_SECRET not in texts["after"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:hunter2@host:9090/a", "http://<secret>@host:9090/a"),
        ("http://hunter2@host", "http://<secret>@host"),
        ("http://user:hun/hunter2 @x@host", "http://<secret>@host"),
        ("http://host/api?a=b&token=hunter2&c=d", "http://host/api?a=b&token=<secret>&c=d"),
        ("http://host:9090/a", "http://host:9090/a"),
    ],
)
def test_credentials_in_a_url_are_masked(url: str, shown: str) -> None:
    before, _after = masked({"name": "a", "url": url}, {"name": "a", "url": url})
    assert before["url"] == shown


def test_changed_credentials_in_a_url() -> None:
    _before, after = masked({"name": "a", "url": "http://u:hunter2@h"}, {"name": "a", "url": "http://u:hunter2b@h"})
    assert after["url"] == "http://<different secret>@h"


def test_custom_query_parameters_are_masked() -> None:
    value = {"name": "a", "jsonData": {"customQueryParameters": "access_token=hunter2&dedup=true"}}
    before, _after = masked(value, value)
    assert before["jsonData"]["customQueryParameters"] == "access_token=<secret>&dedup=true"


def test_what_is_no_secret_is_shown() -> None:
    value = {
        "name": "a",
        "orgId": 1,
        "basicAuth": True,
        "oauthPassThru": True,
        "url": "http://h",
        "x": None,
        "y": [1.5],
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

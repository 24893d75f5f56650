# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.filter.clear_secrets import FilterModule
from ansible_collections.observability.thanos.plugins.module_utils.clear_secrets import clear_secrets

ENV: list[dict[str, Any]] = [
    {"name": "FROM_SECRET", "valueFrom": {"secretKeyRef": {"name": "redis", "key": "password"}}},
    {"name": "FROM_FIELD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    {"name": "CLEAR", "value": "hunter2"},
]


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"password": "hunter2"}, "cache.password"),
        ({"password": 31337}, "cache.password"),
        ({"config": {"access_token": "hunter2"}}, "cache.config.access_token"),
        ({"config": {"headers": {"X-Api-Key": "hunter2"}}}, "cache.config.headers.X-Api-Key"),
        ({"servers": [{}, {"Authorization": "Basic hunter2"}]}, "cache.servers[1].Authorization"),
        ({"password": "$hunter2"}, "cache.password"),
        ({"servers": [{"url": "http://thanos:hunter2@h:9090"}]}, "cache.servers[0].url"),
    ],
)
def test_a_secret_in_clear_text_is_named_and_not_shown(settings: dict[str, Any], path: str) -> None:
    (problem,) = clear_secrets(settings, "cache", ENV, "env")
    assert problem.startswith(f"{path} is given in clear text")
    assert "let env take" in problem
    assert not {"hunter2", "31337"} & set(problem.replace(".", " ").split())


@pytest.mark.parametrize("variable", ["NOWHERE", "CLEAR", "FROM_FIELD"])
def test_its_variable_has_to_come_from_a_secret(variable: str) -> None:
    (problem,) = clear_secrets({"password": f"$({variable})"}, "cache", ENV, "env")
    assert problem.startswith(
        f"cache.password is $({variable}), so env has to take the variable {variable} from a Secret"
    )


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"addr": "redis:6379", "username": "thanos", "password": "$(FROM_SECRET)"},
        {"password": "", "token": None},
        {"url": "http://h:9090/path@v1", "addr": "dns+h:9090"},
        {"url": "http://thanos:$(FROM_SECRET)@h:9090"},
        {"headers": {"Authorization": "Bearer $(FROM_SECRET)"}},
        {"tls_config": {"key_file": "/etc/tls/key"}, "token_file": "/etc/token", "secret_path": "/etc/secret"},
    ],
)
def test_nothing_is_wrong(settings: dict[str, Any]) -> None:
    assert clear_secrets(settings, "cache", ENV, "env") == []


def test_ansible_finds_it_by_name() -> None:
    assert FilterModule().filters() == {"clear_secrets": clear_secrets}

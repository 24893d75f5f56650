# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.filter.clear_secrets import FilterModule
from ansible_collections.observability.thanos.plugins.module_utils.thanos.clear_secrets import clear_secrets

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


PRIVATE_KEY = "-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        # Headers of any name.
        ({"headers": {"X-Scope-Token": "hunter2"}}, "x.headers.X-Scope-Token"),
        ({"headers": {"X-Whatever": "hunter2"}}, "x.headers.X-Whatever"),
        ({"http_headers": {"X-Whatever": {"values": ["hunter2"]}}}, "x.http_headers.X-Whatever.values[0]"),
        ({"headers": ["X-Whatever: hunter2"]}, "x.headers[0]"),
        ({"httpHeaders": [{"name": "X-Whatever", "value": "hunter2"}]}, "x.httpHeaders[0].value (X-Whatever)"),
        ({"header": "X-Whatever: hunter2"}, "x.header"),
        ({"headers": {"hunter2": "hunter2"}}, "x.headers[key 1]"),
        ({"note": "Bearer hunter2"}, "x.note"),
        ({"note": "Basic aHVudGVyMjpodW50ZXIy"}, "x.note"),
        # Addresses.
        ({"url": "https://hunter2@h"}, "x.url"),
        ({"url": "https://h/?token=hunter2"}, "x.url"),
        ({"url": "https://h/?a=b&api_key=hunter2"}, "x.url"),
        ({"url": "https://h/?X-Amz-Signature=hunter2"}, "x.url"),
        ({"urls": ["https://h", "https://u:hunter2@h"]}, "x.urls[1]"),
        ({"addresses": "h:1,u:hunter2@h:2"}, "x.addresses"),
        ({"addresses": "redis://h:1,redis://:hunter2@h:2"}, "x.addresses"),
        ({"dsn": "postgres://u:hunter2@h/db"}, "x.dsn"),
        ({"dsn": "host=h user=u password=hunter2"}, "x.dsn"),
        ({"store": "DefaultEndpointsProtocol=https;AccountKey=hunter2=="}, "x.store"),
        # Names.
        ({"authorization": {"type": "Bearer", "credentials": "hunter2"}}, "x.authorization.credentials"),
        ({"basic_auth": {"username": "u", "password": "hunter2"}}, "x.basic_auth.password"),
        ({"basic_auth": "u:hunter2"}, "x.basic_auth"),
        ({"sas_token": "hunter2"}, "x.sas_token"),
        ({"account_key": "hunter2"}, "x.account_key"),
        ({"secret_key": ["hunter2"]}, "x.secret_key[0]"),
        ({"client_secret": {"a": 1}, "clientSecret": "hunter2"}, "x.clientSecret"),
        # Keys.
        ({"key": PRIVATE_KEY}, "x.key"),
        ({"tls_config": {"key": PRIVATE_KEY}}, "x.tls_config.key"),
        ({"id": "AKIAIOSFODNN7EXAMPLE"}, "x.id"),
        # Documents in a text.
        ({"tracing.config": "type: JAEGER\nconfig:\n  password: hunter2"}, "x.tracing.config.config.password"),
        ({"--tracing.config": '{"config": {"password": "hunter2"}}'}, "x.--tracing.config.config.password"),
        ({"objstore.config": "type: S3\nconfig:\n\tsecret_key: hunter2"}, "x.objstore.config"),
        ({"objstore.config": "{secret_key:hunter2}"}, "x.objstore.config[key 1]"),
        ({"remote-write.config": "- url: https://u:hunter2@h"}, "x.remote-write.config[0].url"),
        ({"a": ["b", "password: hunter2\nc: d"]}, "x.a[1].password"),
        # Mistakes.
        ({"secret_key:hunter2": None}, "x[key 1]"),
        ({"password": "$(FROM_SECRET)hunter2"}, "x.password"),
        ({"url": "http://$(FROM_SECRET):hunter2@h"}, "x.url"),
        # Environment variables.
        ([{"name": "A", "value": ""}, {"name": "REDIS_PASS", "value": "hunter2"}], "x[1].value (REDIS_PASS)"),
        ([{"name": "hunter2", "value": "https://u:hunter2@h"}], "x[0].value"),
        (
            [{"name": "OTEL_EXPORTER_OTLP_HEADERS", "value": "x-team=hunter2"}],
            "x[0].value (OTEL_EXPORTER_OTLP_HEADERS)",
        ),
        ([{"name": "MC_HOST_x", "value": "http://u:hunter2@h"}], "x[0].value"),
        (
            [{"name": "OBJSTORE_CONFIG", "value": "config: {secret_key: hunter2}"}],
            "x[0].value (OBJSTORE_CONFIG).config.secr",
        ),
        # Containers.
        ([{"name": "proxy", "args": ["--a=b", "--client-secret=hunter2"]}], "x[0].args[1]"),
        ([{"name": "proxy", "args": ["--cookie-secret", "hunter2"]}], "x[0].args[1]"),
        ([{"name": "proxy", "command": ["curl", "-H", "X-Whatever: hunter2"]}], "x[0].command[2]"),
        ([{"name": "proxy", "command": ["curl", "-u", "u:hunter2"]}], "x[0].command[2]"),
        ([{"name": "proxy", "command": ["sh", "-c", "curl https://u:hunter2@h"]}], "x[0].command[2]"),
        ([{"name": "proxy", "command": ["sh", "-c", "run --password hunter2"]}], "x[0].command[2]"),
        ([{"name": "proxy", "env": [{"name": "TOKEN", "value": "hunter2"}]}], "x[0].env[0].value (TOKEN)"),
        # One that the container beside it has.
        (
            [{"name": "proxy", "args": ["--token=$(FROM_SECRET)"], "env": []}],
            "x[0].args[0] is $(FROM_SECRET), so x[0].env",
        ),
        ({"password": "$(hunter2)"}, "x.password is the name of a variable that env does not have"),
    ],
)
def test_wherever_it_stands(settings: Any, path: str) -> None:
    (problem,) = clear_secrets(settings, "x", ENV, "env")
    assert problem.startswith(path)
    assert "Secret" in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize(
    "settings",
    [
        {"headers": {"X-Scope-OrgID": "team-a", "THANOS-TENANT": "a", "Content-Type": "text/plain", "X-Tenant": "b"}},
        {"headers": {"X-Whatever": "$(FROM_SECRET)"}, "http_headers": {"X-Whatever": {"files": ["/etc/x"]}}},
        {"url": "https://u:$(FROM_SECRET)@h/?token=$(FROM_SECRET)", "dsn": "postgres://u:$(FROM_SECRET)@h/db"},
        {"dsn": "host=h password=$(FROM_SECRET)", "basic_auth": "u:$(FROM_SECRET)"},
        {"addresses": ["dns+memcached.example.com:11211", "dnssrv+_a._tcp.b"], "addr": "redis:6379,redis-1:6379"},
        {
            "tsdb.path": "/var/thanos",
            "receive.tenant-header": "THANOS-TENANT",
            "query-frontend.forward-header": "X-Api-Key",
        },
        {"selector.relabel-config": "- target_label: token_type\n  source_labels: [password]\n  regex: secret"},
        {"label": 'cluster="a"', "enabled_items": ["Postings"], "max_tokens": 5, "send_token": True, "token": "false"},
        {"grpc-client-tls-key": "/etc/tls/tls.key", "http.config": "/etc/http.yml", "password_file": "/etc/password"},
        {"service_config": '{"loadBalancingPolicy":"round_robin"}', "alert.query-template": "/graph?g0.expr={{.Expr}}"},
        [
            {"name": "GOOGLE_APPLICATION_CREDENTIALS", "value": "/etc/gcp/key.json"},
            {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/var/run/secrets/token"},
            {"name": "REDIS_PASS", "valueFrom": {"secretKeyRef": {"name": "redis", "key": "password"}}},
            {"name": "GOGC", "value": "50"},
            {"name": "URL", "value": "redis://:$(FROM_SECRET)@h"},
        ],
        [
            {
                "name": "proxy",
                "image": "registry.example.com:5000/proxy:1@sha256:0",
                "args": ["--token=$(TOKEN)", "--upstream=http://localhost:10902", "--password", "$(TOKEN)"],
                "env": [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "proxy", "key": "token"}}}],
                "volumeMounts": [{"name": "tokens", "mountPath": "/var/run/token"}],
            },
            {"name": "other", "args": ["--token=$(ANY)"], "envFrom": [{"secretRef": {"name": "other"}}]},
        ],
        [
            {"name": "ca", "secret": {"secretName": "ca", "items": [{"key": "password", "path": "token"}]}},
            {"name": "a", "csi": {"driver": "d", "volumeAttributes": {"secretProviderClass": "vault"}}},
            {"name": "b", "projected": {"sources": [{"serviceAccountToken": {"path": "token", "audience": "a"}}]}},
        ],
        [{"url": "https://h", "basicAuth": {"password": {"name": "receive", "key": "password"}}}],
    ],
)
def test_ordinary_values_are_none(settings: Any) -> None:
    assert clear_secrets(settings, "x", ENV, "env") == []


def test_where_no_variable_is_put_in() -> None:
    for settings in ({"password": "$(FROM_SECRET)"}, {"password": "hunter2"}):
        (problem,) = clear_secrets(settings, "x", [], "")
        assert problem.startswith("x.password is ")
        assert "a file from a Secret" in problem


def test_what_a_name_does_not_tell() -> None:
    notes = {
        "vault/agent-inject-token": "yes",
        "password": "of the owner",
        "summary": "Basic monitoring with Bearer authentication. Authorization: by the proxy. Mail to:ops@example.com.",
        "note": "the token: see the wiki",
    }
    assert clear_secrets(notes, "x", [], "", by_name=False) == []
    (problem,) = clear_secrets({**notes, "wiki": "https://u:hunter2@wiki"}, "x", [], "", by_name=False)
    assert problem.startswith("x.wiki is given in clear text")


def test_ansible_finds_it_by_name() -> None:
    assert FilterModule().filters() == {"clear_secrets": clear_secrets}

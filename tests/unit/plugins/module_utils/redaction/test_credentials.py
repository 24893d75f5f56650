# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.redaction.credentials import (
    has_credential,
    is_secret_name,
    redacted,
    shown_address,
)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("s3.example.com", "s3.example.com"),
        ("minio.minio.svc:9000", "minio.minio.svc:9000"),
        ("dnssrv+_grpc._tcp.store.monitoring.svc", "dnssrv+_grpc._tcp.store.monitoring.svc"),
        ("dns+http://h:9090/path", "dns+http://h:9090/path"),
        ("https://hunter2@h/path", "https://h/path"),
        ("https://u:hunter2@h:1/path?token=hunter2#hunter2", "https://h:1/path"),
        ("u:hunter2@h:1", "h:1"),
        ("h?sig=hunter2", "h"),
        # Not even where the password ends the address too early.
        ("https://u:hun/ter2@h", "https://(hidden)"),
        ("https://u:hun?ter2@h", "https://(hidden)"),
        ("https://u:hun#ter2@h", "https://(hidden)"),
        ("https://h?a=u@hunter2", "https://(hidden)"),
        ("https://u:p://hunter2@h", "https://(hidden)"),
        ("u:hunter2@https://h", "(hidden)"),
    ],
)
def test_an_address_is_shown_without_what_is_secret(address: str, shown: str) -> None:
    assert shown_address(address) == shown


@pytest.mark.parametrize(
    "name",
    [
        *("password", "REDIS_PASS", "AWS_CREDENTIALS", "clientSecret", "X-Scope-Token", "Authorization", "X-Api-Key"),
        *("sas_token", "account_key", "sshKey", "secret_key", "httpHeaderValue1", "dsn", "connection_string"),
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("password_file", "token_type", "secretName", "secretKeyRef", "token_url", "secretProviderClass", "key", ""),
        *("tsdb.path", "username", "max_tokens", "bypass", "object-store-ca"),
    ],
)
def test_names_of_something_else(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Invalid header value b'Bearer hunter2\\n'", "Invalid header value b'Bearer (hidden)'"),
        ("Invalid header value b'Bearer hunter\\n'", None),
        ("a bearer token is missing", "a bearer token is missing"),
        ('err="parse http://u:hunter2@h: wrong"', 'err="parse http://(hidden)@h: wrong"'),
        ("GET https://h/x?X-Amz-Signature=hunter2&a=b", "GET https://h/x?X-Amz-Signature=(hidden)&a=b"),
        ("line 3: field secret_key:hunter2 not found in type s3.Config", None),
        ("line 3: cannot unmarshal !!str `hunter2` into int", None),
        ('exec: "--redis.password=hunter2": not found', None),
        ('{"msg":"{\\"password\\":\\"hunter2\\"}"}', None),
        ("-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----", None),
        ("-----BEGIN PRIVATE KEY-----\nhunter2 and no end", None),
        ('spec.x: Invalid value: "hunter2": must be short', "spec.x: Invalid value: (hidden): must be short"),
        (
            'spec: Invalid value: {"a":"hunter2"}: field is immutable',
            "spec: Invalid value: (hidden): field is immutable",
        ),
        ('spec.x: Unsupported value: "hunter2": supported values: "A"', None),
        ('spec.y: Invalid value: "2Gi": must be less', 'spec.y: Invalid value: "2Gi": must be less'),
        ("spec.secret: Required value", "spec.secret: Required value"),
        ('secrets "x" is forbidden: User "bob" cannot get', 'secrets "x" is forbidden: User "bob" cannot get'),
        ("image quay.io/thanos/thanos:v1@sha256:0 is wrong", "image quay.io/thanos/thanos:v1@sha256:0 is wrong"),
        ("password=(hidden) is wrong", "password=(hidden) is wrong"),
        # A secret may hold what ends a word elsewhere.
        ("host=db password=a,hunter2 dbname=x", "host=db password=(hidden) dbname=x"),
        ("password=a&hunter2 x=y", "password=(hidden) x=y"),
        ("password=a)hunter2", None),
        ("AccountName=a;AccountKey=b;EndpointSuffix=c", "AccountName=a;AccountKey=(hidden);EndpointSuffix=c"),
        ("map[password:a user:b]", "map[password:(hidden) user:b]"),
        ('{"password":"a\\"hunter2","user":"b"}', '{"password":(hidden),"user":"b"}'),
        ('{"a":"{\\"password\\":\\"hunter2\\",\\"user\\":\\"b\\"}"}', None),
        ("user: b\npassword: correct hunter2 horse\nport: 1", "user: b\npassword: (hidden)\nport: 1"),
        ("{'secret_key': b'hunter2', 'port': 1}", "{'secret_key': (hidden), 'port': 1}"),
        ('{"port": 1, "password": "hunter2', None),
        ("GET http://u:p/hunter2@h/x", "GET http://(hidden)@h/x"),
        ("http://h:9000/a@b", "http://h:9000/a@b"),
        ('parse "http://u:hun/ter2@h": invalid port ":hun" after host', None),
        ("yaml: unknown anchor 'hunter2' referenced", "yaml: unknown anchor (hidden) referenced"),
        ('yaml: line 2: mapping key "a:hunter2" already defined at line 1', None),
        ("<Error><SecretAccessKey>hunter2</SecretAccessKey></Error>", None),
        # Objects that an admission webhook or the API quotes.
        ('denied: {"env":[{"name":"A","value":"b"},{"name":"REDIS_PASS","value":"hunter2"}]}', None),
        ('EnvVar{Name:"REDIS_PASS", Value:"hunter2", ValueFrom:nil}', None),
        ("- name: REDIS_PASS\n  value: hunter2", None),
        (
            'spec.x: Invalid value: core.Pod{Env:[]core.EnvVar{core.EnvVar{Name:"A", Value:"hunter2"}}}: is immutable',
            "spec.x: Invalid value: (hidden): is immutable",
        ),
        ('spec.x: Invalid value: map[string]interface {}{"a":"hunter2"}: wrong', None),
        # The first lines of a key are not among the last ones of a log.
        (
            f"{'hunter2Q' * 8}\naHR=\n-----END RSA PRIVATE KEY-----\nhello",
            "(hidden)-----END RSA PRIVATE KEY-----\nhello",
        ),
        (f"loaded\n{'hunter2Q' * 8}\n{'hunter2Q' * 8}", "loaded\n(hidden)\n(hidden)"),
        (f"digest\n{'0123456789abcdef' * 4}", f"digest\n{'0123456789abcdef' * 4}"),
    ],
)
def test_what_others_wrote_is_redacted(text: str, shown: str | None) -> None:
    assert "hunter" not in redacted(text)
    assert shown is None or redacted(text) == shown
    assert redacted(redacted(text)) == redacted(text)


@pytest.mark.parametrize("text", ["Bearer $(TOKEN)", "redis://:$(PW)@h", "password=$(PW)", "https://$(T)@h", "a: b"])
def test_a_variable_is_no_clear_text(text: str) -> None:
    assert not has_credential(text)


@pytest.mark.parametrize("text", ["Bearer $(TOKEN)hunter2", "redis://:$(PW)x@h", "password=$(PW)x", "https://$(T):x@h"])
def test_what_stands_beside_a_variable_is(text: str) -> None:
    assert has_credential(text)


@pytest.mark.parametrize("text", ["a=" * 50_000, "a:" * 50_000, "aB3/" * 50_000, "foo bar " * 20_000, '\\"' * 50_000])
def test_a_long_line_takes_no_long_time(text: str) -> None:
    start = time.monotonic()
    redacted(text)
    assert time.monotonic() - start < 10

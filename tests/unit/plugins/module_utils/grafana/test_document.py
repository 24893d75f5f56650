# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of provisioning files: read, written in the style it had, and errors that quote nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import yaml
from ansible_collections.observability.thanos.plugins.module_utils.grafana.document import (
    DocumentError,
    canonical,
    decode,
    dump,
    encode,
    parse,
)

KUBE_PROMETHEUS: dict[str, Any] = {
    "apiVersion": 1,
    "datasources": [{"access": "proxy", "name": "prometheus", "orgId": 1, "url": "http://prometheus-k8s:9090"}],
}


@pytest.mark.parametrize("indent", [None, 0, 1, 2, 3, 4, 8, "\t"])
@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (",", ": ")])
@pytest.mark.parametrize("end", ["", "\n"])
def test_json_keeps_its_style(indent: int | str | None, separators: tuple[str, str], end: str) -> None:
    text = json.dumps(KUBE_PROMETHEUS, indent=indent, separators=separators) + end
    document, style = parse(text)
    assert dump(document, style) == text


def test_json_with_an_odd_style_keeps_its_indentation() -> None:
    document, style = parse('{\n    "apiVersion": 1,\n    "datasources": [ ]\n}\n')
    assert dump(document, style) == '{\n    "apiVersion": 1,\n    "datasources": []\n}\n'


def test_json_keeps_unicode_and_is_yaml_too() -> None:
    value = "pässwörd 密码 🔑 \u0085 \u2028 \x7f \" ' \\ \ud800"
    text = json.dumps({"datasources": [{"name": value}]})
    document, style = parse(text)
    written = dump(document, style)
    assert json.loads(written) == json.loads(text)
    assert "密码 🔑" in written  # YAML does not join the \u escapes of a surrogate pair.
    assert not set(written) & {"\u0085", "\u2028", "\x7f", "\ud800"}


def test_yaml_stays_yaml() -> None:
    text = "apiVersion: 1\nzeta: kept\ndatasources:\n- name: a\n  jsonData:\n    b: 1\n    a: 2\n"
    document, style = parse(text)
    assert dump(document, style) == text


def test_yaml_keeps_its_document_start() -> None:
    text = "---\napiVersion: 1\n"
    assert dump(*parse(text)) == text


@pytest.mark.parametrize(
    "scalar",
    ["0123", "1.10", "yes", "Off", "2020-01-01", "12:30:45", "0x1F", "1_000", "~", "1e3", "True", "=", "0o17", ".5"],
)
def test_yaml_scalars_stay_as_written(scalar: str) -> None:
    # Grafana reads `password: 0123` as the text 0123: a number's other spelling would be another password.
    text = f"datasources:\n- password: {scalar}\n"
    assert dump(*parse(text)) == text


@pytest.mark.parametrize(
    "scalar", ["0123", "1e3", "yes", "1", "null", "2020-01-01", "", "0o17", "# no comment", "a: b"]
)
def test_quoted_yaml_text_stays_text(scalar: str) -> None:
    document, style = parse(f"value: '{scalar}'\n")
    written = dump(document, style)
    assert document == {"value": scalar}
    assert written == f"value: '{scalar}'\n"


def test_yaml_secrets_with_quotes_and_unicode() -> None:
    value = "a'b\"c $d \\ ü 密 🔑 \t #e: f"
    document, style = parse(yaml.safe_dump({"secureJsonData": {"password": value}}))
    assert parse(dump(document, style))[0] == {"secureJsonData": {"password": value}}
    assert yaml.safe_load(dump(document, style)) == {"secureJsonData": {"password": value}}


def test_yaml_anchors_are_written_out() -> None:
    document, style = parse("a: &a {x: 1}\nb: *a\nc:\n  <<: *a\n  y: 2\n")
    assert document == {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1, "y": 2}}
    assert "&" not in dump(document, style)


def test_long_lines_are_not_folded() -> None:
    document, style = parse("a: b\n")
    assert dump({"a": "word " * 100 + "end"}, style).count("\n") == 1
    assert document == {"a": "b"}


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "null"])
def test_empty_is_an_empty_file(text: str) -> None:
    assert parse(text)[0] == {}


@pytest.mark.parametrize(
    "text", ['{"password": hunter2', "a: [hunter2", "\thunter2: x", "a: !hunter2 b", "a: 1\n---\nb: 2"]
)
def test_neither_json_nor_yaml(text: str) -> None:
    with pytest.raises(DocumentError, match="neither JSON nor YAML") as caught:
        parse(text)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None  # A traceback would print the parser's message, which quotes the text.


def test_yaml_error_names_the_line() -> None:
    with pytest.raises(DocumentError, match="line 2"):
        parse("a: 1\nb: c: d\n")


@pytest.mark.parametrize("text", ["[]", "just text", "- a\n- b\n", "1"])
def test_not_a_mapping(text: str) -> None:
    with pytest.raises(DocumentError, match="not a mapping"):
        parse(text)


@pytest.mark.parametrize("value", ["%%%", "YQ", "YQ==\x00", "ü", 5])
def test_invalid_base64(value: Any) -> None:
    with pytest.raises(DocumentError, match="not valid base64"):
        decode(value)


def test_invalid_utf8() -> None:
    with pytest.raises(DocumentError, match="not valid UTF-8") as caught:
        decode(base64.b64encode(b"secret\xff").decode())
    assert caught.value.__context__ is None


def test_encode_is_the_inverse() -> None:
    assert decode(encode("a密🔑\n")) == "a密🔑\n"
    assert decode(None) == ""


def test_canonical_ignores_order_of_keys_only() -> None:
    assert canonical({"a": 1, "b": [1, 2]}) == canonical({"b": [1, 2], "a": 1})
    assert canonical([1, 2]) != canonical([2, 1])
    assert canonical({"a": True}) != canonical({"a": 1})
    assert canonical({1: "a", "b": 2}) == canonical({"b": 2, 1: "a"})

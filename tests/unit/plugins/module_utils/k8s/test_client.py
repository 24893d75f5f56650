# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module's way to the API and its end, both ways of running it: inside Ansible's process and in one of its own."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.observability.thanos.plugins.module_utils.k8s import module as k8s_module
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Cluster
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import CONFIG_MAP, SECRET
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError, InvalidError
from ansible_collections.observability.thanos.plugins.module_utils.requests.outage import Outage
from ansible_collections.observability.thanos.plugins.modules import api_kinds_info
from ansible_collections.observability.thanos.plugins.plugin_utils.in_process import run_in_process
from ansible_collections.observability.thanos.tests.unit.fakes.api_server import (
    ApiServer,
    Reply,
    discovery,
    reach,
    silence,
    status,
)

Run = Callable[..., dict[str, Any]]
HIDDEN = "hunter2"


def inside(**options: Any) -> dict[str, Any]:
    """Run api_kinds_info as its action does."""
    return run_in_process(api_kinds_info, "api_kinds_info", {"api_version": "v1", **options}, False)


@pytest.fixture(params=["inside", "alone"])
def run(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs api_kinds_info and returns its result; all that Ansible may show of an error is in it."""
    monkeypatch.setattr("ansible.module_utils._internal._traceback._is_traceback_enabled", lambda _event: True)

    def alone(**options: Any) -> dict[str, Any]:
        arguments = {"api_version": "v1", **options, "_ansible_module_name": "api_kinds_info"}
        with patch_module_args(arguments), pytest.raises(SystemExit):
            api_kinds_info.main()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        return result

    return inside if request.param == "inside" else alone


def test_a_module_gets_its_answer(run: Run) -> None:
    with ApiServer() as server:
        server.paths = discovery()
        assert run(host=server.url, api_key="key")["kinds"] == ["ConfigMap", "Secret"]
        assert [request.path for request in server.requests] == ["/api/v1"], "nothing else is asked"


@pytest.mark.parametrize("end", ["\n", "\r\n", " "])
def test_white_space_after_a_token_goes(run: Run, end: str) -> None:
    with ApiServer() as server:
        server.paths = discovery()
        assert run(host=f"{server.url}{end}", api_key=f"{HIDDEN}{end}")["kinds"] == ["ConfigMap", "Secret"]
        assert server.requests[0].values("Authorization") == [f"Bearer {HIDDEN}"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"api_key": f"a\n{HIDDEN}"}, "api_key holds a line break"),
        ({"api_key": "a-key", "host": f"https://jane:{HIDDEN}@a.example.com:x"}, "is no URL such as"),
        ({"api_key": "a-key", "proxy": f"https://jane:{HIDDEN}@a.example.com:x"}, "is no URL such as"),
        ({"api_key": "a-key", "impersonate_user": f"a\n{HIDDEN}"}, "impersonate_user holds a line break"),
        ({"api_key": "a-key", "ca_cert": f"/nowhere/{HIDDEN}", "host": "https://a.example.com"}, "No such file"),
    ],
)
def test_what_is_wrong_is_named_and_not_shown(run: Run, options: dict[str, Any], said: str) -> None:
    with ApiServer() as server:
        result = run(**{"host": server.url, **options})
    assert said in result["msg"]
    result.pop("invocation", None)  # The options, as they were given.
    assert HIDDEN not in str(result)


KEY = f"-----BEGIN PRIVATE KEY-----\n{HIDDEN}\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"host": f"https://jane:{HIDDEN}@127.0.0.1:1"}, "https://127.0.0.1:1"),
        ({"proxy": f"http://jane:{HIDDEN}@127.0.0.1:1"}, "http://127.0.0.1:1"),
        # What a file holds, instead of its path.
        ({"client_key": KEY}, "(hidden)"),
        ({"client_cert": KEY}, "(hidden)"),
        ({"ca_cert": KEY}, "(hidden)"),
        ({"client_key": base64.b64encode(KEY.encode()).decode()}, "(hidden)"),
        ({"client_key": "/nowhere/client.key"}, "/nowhere/client.key"),
        ({"client_key": "~/client.key"}, str(Path("~/client.key").expanduser())),
    ],
)
def test_options_are_shown_without_what_is_secret(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], shown: str
) -> None:
    monkeypatch.setattr(k8s_module, "Outage", functools.partial(Outage, limit=0.3, patience=0.2))
    with ApiServer(status("403 Forbidden", "no")) as server:
        result = run(**{"host": server.url, "api_key": "a-key", "ca_cert": None, **options})
    assert [result["invocation"]["module_args"][name] for name in options] == [shown]
    assert HIDDEN not in str(result)
    assert base64.b64encode(KEY.encode()).decode() not in str(result)


def test_what_an_option_hides_is_sent(run: Run) -> None:
    with ApiServer() as server:
        server.paths = discovery()
        found = run(host=server.url.replace("://", f"://jane:{HIDDEN}@"), api_key="key")
        assert found["kinds"] == ["ConfigMap", "Secret"]
        assert HIDDEN not in str(found)


@pytest.mark.parametrize("options", [{"proxy_headers": {"authorization": HIDDEN}}, {"apikey": HIDDEN}])
def test_an_option_under_a_wrong_name_is_not_shown(run: Run, options: dict[str, Any]) -> None:
    result = run(**options)
    assert "Unsupported parameters" in result["msg"]
    assert HIDDEN not in str(result)


def test_a_kubeconfig_that_is_wrong_is_not_shown(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(f"users:\n- name: a\n  token: {HIDDEN}\ncontexts: [\n")
    result = run(kubeconfig=str(path))
    assert result["msg"].startswith("The kubeconfig ******** cannot be used: it is no YAML, see line ")
    assert HIDDEN not in str(result)


def test_a_server_that_never_answers_ends_the_module(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(k8s_module, "Outage", functools.partial(Outage, limit=0.3, patience=0.2))
    with ApiServer(*[silence] * 9) as server:
        result = run(host=server.url, api_key="key")
        assert f"The Kubernetes API at {server.url} cannot be reached: no answer within" in result["msg"]
        assert len(server.requests) == 1


def test_the_person_hears_of_it_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(k8s_module, "Outage", functools.partial(Outage, limit=0.5, patience=0.2, notice=0.1))
    told: list[str] = []
    with ApiServer(*[silence] * 9) as server:
        options = {"api_version": "v1", "host": server.url, "api_key": "key"}
        run_in_process(api_kinds_info, "api_kinds_info", options, False, told.append)
        assert told == [f"the Kubernetes API at {server.url} has not answered GET /api/v1 for 0 s"]


def test_trouble_that_passes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    with ApiServer() as server:
        busy = [status("429 Too Many Requests", "busy", Retry_After="1"), Reply("503 Service Unavailable", b"")]
        found = discovery()["/api/v1"]
        server.behaviours = [*busy, found]
        assert run(host=server.url, api_key="key")["kinds"] == ["ConfigMap", "Secret"]


BODY = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "b"}}
INVALID = {
    "kind": "Status",
    "reason": "Invalid",
    "message": f'Secret "a" is invalid: data[b]: Invalid value: "{HIDDEN}"',
    "details": {"causes": [{"reason": "FieldValueInvalid", "field": "data[b]", "message": f'"{HIDDEN}" is invalid'}]},
}
TYPED = {
    "kind": "Status",
    "reason": "BadRequest",
    "message": f".spec.a: expected string, got &value.valueUnstructured{{Value:{HIDDEN}}}",
}
WRITES: list[Callable[[Cluster], Any]] = [
    lambda cluster: cluster.apply(SECRET, BODY),
    lambda cluster: cluster.create(SECRET, BODY),
    lambda cluster: cluster.replace(SECRET, BODY),
    lambda cluster: cluster.merge(SECRET, "a", {}, "b"),
]


@pytest.mark.parametrize("write", WRITES)
def test_what_the_api_quotes_of_a_secret_is_not_shown(write: Callable[[Cluster], Any]) -> None:
    said = r"Invalid \(data\[b\]\); the rest of the answer is not"
    invalid = Reply("422 Unprocessable Entity", json.dumps(INVALID).encode())
    with ApiServer(invalid) as server, pytest.raises(InvalidError, match=said) as raised:
        write(reach(server.url))
    assert HIDDEN not in str(raised.value) + str(raised.value.status)
    assert raised.value.status["details"]["causes"] == [{"reason": "FieldValueInvalid", "field": "data[b]"}]


@pytest.mark.parametrize(
    "said",
    [
        f'admission webhook "a.example.com" denied the request: data.b is {HIDDEN}',
        f"secrets \"a\" is forbidden: ValidatingAdmissionPolicy 'a' with binding 'b' denied request: {HIDDEN}",
    ],
)
@pytest.mark.parametrize("code", ["403 Forbidden", "409 Conflict"])
def test_what_a_policy_quotes_of_a_secret_is_not_shown(code: str, said: str) -> None:
    with ApiServer(status(code, said)) as server, pytest.raises(ClusterError, match="is not shown") as raised:
        reach(server.url).apply(SECRET, BODY)
    assert HIDDEN not in str(raised.value) + str(raised.value.status)


def test_what_the_api_quotes_of_a_value_of_the_wrong_type_is_not_shown() -> None:
    said = r"\.spec\.a: expected string, got another type"
    typed = Reply("400 Bad Request", json.dumps(TYPED).encode())
    with ApiServer(typed) as server, pytest.raises(ClusterError, match=said) as raised:
        reach(server.url).apply(CONFIG_MAP, BODY)
    assert HIDDEN not in str(raised.value) + str(raised.value.status)


def test_what_a_policy_quotes_of_anything_else_is_shown_without_credentials() -> None:
    said = f'admission webhook "a.example.com" denied the request: remoteWrite to https://u:{HIDDEN}@b.example.com'
    shown = r"remoteWrite to https://\(hidden\)@b\.example\.com"
    with ApiServer(status("403 Forbidden", said)) as server, pytest.raises(ClusterError, match=shown) as raised:
        reach(server.url).apply(CONFIG_MAP, BODY)
    assert HIDDEN not in str(raised.value)


def test_what_the_api_says_otherwise_is_shown() -> None:
    said = 'secrets "a" is forbidden: User "jane" cannot patch resource "secrets"'
    with ApiServer(status("403 Forbidden", said)) as server, pytest.raises(ClusterError) as raised:
        reach(server.url).apply(SECRET, BODY)
    assert str(raised.value).endswith(said)

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options, environment and kubeconfig mean what they mean to kubernetes.core, and errors quote none of them."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_MAP, AUTH_ARG_SPEC
from ansible_collections.kubernetes.core.plugins.module_utils.k8s import client as core_client
from ansible_collections.observability.thanos.plugins.module_utils.requests import authentication as module
from ansible_collections.observability.thanos.plugins.module_utils.requests.authentication import (
    authentication,
    configure,
    impersonation,
)
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.plugins.module_utils.requests.transport import repeated_headers
from kubernetes import config as kubernetes_config
from kubernetes.client import Configuration

SECRET = "hunter2"
CA = base64.b64encode(b"a certificate").decode()


class Unasked:
    """Stands in for kubernetes.core's client, which would ask the API server at once."""

    def __init__(self, *args: Any, **_kwargs: Any) -> None:
        """Keep what it was made from."""
        self.args = args


def kubeconfig(user: dict[str, Any] | None = None, cluster: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a kubeconfig with two contexts."""
    clusters = {"one": {"server": "https://one.example.com:6443/", **(cluster or {})}}
    clusters["two"] = {"server": "https://two.example.com", "proxy-url": "http://proxy.example.com:3128"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "one",
        "contexts": [{"name": name, "context": {"cluster": name, "user": "user"}} for name in clusters],
        "clusters": [{"name": name, "cluster": found} for name, found in clusters.items()],
        "users": [{"name": "user", "user": {"token": "from-kubeconfig"} if user is None else user}],
    }


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Return a kubeconfig's path, with nothing in the environment, and where kubernetes.core asks nobody."""
    for name in [name for name in os.environ if name.startswith("K8S_AUTH_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(core_client.k8sdynamicclient, "K8SDynamicClient", Unasked)
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(kubeconfig()))
    monkeypatch.setattr(kubernetes_config.kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(path))
    yield path
    core_client._pool.clear()
    Configuration.set_default(None)
    kubernetes_config.kube_config._cleanup_temp_files()  # type: ignore[no-untyped-call]


COMPARED = ("host", "username", "password", "verify_ssl", "ssl_ca_cert", "cert_file", "key_file", "proxy", "no_proxy")
FULL = {"host": "https://host.example.com:6443/", "api_key": "key"}
CASES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "nothing": ({}, {}),
    "host and token": (FULL, {}),
    "host, user and password": ({"host": "https://a.example.com", "username": "u", "password": "p"}, {}),
    "host and client certificate": ({"host": "https://a.example.com", "client_cert": "/c", "client_key": "/k"}, {}),
    "host alone": ({"host": "https://a.example.com"}, {}),
    "context": ({"context": "two"}, {}),
    "kubeconfig": ({"kubeconfig": "{path}", "context": "two"}, {}),
    "kubeconfig as a dictionary": ({"kubeconfig": kubeconfig({"token": "x"})}, {}),
    "no verification": ({**FULL, "validate_certs": False}, {}),
    "certificates": ({**FULL, "ca_cert": "/ca"}, {}),
    "proxy": ({**FULL, "proxy": "http://p.example.com:1", "no_proxy": "x,y"}, {}),
    "proxy headers": (
        {**FULL, "proxy_headers": {"proxy_basic_auth": "u:p", "basic_auth": None}},
        {},
    ),
    "impersonation": ({**FULL, "impersonate_user": "jane", "impersonate_groups": ["a", "b"]}, {}),
    "environment": ({}, {"HOST": "https://e.example.com", "API_KEY": "e", "VERIFY_SSL": "no", "PROXY": "http://p:1"}),
    "environment, other names": ({}, {"SSL_CA_CERT": "/x", "CERT_FILE": "/y", "KEY_FILE": "/z", "CONTEXT": "two"}),
    "environment, options' names": ({}, {"CA_CERT": "/x", "CLIENT_CERT": "/y", "VALIDATE_CERTS": "true"}),
    "environment, kubeconfig": ({}, {"KUBECONFIG": "{path}"}),
    "environment, impersonation": (FULL, {"IMPERSONATE_USER": "joe", "IMPERSONATE_GROUPS": "a,,b"}),
    "environment, proxy headers": (FULL, {"PROXY_HEADERS_USER_AGENT": "me", "PROXY_HEADERS_BASIC_AUTH": "u:p"}),
    "an option before the environment": (FULL, {"HOST": "https://e.example.com", "API_KEY": "e", "CONTEXT": "two"}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_same_as_kubernetes_core(name: str, plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options, environment = CASES[name]
    options = {key: str(plain) if value == "{path}" else value for key, value in options.items()}
    for key, value in environment.items():
        monkeypatch.setenv(f"K8S_AUTH_{key}", value.replace("{path}", str(plain)))
    monkeypatch.setattr(core_client, "_configuration_digest", lambda *_arguments, **_more: name)
    theirs = core_client.get_api_client(**options)
    given = authentication(dict.fromkeys(AUTH_ARG_SPEC) | options)
    ours = configure(given)
    headers = [(str(key), each) for key, each in theirs.client.args[0].default_headers.items() if key != "User-Agent"]
    assert {key: getattr(ours, key) for key in COMPARED} == {
        key: getattr(theirs.configuration, key) for key in COMPARED
    }
    assert ours.auth_settings() == theirs.configuration.auth_settings()
    assert (ours.proxy_headers or {}) == (theirs.configuration.proxy_headers or {})
    assert list(repeated_headers(impersonation(given)).items()) == headers


def test_every_option_for_authentication_is_known() -> None:
    known = {*AUTH_ARG_MAP.values(), "impersonate_user", "impersonate_groups"}
    assert known == AUTH_ARG_SPEC.keys()


def token_of(**options: Any) -> str:
    """Return what is sent as the credentials, each time anew."""
    configuration = configure(authentication(options))
    sent = {configuration.auth_settings()["BearerToken"]["value"] for _each in range(2)}
    assert len(sent) == 1
    return str(sent.pop())


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n\n", "\t"])
def test_white_space_around_a_token_goes(end: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = "https://a.example.com"
    assert token_of(host=host, api_key=f"key{end}") == "Bearer key"
    assert token_of(kubeconfig=kubeconfig({"token": f"key{end}"})) == "Bearer key"
    (tmp_path / "token").write_text(f"key{end}")
    assert token_of(kubeconfig=kubeconfig({"tokenFile": str(tmp_path / "token")})) == "Bearer key"
    program = tmp_path / "program"
    credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {}}
    credential["status"] = {"token": f"key{end}"}
    program.write_text(f"#!/bin/sh\ncat <<'EOF'\n{json.dumps(credential)}\nEOF\n")
    program.chmod(0o700)
    exec_ = {"apiVersion": credential["apiVersion"], "command": str(program)}
    assert token_of(kubeconfig=kubeconfig({"exec": exec_})) == "Bearer key"
    monkeypatch.setenv("K8S_AUTH_API_KEY", f"key{end}")
    monkeypatch.setenv("K8S_AUTH_HOST", f"{host}{end}")
    assert token_of() == "Bearer key"


def exec_of(tmp_path: Path, script: str) -> dict[str, Any]:
    """Return a kubeconfig that names a program for credentials."""
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    return kubeconfig({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(program)}})


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (f"echo {SECRET} >&2; exit 3", "the program that it names for credentials ended with status 3"),
        (f"echo {SECRET}", "the program that it names for credentials gave none"),
        (f"echo '{{\"{SECRET}\": 1}}'", "the program that it names for credentials gave none"),
    ],
)
def test_a_program_that_gives_no_credentials_ends_the_run_and_its_words_are_kept_nowhere(
    script: str, said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ClusterError, match=said) as raised:
        configure({"kubeconfig": exec_of(tmp_path, script)})
    assert SECRET not in str(raised.value)
    assert SECRET not in caplog.text, "Ansible may write a log file"


def test_a_program_for_credentials_that_is_not_installed_is_told() -> None:
    exec_ = {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-program"}
    with pytest.raises(ClusterError, match="the program that it names for credentials cannot be run"):
        configure({"kubeconfig": kubeconfig({"exec": exec_})})


@pytest.mark.parametrize("given", [{"api_key": "key"}, {"client_cert": "a", "client_key": "b"}, {"username": "a"}])
def test_a_program_for_credentials_is_not_needed_where_they_are_given(given: dict[str, Any], tmp_path: Path) -> None:
    assert configure({"kubeconfig": exec_of(tmp_path, "exit 1"), **given}).host == "https://one.example.com:6443"


def test_words_of_a_program_that_renews_credentials_are_kept_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    status = {"token": "key", "expirationTimestamp": "2026-01-01T00:00:00Z"}
    credential = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    once = f"test -e {tmp_path}/asked && {{ echo {SECRET} >&2; exit 1; }}; touch {tmp_path}/asked"
    configuration = configure({"kubeconfig": exec_of(tmp_path, f"{once}; echo '{json.dumps(credential)}'")})
    assert configuration.auth_settings()["BearerToken"]["value"] == "Bearer key"
    assert (tmp_path / "asked").exists()
    assert SECRET not in caplog.text


def test_credentials_that_are_renewed_have_a_limit_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = threading.Event()
    monkeypatch.setattr(module, "CREDENTIAL_SECONDS", 0.1)
    configuration = configure(authentication({"kubeconfig": kubeconfig()}))
    monkeypatch.setattr(kubernetes_config.kube_config.KubeConfigLoader, "_set_config", lambda *_arguments: waits.wait())
    with pytest.raises(ClusterError, match="names for credentials gave no answer within 0 s"):
        configuration.auth_settings()
    waits.set()


def test_the_token_of_a_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("key\n")
    (tmp_path / "ca.crt").write_text("a certificate")
    names = {"SERVICE_TOKEN_FILENAME": "token", "SERVICE_CERT_FILENAME": "ca.crt"}
    for name, file in names.items():
        monkeypatch.setattr(kubernetes_config.incluster_config, name, str(tmp_path / file))
    monkeypatch.setattr(
        kubernetes_config.incluster_config.InClusterConfigLoader.__init__,
        "__defaults__",
        (True, {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}),
    )
    assert token_of() == "bearer key"
    assert token_of(context="one") == "Bearer from-kubeconfig"


@pytest.mark.parametrize("inside", [f"key\n{SECRET}", f"key\r\nX: {SECRET}", f"{SECRET}\x00", f"{SECRET}\u20ac"])
def test_a_token_that_no_header_can_hold_is_named_not_shown(inside: str) -> None:
    with pytest.raises(ClusterError, match=r"^api_key holds a line break") as raised:
        configure(authentication({"host": "https://a.example.com", "api_key": inside}))
    with pytest.raises(ClusterError, match="token of the kubeconfig holds a line break") as second:
        configure(authentication({"kubeconfig": kubeconfig({"token": inside})}))
    assert SECRET not in f"{raised.value} {second.value}"


@pytest.mark.parametrize("name", ["impersonate_user", "impersonate_groups"])
def test_a_name_that_no_header_can_hold(name: str) -> None:
    value: Any = "jane\nImpersonate-User: admin"
    with pytest.raises(ClusterError, match=name):
        impersonation({name: [value] if name.endswith("s") else value})


def test_a_key_goes_before_the_kubeconfigs_token() -> None:
    assert token_of(context="one", api_key="key") == "Bearer key"


def test_an_option_stays_when_the_token_is_read_anew() -> None:
    configuration = configure(
        authentication({"context": "one", "host": "https://b.example.com", "proxy": "http://p:1"})
    )
    assert configuration.auth_settings()["BearerToken"]["value"] == "Bearer from-kubeconfig"
    assert (configuration.host, configuration.proxy) == ("https://b.example.com", "http://p:1")


PROBLEMS: dict[str, tuple[str | dict[str, Any], str]] = {
    "no file": ("/nowhere/kubeconfig", "there is none. Give kubeconfig or host"),
    "empty": ("", "there is none"),
    "no YAML": (f"users:\n- {SECRET}: [", "it is no YAML, see line 2"),
    "an alias": (f"token: *{SECRET}", "it is no YAML, see line 1, column 8"),
    "a text": (SECRET, "it is not what kubectl would take"),
    "users are a text": ({**kubeconfig(), "users": SECRET}, "an entry lacks the key name"),
    "no such context": ({**kubeconfig(), "current-context": "three"}, "it has no entry three among its contexts"),
    "a user without user": (
        {**kubeconfig(), "users": [{"name": "user", "token": SECRET}]},
        "an entry lacks the key user",
    ),
    "a key that is no base64": (
        kubeconfig({"client-certificate-data": CA, "client-key-data": SECRET}),
        "it is not what kubectl would take",
    ),
    "no such file": (kubeconfig({"client-certificate": "/nowhere"}), "the file /nowhere that it names does not exist"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_what_is_wrong_with_a_kubeconfig_is_told_without_quoting_it(name: str, tmp_path: Path) -> None:
    given, words = PROBLEMS[name]
    path = tmp_path / "given"
    if given != "/nowhere/kubeconfig":
        path.write_text(given if isinstance(given, str) else yaml.safe_dump(given))
    with pytest.raises(ClusterError) as raised:
        configure(authentication({"kubeconfig": str(path)}))
    assert str(raised.value).startswith(f"The kubeconfig {path} cannot be used: {words}")
    assert SECRET not in str(raised.value)
    assert raised.value.__context__ is None, "what led to it may be shown as well"


def test_the_content_of_a_file_instead_of_its_path_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = base64.b64encode(f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n".encode()).decode()
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(kubeconfig({"client-certificate-data": CA, "client-key": key})))
    with pytest.raises(ClusterError, match=r"the file \(hidden\) that it names does not exist") as raised:
        configure(authentication({"kubeconfig": str(path)}))
    assert key not in str(raised.value)

    content = yaml.safe_dump(kubeconfig({"token": SECRET}))
    with pytest.raises(ClusterError, match=r"is to be the path of a file or a mapping and is a text, cannot") as raised:
        configure(authentication({"kubeconfig": content}))
    assert SECRET not in str(raised.value)
    monkeypatch.setenv("K8S_AUTH_KUBECONFIG", content)
    with pytest.raises(ClusterError) as raised:
        configure(authentication({}))
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        f"https://user:{SECRET}@a.example.com:port",
        f"https://{SECRET}@a.example.com:99999",
        f"user:{SECRET}@a.example.com",
        f"ftp://{SECRET}@a.example.com",
        f"https://a b{SECRET}",
        "a.example.com:6443",
    ],
)
def test_an_address_that_is_none_is_named_not_shown(url: str) -> None:
    with pytest.raises(ClusterError, match=r"\(option host, or server in the kubeconfig\) is no URL") as raised:
        configure(authentication({"host": url, "api_key": "x"}))
    with pytest.raises(ClusterError, match=r"\(option proxy, or proxy-url in the kubeconfig\) is no URL") as second:
        configure(authentication({**FULL, "proxy": url}))
    assert SECRET not in f"{raised.value} {second.value}"

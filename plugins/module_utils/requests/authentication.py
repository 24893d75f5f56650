# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How to reach the Kubernetes API and as whom: kubernetes.core's options, its environment variables, a kubeconfig.

Made here and not by kubernetes.core, which asks the API before anybody could limit the request, and keeps what it finds
where other users can write.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ansible_collections.kubernetes.core.plugins.module_utils.args_common import (
    AUTH_ARG_MAP,
    AUTH_ARG_SPEC,
    AUTH_PROXY_HEADERS_SPEC,
)

from ..redaction.credentials import HIDDEN, is_content
from .errors import ClusterError
from .time_limit import LateError, within
from .unexpected import place

Value = TypeVar("Value")

#: For a program that the kubeconfig names for credentials, or a server that renews them.
CREDENTIAL_SECONDS = 45.0
#: Any one of these, given as options, needs no kubeconfig.
SUFFICIENT = (("host", "username", "password"), ("host", "api_key"), ("host", "client_cert", "client_key"))
IMPERSONATION = {"impersonate_user": "Impersonate-User", "impersonate_groups": "Impersonate-Group"}
#: What says neither where the API is nor how to reach it.
NOT_SETTINGS = ("kubeconfig", "context", "persist_config", "api_key", "proxy_headers")

#: What a header can hold.
_PRINTABLE = re.compile(r"[\x20-\x7e\xa0-\xff]*")


class LateCredentialsError(ClusterError):
    """What has the credentials is still at work, and is left behind."""


def authentication(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options for authentication that are set, each from the task or else from the environment."""
    found = {name: _option(name, options) for name in AUTH_ARG_SPEC}
    return {name: _stripped(value) for name, value in found.items() if value not in (None, "", {})}


def configure(given: Mapping[str, Any]) -> Any:
    """Return the Kubernetes client's configuration; ClusterError where what it is made from is wrong."""
    import urllib3
    from kubernetes.client import Configuration

    configuration = Configuration()
    trouble = ""
    if not any(all(given.get(name) for name in names) for names in SUFFICIENT):
        trouble = _load(configuration, given)
    for attribute, name in AUTH_ARG_MAP.items():
        if name in given and name not in NOT_SETTINGS:
            setattr(configuration, attribute, given[name].rstrip("/") if name == "host" else given[name])
    if "proxy_headers" in given:
        configuration.proxy_headers = urllib3.util.make_headers(**given["proxy_headers"])
    if "api_key" in given:
        configuration.api_key = {"authorization": f"Bearer {_printable(given['api_key'], 'api_key')}"}
        configuration.refresh_api_key_hook = None  # It would bring the kubeconfig's token back.
    if trouble and not (configuration.api_key or configuration.username or configuration.cert_file):
        raise ClusterError(trouble)
    _require_url(configuration.host, "The address of the Kubernetes API (option host, or server in the kubeconfig)")
    if configuration.proxy:
        _require_url(configuration.proxy, "The address of the proxy (option proxy, or proxy-url in the kubeconfig)")
    return configuration


def impersonation(given: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Return the headers that say as whom to act; a list is sent once for each of its values."""
    return {
        header: [_printable(each, name) for each in given[name]]
        if isinstance(given[name], list)
        else _printable(given[name], name)
        for name, header in IMPERSONATION.items()
        if name in given
    }


def in_time(work: Callable[[], Value], notice: Callable[[], None] | None = None, seconds: float = 0) -> Value:
    """Return what work returns, which may wait for a program or a server that has the credentials."""
    try:
        return within(CREDENTIAL_SECONDS, work, notice, seconds)
    except LateError as error:
        late = error
    raise LateCredentialsError(
        f"The program or the server that the kubeconfig names for credentials gave {late}. "
        "Try `kubectl version` with it."
    )


def _option(name: str, options: Mapping[str, Any]) -> Any:
    if name == "proxy_headers":
        given = options.get(name) or {}
        found = {key: given.get(key) or _variable(f"{name}_{key}") for key in AUTH_PROXY_HEADERS_SPEC}
        return {key: _stripped(value) for key, value in found.items() if value}
    if options.get(name) is not None:
        return options[name]
    aliases = [alias for alias, argument in AUTH_ARG_MAP.items() if argument == name and alias != name]
    value = next(filter(None, map(_variable, [name, *aliases])), None)
    if value and AUTH_ARG_SPEC[name].get("type") == "bool":
        return value.lower() not in ("0", "false", "no")
    if value and AUTH_ARG_SPEC[name].get("type") == "list":
        return [each for each in value.split(",") if each]
    return value


def _variable(name: str) -> str | None:
    return os.environ.get(f"K8S_AUTH_{name.upper()}")


def _stripped(value: Any) -> Any:
    """Return the value without what an editor or a file leaves at its end."""
    if isinstance(value, list):
        return [_stripped(each) for each in value]
    return value.strip() if isinstance(value, str) else value


def _printable(value: str, name: str) -> str:
    if not _PRINTABLE.fullmatch(value):
        raise ClusterError(
            f"{name} holds a line break or another character that no HTTP header can hold. Give it as it was issued, "
            "in one line."
        )
    return value


def _load(configuration: Any, given: Mapping[str, Any]) -> str:
    """Take the settings of a pod's service account, else those of a kubeconfig.

    Return what hindered a program that is to give the credentials, empty where nothing did.
    """
    import kubernetes.config

    config: Any = kubernetes.config  # The library has no types here.
    kubeconfig = given.get("kubeconfig")
    options = {
        "context": given.get("context"),
        "client_configuration": configuration,
        "persist_config": given.get("persist_config", False),
    }
    try:
        with _words_of_programs() as said:
            if isinstance(kubeconfig, dict):
                config.load_kube_config_from_dict(config_dict=kubeconfig, **options)
            elif kubeconfig or given.get("context") or not _is_in_pod(configuration):
                config.load_kube_config(config_file=kubeconfig, **options)
    except Exception as error:
        trouble = f"{_kubeconfig_name(kubeconfig)} cannot be used: {_kubeconfig_problem(error)}"
    else:
        _strip_tokens(configuration)
        return f"{_kubeconfig_name(kubeconfig)} cannot be used: {_program_problem(said[-1])}" if said else ""
    raise ClusterError(trouble)


@contextlib.contextmanager
def _words_of_programs() -> Iterator[list[str]]:
    """Yield what the library says of programs that give no credentials, and let no log have it.

    It quotes what they write, and goes on without credentials.
    """
    said: list[str] = []

    def take(record: logging.LogRecord) -> bool:
        if record.funcName != "_load_from_exec_plugin":
            return True
        said.append(record.getMessage())
        return False

    root = logging.getLogger()
    root.addFilter(take)
    try:
        yield said
    finally:
        root.removeFilter(take)


def _program_problem(said: str) -> str:
    match = re.match(r"exec: process returned (-?\d+)", said)
    if match:
        return f"the program that it names for credentials ended with status {match[1]}."
    trouble = "cannot be run" if said.startswith("[Errno ") else "gave none"
    return f"the program that it names for credentials {trouble}. Try `kubectl version` with it."


def _is_in_pod(configuration: Any) -> bool:
    import kubernetes.config

    config: Any = kubernetes.config  # The library has no types here.
    try:
        config.load_incluster_config(client_configuration=configuration)
    except config.ConfigException:
        return False
    return True


def _strip_tokens(configuration: Any) -> None:
    """Take white space off the tokens, those too that are read anew once they have expired."""
    refresh = configuration.refresh_api_key_hook

    def strip(tokens: Mapping[str, str]) -> dict[str, str]:
        return {name: _printable(token.strip(), "The token of the kubeconfig") for name, token in tokens.items()}

    def renew(configured: Any) -> None:
        # The library sets all that the kubeconfig says anew, also what an option had overridden.
        read = SimpleNamespace(api_key={})
        with _words_of_programs():
            in_time(lambda: refresh(read))
        configured.api_key.update(strip(read.api_key))

    configuration.api_key = strip(configuration.api_key)
    configuration.refresh_api_key_hook = renew if refresh is not None else None


def _kubeconfig_name(kubeconfig: Any) -> str:
    if isinstance(kubeconfig, dict):
        return "The kubeconfig"
    if is_content(str(kubeconfig or os.environ.get("KUBECONFIG"))):
        return "The kubeconfig, which is to be the path of a file or a mapping and is a text,"
    return f"The kubeconfig {kubeconfig or os.environ.get('KUBECONFIG') or '~/.kube/config'}"


def _kubeconfig_problem(error: Exception) -> str:
    """Return what is wrong with a kubeconfig: the library's own words may quote it, keys and all."""
    import yaml

    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"it is no YAML, see line {mark.line + 1}, column {mark.column + 1}."
    if isinstance(error, OSError):
        return f"{os.strerror(error.errno or 0)}."
    for pattern, words in PROBLEMS.items():
        match = re.search(pattern, str(error))
        if match:
            return words.format(*(HIDDEN if is_content(each) else each for each in match.groups()))
    return f"it is not what kubectl would take ({place(error)}). Try `kubectl version` with it."


#: What the library says where nothing of a kubeconfig's values is in it, and what a person is told.
PROBLEMS = {
    r"No configuration found|Invalid kube-config\.": (
        "there is none. Give kubeconfig or host to the play, or set K8S_AUTH_KUBECONFIG or KUBECONFIG."
    ),
    r"Expected object with name (\S+) in \S*?(contexts|clusters|users) list$": "it has no entry {0} among its {1}.",
    r"Expected key ([\w-]+) in ": "an entry lacks the key {0}.",
    r"^File does not exist: (\S+)$": "the file {0} that it names does not exist.",
}


def _require_url(text: str, what: str) -> None:
    try:
        parts = urlsplit(text)
        is_url = bool(parts.hostname) and parts.scheme in ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
        is_url = is_url and (parts.port is None or parts.port > 0) and re.search(r"\s", text) is None
    except ValueError:
        is_url = False
    if not is_url:
        raise ClusterError(f"{what} is no URL such as https://kubernetes.example.com:6443.")

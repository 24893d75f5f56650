# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a MinIO is started: which directories or servers it is given, and which variables its container has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..k8s import secrets as cluster_secret
from ..k8s.program import commands, containers
from ..k8s.resources import CONFIG_MAP, SECRET
from ..requests.errors import ClusterError

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

#: MinIO's subcommand, and its options that take no value.
SERVER = "server"
SWITCHES = {"anonymous", "compat", "json", "log-compress", "no-compat", "q", "quiet"}
#: Variables by which MinIO is told of its drives instead; which of them counts depends on its release.
DRIVES = ("MINIO_ARGS", "MINIO_VOLUMES", "MINIO_ENDPOINTS")
#: Variables and an option that name a file with such variables or with drives.
FILES = ("MINIO_CONFIG_ENV_FILE", "MINIO_CONFIG")
FILE_OPTION = "config"
PORT = 9000


class UnclearError(Exception):
    """Why it cannot be told, in words that go on after a name, and with nothing secret in them."""


@dataclass(frozen=True)
class Start:
    """The container that runs MinIO, the drives that it is given, and its port."""

    container: Mapping[str, Any]
    drives: tuple[str, ...]
    port: int


def start_of(cluster: Cluster, workload: Object) -> Start:
    """Return how the one MinIO in a workload's pods is started; UnclearError where that cannot be told."""
    found = [(container, words) for container in containers(workload) for words in _arguments(container)]
    if not found:
        raise UnclearError(f"has no container that is called with `{SERVER}` and a directory")
    if len(found) > 1:
        raise UnclearError(f"has several commands with `{SERVER}`")
    container, words = found[0]
    drives, options = _parse(words)
    variables = Variables(cluster, workload["metadata"]["namespace"], container)
    if FILE_OPTION in options or any(variables.get(name) for name in FILES):
        raise UnclearError("reads from a file how it is started")
    given = {name: tuple(text.split()) for name in DRIVES if (text := variables.get(name))}
    if len({*given.values(), *([drives] if drives else [])}) > 1:
        raise UnclearError(f"is told in several ways where its data is ({', '.join([*given, 'its arguments'])})")
    drives = next(iter(given.values()), drives)
    if any(set(drive) & set("$`") for drive in drives):
        raise UnclearError("gets the name of its directory from a variable")
    _host, _colon, port = options.get("address", "").rpartition(":")
    return Start(container, drives, int(port) if port.isdigit() else PORT)


def _arguments(container: Mapping[str, Any]) -> Iterator[list[str]]:
    for command in commands(container):
        if any(name in word for name in (*DRIVES, *FILES) for word in command):
            raise UnclearError("sets in a script how it is started")
        if SERVER in command:
            yield command[command.index(SERVER) + 1 :]


def _parse(words: Sequence[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the arguments of `server` and its options."""
    drives, options = [], {}
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            drives.append(word)
            continue
        name, equals, value = word.lstrip("-").partition("=")
        options[name] = value if equals or name in SWITCHES else next(rest, "")
    return tuple(drives), options


class Variables:
    """The environment of a container. Values may be secret."""

    def __init__(self, cluster: Cluster, namespace: str, container: Mapping[str, Any]) -> None:
        """Keep where to look."""
        self._cluster = cluster
        self._namespace = namespace
        self._container = container

    def get(self, name: str) -> str | None:
        """Return a variable's value, None where it is not set; UnclearError where only the running pod knows it."""
        for entry in reversed(self._container.get("env") or []):
            if entry["name"] == name:
                source = entry.get("valueFrom")
                return self._from(name, source) if source else str(entry.get("value") or "")
        for source in reversed(self._container.get("envFrom") or []):
            prefix = source.get("prefix") or ""
            value = self._referred(source, name.removeprefix(prefix), "Ref") if name.startswith(prefix) else None
            if value is not None:
                return value
        return None

    def _from(self, name: str, source: Mapping[str, Any]) -> str | None:
        for kind in ("secretKeyRef", "configMapKeyRef"):
            if kind in source:
                return self._referred(source, str(source[kind]["key"]), "KeyRef")
        raise UnclearError(f"has a variable {name} that only its pods know")

    def _referred(self, source: Mapping[str, Any], key: str, suffix: str) -> str | None:
        for resource, kind in ((SECRET, f"secret{suffix}"), (CONFIG_MAP, f"configMap{suffix}")):
            if kind not in source:
                continue
            name = str(source[kind].get("name"))
            try:
                found = self._cluster.get(resource, name, self._namespace)
                if found is None or key not in (found.get("data") or {}):
                    return None
                return cluster_secret.field(found, key) if resource == SECRET else str(found["data"][key])
            except ClusterError as error:
                raise UnclearError(
                    f"has variables from {resource.kind} {name}, which cannot be read ({error})"
                ) from None
        return None

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a container reads at its start: files from Secrets and ConfigMaps, variables, and Thanos' options from both.

Contents hold credentials: no error's text has any of them.
"""

from __future__ import annotations

import base64
import binascii
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from ..k8s.resources import CONFIG_MAP, SECRET, Resource
from ..requests.errors import ClusterError
from .command import ESCAPED, Command, expand

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

#: Texts by key, of Secrets by namespace and name.
Written = Mapping[tuple[str, str], Mapping[str, str]]
#: In a shell's script: $NAME, ${NAME}, and what a file holds.
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_FILE = re.compile(r"\$\(\s*(?:cat\s+|<\s*)([^\s()]+)\s*\)|`cat\s+([^\s`]+)`")


class UnreadableError(Exception):
    """Why something is not known, in words that may be shown."""


class MissingKeyError(UnreadableError):
    """The object has no such key, or is not there: where there are several sources, another one may have it."""


class NotMountedError(UnreadableError):
    """The file is the image's own, or nobody knows where it comes from."""


class Contents:
    """Secrets and ConfigMaps, each read once; what the run itself is about to write goes before what is there."""

    def __init__(self, cluster: Cluster, written: Written | None = None) -> None:
        """Start with nothing read."""
        self._cluster = cluster
        self._written = written or {}
        self._read: dict[tuple[str, str, str], Object] = {}

    def text(self, resource: Resource, namespace: str, name: str, key: str) -> str:
        """Return the text under a key."""
        written = self._written.get((namespace, name), {}) if resource == SECRET else {}
        if key in written:
            return written[key]
        found = self._object(resource, namespace, name)
        where = f"{resource.kind} {namespace}/{name}"
        plain = found.get("data") or {} if resource == CONFIG_MAP else {}
        encoded = found.get("binaryData" if resource == CONFIG_MAP else "data") or {}
        if key in plain:
            return str(plain[key])
        if key not in encoded:
            raise MissingKeyError(f"{where} does not have the key that it reads")
        try:
            return base64.b64decode(encoded[key], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise UnreadableError(f"what it reads from {where} is not text") from None

    def _object(self, resource: Resource, namespace: str, name: str) -> Object:
        place = (resource.kind, namespace, name)
        if place not in self._read:
            where = f"{resource.kind} {namespace}/{name}"
            try:
                found = self._cluster.get(resource, name, namespace)
            except ClusterError as error:
                if not error.status:
                    raise  # No answer at all.
                why = f"may not be read (get {resource.plural})" if error.is_denied else "could not be read"
                raise UnreadableError(f"{where} {why}") from None
            if found is None:
                raise MissingKeyError(f"{where} does not exist")
            self._read[place] = found
        return self._read[place]


class ContainerConfig:
    """One container of a pod's spec, and what it sees."""

    def __init__(self, contents: Contents, namespace: str, spec: Object, container: Object) -> None:
        """Keep where to look."""
        self._contents = contents
        self._namespace = namespace
        self._spec = spec
        self._container = container
        #: Why a variable is not known. Where nothing depends on it that matters, this does not matter either.
        self.trouble = ""

    def option(self, command: Command, name: str) -> str:
        """Return the content of one of Thanos' options that take it as text or, with `-file`, from a file.

        An empty text where it is not given.
        """
        path, text = command.flag(f"{name}-file"), command.flag(name)
        content = self.file(self._expanded(path, command)) if path else self._expanded(text, command)
        # Thanos puts variables in, in the same way as Kubernetes.
        return expand(content, self._known).replace(ESCAPED, "$$")

    def file(self, path: str) -> str:
        """Return the text of a file that comes from a Secret or a ConfigMap."""
        volume, inside = self._mounted(path)
        for resource, source in _sources(volume):
            name = str(source.get("secretName") or source.get("name"))
            keys = {each["path"]: each["key"] for each in source.get("items") or []}
            key = keys.get(inside) if keys else inside
            if key is None or "/" in key:
                continue
            try:
                return self._contents.text(resource, self._namespace, name, key)
            except MissingKeyError:
                if "projected" not in volume:
                    raise
        raise NotMountedError("its file is in no Secret or ConfigMap that it mounts")

    def volume(self, path: str) -> tuple[str, ...] | None:
        """Return what tells the volume behind a path from others, and the place on it; None where it is its own."""
        try:
            volume, inside = self._mounted(path)
        except UnreadableError:
            return None
        source = {key: value for key, value in volume.items() if key != "name"}
        if not source or "emptyDir" in source or "ephemeral" in source:
            return None
        if "hostPath" in source:
            return "", "hostPath", posixpath.normpath(posixpath.join(source["hostPath"]["path"], inside))
        if "persistentVolumeClaim" in source:
            return self._namespace, source["persistentVolumeClaim"]["claimName"], inside
        return "", json.dumps(source, sort_keys=True), inside

    def variable(self, name: str) -> str | None:
        """Return an environment variable's value, None where it is not set."""
        return self._variable(name, self._container.get("env") or [])

    def _known(self, name: str) -> str | None:
        try:
            return self.variable(name)
        except UnreadableError as error:
            self.trouble = self.trouble or str(error)
            return None

    def _variable(self, name: str, variables: list[Object]) -> str | None:
        for index, variable in reversed(list(enumerate(variables))):
            if variable["name"] == name:
                if variable.get("valueFrom"):
                    return self._from(variable["valueFrom"])
                known = partial(self._variable, variables=variables[:index])
                return expand(str(variable.get("value") or ""), known).replace(ESCAPED, "$")
        return self._from_all(name)

    def _from(self, source: Object) -> str | None:
        for resource, kind in ((SECRET, "secretKeyRef"), (CONFIG_MAP, "configMapKeyRef")):
            if kind in source:
                reference = source[kind]
                return self._contents.text(resource, self._namespace, str(reference.get("name")), reference["key"])
        if (source.get("fieldRef") or {}).get("fieldPath") == "metadata.namespace":
            return self._namespace
        raise UnreadableError("a variable that it needs is known only once it runs")

    def _from_all(self, name: str) -> str | None:
        for source in reversed(self._container.get("envFrom") or []):
            prefix = source.get("prefix") or ""
            if not name.startswith(prefix):
                continue
            for resource, kind in ((SECRET, "secretRef"), (CONFIG_MAP, "configMapRef")):
                if kind in source:
                    try:
                        place = (self._namespace, str(source[kind].get("name")))
                        return self._contents.text(resource, *place, name.removeprefix(prefix))
                    except MissingKeyError:
                        break
        return None

    def _expanded(self, text: str, command: Command) -> str:
        text = expand(text, self._known)
        if command.is_script:
            text = _FILE.sub(lambda match: self.file(match[1] or match[2]), text)
            text = _VARIABLE.sub(lambda match: _or(self._known(match[1] or match[2]), match[0]), text)
        return text.replace(ESCAPED, "$")

    def _mounted(self, path: str) -> tuple[Object, str]:
        """Return the volume behind a path, and the path on it."""
        path = posixpath.normpath(posixpath.join(self._container.get("workingDir") or "/", path))
        mounts = [each for each in self._container.get("volumeMounts") or [] if _is_below(path, each["mountPath"])]
        mount = max(mounts, key=lambda each: len(posixpath.normpath(each["mountPath"])), default=None)
        volumes = self._spec.get("volumes") or []
        volume = next((each for each in volumes if mount and each["name"] == mount["name"]), None)
        if mount is None or volume is None:
            raise NotMountedError("its file is in no Secret or ConfigMap that it mounts")
        below = mount.get("subPath") or expand(mount.get("subPathExpr") or "", self._known)
        inside = posixpath.join(below, posixpath.relpath(path, mount["mountPath"]))
        # Kubernetes shows the current content through a link of this name.
        return volume, posixpath.normpath(inside).removeprefix("..data/")


def _sources(volume: Object) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
    """Yield the Secrets and ConfigMaps of a volume, the last first: where several have a path, it is the last one's."""
    projected = (volume.get("projected") or {}).get("sources") or []
    for source in reversed([volume, *projected]):
        for resource, kind in ((SECRET, "secret"), (CONFIG_MAP, "configMap")):
            if source.get(kind):
                yield resource, source[kind]


def _is_below(path: str, directory: str) -> bool:
    return f"{path}/".startswith(f"{posixpath.normpath(directory).rstrip('/')}/")


def _or(value: str | None, otherwise: str) -> str:
    return otherwise if value is None else value

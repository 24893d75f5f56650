# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The latest known objects of some kinds in some namespaces: read by lists, kept current by watches."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ..requests.errors import ClusterError
from .resources import Resource

if TYPE_CHECKING:
    from .client import Cluster
    from .objects import Object

#: A watch is renewed after so many seconds, as other clients of the API do.
WATCH_SECONDS = 240
#: How long to wait before a watch that ended is opened again.
RETRY_SECONDS = 1.0
#: Changes come in bursts: look once after a burst.
BURST_SECONDS = 0.1


class Source(NamedTuple):
    """One kind of objects in one namespace."""

    resource: Resource
    namespace: str


class Informer:
    """Objects by source.

    A watch may miss a deletion while it is renewed, so decide nothing for good before refresh() has confirmed it.
    """

    def __init__(self, cluster: Cluster) -> None:
        """Start empty."""
        self._cluster = cluster
        self._objects: dict[Source, dict[str, Object]] = {}
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._stopped = threading.Event()

    def refresh(self, sources: Iterable[Source]) -> None:
        """Read the sources anew, one after the other."""
        for source in sources:
            listed = {_uid(obj): obj for obj in self._cluster.list(source.resource, source.namespace)}
            with self._lock:
                self._objects[source] = listed

    def objects(self, resource: Resource, namespace: str) -> list[Object]:
        """Return the objects of a kind in a namespace, as far as they are known."""
        with self._lock:
            return list(self._objects.get(Source(resource, namespace), {}).values())

    def find(self, resource: Resource, namespace: str, name: str) -> Object | None:
        """Return one object."""
        return next((obj for obj in self.objects(resource, namespace) if obj["metadata"]["name"] == name), None)

    def follow(self, sources: Iterable[Source]) -> None:
        """Keep the sources current until stop()."""
        for source in sources:
            # A daemon: the module may end while the thread waits for the server.
            threading.Thread(target=self._follow, args=(source,), daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Wait for a change, at most that long; return whether there was one."""
        changed = self._changed.wait(max(0.0, seconds))
        if changed:
            self._stopped.wait(min(BURST_SECONDS, max(0.0, seconds)))
            self._changed.clear()
        return changed

    def stop(self) -> None:
        """End all watches at their next event."""
        self._stopped.set()

    def _follow(self, source: Source) -> None:
        from urllib3.exceptions import HTTPError

        version = ""  # Without a version the server first sends every object there is.
        while not self._stopped.is_set():
            try:
                for event in self._cluster.watch(source.resource, source.namespace, version, WATCH_SECONDS):
                    if self._stopped.is_set():
                        return
                    version = self._take(source, event)
            except (ClusterError, HTTPError, OSError, ValueError):
                # The server restarts, the version is too old (410), or the watch is not allowed: start again.
                version = ""
            self._stopped.wait(RETRY_SECONDS)

    def _take(self, source: Source, event: Object) -> str:
        """Note what the event tells; return the version to go on from, empty to start again."""
        obj = event["object"]
        if event["type"] == "ERROR":
            return ""
        version = str(obj["metadata"].get("resourceVersion") or "")
        if event["type"] == "BOOKMARK":
            return version
        with self._lock:
            known = self._objects.setdefault(source, {})
            if event["type"] == "DELETED":
                known.pop(_uid(obj), None)
            elif not _is_older(obj, known.get(_uid(obj))):
                known[_uid(obj)] = obj
        self._changed.set()
        return version


def _uid(obj: Object) -> str:
    return str(obj["metadata"].get("uid") or obj["metadata"]["name"])


def _is_older(obj: Object, known: Object | None) -> bool:
    versions = [str(each["metadata"].get("resourceVersion") or "") for each in (obj, known) if each]
    return len(versions) == 2 and all(map(str.isdecimal, versions)) and int(versions[0]) < int(versions[1])

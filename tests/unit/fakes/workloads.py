# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workloads, pods and events as a cluster has them, and a fake cluster on which they change while it is watched."""

from __future__ import annotations

import copy
import queue
import threading
from collections.abc import Iterator
from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import Resource
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, Key

NAMESPACE = "monitoring"
IMAGE = "quay.io/thanos/thanos:v0.42.4"


def obj(kind: str, name: str, uid: str = "", api_version: str = "apps/v1", **body: Any) -> Object:
    """Return an object, its uid made from kind and name; metadata given as labels, annotations, owner, deleted."""
    metadata: Object = {"name": name, "namespace": NAMESPACE, "uid": uid or f"{kind}-{name}", "generation": 1}
    for group in ("labels", "annotations"):
        if group in body:
            metadata[group] = body.pop(group)
    if owner := body.pop("owner", None):
        metadata["ownerReferences"] = [{"uid": owner["metadata"]["uid"], "name": owner["metadata"]["name"]}]
    if body.pop("deleted", False):
        metadata["deletionTimestamp"] = "2026-11-22T12:00:00Z"
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}


def deployment(name: str = "querier", wanted: int = 1, spec: Object | None = None, **status: Any) -> Object:
    """Return a Deployment whose controller has seen it; status as the API names its fields."""
    return obj(
        "Deployment",
        name,
        annotations={"deployment.kubernetes.io/revision": "1"},
        spec={"replicas": wanted, **(spec or {})},
        status={"observedGeneration": 1, **status},
    )


def ready_deployment(name: str = "querier", replicas: int = 1) -> Object:
    """Return a Deployment that is rolled out."""
    return deployment(name, replicas, replicas=replicas, updatedReplicas=replicas, availableReplicas=replicas)


def replica_set(owner: Object, revision: str = "1", replicas: int = 1) -> Object:
    """Return a ReplicaSet of a Deployment."""
    name = f"{owner['metadata']['name']}-{revision}"
    annotations = {"deployment.kubernetes.io/revision": revision}
    return obj("ReplicaSet", name, owner=owner, annotations=annotations, spec={"replicas": replicas})


def stateful_set(name: str = "store", wanted: int = 1, spec: Object | None = None, **status: Any) -> Object:
    """Return a StatefulSet whose controller has seen it."""
    return obj(
        "StatefulSet",
        name,
        spec={"replicas": wanted, **(spec or {})},
        status={"observedGeneration": 1, "updateRevision": "new", "currentRevision": "old", **status},
    )


def pod(owner: Object, name: str = "", **body: Any) -> Object:
    """Return a pod of the owner, with one container `main`."""
    body.setdefault("spec", {"containers": [{"name": "main", "image": IMAGE}]})
    body.setdefault("status", {"phase": "Running"})
    return obj("Pod", name or f"{owner['metadata']['name']}-0", api_version="v1", owner=owner, **body)


def pod_with(owner: Object, *containers: Object, name: str = "", **body: Any) -> Object:
    """Return a pod with these container statuses."""
    return pod(owner, name, status={"phase": "Pending", "containerStatuses": list(containers)}, **body)


def waiting(reason: str, message: str = "", **status: Any) -> Object:
    """Return the status of a container that waits."""
    state = {"waiting": {"reason": reason, "message": message}}
    return {"name": "main", "image": IMAGE, "ready": False, "restartCount": 0, "state": state, **status}


def crashed(restarts: int, code: int = 1, reason: str = "Error", message: str = "") -> Object:
    """Return the status of a container in the back-off after a crash."""
    last = {"terminated": {"exitCode": code, "reason": reason, "message": message}}
    return waiting("CrashLoopBackOff", "back-off 10s", restartCount=restarts, lastState=last)


def running(ready: bool = True, restarts: int = 0, name: str = "main") -> Object:
    """Return the status of a container that runs."""
    return {"name": name, "ready": ready, "restartCount": restarts, "state": {"running": {}}}


def unschedulable(owner: Object, message: str, **body: Any) -> Object:
    """Return a pod for which there is no node."""
    found = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    return pod(owner, status={"phase": "Pending", "conditions": [found]}, **body)


def event(about: Object, reason: str, message: str, time: str = "12:00:00", **body: Any) -> Object:
    """Return a warning about an object."""
    metadata = about["metadata"]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{metadata['name']}.{reason}.{time}", "namespace": NAMESPACE},
        "involvedObject": {"kind": about["kind"], "name": metadata["name"], "uid": metadata["uid"]},
        "type": "Warning",
        "reason": reason,
        "message": message,
        "lastTimestamp": f"2026-11-22T{time}Z",
        **body,
    }


class WatchedCluster(FakeCluster):
    """Keeps the uid that a test gives, sends changes to watches, and counts the requests."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__(namespaces=[NAMESPACE])
        #: Every list and watch, as `list Pod` or `watch Pod`.
        self.requests: list[str] = []
        #: How many of the next requests get no answer.
        self.refusals = 0
        #: Raised by a watch after its first event, once for each entry.
        self.broken_watches: list[Exception] = []
        #: Whether watches say nothing.
        self.silent = False
        self._watchers: list[tuple[str, queue.Queue[Object | None]]] = []
        self._guard = threading.RLock()

    def put(self, *objects: Object) -> None:
        """Create or change objects, and tell the watches."""
        with self._guard:
            self.seed(*objects)
            for body in objects:
                self._send("MODIFIED", self._objects[self._key(body)])

    def drop(self, body: Object) -> None:
        """Delete an object, and tell the watches."""
        with self._guard:
            self._send("DELETED", self._objects.pop(self._key(body)))

    def list(self, resource: Resource, namespace: str | None = None, **selectors: Any) -> list[Object]:
        """Return the objects, or fail while the API is away."""
        with self._guard:
            self.requests.append(f"list {resource.kind}")
            self._answer()
            return list(super().list(resource, namespace, **selectors))

    def watch(
        self,
        resource: Resource,
        namespace: str | None,  # noqa: ARG002
        resource_version: str,
        timeout: float,  # noqa: ARG002
        **selectors: Any,  # noqa: ARG002
    ) -> Iterator[Object]:
        """Yield all objects first where no version is given, then each change."""
        changes: queue.Queue[Object | None] = queue.Queue()
        with self._guard:
            self.requests.append(f"watch {resource.kind}")
            self._answer()
            existing = [] if resource_version else super().list(resource, NAMESPACE)
            self._watchers.append((resource.kind, changes))
            broken = self.broken_watches.pop() if self.broken_watches else None
        for body in existing:
            yield {"type": "ADDED", "object": body}
        if broken is not None:
            raise broken
        while change := changes.get():
            yield change

    def close(self) -> None:
        """End all watches, as the API server does now and then."""
        with self._guard:
            for _kind, changes in self._watchers:
                changes.put(None)
            self._watchers.clear()

    def _send(self, change: str, body: Object) -> None:
        for kind, changes in self._watchers:
            if kind == body["kind"] and not self.silent:
                changes.put({"type": change, "object": copy.deepcopy(body)})

    def _answer(self) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ClusterError("The Kubernetes API cannot be reached.")

    def _store(self, key: Key, body: Object, dry_run: bool = False) -> Object:
        stored = super()._store(key, body, dry_run)
        uid = body["metadata"].get("uid")
        if uid:
            self._objects[key]["metadata"]["uid"] = stored["metadata"]["uid"] = uid
        return stored

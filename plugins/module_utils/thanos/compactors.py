# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All compactors that a cluster runs, or would run, whoever made them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ..k8s.ownership import controller_of
from ..k8s.resources import DAEMON_SET, DEPLOYMENT, JOB, POD, REPLICA_SET, STATEFUL_SET, Resource
from ..requests.errors import ClusterError
from .command import Command, compact_command
from .container_config import ContainerConfig, Contents, NotMountedError, UnreadableError

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

CRON_JOB = Resource("batch/v1", "CronJob", "cronjobs")
#: What runs pods. Of other kinds, such as those of an operator, the pods themselves tell.
KINDS = (DEPLOYMENT, STATEFUL_SET, DAEMON_SET, JOB, CRON_JOB, POD)
ENDED = ("Succeeded", "Failed")

#: Kind, namespace and name.
Identity = tuple[str, str, str]
#: Returns the text of a file that a container of an object sees, empty where it is not known.
ReadFile = Callable[["Object", "Object", "Object", str], str]


@dataclass(frozen=True)
class Compactor:
    """A container that runs Thanos' compactor, and what runs it."""

    identity: Identity
    #: The object that it was found in, which a pod's controller stands for.
    body: Object
    spec: Object
    container: Object
    command: Command
    #: Why it does not work at the moment, empty where it does.
    rest: str = ""

    @property
    def namespace(self) -> str:
        """Return its namespace."""
        return self.identity[1]

    @property
    def is_single(self) -> bool:
        """Return whether it is a pod that nothing controls."""
        return self.body["kind"] == POD.kind and controller_of(self.body) is None

    def __str__(self) -> str:
        """Return its name for people."""
        return _words(self.identity)


@dataclass(frozen=True)
class Found:
    """The compactors of a cluster, what could not be listed in all namespaces, and which scripts could not be read."""

    compactors: list[Compactor]
    unlisted: list[Resource]
    unread: list[str]


def find_compactors(cluster: Cluster, namespaces: Sequence[str]) -> Found:
    """Return the compactors of the cluster; where the user may not list a kind, those of these namespaces."""
    with ThreadPoolExecutor(len(KINDS)) as pool:
        listed = list(pool.map(lambda kind: _list(cluster, kind, namespaces), KINDS))
    scripts = _Scripts(cluster)
    found = [each for bodies, _is_whole in listed for each in compactors_of(bodies, scripts.read)]
    # What a workload runs is told by the workload, unless that rests and its pods do not.
    at_work = {each.identity for each in found if not each.rest and each.body["kind"] != POD.kind}
    alone = [each for each in found if _controller(each.body) not in at_work]
    once: dict[tuple[Identity, str], Compactor] = {}
    for each in sorted(alone, key=lambda one: bool(one.rest)):
        once.setdefault((each.identity, each.container["name"]), each)
    unlisted = [kind for kind, (_bodies, is_whole) in zip(KINDS, listed, strict=True) if not is_whole]
    return Found(list(once.values()), unlisted, list(dict.fromkeys(scripts.unread)))


class _Scripts:
    """Scripts that containers run from ConfigMaps and Secrets, each read once."""

    def __init__(self, cluster: Cluster) -> None:
        self._contents = Contents(cluster)
        #: Of which it is not known, each with the reason.
        self.unread: list[str] = []

    def read(self, body: Object, spec: Object, container: Object, path: str) -> str:
        identity = _identity(body)
        try:
            text: str = ContainerConfig(self._contents, identity[1], spec, container).file(path)
        except NotMountedError:
            return ""
        except UnreadableError as error:
            if not _rest(body):
                self.unread.append(f"{_words(identity)}, container {container['name']}, which runs a script: {error}")
            return ""
        return text


def compactors_of(bodies: Iterable[Object], read: ReadFile | None = None) -> Iterator[Compactor]:
    """Yield the compactors among these objects."""
    for body in bodies:
        spec = _pod_spec(body)
        if spec is None or _has_ended(body):
            continue
        for container in [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]:
            command = compact_command(container, partial(read, body, spec, container) if read else None)
            if command:
                yield Compactor(_identity(body), body, spec, container, command, _rest(body))


def _list(cluster: Cluster, kind: Resource, namespaces: Sequence[str]) -> tuple[list[Object], bool]:
    """Return the objects of a kind, and whether these are all of the cluster."""
    try:
        return cluster.list(kind), True
    except ClusterError as error:
        if not error.status:
            raise  # No answer at all.
    found: list[Object] = []
    for namespace in namespaces:
        try:
            found += cluster.list(kind, namespace)
        except ClusterError as error:
            if not error.status:
                raise
    return found, False


def _pod_spec(body: Object) -> Object | None:
    spec = body.get("spec") or {}
    if body["kind"] == POD.kind:
        return spec
    if body["kind"] == CRON_JOB.kind:
        spec = (spec.get("jobTemplate") or {}).get("spec") or {}
    found: Object | None = (spec.get("template") or {}).get("spec")
    return found


def _identity(body: Object) -> Identity:
    """Return what a person would look at: a pod is its controller's."""
    owner = controller_of(body) if body["kind"] == POD.kind else None
    kind, name = (owner["kind"], owner["name"]) if owner else (body["kind"], body["metadata"]["name"])
    return kind, str(body["metadata"].get("namespace") or ""), name


def _words(identity: Identity) -> str:
    kind, namespace, name = identity
    return f"{kind} {namespace}/{name}"


def _controller(body: Object) -> Identity | None:
    """Return what controls a Job or a pod; of a ReplicaSet the Deployment, whose name it has with one more part."""
    owner = controller_of(body)
    if owner is None:
        return None
    namespace = str(body["metadata"].get("namespace") or "")
    if owner["kind"] == REPLICA_SET.kind:
        return DEPLOYMENT.kind, namespace, owner["name"].rpartition("-")[0]
    return owner["kind"], namespace, owner["name"]


def _has_ended(body: Object) -> bool:
    """Return whether it runs nothing any more, or will not in a moment."""
    status = body.get("status") or {}
    if body["kind"] == POD.kind:
        return status.get("phase") in ENDED or bool(body["metadata"].get("deletionTimestamp"))
    conditions = status.get("conditions") or [] if body["kind"] == JOB.kind else []
    return any(each["type"] in ("Complete", "Failed") and each["status"] == "True" for each in conditions)


def _rest(body: Object) -> str:
    spec, status = body.get("spec") or {}, body.get("status") or {}
    if body["metadata"].get("deletionTimestamp"):
        return "is being deleted"
    if body["kind"] in (DEPLOYMENT.kind, STATEFUL_SET.kind) and spec.get("replicas") == 0:
        return "is scaled to 0"
    if body["kind"] in (JOB.kind, CRON_JOB.kind) and spec.get("suspend"):
        return "is suspended"
    is_nowhere = body["kind"] == DAEMON_SET.kind and status.get("desiredNumberScheduled") == 0
    if is_nowhere and status.get("observedGeneration") == body["metadata"].get("generation"):
        return "has no node to run on"
    return ""

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Kubernetes API in memory, with the methods of module_utils.cluster.Cluster."""

from __future__ import annotations

import base64
import copy
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import FIELD_MANAGER, Cluster, Response
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import NAMESPACE, Resource
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import (
    ClusterError,
    ConflictError,
    NotFoundError,
)
from ansible_collections.observability.thanos.plugins.module_utils.requests.outage import Outage

Key = tuple[str, str, str]
Path = tuple[str, ...]
IDENTITY = ("apiVersion", "kind")
#: What names an object in a body, and is none of its fields.
NAMING = (("metadata", "name"), ("metadata", "namespace"), ("metadata", "uid"))


@dataclass(frozen=True)
class Write:
    """One write that reached the API."""

    verb: str
    kind: str
    name: str
    dry_run: bool = False


def api_error(status: int, message: str) -> Response:
    """Return the API's own answer for an error."""
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": status}
    return Response(status, json.dumps(body).encode())


class FakeCluster(Cluster):
    """Keeps objects as the API server does: uid, resourceVersion, generation, owners of applied fields."""

    def __init__(self, namespaces: list[str] | None = None, dry_run: bool = False) -> None:
        """Start with these namespaces; with dry_run nothing that is written stays."""
        self.dry_run = dry_run
        self.outage = Outage()
        self.api_client: Any = None
        #: Every write in order, dry runs and refused ones included.
        self.writes: list[Write] = []
        #: Text that logs() returns, by (namespace, pod, container).
        self.log_texts: dict[tuple[str, str, str], str] = {}
        #: What watch() yields, by kind.
        self.watch_events: dict[str, list[Object]] = {}
        #: What answer() returns, by path; a list is taken from one by one, its last stays.
        self.answers: dict[str, Response | list[Response]] = {}
        #: Paths and queries that answer() was asked.
        self.gets: list[tuple[str, dict[str, Any]]] = []
        #: Kinds that the API serves besides those of the objects that are there, with their verbs.
        self.served: dict[Resource, list[str]] = {}
        #: What read() returns by path, or the error that it raises, instead of what the API would say.
        self.readings: dict[str, Object | ClusterError | None] = {}
        #: Kinds the API does not know (a CRD that is not installed).
        self.unknown_kinds: set[str] = set()
        #: Called before each write with (verb, body): another writer, or an error to raise.
        self.before_write: Callable[[str, Object], None] | None = None
        self._objects: dict[Key, Object] = {}
        self._applied: dict[Key, set[Path]] = {}
        self._versions = itertools.count(1000)
        for name in namespaces or []:
            self.seed({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    # What a test uses beside Cluster's own methods.

    def seed(self, *objects: Object) -> None:
        """Put objects there, or replace them, as somebody else would: no write is recorded."""
        for body in objects:
            namespace = body["metadata"].get("namespace")
            if namespace and ("Namespace", "", namespace) not in self._objects:
                self.seed({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
            self._store(self._key(body), body)

    def run(self, module: Any, work: Callable[[FakeCluster], dict[str, Any]]) -> None:
        """Stand in for module_utils.cluster.run."""
        self.dry_run = module.check_mode
        try:
            result = work(self)
        except ClusterError as error:
            module.fail_json(msg=str(error))
        module.exit_json(**result)

    # Cluster's methods.

    def get(self, resource: Resource, name: str, namespace: str | None = None) -> Object | None:
        """Return a copy of one object, or None."""
        if resource.kind in self.unknown_kinds:
            return None
        found = self._objects.get((resource.kind, namespace or "", name))
        return copy.deepcopy(found)

    def read(self, path: str) -> Object | None:
        """Return the API's groups, the kinds of a version or the objects of a kind, None where nothing is there."""
        if path in self.readings:
            found = self.readings[path]
            if isinstance(found, ClusterError):
                raise found
            return copy.deepcopy(found)
        kinds = self._kinds()
        if path in ("/api", "/apis"):
            return _discovery(path, [each.api_version for each in kinds])
        start, _slash, version = path.lstrip("/").partition("/")
        of_version = [each for each in kinds if each.api_version == version and _start(version) == start]
        if of_version or path == "/api/v1":
            return {"resources": [self._described(each) for each in of_version]}
        for resource in kinds:
            namespace = path.partition("/namespaces/")[2].partition("/")[0]
            if path == resource.path(namespace):
                # The items of a list do not say what they are.
                items = self.list(resource, namespace)
                return {"items": [{k: v for k, v in item.items() if k not in IDENTITY} for item in items]}
        return None

    def _kinds(self) -> list[Resource]:
        bodies = [body for (_kind, namespace, _name), body in self._objects.items() if namespace]
        kinds = sorted({(body["apiVersion"], body["kind"]) for body in bodies})
        return [*(Resource(version, kind, kind.lower() + "s") for version, kind in kinds), *self.served]

    def _described(self, resource: Resource) -> Object:
        verbs = self.served.get(resource, ["create", "delete", "get", "list"])
        return {"name": resource.plural, "kind": resource.kind, "namespaced": resource.namespaced, "verbs": verbs}

    def list(self, resource: Resource, namespace: str | None = None, **selectors: Any) -> list[Object]:
        """Return copies of all objects of a kind that the selectors (only `key=value,...`) let through."""
        if resource.kind in self.unknown_kinds:
            return []
        labels = _selector(selectors.get("label_selector"))
        fields = _selector(selectors.get("field_selector"))
        return [
            copy.deepcopy(body)
            for (kind, its_namespace, _name), body in self._objects.items()
            if kind == resource.kind
            and namespace in (None, its_namespace)
            and all(body["metadata"].get("labels", {}).get(key) == value for key, value in labels.items())
            and all(_at(body, tuple(key.split("."))) == value for key, value in fields.items())
        ]

    def create(self, resource: Resource, body: Object) -> Object:
        """Create an object; ConflictError where it exists already."""
        key = self._write("create", resource, body)
        if key in self._objects:
            raise ConflictError(f'{resource.plural} "{key[2]}" already exists')
        return self._store(key, _managed(body), self.dry_run)

    def replace(self, resource: Resource, body: Object) -> Object:
        """Replace an object; ConflictError where the resourceVersion given is no longer current."""
        key = self._write("replace", resource, body)
        current = self._objects.get(key)
        if current is None:
            raise NotFoundError(f'{resource.plural} "{key[2]}" not found')
        version = body["metadata"].get("resourceVersion")
        if version is not None and version != current["metadata"]["resourceVersion"]:
            raise ConflictError("the object has been modified; please apply your changes to the latest version")
        if current.get("immutable") and body.get("data") != current.get("data"):
            raise ClusterError(f'{resource.kind} "{key[2]}" is invalid: data: field is immutable')
        return self._store(key, body, self.dry_run)

    def merge(
        self,
        resource: Resource,
        name: str,
        patch: Object,
        namespace: str | None = None,
        field_manager: str = FIELD_MANAGER,
    ) -> Object:
        """Merge a patch into an object: null takes a key out, and the field manager has written what is in it."""
        metadata = {"name": name, "namespace": namespace}
        key = self._write("merge", resource, {**resource_type(resource), **patch, "metadata": metadata})
        current = self._objects.get(key)
        if current is None:
            raise NotFoundError(f'{resource.plural} "{name}" not found')
        version = patch.get("metadata", {}).get("resourceVersion")
        if version is not None and version != current["metadata"]["resourceVersion"]:
            raise ConflictError("the object has been modified; please apply your changes to the latest version")
        merged = _merge_patch(current, patch)
        if "managedFields" not in patch.get("metadata", {}):
            merged = _managed(merged, field_manager)
        return self._store(key, merged, self.dry_run)

    def apply(self, resource: Resource, body: Object, force: bool = False, dry_run: bool = False) -> Object:
        """Merge body into the object: fields of ours that body no longer has go, fields of others conflict.

        Lists are one value, unlike the server's merge by name.
        """
        dry_run = dry_run or self.dry_run
        key = self._write("apply", resource, body, dry_run)
        current = self._objects.get(key, {})
        ours = self._applied.get(key, set())
        wanted = {
            path: value
            for path, value in _leaves(body).items()
            if path[0] not in ("apiVersion", "kind") and path[:2] not in NAMING
        }
        uid = body["metadata"].get("uid")
        if uid is not None and uid != current.get("metadata", {}).get("uid"):
            raise ConflictError(f"uid mismatch: the provided object specified uid {uid}")
        for path, value in wanted.items():
            if path not in ours and not force and _at(current, path) not in (None, value):
                raise ConflictError(f"Apply failed with 1 conflict: conflict with another manager: .{'.'.join(path)}")
        merged = copy.deepcopy(current)
        for path in ours - wanted.keys():
            _remove(merged, path)
        _merge(merged, body)
        if not dry_run:
            self._applied[key] = set(wanted)
        return self._store(key, _managed(merged), dry_run)

    def delete(self, resource: Resource, name: str, namespace: str | None = None, dependents: str = "") -> bool:
        """Delete an object; False where there was none. The garbage collector does its work at once."""
        body = {"metadata": {"name": name, "namespace": namespace}, "dependents": dependents}
        self._record("delete", resource.kind, body)
        key = (resource.kind, namespace or "", name)
        if key not in self._objects:
            return False
        if not self.dry_run:
            uid = self._objects.pop(key)["metadata"]["uid"]
            self._applied.pop(key, None)
            self._collect_garbage(uid, is_orphaning=dependents == "Orphan")
        return True

    def _collect_garbage(self, uid: str, is_orphaning: bool) -> None:
        """Remove what has no other owner, or only the references to the owner that is gone."""
        for key, body in list(self._objects.items()):
            owners = body["metadata"].get("ownerReferences") or []
            left = [each for each in owners if each.get("uid") != uid]
            if len(left) == len(owners) or key not in self._objects:
                continue
            if left or is_orphaning:
                body["metadata"]["ownerReferences"] = left
            else:
                del self._objects[key]
                self._collect_garbage(body["metadata"]["uid"], is_orphaning=False)

    def logs(self, namespace: str, pod: str, container: str, lines: int, previous: bool = False) -> str:  # noqa: ARG002
        """Return the last lines of what the test put into log_texts."""
        text = self.log_texts.get((namespace, pod, container), "")
        return "\n".join(text.splitlines()[-lines:])

    def answer(
        self,
        path: str,
        query: Mapping[str, Any] | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> Response:
        """Return what the test put into answers, else what the API says of a Service that has no pods."""
        self.gets.append((path, dict(query or {})))
        found = self.answers.get(path)
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found or api_error(503, 'no endpoints available for service "x"')

    def watch(
        self,
        resource: Resource,
        namespace: str | None,  # noqa: ARG002
        resource_version: str,  # noqa: ARG002
        timeout: float,  # noqa: ARG002
        **selectors: Any,  # noqa: ARG002
    ) -> Iterator[Object]:
        """Yield what the test put into watch_events; each event's object is stored, so that get() agrees."""
        pending = self.watch_events.get(resource.kind, [])
        while pending:
            event = copy.deepcopy(pending.pop(0))
            if event["type"] == "DELETED":
                self._objects.pop(self._key(event["object"]), None)
            elif event["type"] in ("ADDED", "MODIFIED"):
                event["object"] = self._store(self._key(event["object"]), event["object"])
            yield event

    def applied_fields(self, resource: Resource, name: str, namespace: str | None = None) -> set[str]:
        """Return the paths that our field manager owns through apply, such as `spec.thanos.image`."""
        return {".".join(path) for path in self._applied.get((resource.kind, namespace or "", name), set())}

    # Inside.

    def _key(self, body: Object) -> Key:
        metadata = body["metadata"]
        return (body["kind"], metadata.get("namespace") or "", metadata["name"])

    def _record(self, verb: str, kind: str, body: Object, dry_run: bool = False) -> None:
        self.writes.append(Write(verb, kind, body["metadata"]["name"], dry_run or self.dry_run))
        if self.before_write is not None:
            self.before_write(verb, body)

    def _write(self, verb: str, resource: Resource, body: Object, dry_run: bool = False) -> Key:
        self._record(verb, resource.kind, body, dry_run)
        if resource.kind in self.unknown_kinds:
            raise NotFoundError("the server could not find the requested resource")
        if body.get("kind") != resource.kind or body.get("apiVersion") != resource.api_version:
            raise ClusterError(f"{verb} {resource.kind}: apiVersion or kind is missing or another")
        key = self._key(body)
        if resource.namespaced and (NAMESPACE.kind, "", key[1]) not in self._objects:
            raise NotFoundError(f'namespaces "{key[1]}" not found')
        return key

    def _store(self, key: Key, body: Object, dry_run: bool = False) -> Object:
        """Fill in what the server fills in; an unchanged object keeps its resourceVersion."""
        body = copy.deepcopy(body)
        if key[0] == "Secret":
            _encode_string_data(body)
        old = self._objects.get(key)
        metadata = body["metadata"]
        metadata["uid"] = old["metadata"]["uid"] if old else metadata.get("uid") or f"uid-{next(self._versions)}"
        if "spec" in body:
            generation = old["metadata"].get("generation", 1) if old else 1
            changed = old is not None and old.get("spec") != body["spec"]
            metadata["generation"] = generation + 1 if changed else generation
        if old:
            metadata["resourceVersion"] = old["metadata"]["resourceVersion"]
        if body != old:
            metadata["resourceVersion"] = str(next(self._versions))
        if not dry_run:
            self._objects[key] = copy.deepcopy(body)
        return body


def _start(api_version: str) -> str:
    return "apis" if "/" in api_version else "api"


def _discovery(path: str, versions: list[str]) -> Object:
    """Return what the API says of its versions; the first one of a group is the preferred one."""
    if path == "/api":
        return {"versions": ["v1"]}
    groups: dict[str, list[Object]] = {}
    for version in dict.fromkeys(each for each in versions if "/" in each):
        groups.setdefault(version.partition("/")[0], []).append({"groupVersion": version})
    return {"groups": [{"name": name, "versions": each, "preferredVersion": each[0]} for name, each in groups.items()]}


def resource_type(resource: Resource) -> Object:
    """Return what says in an object of which kind it is."""
    return {"apiVersion": resource.api_version, "kind": resource.kind}


def ours(body: Object) -> Object:
    """Return the object as this collection made it: with its label and its field manager."""
    metadata = body["metadata"]
    labels = {**(metadata.get("labels") or {}), "app.kubernetes.io/managed-by": FIELD_MANAGER}
    return _managed({**body, "metadata": {**metadata, "labels": labels}})


def _managed(body: Object, manager: str = FIELD_MANAGER) -> Object:
    """Return the object with a field manager, ours by default, among its field managers."""
    metadata = body["metadata"]
    entries = list(metadata.get("managedFields") or [])
    if not any(entry.get("manager") == manager for entry in entries):
        entries.append({"manager": manager})
    return {**body, "metadata": {**metadata, "managedFields": entries}}


def _merge_patch(target: Object, patch: Object) -> Object:
    merged = {key: value for key, value in target.items() if patch.get(key, value) is not None}
    for key, value in patch.items():
        if isinstance(value, dict):
            merged[key] = _merge_patch(merged.get(key) or {}, value)
        elif value is not None:
            merged[key] = value
    return merged


def _encode_string_data(secret: Object) -> None:
    plain = secret.pop("stringData", {})
    for name, text in plain.items():
        secret.setdefault("data", {})[name] = base64.b64encode(text.encode()).decode()


def _selector(text: str | None) -> dict[str, str]:
    return dict(part.split("=", 1) for part in (text or "").replace("==", "=").split(",") if part)


def _leaves(value: Object, path: Path = ()) -> dict[Path, Any]:
    leaves: dict[Path, Any] = {}
    for key, item in value.items():
        if isinstance(item, dict) and item:
            leaves.update(_leaves(item, (*path, key)))
        else:
            leaves[(*path, key)] = item
    return leaves


def _at(value: Any, path: Path) -> Any:
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _remove(value: Object, path: Path) -> None:
    parents = [value]
    for key in path[:-1]:
        child = parents[-1].get(key)
        if not isinstance(child, dict):
            return
        parents.append(child)
    for parent, key in zip(reversed(parents), reversed(path), strict=True):
        if parent.get(key) in ({}, None) or parent is parents[-1]:
            parent.pop(key, None)


def _merge(into: Object, other: Object) -> None:
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = copy.deepcopy(value)

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compactors in the ways that people run them, and what their object-store configuration is kept in."""

from __future__ import annotations

import copy
from typing import Any

import yaml
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import Resource
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster

#: In every configuration, and never in any text.
PASSWORD = "s3cret-of-thanos"
FILE = "--objstore.config-file=/etc/thanos/objstore/thanos.yaml"
API_VERSIONS = {
    "Pod": "v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "Secret": "v1",
    "ConfigMap": "v1",
    "Service": "v1",
    "EndpointSlice": "discovery.k8s.io/v1",
    "Ingress": "networking.k8s.io/v1",
}


def obj(kind: str, namespace: str, name: str, **body: Any) -> Object:
    """Return an object; what the API keeps in the metadata goes there."""
    metadata: Object = {"name": name, "namespace": namespace}
    for key in ("labels", "ownerReferences", "deletionTimestamp", "managedFields", "creationTimestamp"):
        if key in body:
            metadata[key] = body.pop(key)
    return {"apiVersion": API_VERSIONS.get(kind, "apps/v1"), "kind": kind, "metadata": metadata, **body}


def config(
    endpoint: Any = "minio.minio.svc.cluster.local:9000", bucket: Any = "blocks", prefix: Any = None, **more: Any
) -> str:
    """Return an S3 configuration as text, with a secret in it."""
    settings = {"bucket": bucket, "endpoint": endpoint, "insecure": True, "secret_key": PASSWORD, **more}
    document: Object = {"type": "S3", "config": {key: value for key, value in settings.items() if value is not None}}
    return yaml.safe_dump(document if prefix is None else {**document, "prefix": prefix})


def secret(namespace: str, text: str, name: str = "thanos-objectstorage", key: str = "thanos.yaml") -> Object:
    """Return a Secret with one key."""
    return obj("Secret", namespace, name, stringData={key: text})


def container(*words: str, name: str = "thanos", **more: Any) -> Object:
    """Return a container that is called with these arguments and sees the Secret's keys as files."""
    mount = {"name": "objstore", "mountPath": "/etc/thanos/objstore"}
    image = "quay.io/thanos/thanos:v0.42.4"
    return {"name": name, "image": image, "args": list(words), "volumeMounts": [mount], **more}


def pod_spec(*containers: Object, **more: Any) -> Object:
    """Return a pod's spec with the Secret as a volume; without containers with a compactor."""
    volume = {"name": "objstore", "secret": {"secretName": "thanos-objectstorage"}}
    return {"containers": list(containers) or [container("compact", FILE, "--wait")], "volumes": [volume], **more}


def workload(kind: str, namespace: str, name: str, spec: Object | None = None, **more: Any) -> Object:
    """Return a workload of any kind around a pod's spec; further arguments are fields of its own spec."""
    spec = copy.deepcopy(spec or pod_spec())
    metadata = {key: more.pop(key) for key in ("labels", "ownerReferences", "deletionTimestamp") if key in more}
    status = {"status": more.pop("status")} if "status" in more else {}
    if kind == "Pod":
        return obj(kind, namespace, name, spec={**spec, **more}, **metadata, **status)
    template = {"metadata": {"labels": {"app": name}}, "spec": spec}
    if kind == "CronJob":
        body = {"schedule": "0 * * * *", "jobTemplate": {"spec": {"template": template}}, **more}
    else:
        body = {"selector": {"matchLabels": {"app": name}}, "template": template, **more}
    return obj(kind, namespace, name, spec=body, **metadata, **status)


def owner(kind: str, name: str) -> list[Object]:
    """Return owner references that name a controller."""
    return [{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": "1", "controller": True}]


class GuardedCluster(FakeCluster):
    """Refuses reads that a user has no right to."""

    def __init__(self) -> None:
        """Start as a cluster that allows everything."""
        super().__init__(["default", "monitoring"])
        #: What is refused, as `verb plural namespace`; `-` stands for the whole cluster.
        self.forbidden: set[str] = set()
        #: Every read in order, as `verb plural namespace name`.
        self.reads: list[str] = []

    def get(self, resource: Resource, name: str, namespace: str | None = None) -> Object | None:
        """Return a copy of one object, or None."""
        self._read("get", resource, namespace, name)
        return super().get(resource, name, namespace)

    def list(self, resource: Resource, namespace: str | None = None, **selectors: Any) -> list[Object]:
        """Return copies of all objects of a kind."""
        self._read("list", resource, namespace)
        return super().list(resource, namespace, **selectors)

    def _read(self, verb: str, resource: Resource, namespace: str | None, name: str = "") -> None:
        self.reads.append(f"{verb} {resource.plural} {namespace or '-'} {name}".strip())
        if f"{verb} {resource.plural} {namespace or '-'}" in self.forbidden:
            error = ClusterError(f'{resource.plural} is forbidden: User "x" cannot {verb} resource')
            error.status = {"code": 403, "reason": "Forbidden", "message": str(error)}
            raise error

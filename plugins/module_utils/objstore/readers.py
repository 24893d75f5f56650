# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who reads the object-store Secret, and which of them were started with a content that it no longer has."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..k8s import secrets as cluster_secret
from ..k8s.client import Cluster
from ..k8s.objects import Object
from ..k8s.resources import CONFIG_MAP, POD, SECRET, Resource
from ..redaction import document as objstore_file
from ..requests.errors import ClusterError
from ..thanos.container_config import UnreadableError
from .bucket_place import Name, View, place_of

#: Annotation that the filter with_objstore_checksum puts on the pods.
ANNOTATION = "observability.thanos/objstore-checksum"
ENDED = ("Succeeded", "Failed")
POLL_SECONDS = 1.0
#: The labels of the Secrets that the module objstore_secret writes.
OBJSTORE_SECRETS = "app.kubernetes.io/managed-by=observability.thanos,app.kubernetes.io/component=objstore"
#: With another domain the full names differ from the short ones, and are compared as they are written.
CLUSTER_DOMAIN = "cluster.local"


@dataclass(frozen=True)
class ObjstoreSecret:
    """The Secret that the readers get their credentials from, and the checksum of its content."""

    namespace: str
    name: str
    key: str
    checksum: str

    def __str__(self) -> str:
        """Return its name for people."""
        return f"Secret {self.namespace}/{self.name}"


def access_key(cluster: Cluster, source: ObjstoreSecret) -> str:
    """Return the access key in the Secret, an empty text where it has none."""
    text = cluster_secret.field(cluster_secret.read(cluster, source.namespace, source.name), source.key)
    try:
        document = objstore_file.load(text)
    except objstore_file.UnreadableError as error:
        raise ClusterError(f"{source}, key {source.key}: {error}.") from None
    config = document.get("config") if isinstance(document, dict) else None
    return str((config or {}).get("access_key") or "")


def others_with(cluster: Cluster, source: ObjstoreSecret, access_keys: Collection[str]) -> list[str]:
    """Return the object-store Secrets of other stacks with one of these access keys of the same server.

    Only those that pods read count. None where the user may not list Secrets of all namespaces.
    """
    try:
        secrets = cluster.list(SECRET, label_selector=OBJSTORE_SECRETS)
    except ClusterError as error:
        if not error.is_denied:
            raise
        return []
    servers = _servers(cluster_secret.read(cluster, source.namespace, source.name)).values()
    own: frozenset[Name] = frozenset().union(*servers)
    found: list[tuple[str, str]] = []
    for secret in secrets:
        namespace, name = secret["metadata"]["namespace"], secret["metadata"]["name"]
        used = any(names & own for key, names in _servers(secret).items() if key in access_keys)
        if used and (namespace, name) != (source.namespace, source.name):
            found += [(namespace, name)]
    return [
        f"Secret {namespace}/{name}"
        for namespace, name in sorted(found)
        if any(_is_at_work(pod) and reads(pod, name) for pod in cluster.list(POD, namespace))
    ]


def _servers(secret: Object) -> dict[str, frozenset[Name]]:
    """Return the names of the server that each access key in a Secret's configurations is for."""
    found: dict[str, frozenset[Name]] = {}
    for key in secret.get("data") or {}:
        try:
            text = cluster_secret.field(secret, key)
            place = place_of(text, View(secret["metadata"]["namespace"], CLUSTER_DOMAIN))
        except (ClusterError, UnreadableError):
            continue  # A certificate, or no configuration that Thanos would take.
        found[str(objstore_file.load(text)["config"].get("access_key") or "")] = place.names
    return found


def _is_at_work(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") not in ENDED


def wait_for_readers(cluster: Cluster, source: ObjstoreSecret, timeout: float) -> list[str]:
    """Wait until all readers were started with the Secret's present content; return the names of those that were not.

    Terminating pods count too: they may still be uploading.
    """
    deadline = time.monotonic() + timeout
    while True:
        outdated = outdated_readers(cluster, source)
        if not outdated or time.monotonic() >= deadline:
            return outdated
        time.sleep(POLL_SECONDS)


def outdated_readers(cluster: Cluster, source: ObjstoreSecret) -> list[str]:
    """Return the names of the pods that were started with another content of the Secret."""
    written = _written(cluster, source)
    return sorted(
        pod["metadata"]["name"]
        for pod in cluster.list(POD, source.namespace)
        if pod.get("status", {}).get("phase") not in ENDED
        and reads(pod, source.name)
        and not _is_current(pod["metadata"], source.checksum, written)
    )


def _is_current(metadata: Object, checksum: str, written: str) -> bool:
    noted = (metadata.get("annotations") or {}).get(ANNOTATION)
    # What others deploy has no such annotation. Times are in whole seconds, in a form that sorts.
    return bool(noted == checksum if noted else metadata["creationTimestamp"] > written)


def reads(pod: Object, secret: str) -> bool:
    """Return whether the pod mounts the Secret or gets environment variables from it."""
    return (SECRET, secret) in sources_of(pod["spec"])


def sources_of(spec: Object) -> Iterator[tuple[Resource, str]]:
    """Yield the Secrets and ConfigMaps that a pod with this spec mounts or gets environment variables from."""
    for volume in spec.get("volumes") or []:
        for source in [volume, *((volume.get("projected") or {}).get("sources") or [])]:
            yield (
                SECRET,
                (source.get("secret") or {}).get("secretName") or (source.get("secret") or {}).get("name") or "",
            )
            yield CONFIG_MAP, (source.get("configMap") or {}).get("name") or ""
    for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
        for variable in container.get("env") or []:
            value = variable.get("valueFrom") or {}
            yield SECRET, (value.get("secretKeyRef") or {}).get("name") or ""
            yield CONFIG_MAP, (value.get("configMapKeyRef") or {}).get("name") or ""
        for source in container.get("envFrom") or []:
            yield SECRET, (source.get("secretRef") or {}).get("name") or ""
            yield CONFIG_MAP, (source.get("configMapRef") or {}).get("name") or ""


def _written(cluster: Cluster, source: ObjstoreSecret) -> str:
    """Return when the Secret's content was last written, in a form that sorts."""
    metadata = cluster_secret.read(cluster, source.namespace, source.name)["metadata"]
    return max((entry.get("time") or "" for entry in metadata.get("managedFields") or []), default="")

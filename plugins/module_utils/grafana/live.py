# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Grafana's Secret as it is now, and what in it keeps us from changing it."""

from __future__ import annotations

from dataclasses import dataclass

from ..k8s.client import Cluster
from ..k8s.objects import Object
from ..k8s.resources import DEPLOYMENT, NAMESPACE, SECRET
from ..requests.errors import ClusterError
from .datasource import Datasource, defaults, entries, find
from .document import Document, DocumentError, File, decode, parse
from .restart import ANNOTATION


class MissingError(ClusterError):
    """Something is not there that has to be; on a cluster that is still empty, check mode goes on without it."""


class MissingKeyError(ClusterError):
    """The Secret is there, but not the key: no other role of a play will add it."""


@dataclass(frozen=True)
class Target:
    """Where the provisioning file is, and which Deployment reads it (empty: none is restarted)."""

    namespace: str
    secret: str
    key: str
    deployment: str = ""

    @property
    def where(self) -> str:
        """Return the words that errors name the Secret by."""
        return f"Secret {self.namespace}/{self.secret}"


@dataclass(frozen=True)
class Live:
    """The Secret as it is now, and its provisioning file."""

    secret: Object
    file: File

    @property
    def document(self) -> Document:
        """Return what the file means."""
        return self.file.document

    @property
    def change(self) -> str | None:
        """Return the mark of our last change, None if we never made one."""
        value: str | None = (self.secret["metadata"].get("annotations") or {}).get(ANNOTATION)
        return value


def read(cluster: Cluster, target: Target) -> Live:
    """Return the Secret and its file; an error where either is missing or wrong."""
    secret = cluster.get(SECRET, target.secret, target.namespace)
    if secret is None:
        raise MissingError(_missing_secret(cluster, target))
    data = secret.get("data") or {}
    if target.key not in data:
        keys = ", ".join(sorted(data)) or "none"
        raise MissingKeyError(f"{target.where} has no key {target.key} (its keys: {keys}): name one of them with key.")
    try:
        return Live(secret, File.read(decode(data[target.key])))
    except DocumentError as error:
        raise wrong_content(target, error) from None


def read_deployment(cluster: Cluster, target: Target) -> Object | None:
    """Return the Deployment to restart, None if none is named."""
    if not target.deployment:
        return None
    found = cluster.get(DEPLOYMENT, target.deployment, target.namespace)
    if found is None and cluster.get(SECRET, target.secret, target.namespace) is None:
        raise MissingError(_missing_secret(cluster, target))
    if found is None:
        raise MissingError(
            f"Deployment {target.namespace}/{target.deployment} does not exist: name Grafana's Deployment with "
            "deployment, or set it to an empty string if nothing shall be restarted."
        )
    return found


def check_writable(secret: Object, target: Target) -> None:
    """Refuse a Secret whose content cannot be changed."""
    if secret.get("immutable"):
        raise ClusterError(
            f"{target.where} is immutable (its field immutable is true), so its content cannot be changed: "
            "make it anew without that field."
        )


def check_other_files(secret: Object, target: Target, wanted: Datasource) -> None:
    """Refuse what would clash with another provisioning file in the same Secret: Grafana reads them all."""
    for key, value in (secret.get("data") or {}).items():
        if key == target.key or not key.endswith((".yaml", ".yml")):
            continue
        try:
            document = parse(decode(value))[0]
            same = find(document, wanted.name, wanted.org_id)
            clash = defaults(document, wanted.org_id) if wanted.is_default else []
        except DocumentError:
            continue  # Not ours to judge.
        if same is not None:
            raise ClusterError(
                f"{target.where} has the {wanted.label} under key {key} already: name that key with key."
            )
        if clash:
            raise ClusterError(
                f"{target.where} has the default of organisation {wanted.org_id} under key {key} "
                f"(datasources[{entries(document).index(clash[0])}]), and Grafana does not start with two: unset "
                "isDefault there, or set is_default to false."
            )


def wrong_content(target: Target, error: DocumentError) -> ClusterError:
    """Return the error for a file that is not what it has to be."""
    return ClusterError(f"The content of key {target.key} in {target.where} {error}. Nothing was changed.")


def _missing_secret(cluster: Cluster, target: Target) -> str:
    try:
        namespace_is_there = cluster.get(NAMESPACE, target.namespace) is not None
    except ClusterError:  # Not everybody may read namespaces.
        namespace_is_there = True
    if not namespace_is_there:
        return f"Namespace {target.namespace} does not exist: name the one that Grafana runs in with namespace."
    return (
        f"{target.where} does not exist: name the Secret that Grafana reads its datasources from with secret, "
        "or add the datasource in another way (the role grafana_datasource has sidecar and operator)."
    )

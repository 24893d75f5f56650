# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The object-store Secret in the cluster: written from checked settings, or an existing one read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..apply.kubectl_fields import WHOLE, take_fields
from ..k8s import secrets as cluster_secret
from ..k8s.client import Cluster
from ..k8s.objects import Object
from ..k8s.ownership import objection, without_our_label
from ..k8s.resources import NAMESPACE, SECRET
from ..redaction import document as objstore_file
from ..requests.errors import ClusterError, ConflictError
from . import config as objstore
from .probe import refusal
from .providers import PROVIDERS

#: Key of the certificates that the pods trust, beside the configuration.
CA_KEY = "ca.crt"
#: Stands for the checksum in check mode, where the Secret's content is not known yet.
UNKNOWN_CHECKSUM = "0" * 64
LABELS = {
    "app": "thanos-objstore",
    "app.kubernetes.io/name": "thanos-objstore",
    "app.kubernetes.io/component": "objstore",
    **cluster_secret.MANAGED_BY,
}


@dataclass(frozen=True)
class CredentialsSecret:
    """Where an access key and its secret key are kept."""

    namespace: str
    name: str
    access_key_field: str
    secret_key_field: str


@dataclass(frozen=True)
class Settings:
    """What has to stand in the Secret."""

    namespace: str
    name: str
    key: str
    type: str
    config: Mapping[str, Any]
    prefix: str
    ca: str
    credentials: CredentialsSecret | None
    credentials_changed: bool
    force_conflicts: bool
    probe: bool
    cluster_domain: str
    adopt: bool = False


def read_existing(
    cluster: Cluster, namespace: str, name: str, key: str, probe: bool, cluster_domain: str
) -> dict[str, Any]:
    """Check a Secret that somebody else made, and return the module's result."""
    secret = cluster.get(SECRET, name, namespace)
    if secret is None and cluster.dry_run:  # A play in check mode would have made it before.
        return {"changed": False, "checksum": UNKNOWN_CHECKSUM, "bucket": "", "endpoint": "", "type": ""}
    if secret is None:
        raise ClusterError(f"The object-store Secret {namespace}/{name} does not exist.")
    text = cluster_secret.field(secret, key)
    where = f"Secret {namespace}/{name}, key {key}"
    try:
        document = objstore_file.load(text)
    except objstore_file.UnreadableError as error:
        raise ClusterError(f"{where}: {error}.") from None
    problems = objstore.document_problems(document)
    if problems:
        raise ClusterError(f"{where}: {'; '.join(problems)}.")
    texts = {key: text}
    if CA_KEY in secret["data"]:
        texts[CA_KEY] = cluster_secret.field(secret, CA_KEY)
    if probe:
        _require_access(cluster, document, texts, cluster_domain, where)
    return {"changed": False, **_result(document, texts)}


def remove(cluster: Cluster, namespace: str, name: str) -> dict[str, Any]:
    """Remove the Secret if we wrote it, and return the module's result."""
    secret = cluster.get(SECRET, name, namespace)
    if secret is None:
        return {"changed": False, "kept": []}
    reason = objection(secret)
    changed = not reason and cluster.delete(SECRET, name, namespace)
    return {"changed": changed, "kept": [f"Secret {namespace}/{name}: {reason}"] if reason else []}


def write(cluster: Cluster, settings: Settings) -> dict[str, Any]:
    """Make the Secret what the settings say, and return the module's result with a masked diff."""
    config = objstore.normalized(settings.type, dict(settings.config))
    _check(settings, config, check_credentials=settings.credentials is None)
    credentials = _credentials(cluster, settings)
    document: dict[str, Any] = {"type": settings.type, "config": {**config, **(credentials or {})}}
    if settings.prefix:
        document["prefix"] = settings.prefix
    if credentials is not None:
        _check(settings, document["config"])
    texts = {settings.key: objstore_file.dump(document)}
    if settings.ca:
        texts[CA_KEY] = settings.ca
    if settings.probe and credentials is not None:
        source = settings.credentials
        where = f"Secret {source.namespace}/{source.name}" if source else "The object-store configuration"
        _require_access(cluster, document, texts, settings.cluster_domain, where)
    before = cluster.get(SECRET, settings.name, settings.namespace)
    changed = _apply(cluster, settings, texts, before)
    old = _decoded(before, settings.key)
    replaced = objstore.secret_values(old) - objstore.secret_values(document)
    # Those of another object store are still good for what is there.
    is_same_store = isinstance(old, Mapping) and _server(old) == _server(document)
    result = {"changed": changed, "credentials_replaced": bool(replaced) and is_same_store, **_result(document, texts)}
    if credentials is None:
        result["checksum"] = UNKNOWN_CHECKSUM
    verb = "created" if before is None else "changed"
    result["summary"] = [f"Secret {settings.namespace}/{settings.name}: {verb}"] if changed else []
    if changed:
        result["diff"] = _difference(old, document)
    return result


def _require_access(
    cluster: Cluster, document: Mapping[str, Any], texts: Mapping[str, str], cluster_domain: str, where: str
) -> None:
    """Refuse what the object store would. In check mode nothing was made that it could know."""
    problem = "" if cluster.dry_run else refusal(cluster, document, texts.get(CA_KEY, ""), cluster_domain)
    if problem:
        bucket, endpoint = objstore.place(document)
        raise ClusterError(
            f"{where}: the object store at {endpoint} refuses it for bucket {bucket}: {problem}. "
            "Put bucket and credentials right; with probe (thanos_preflight in the roles) false it is not asked."
        )


def _check(settings: Settings, config: Mapping[str, Any], check_credentials: bool = True) -> None:
    problems = objstore.managed_problems(settings.type, config, check_credentials)
    problems += ca_problems(settings.ca)
    if problems:
        raise ClusterError(f"The object-store configuration is not valid: {'; '.join(problems)}.")


def ca_problems(ca: str) -> list[str]:
    """Return what is wrong with the certificates that the pods trust; everybody may see them."""
    if "PRIVATE KEY-----" in ca:
        return ["ca holds a private key beside its certificates"]
    return ["ca holds no certificate in PEM form"] if ca and "-----BEGIN CERTIFICATE-----" not in ca else []


def _credentials(cluster: Cluster, settings: Settings) -> dict[str, str] | None:
    """Return the keys of the configuration that come from a Secret, or None where check mode cannot know them."""
    source = settings.credentials
    if source is None:
        return {}
    keys = PROVIDERS[settings.type].credentials
    if keys is None:
        raise ClusterError(f"credentials_secret is not available for type {settings.type}; use config.")
    given = [key for key in keys if settings.config.get(key) and key != "storage_account"]
    if given:
        raise ClusterError(f"config.{given[0]} and credentials_secret are both given; one of them has to go.")
    if cluster.dry_run and (settings.credentials_changed or cluster.get(SECRET, source.name, source.namespace) is None):
        return None
    secret = cluster_secret.read(cluster, source.namespace, source.name)
    texts = [cluster_secret.field(secret, name) for name in (source.access_key_field, source.secret_key_field)]
    return dict(zip(keys, texts, strict=True))


def _apply(cluster: Cluster, settings: Settings, texts: Mapping[str, str], before: Object | None) -> bool:
    body: Object = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": settings.name,
            "namespace": settings.namespace,
            "labels": {**LABELS, "app.kubernetes.io/instance": settings.name},
        },
        "type": "Opaque",
        "data": {key: cluster_secret.encode(text) for key, text in texts.items()},
    }
    if before is None and cluster.get(NAMESPACE, settings.namespace) is None:
        if cluster.dry_run:
            return True
        raise ClusterError(f"Namespace {settings.namespace} does not exist.")
    if settings.adopt:
        take_fields(cluster, SECRET, settings.name, settings.namespace, WHOLE)
    elif before is not None and not settings.force_conflicts and objection(before):
        # One with other keys meets no conflict, and would be removed as ours one day.
        body = without_our_label(body)
    try:
        after = cluster.apply(SECRET, body, force=settings.force_conflicts)
    except ConflictError as error:
        raise ClusterError(
            f"{error} Secret {settings.namespace}/{settings.name} was written by somebody else. "
            "Set force_conflicts (thanos_force_conflicts in the roles) to take it over, or use it as it is (existing). "
            "What was made by hand with kubectl is taken over as a whole with thanos_adopt."
        ) from None
    return before is None or _content(before) != _content(after)


def _content(secret: Object) -> Any:
    metadata = secret["metadata"]
    return secret.get("data"), secret.get("type"), metadata.get("labels"), metadata.get("annotations")


def _result(document: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    bucket, endpoint = objstore.place(document)
    return {
        "checksum": objstore_file.checksum(texts),
        "bucket": bucket,
        "endpoint": endpoint,
        "type": document["type"].upper(),
    }


def _server(document: Mapping[str, Any]) -> tuple[str, str]:
    """Return whom the credentials in a configuration are for."""
    config = document.get("config")
    endpoint = config.get("endpoint") if isinstance(config, Mapping) else ""
    return str(document.get("type")).upper(), str(endpoint or "")


def _decoded(secret: Object | None, key: str) -> Any:
    """Return the configuration in a Secret, None where there is none, a text where it is not to be read."""
    if secret is None or key not in (secret.get("data") or {}):
        return None
    try:
        return objstore_file.load(cluster_secret.field(secret, key))
    except (ClusterError, objstore_file.UnreadableError):
        return objstore.MASK


def _difference(old: Any, document: Mapping[str, Any]) -> dict[str, str]:
    """Return both configurations for --diff, masked."""
    if old is None:
        return {"before": "", "after": objstore_file.dump(objstore.masked(document))}
    before, after = objstore.masked_sides(old, document)
    return {"before": _shown(before), "after": _shown(after)}


def _shown(masked: Any) -> str:
    return objstore_file.dump(masked) if isinstance(masked, Mapping) else f"{masked}\n"

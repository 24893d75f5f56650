"""What is removed is what says of itself that it is this collection's: not what only has a name of its objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from announcements import objects, run
from real_cluster import create, eventually, get, kubectl, playbook

MINIO: dict[str, Any] = {"thanos_components": ["minio"], "minio_namespace": "somebody", "thanos_purge_data": True}


#: A kind that its group serves in one version only, and not in the preferred one.
GROUP, PREFERRED, OTHER = "neighbours.example.com", "v1", "v1alpha1"


def definition(kind: str, version: str) -> dict[str, Any]:
    """Return the definition of a kind that is served in one version."""
    plural = f"{kind.lower()}s"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural},
            "versions": [{"name": version, "served": True, "storage": True, "schema": schema}],
        },
    }


@pytest.fixture
def kinds() -> Iterator[None]:
    """Two kinds of one group, each in a version of its own."""
    create(definition("Gadget", PREFERRED), definition("Widget", OTHER))
    names = [f"customresourcedefinition/{plural}.{GROUP}" for plural in ("gadgets", "widgets")]
    try:
        kubectl("wait", "--for=condition=Established", *names)
        eventually(lambda: preferred_version() == PREFERRED, "the group")
        yield
    finally:
        kubectl("delete", *names)


def preferred_version() -> str:
    """Return the version that the group prefers, empty where it is not yet served."""
    groups = {group["name"]: group["preferredVersion"]["version"] for group in get("/apis")["groups"]}
    return str(groups.get(GROUP, ""))


def claim(name: str, **labels: str) -> dict[str, Any]:
    """Return a claim as somebody else would write it."""
    metadata = {"name": name, "namespace": "somebody", "labels": labels}
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def test_claims_of_somebody_else_are_kept_and_named() -> None:
    create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "somebody"}})
    create(claim("minio-pvc"), claim("data-0-minio-0", app="minio"))
    # Copied along with its labels from a manifest of ours.
    create(claim("data-1-minio-0", **{"app": "minio", "app.kubernetes.io/managed-by": "observability.thanos"}))
    before = objects()
    result = playbook("--extra-vars", json.dumps(MINIO), name="playbooks/uninstall.yml")
    assert result.returncode == 0, result.stdout[-4000:]
    assert objects() == before
    for name in ("minio-pvc", "data-0-minio-0", "data-1-minio-0"):
        assert f"PersistentVolumeClaim somebody/{name}" in result.stdout
    assert "destroyed" not in result.stdout
    kubectl("delete", "namespace", "somebody")


@pytest.mark.usefixtures("kinds")
def test_a_namespace_with_something_else_in_it_is_kept() -> None:
    run("site", **MINIO, thanos_verify=False)
    widget = {"apiVersion": f"{GROUP}/{OTHER}", "kind": "Widget", "metadata": {"name": "a", "namespace": "somebody"}}
    create(widget)
    result = playbook("--extra-vars", json.dumps(MINIO), name="playbooks/uninstall.yml")
    assert result.returncode == 0, result.stdout[-4000:]
    assert "Widget somebody/a" in result.stdout
    left = {title for title in objects() if "somebody" in title}
    assert left == {"Namespace somebody", "ConfigMap somebody/kube-root-ca.crt"}
    kubectl("delete", f"widgets.{GROUP}", "--namespace", "somebody", "a")
    said, _changed = run("uninstall", **MINIO)
    assert said == {"Namespace somebody": "removed"}

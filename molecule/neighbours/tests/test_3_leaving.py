"""What is removed is what says of itself that it is this collection's: not what only has a name of its objects."""

from __future__ import annotations

import io
import json
from typing import Any

from announcements import objects, run
from real_cluster import bucket_of_root, create, failed, get, kubectl, playbook

MINIO: dict[str, Any] = {"thanos_components": ["minio"], "minio_namespace": "somebody", "thanos_purge_data": True}


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
    assert '"destroyed, since thanos_purge_data is true": []' in result.stdout
    kubectl("delete", "namespace", "somebody")


def test_a_namespace_with_something_else_in_it_is_kept() -> None:
    run("site", **MINIO, thanos_verify=False)
    group = next(each for each in get("/apis")["groups"] if each["name"] == "monitoring.coreos.com")
    assert group["preferredVersion"]["version"] == "v1", "this kind is served in another version only"
    kind = {"apiVersion": "monitoring.coreos.com/v1alpha1", "kind": "ScrapeConfig"}
    create({**kind, "metadata": {"name": "other", "namespace": "somebody"}, "spec": {"staticConfigs": []}})
    result = playbook("--extra-vars", json.dumps(MINIO), name="playbooks/uninstall.yml")
    assert result.returncode == 0, result.stdout[-4000:]
    assert "ScrapeConfig somebody/other" in result.stdout
    left = {title for title in objects() if "somebody" in title}
    assert left == {"Namespace somebody", "ConfigMap somebody/kube-root-ca.crt"}
    kubectl("delete", "scrapeconfig", "--namespace", "somebody", "other")
    said, _changed = run("uninstall", **MINIO)
    assert said == {"Namespace somebody": "removed"}


def test_a_bucket_of_somebody_else_keeps_minio() -> None:
    """It was made by hand, and is used with root's credentials: no Secret tells of it."""
    variables = json.dumps({"thanos_components": ["minio"], "thanos_purge_data": True})
    with bucket_of_root() as client:
        client.make_bucket("somebody")
        try:
            client.put_object("somebody", "object", io.BytesIO(b"x"), 1)
            result = playbook("--check", "--extra-vars", variables, name="playbooks/uninstall.yml")
        finally:
            client.remove_object("somebody", "object")
            client.remove_bucket("somebody")
    assert result.returncode == 0, result.stdout[-4000:]
    said = " ".join(result.stdout.split())
    assert "MinIO in namespace minio stays with its data, since others use it: " in said
    assert "bucket somebody" in said
    destroyed = said[said.index("destroyed, since thanos_purge_data is true") :].partition("TASK")[0]
    assert "minio-pvc" not in destroyed


def test_a_service_of_somebody_else_is_named_before_anything_is_changed() -> None:
    metadata = {"name": "thanos-bucket-web", "namespace": "monitoring"}
    # Without a selector, since somebody writes its endpoints by hand: no field is in conflict.
    spec = {"ports": [{"name": "web", "port": 80}]}
    create({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
    try:
        before = objects()
        error = failed({"thanos_components": ["thanos_bucket_web"], "thanos_verify": False})
        assert objects() == before
    finally:
        kubectl("delete", "service", "--namespace", "monitoring", "thanos-bucket-web")
    assert "Service monitoring/thanos-bucket-web: it exists already, and its label" in error

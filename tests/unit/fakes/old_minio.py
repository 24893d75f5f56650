# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A MinIO that somebody made by hand: its workload, its claims and its pod, as Kubernetes has them."""

from __future__ import annotations

from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object

OLD_PASSWORD = "by-h4nd-in-clear"


def old_minio(
    kind: str = "Deployment", container: Object | None = None, spec: Object | None = None, **pod: Any
) -> Object:
    """Return MinIO's workload as the tutorial has it, with changes of its container, its spec, and its pods' spec."""
    changed = {
        "name": "minio",
        "image": "minio/minio:RELEASE.2020-11-06T23-17-07Z",
        "args": ["server", "/data"],
        "env": [{"name": "MINIO_ACCESS_KEY", "value": "minio"}, {"name": "MINIO_SECRET_KEY", "value": OLD_PASSWORD}],
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
        **(container or {}),
    }
    pod_spec = {
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "minio-pvc"}}],
        "tolerations": [{"key": "storage"}],
        "containers": [changed],
        **pod,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {
            "name": "minio",
            "namespace": "minio",
            "uid": "uid-of-minio",
            "managedFields": [{"manager": "kubectl-client-side-apply", "operation": "Update"}],
        },
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "minio"}},
            "template": {"metadata": {"labels": {"app": "minio"}}, "spec": pod_spec},
            **(spec or {}),
        },
    }


def templates(*names: str) -> Object:
    """Return a spec's claim templates."""
    return {"volumeClaimTemplates": [{"metadata": {"name": name}, "spec": {}} for name in names]}


def claim(name: str, *owners: str) -> Object:
    """Return a claim, with the uids of its owners."""
    references = [{"kind": "Deployment", "name": "x", "uid": uid} for uid in owners]
    metadata = {"name": name, "namespace": "minio", "ownerReferences": references}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": {}}


def pods_of(workload: Object) -> list[Object]:
    """Return the workload's ready pod, and what is between both."""
    labels = workload["spec"]["template"]["metadata"]["labels"]
    owner = {"kind": workload["kind"], "name": "minio", "uid": workload["metadata"]["uid"], "controller": True}
    replica_set: Object = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": "minio-abc",
            "namespace": "minio",
            "uid": "uid-of-minio-abc",
            "labels": {**labels, "pod-template-hash": "abc"},
            "ownerReferences": [owner],
        },
        "spec": {"template": workload["spec"]["template"]},
    }
    is_direct = workload["kind"] == "StatefulSet"
    between = {"kind": "ReplicaSet", "name": "minio-abc", "uid": "uid-of-minio-abc", "controller": True}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "minio-0" if is_direct else "minio-abc-xyz",
            "namespace": "minio",
            "labels": labels,
            "ownerReferences": [owner if is_direct else between],
        },
        "spec": workload["spec"]["template"]["spec"],
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
    }
    return [pod] if is_direct else [replica_set, pod]

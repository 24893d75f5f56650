# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gives the volume of a MinIO that somebody made by hand to the user that this collection's MinIO runs as.

Such a MinIO mostly runs as root, and so are its files. Kubernetes changes their group (fsGroup) only on volumes whose
driver supports it, which NFS and hostPath do not. So the old MinIO is stopped, and a Job changes the owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.observability.thanos.plugins.module_utils import cluster_secret
from ansible_collections.observability.thanos.plugins.module_utils.cluster import (
    DEPLOYMENT,
    JOB,
    POD,
    ClusterError,
)
from ansible_collections.observability.thanos.plugins.module_utils.grace import Limits
from ansible_collections.observability.thanos.plugins.module_utils.minio_client import Keys, Minio, MinioError
from ansible_collections.observability.thanos.plugins.module_utils.port_forward import pod_http_client
from ansible_collections.observability.thanos.plugins.module_utils.ready_pod import find_ready_pod
from ansible_collections.observability.thanos.plugins.module_utils.rollout import wait_for_rollout
from ansible_collections.observability.thanos.plugins.module_utils.takeover import wait_until
from ansible_collections.observability.thanos.plugins.module_utils.workload_diagnosis import Workload

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.plugins.module_utils.cluster import Cluster, Object

NAME = "minio-volume-owner"
PORT = 9000
#: Where a MinIO keeps its data, and in which claim, so that ours finds it again.
DATA_PATH = "/data"
CLAIM = "minio-pvc"
#: Names of the root credentials' variables, the older ones last.
VARIABLES = (("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"), ("MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"))
#: What a MinIO calls the format of its disk that only releases before RELEASE.2022-10-29 can read.
OLD_FORMAT = "FS"


@dataclass(frozen=True)
class Request:
    """Whose the volume has to be."""

    namespace: str
    deployment: str
    user_id: int
    #: Image with a shell and chown; empty takes that of the old MinIO.
    image: str
    wait_timeout: float


def ensure_owner(cluster: Cluster, request: Request) -> dict[str, Any]:
    """Change the owner of the volume if another user's MinIO wrote it, and return the module's result.

    Afterwards no MinIO runs until it is applied, since the old one would go on writing files of its own user.
    """
    live = cluster.get(DEPLOYMENT, request.deployment, request.namespace)
    if live is None or runs_as(live) == request.user_id:
        return {"changed": False}
    problem = place_problem(live)
    if problem:
        raise ClusterError(f"Deployment {request.namespace}/{request.deployment} {problem}")
    _check_format(cluster, live)
    if cluster.dry_run:
        return {"changed": True}
    replicas = live["spec"].get("replicas", 1)
    _scale(cluster, live, 0, request.wait_timeout)
    try:
        _run_job(cluster, live, request)
    except ClusterError:
        _scale(cluster, live, replicas, 0)
        raise
    return {"changed": True}


def runs_as(deployment: Mapping[str, Any]) -> int | None:
    """Return the user that the first container runs as, None where its image says."""
    pod = deployment["spec"]["template"]["spec"]
    for part in (pod["containers"][0], pod):
        user = (part.get("securityContext") or {}).get("runAsUser")
        if user is not None:
            return int(user)
    return None


def place_problem(deployment: Mapping[str, Any]) -> str:
    """Return why the data would not be found again by our MinIO, an empty text where it will be."""
    pod = deployment["spec"]["template"]["spec"]
    container = pod["containers"][0]
    arguments = [*(container.get("command") or []), *(container.get("args") or [])]
    if "server" not in arguments or DATA_PATH not in arguments:
        return f"is called with `{' '.join(arguments)}`; only a MinIO with `server {DATA_PATH}` can be taken over."
    volumes = {volume["name"]: volume for volume in pod.get("volumes") or []}
    mounted = [mount["name"] for mount in container.get("volumeMounts") or [] if mount["mountPath"] == DATA_PATH]
    volume = volumes.get(mounted[0], {}) if mounted else {}
    claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
    if claim != CLAIM:
        where = f"in claim {claim}" if claim else "in no claim"
        return f"keeps its data {where}, but this collection's MinIO reads claim {CLAIM}. Copy the bucket there first."
    return ""


def _check_format(cluster: Cluster, live: Object) -> None:
    """Refuse a disk format that today's MinIO cannot read. A MinIO that does not run cannot be asked."""
    metadata = live["metadata"]
    pod = find_ready_pod(cluster, Workload(DEPLOYMENT.kind, metadata["namespace"], metadata["name"]))
    if pod is None:
        return
    where = f"Deployment {metadata['namespace']}/{metadata['name']}"
    keys = _root_keys(cluster, live)
    try:
        http = pod_http_client(cluster, metadata["namespace"], pod, PORT)
        backend = Minio(http, PORT, keys).backend()
    except MinioError as error:
        raise ClusterError(
            f"{where} does not say what format its disk has, with the credentials it has: {error}."
        ) from None
    if backend == OLD_FORMAT:
        raise ClusterError(
            f"{where} keeps its data in the format {OLD_FORMAT}, which MinIO cannot read since RELEASE.2022-10-29. "
            "Nothing was changed. Copy the bucket to a new MinIO first, see docs/operations.md."
        )


def _root_keys(cluster: Cluster, live: Object) -> Keys:
    namespace = live["metadata"]["namespace"]
    where = f"Deployment {namespace}/{live['metadata']['name']}"
    entries = {entry["name"]: entry for entry in live["spec"]["template"]["spec"]["containers"][0].get("env") or []}
    for user, password in VARIABLES:
        if user in entries and password in entries:
            texts = [_value(cluster, namespace, entries[name]) for name in (user, password)]
            return Keys(where, *texts)
    names = " or ".join(" and ".join(pair) for pair in VARIABLES)
    raise ClusterError(f"{where} has no {names}, so its MinIO cannot be asked what format its disk has.")


def _value(cluster: Cluster, namespace: str, entry: Mapping[str, Any]) -> str:
    reference = (entry.get("valueFrom") or {}).get("secretKeyRef")
    if reference is None:
        return str(entry.get("value") or "")
    return cluster_secret.field(cluster_secret.read(cluster, namespace, reference["name"]), reference["key"])


def _scale(cluster: Cluster, live: Object, replicas: int, timeout: float) -> None:
    """Set the number of pods; with 0 also wait until none is left."""
    metadata = live["metadata"]
    cluster.merge(DEPLOYMENT, metadata["name"], {"spec": {"replicas": replicas}}, metadata["namespace"])
    if replicas:
        return
    selector = ",".join(f"{key}={value}" for key, value in live["spec"]["selector"]["matchLabels"].items())
    wait_until(
        lambda: not cluster.list(POD, metadata["namespace"], label_selector=selector),
        timeout,
        f"The pods of Deployment {metadata['namespace']}/{metadata['name']} do not stop.",
    )


def _run_job(cluster: Cluster, live: Object, request: Request) -> None:
    namespace = request.namespace
    cluster.delete(JOB, NAME, namespace, "Background")
    wait_until(
        lambda: cluster.get(JOB, NAME, namespace) is None, request.wait_timeout, f"Job {namespace}/{NAME} stays."
    )
    cluster.create(JOB, job(live, request))
    workload = Workload(JOB.kind, namespace, NAME)
    outcome = wait_for_rollout(cluster, [workload], Limits(timeout=request.wait_timeout, crash_restarts=1))
    cluster.delete(JOB, NAME, namespace, "Background")
    if outcome.message:
        raise ClusterError(
            f"{outcome.message}\nThe volume of MinIO could not be given to user {request.user_id}; the old MinIO runs "
            "again. If the image has no shell or no chown, set minio_volume_owner_image. If the volume does not let "
            "root change owners (NFS with root_squash), set minio_user_id to the user that its files belong to."
        )


def job(live: Mapping[str, Any], request: Request) -> Object:
    """Return the Job: root with just the rights to change owners, where the old MinIO's pods could run."""
    pod = live["spec"]["template"]["spec"]
    kept = ("imagePullSecrets", "nodeSelector", "tolerations", "affinity")
    owner = f"{request.user_id}:{request.user_id}"
    container = {
        "name": NAME,
        "image": request.image or pod["containers"][0]["image"],
        # By a shell, since busybox may have chown only inside.
        "command": ["sh", "-c", f"chown -R {owner} {DATA_PATH}"],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "1", "memory": "256Mi"}},
        "securityContext": {
            "runAsUser": 0,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"], "add": ["CHOWN", "DAC_OVERRIDE", "FOWNER"]},
        },
        "volumeMounts": [{"name": "data", "mountPath": DATA_PATH}],
    }
    # Not MinIO's own label: its Service and its Deployment would take this pod for one of theirs.
    labels = {"app": NAME, **cluster_secret.MANAGED_BY}
    return {
        "apiVersion": JOB.api_version,
        "kind": JOB.kind,
        "metadata": {"name": NAME, "namespace": request.namespace, "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "ttlSecondsAfterFinished": 600,
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    **{key: pod[key] for key in kept if key in pod},
                    "automountServiceAccountToken": False,
                    "restartPolicy": "Never",
                    "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
                    "containers": [container],
                    "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": CLAIM}}],
                },
            },
        },
    }

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

from ..k8s import secrets as cluster_secret
from ..k8s.finding import compose
from ..k8s.objects import title_of
from ..k8s.polling import wait_until
from ..k8s.resources import DEPLOYMENT, JOB, STATEFUL_SET
from ..k8s.workload_pods import pods_of
from ..requests.errors import ClusterError
from ..rollout.grace import Limits
from ..rollout.wait import wait_for_rollout
from ..rollout.workload import Workload
from .command import start_of
from .place import CLAIM_NAME, DATA_PATH
from .predecessor import OWNER_JOB, old_workload, standalone_finding

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

RESOURCES = {each.kind: each for each in (DEPLOYMENT, STATEFUL_SET)}


@dataclass(frozen=True)
class VolumeOwner:
    """Whose the volume has to be."""

    namespace: str
    #: Name of the old MinIO's Deployment or StatefulSet.
    workload: str
    user_id: int
    #: Image with a shell and chown; empty takes that of the old MinIO.
    image: str
    wait_timeout: float


def ensure_owner(cluster: Cluster, wanted: VolumeOwner) -> dict[str, Any]:
    """Change the owner of the volume if another user's MinIO wrote it, and return the module's result.

    Afterwards no MinIO runs until it is applied, since the old one would go on writing files of its own user.
    """
    finding = standalone_finding(cluster, wanted.namespace, adopt=True, name=wanted.workload)
    if finding:
        raise ClusterError(compose([finding]))
    live = old_workload(cluster, wanted.namespace, wanted.workload)
    if live is None:
        return {"changed": False}
    container = start_of(cluster, live).container
    if runs_as(live, container) == wanted.user_id:
        return {"changed": False}
    if cluster.dry_run:
        return {"changed": True}
    replicas = live["spec"].get("replicas", 1)
    try:
        _scale(cluster, live, 0)
        wait_until(
            lambda: not pods_of(cluster, live), wanted.wait_timeout, f"The pods of {title_of(live)} do not stop."
        )
        _run_job(cluster, live, container, wanted)
    except ClusterError:
        _scale(cluster, live, replicas)
        raise
    return {"changed": True}


def runs_as(workload: Mapping[str, Any], container: Mapping[str, Any]) -> int | None:
    """Return the user that a container runs as, None where its image says."""
    for part in (container, workload["spec"]["template"]["spec"]):
        user = (part.get("securityContext") or {}).get("runAsUser")
        if user is not None:
            return int(user)
    return None


def _scale(cluster: Cluster, live: Object, replicas: int) -> None:
    metadata = live["metadata"]
    cluster.merge(RESOURCES[live["kind"]], metadata["name"], {"spec": {"replicas": replicas}}, metadata["namespace"])


def _run_job(cluster: Cluster, live: Object, container: Mapping[str, Any], wanted: VolumeOwner) -> None:
    namespace = wanted.namespace
    cluster.delete(JOB, OWNER_JOB, namespace, "Background")
    wait_until(
        lambda: cluster.get(JOB, OWNER_JOB, namespace) is None,
        wanted.wait_timeout,
        f"Job {namespace}/{OWNER_JOB} stays.",
    )
    cluster.create(JOB, job(live, container, wanted))
    workload = Workload(JOB.kind, namespace, OWNER_JOB)
    outcome = wait_for_rollout(cluster, [workload], Limits(timeout=wanted.wait_timeout, crash_restarts=1))
    cluster.delete(JOB, OWNER_JOB, namespace, "Background")
    if outcome.message:
        raise ClusterError(
            f"{outcome.message}\nThe volume of MinIO could not be given to user {wanted.user_id}; the old MinIO runs "
            "again. If the image has no shell or no chown, set minio_volume_owner_image. If the volume does not let "
            "root change owners (NFS with root_squash), set minio_user_id to the user that its files belong to."
        )


def job(live: Mapping[str, Any], old: Mapping[str, Any], wanted: VolumeOwner) -> Object:
    """Return the Job, which runs where the old MinIO's pods could run."""
    pod = live["spec"]["template"]["spec"]
    kept = ("imagePullSecrets", "nodeSelector", "tolerations", "affinity")
    # Not MinIO's own label: its Service and its Deployment would take this pod for one of theirs.
    labels = {"app": OWNER_JOB, **cluster_secret.MANAGED_BY}
    return {
        "apiVersion": JOB.api_version,
        "kind": JOB.kind,
        "metadata": {"name": OWNER_JOB, "namespace": wanted.namespace, "labels": labels},
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
                    "containers": [_container(wanted.image or old["image"], wanted.user_id)],
                    "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": CLAIM_NAME}}],
                },
            },
        },
    }


def _container(image: str, user_id: int) -> Object:
    """Return what changes the owner: root with just the rights to do so."""
    owner = f"{user_id}:{user_id}"
    return {
        "name": OWNER_JOB,
        "image": image,
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

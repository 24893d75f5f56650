# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a MinIO that somebody made by hand keeps its data, and whether this collection's MinIO would find it there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .command import UnclearError, start_of

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

#: Where a standalone MinIO of ours keeps its data, and in which claim.
DATA_PATH = "/data"
CLAIM_NAME = "minio-pvc"
#: A directory or a pattern of several, which may be shown.
PATH = re.compile(r"[\w./{}-]+")


def place_problem(cluster: Cluster, workload: Object) -> str:
    """Return why our standalone MinIO would not find the data, in words that go on after the workload's name.

    Empty where it would. What cannot be told is a problem, too.
    """
    try:
        start = start_of(cluster, workload)
        if [posixpath.normpath(drive) for drive in start.drives] != [DATA_PATH]:
            raise UnclearError(f"keeps its data in {_words(start.drives)}, and not in {DATA_PATH} alone")
        claim = _claim_of(workload, start.container)
    except UnclearError as unclear:
        return f"{unclear}, so its data is not known to be in claim {CLAIM_NAME}, which this collection's MinIO reads."
    if claim != CLAIM_NAME:
        return f"keeps its data in claim {claim}, but this collection's MinIO reads claim {CLAIM_NAME}."
    return ""


def _words(drives: tuple[str, ...]) -> str:
    return ", ".join(drive if PATH.fullmatch(drive) else "another place" for drive in drives) or "no directory"


def _claim_of(workload: Object, container: Mapping[str, Any]) -> str:
    """Return the claim at MinIO's directory, which has to be the whole directory and the whole volume."""
    mounts = {posixpath.normpath(mount["mountPath"]): mount for mount in container.get("volumeMounts") or []}
    below = [path for path in mounts if path.startswith(f"{DATA_PATH}/")]
    if below:
        raise UnclearError(f"keeps a part of its data in another volume, at {', '.join(sorted(below))}")
    if DATA_PATH not in mounts:
        raise UnclearError("keeps its data in no volume, and loses it with its pod")
    mount = mounts[DATA_PATH]
    if mount.get("subPath") or mount.get("subPathExpr"):
        raise UnclearError("keeps its data in one directory of its volume (subPath)")
    spec = workload["spec"]
    if mount["name"] in [template["metadata"]["name"] for template in spec.get("volumeClaimTemplates") or []]:
        return f"{mount['name']}-{workload['metadata']['name']}-0"
    volumes = {volume["name"]: volume for volume in spec["template"]["spec"].get("volumes") or []}
    volume = volumes.get(mount["name"]) or {}
    if "persistentVolumeClaim" not in volume:
        kinds = ", ".join(key for key in volume if key != "name") or "nothing"
        raise UnclearError(f"keeps its data in no claim, but in volume {mount['name']} ({kinds})")
    return str(volume["persistentVolumeClaim"]["claimName"])

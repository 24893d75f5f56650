# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The format of an old MinIO's disk, for which that MinIO is asked itself."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from ansible.module_utils.basic import missing_required_lib

from ..k8s.objects import title_of
from ..k8s.ownership import has_our_fields
from ..k8s.port_forward import pod_http_client
from ..requests.errors import ClusterError
from ..rollout.ready_pod import find_ready_pod
from ..rollout.workload import Workload
from .client import Keys, Minio, MinioError
from .command import UnclearError, Variables, start_of

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

#: Names of the root credentials' variables, the older ones last.
VARIABLES = (("MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD"), ("MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"))
#: What a MinIO calls the format of its disk that only releases before RELEASE.2022-10-29 can read.
OLD_FORMAT = "FS"


def format_problem(cluster: Cluster, workload: Object) -> str:
    """Return why today's MinIO could not read the disk, in words that go on after the workload's name.

    Empty where it could. What cannot be told is a problem, too.
    """
    namespace, name = workload["metadata"]["namespace"], workload["metadata"]["name"]
    pod = find_ready_pod(cluster, Workload(workload["kind"], namespace, name))
    if pod is None:
        # An earlier run has asked it before it stopped it.
        return "" if has_our_fields(workload) else "does not run, so it cannot be asked what format its disk has."
    if find_spec("minio") is None:
        raise ClusterError(missing_required_lib("minio"))
    try:
        start = start_of(cluster, workload)
        keys = _root_keys(title_of(workload), Variables(cluster, namespace, start.container))
        http = pod_http_client(cluster, namespace, pod, start.port)
        backend = Minio(http, start.port, keys).backend()
    except UnclearError as unclear:
        return f"{unclear}, so it cannot be asked what format its disk has."
    except MinioError as error:
        return f"does not say what format its disk has, with the credentials it has: {error}."
    if backend == OLD_FORMAT:
        return f"keeps its data in the format {OLD_FORMAT}, which MinIO cannot read since RELEASE.2022-10-29."
    return ""


def _root_keys(where: str, variables: Variables) -> Keys:
    for user, password in VARIABLES:
        texts = [variables.get(name) for name in (user, password)]
        if all(texts):
            return Keys(where, *map(str, texts))
    names = " or ".join(" and ".join(pair) for pair in VARIABLES)
    raise UnclearError(f"has no {names}")

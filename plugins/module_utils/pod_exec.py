# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command in a container, through the Kubernetes API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.observability.thanos.plugins.module_utils.cluster import POD, ClusterError

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.plugins.module_utils.cluster import Cluster


def execute(
    cluster: Cluster, namespace: str, pod: str, container: str, command: list[str], timeout: float
) -> tuple[int, str, str]:
    """Run a command to its end; return its exit status, its output and its error output."""
    from kubernetes.client import ApiException
    from kubernetes.stream.ws_client import websocket_call

    # Not through CoreV1Api, as kubernetes.stream.stream wants it: importing its models takes longer than all else.
    configuration = cluster.api_client.configuration
    token = configuration.auth_settings().get("BearerToken")
    query = [("container", container), ("stdout", "true"), ("stderr", "true"), *(("command", word) for word in command)]
    try:
        stream = websocket_call(  # type: ignore[no-untyped-call]  # The library has no types here.
            configuration,
            "GET",
            f"{configuration.host}{POD.path(namespace, pod)}/exec",
            query_params=query,
            headers={"authorization": token["value"]} if token else {},
            _preload_content=False,
        )
    except ApiException as error:
        # The reason holds the server's response headers as well.
        reason = str(error.reason).split("-+-+-", maxsplit=1)[0].strip()
        raise ClusterError(
            f"The Kubernetes API ran no command in pod {namespace}/{pod}: {reason}. "
            "The user of the play needs the verbs get and create on pods/exec in that namespace."
        ) from error
    stream.run_forever(timeout=timeout)
    if stream.is_open():
        stream.close()
        raise ClusterError(f"{' '.join(command[:4])} did not end within {timeout:.0f} s in pod {namespace}/{pod}.")
    output, errors = str(stream.read_stdout()), str(stream.read_stderr())
    return int(stream.returncode), output, errors

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The restart that makes Grafana read its provisioning files again: an annotation on the pod template."""

from __future__ import annotations

from ..k8s.client import Cluster
from ..k8s.objects import Object
from ..k8s.resources import DEPLOYMENT

#: On the Secret: the change that was made last. On the pod template: the change that Grafana was started with.
ANNOTATION = "observability.thanos/datasource-checksum"


def started_with(deployment: Object) -> str | None:
    """Return the change that the Deployment's pods were started with, None if we never restarted it."""
    annotations = deployment["spec"]["template"].get("metadata", {}).get("annotations") or {}
    value: str | None = annotations.get(ANNOTATION)
    return value


def restart(cluster: Cluster, deployment: Object, change: str | None) -> bool:
    """Start the pods anew with this change, None takes the annotation away; return whether that restarts them."""
    before = started_with(deployment)
    if before == change:
        return False
    metadata = deployment["metadata"]
    body: Object = {
        "apiVersion": DEPLOYMENT.api_version,
        "kind": DEPLOYMENT.kind,
        "metadata": {"name": metadata["name"], "namespace": metadata["namespace"]},
    }
    if change is not None:
        body["spec"] = {"template": {"metadata": {"annotations": {ANNOTATION: change}}}}
    # The annotation is ours whoever wrote it last, for instance a backup that was restored.
    return started_with(cluster.apply(DEPLOYMENT, body, force=True)) != before

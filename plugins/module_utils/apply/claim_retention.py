# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Claims that Kubernetes would remove together with a workload, or with pods that a StatefulSet gives up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..k8s.finding import Finding
from ..k8s.objects import title_of
from ..k8s.resources import CLAIM, STATEFUL_SET
from ..requests.errors import ClusterError

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.objects import Object

POLICY = "persistentVolumeClaimRetentionPolicy"


def deletion_finding(cluster: Cluster, live: Object) -> Finding | None:
    """Return why a workload must not be deleted: its claims would go with it, even where its pods are to stay."""
    namespace, name = live["metadata"]["namespace"], live["metadata"]["name"]
    try:
        claims = cluster.list(CLAIM, namespace)
    except ClusterError as error:
        if not error.status:
            raise
        what = f"it is to be deleted, and it cannot be told which claims would go with it ({error})."
        return Finding(title_of(live), what, f"Allow this user to list persistentvolumeclaims in {namespace}.")
    if _policy(live, "whenDeleted") == "Delete":
        going = sorted(each["metadata"]["name"] for each in claims if is_claim_of(live, each["metadata"]["name"]))
        if going:
            return Finding(
                title_of(live),
                f"it is to be deleted, and {_claims(going)} would go with it: its {POLICY}.whenDeleted is Delete.",
                _retain(namespace, name, "whenDeleted"),
            )
    going = sorted(each["metadata"]["name"] for each in claims if _is_owned(each, live))
    if going:
        what = f"it is to be deleted, and {_claims(going)} would go with it: it is their owner (ownerReferences)."
        return Finding(title_of(live), what, "Take the owner reference out of the claims first.")
    return None


def scaling_finding(manifest: Mapping[str, Any], live: Object | None) -> Finding | None:
    """Return why a StatefulSet must not get fewer replicas: the claims of those that leave would go with them."""
    if live is None or manifest["kind"] != STATEFUL_SET.kind or POLICY in manifest["spec"]:
        return None
    before, after = (each["spec"].get("replicas", 1) for each in (live, manifest))
    if after >= before or _policy(live, "whenScaled") != "Delete" or not live["spec"].get("volumeClaimTemplates"):
        return None
    return Finding(
        title_of(live),
        f"its replicas are to be {after} instead of {before}, and the claims of those that leave would go with them: "
        f"its {POLICY}.whenScaled is Delete.",
        _retain(live["metadata"]["namespace"], live["metadata"]["name"], "whenScaled"),
    )


def is_claim_of(stateful_set: Mapping[str, Any], name: str) -> bool:
    """Return whether a claim has a name that the StatefulSet gives its claims."""
    pods = re.escape(stateful_set["metadata"]["name"])
    templates = stateful_set["spec"].get("volumeClaimTemplates") or []
    return any(re.fullmatch(f"{re.escape(each['metadata']['name'])}-{pods}-[0-9]+", name) for each in templates)


def _policy(live: Object, key: str) -> str:
    return str((live["spec"].get(POLICY) or {}).get(key) or "")


def _is_owned(claim: Object, owner: Object) -> bool:
    references = claim["metadata"].get("ownerReferences") or []
    return any(reference.get("uid") == owner["metadata"]["uid"] for reference in references)


def _claims(names: list[str]) -> str:
    return f"PersistentVolumeClaim {', '.join(names)}"


def _retain(namespace: str, name: str, key: str) -> str:
    patch = f'{{"spec":{{"{POLICY}":{{"{key}":"Retain"}}}}}}'
    return f"Keep them first: kubectl --namespace {namespace} patch statefulset {name} --type=merge --patch '{patch}'"

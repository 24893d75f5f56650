# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applies and removes manifests with what kubernetes.core.k8s itself is made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ..k8s.client import FIELD_MANAGER
from ..requests.errors import NoAnswerError, status_of
from ..requests.unexpected import unexpected
from ..requests.unreachable import causes

if TYPE_CHECKING:
    from ..k8s.client import Cluster

#: Seconds between two looks at an object that is being removed.
WAIT_SLEEP = 1

#: What kubernetes.core's perform_action gives, or {error: {msg}}.
Outcome = dict[str, Any]


@dataclass(frozen=True)
class ApplyOptions:
    """What is to become of the manifests."""

    state: str = "present"
    force_conflicts: bool = False
    #: Longest wait until removed objects are gone, in seconds; 0 does not wait.
    wait_timeout: int = 0


def apply_all(
    cluster: Cluster, manifests: Sequence[Mapping[str, Any]], options: ApplyOptions, warn: Callable[[str], None]
) -> list[Outcome]:
    """Try every manifest, so that all that is wrong can be said, and return what became of each.

    One with a uid stands for just that object where it is removed, and not for one of the same name.
    """
    from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import K8SClient
    from ansible_collections.kubernetes.core.plugins.module_utils.k8s.exceptions import CoreException
    from ansible_collections.kubernetes.core.plugins.module_utils.k8s.runner import perform_action
    from ansible_collections.kubernetes.core.plugins.module_utils.k8s.service import K8sService

    client = K8SClient(cluster.configuration, cluster.dynamic, dry_run=cluster.dry_run)

    def service_for(params: dict[str, Any]) -> Any:
        return K8sService(client, SimpleNamespace(params=params, check_mode=cluster.dry_run, _diff=True, warn=warn))

    def apply(manifest: Mapping[str, Any]) -> Outcome:
        params = _params(options, manifest["metadata"].get("uid"))
        try:
            outcome: Outcome = perform_action(service_for(params), dict(manifest), params)
        except CoreException as error:
            if options.state == "absent" and _was_gone(error):
                return {"changed": True, "method": "delete", "result": {}}
            raise
        return outcome

    def wait(manifest: Mapping[str, Any]) -> Outcome:
        service = service_for(_params(options))
        resource = service.find_resource(manifest["kind"], manifest["apiVersion"], fail=True)
        is_gone, _instance, seconds = service.wait(resource, manifest)
        return {} if is_gone else {"error": {"msg": f"it is still there after {seconds} s"}}

    outcomes = [_attempt(apply, manifest) for manifest in manifests]
    if options.state == "absent" and options.wait_timeout and not cluster.dry_run:
        # All are on their way before the first is waited for.
        for outcome, manifest in zip(outcomes, manifests, strict=True):
            if outcome["changed"]:
                outcome.update(_attempt(wait, manifest))
    return outcomes


def _attempt(work: Callable[[Mapping[str, Any]], Outcome], manifest: Mapping[str, Any]) -> Outcome:
    try:
        return work(manifest)
    except Exception as error:  # kubernetes.core's errors have no other common base.
        for each in causes(error):
            if isinstance(each, NoAnswerError):  # No other manifest would fare better.
                raise each from None
        return {"changed": False, "error": {"msg": _explanation(error, is_secret=manifest["kind"] == "Secret")}}


def _was_gone(error: Exception) -> bool:
    """Return whether an object was there, and not any more when its removal was asked for.

    So it is where the answer to the first request was lost, and where the object's owner went at the same time.
    """
    from kubernetes.dynamic.exceptions import NotFoundError

    is_removal = str(error).startswith("Failed to delete object")
    return is_removal and any(isinstance(each, NotFoundError) for each in causes(error))


def _explanation(error: Exception, is_secret: bool) -> str:
    """Return an error's text where it is known to hold no secret: kubernetes.core puts into its own what led to it."""
    from ansible_collections.kubernetes.core.plugins.module_utils.k8s.exceptions import CoreException
    from kubernetes.dynamic.exceptions import DynamicApiError, ResourceNotFoundError, ResourceNotUniqueError

    found = list(causes(error))
    for each in found:
        if isinstance(each, DynamicApiError):
            return f"The Kubernetes API refused it: {json.dumps(status_of(each, is_secret))}"
    is_unknown = any(isinstance(each, ResourceNotFoundError | ResourceNotUniqueError) for each in found)
    return str(error) if is_unknown and isinstance(error, CoreException) else unexpected(error)


def _params(options: ApplyOptions, uid: str | None = None) -> dict[str, Any]:
    """Return the options of kubernetes.core.k8s."""
    precondition = {"preconditions": {"uid": uid}} if uid else {}
    return {
        "state": options.state,
        "apply": options.state == "present",
        "server_side_apply": {"field_manager": FIELD_MANAGER, "force_conflicts": options.force_conflicts},
        "delete_options": {"propagationPolicy": "Foreground", **precondition},
        "wait": False,
        "wait_sleep": WAIT_SLEEP,
        "wait_timeout": options.wait_timeout,
    }

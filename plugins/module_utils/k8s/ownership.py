# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an object is this collection's, by what the object says of itself and never by its name.

Both marks count together: a label can be copied along with a manifest, and a field manager may own single fields of
somebody else's object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..requests.errors import ClusterError, NoAnswerError
from .client import FIELD_MANAGER
from .resources import DAEMON_SET, DEPLOYMENT, JOB, REPLICA_SET, STATEFUL_SET, THANOS_RULER, Resource

if TYPE_CHECKING:
    from .client import Cluster
    from .objects import Object

MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
#: Field managers of Kubernetes' own controllers: distributions in one binary run them under the binary's name.
CONTROLLER_MANAGERS = frozenset({"kube-controller-manager", "k3s", "kubelite"})
#: Kinds that control others and may be ours, or may be controlled by one of ours.
CONTROLLING_KINDS: dict[tuple[Any, Any], Resource] = {
    (each.api_version, each.kind): each
    for each in (DAEMON_SET, DEPLOYMENT, JOB, REPLICA_SET, STATEFUL_SET, THANOS_RULER)
}
#: Object, controller, its controller and so on: a pod of a ThanosRuler has two above it. Ends where they are a ring.
LONGEST_CHAIN = 5


def is_ours(live: Object) -> bool:
    """Return whether the object has this collection's label and fields that this collection's field manager owns."""
    return has_our_label(live) and has_our_fields(live)


def has_our_label(live: Object) -> bool:
    """Return whether the object is labelled as managed by this collection."""
    labels = live["metadata"].get("labels") or {}
    return bool(labels.get(MANAGED_BY_LABEL) == FIELD_MANAGER)


def has_our_fields(live: Object) -> bool:
    """Return whether this collection's field manager owns a field of the object."""
    entries = live["metadata"].get("managedFields") or []
    return any(entry.get("manager") == FIELD_MANAGER for entry in entries)


def controller_of(live: Object) -> dict[str, Any] | None:
    """Return the owner reference of the object's controller, None where nothing controls it."""
    references: list[dict[str, Any]] = live["metadata"].get("ownerReferences") or []
    return next((reference for reference in references if reference.get("controller")), None)


def objection(live: Object) -> str:
    """Return why the object is not this collection's to remove, empty where it is."""
    if not has_our_label(live):
        manager = (live["metadata"].get("labels") or {}).get(MANAGED_BY_LABEL)
        return f"its label {MANAGED_BY_LABEL} is {manager or 'missing'}, so it is somebody else's"
    if not has_our_fields(live):
        return f"it has this collection's label, but field manager {FIELD_MANAGER} owns nothing of it"
    return ""


def live_of(cluster: Cluster, resource: Resource, manifest: Mapping[str, Any]) -> Object | None:
    """Return what is there under a manifest's name, None where nothing is or it may not be read."""
    try:
        return cluster.get(resource, manifest["metadata"]["name"], manifest["metadata"].get("namespace"))
    except NoAnswerError:
        raise
    except ClusterError:
        return None  # The apply itself will say what is wrong.


def without_our_label(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the manifest without the label that says that the object is ours."""
    metadata = manifest["metadata"]
    labels = {key: value for key, value in (metadata.get("labels") or {}).items() if key != MANAGED_BY_LABEL}
    return {**manifest, "metadata": {**metadata, "labels": labels}}


def belongs_to_us(cluster: Cluster, live: Object) -> bool:
    """Return whether the object is ours, or its controller is, or the controller of that one."""
    found: Object | None = live
    for _step in range(LONGEST_CHAIN):
        if found is None or is_ours(found):
            break
        found = _live_controller(cluster, found)
    return found is not None and is_ours(found)


def removal_objection(cluster: Cluster, live: Object) -> str:
    """Return why an object is not ours to remove, empty where it is: what something of others controls is not."""
    if belongs_to_us(cluster, live):
        controller = controller_of(live)
        owner = _live_controller(cluster, live) if controller else None
        if controller and not (owner and belongs_to_us(cluster, owner)):
            return f"{controller['kind']} {controller['name']} controls it, which is not this collection's"
        return ""
    return objection(live)


def _live_controller(cluster: Cluster, live: Object) -> Object | None:
    reference = controller_of(live) or {}
    resource = CONTROLLING_KINDS.get((reference.get("apiVersion"), reference.get("kind")))
    owner = cluster.get(resource, reference["name"], live["metadata"].get("namespace")) if resource else None
    # One of the same name that was made later is another object.
    return owner if owner and owner["metadata"]["uid"] == reference.get("uid") else None


def has_our_label_from_controllers(live: Object) -> bool:
    """Return whether a controller of Kubernetes gave the object our label, as it does from a template of ours.

    That such a controller is among the managers says nothing: it writes into every claim that is bound.
    """
    entries = live["metadata"].get("managedFields") or []
    return has_our_label(live) and any(_owns_label(entry) for entry in entries)


def _owns_label(entry: dict[str, Any]) -> bool:
    if entry.get("manager") not in CONTROLLER_MANAGERS or entry.get("subresource"):
        return False
    fields = entry.get("fieldsV1")
    labels = ((fields or {}).get("f:metadata") or {}).get("f:labels") or {}
    return fields is None or f"f:{MANAGED_BY_LABEL}" in labels


def has_only_controllers_fields(live: Object) -> bool:
    """Return whether nobody but Kubernetes' own controllers wrote anything of the object."""
    entries = live["metadata"].get("managedFields") or []
    return all(entry.get("manager") in CONTROLLER_MANAGERS for entry in entries)

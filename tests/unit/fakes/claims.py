# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""StatefulSets and the claims that they make, as the API server keeps them."""

from __future__ import annotations

from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import ours

MANAGED_BY = "app.kubernetes.io/managed-by"
OURS = {MANAGED_BY: "observability.thanos"}


def template(name: str = "data", size: str = "1Gi", **labels: str) -> Object:
    """Return a claim template as a manifest has it."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    return {"metadata": {"name": name, "labels": labels}, "spec": spec}


def stateful_set(name: str, *templates: Object, **spec: Any) -> Object:
    """Return a StatefulSet of somebody; ours() makes it this collection's."""
    labels = {"app": name}
    pods = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "thanos", "args": ["store"]}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": "monitoring"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": pods,
            "volumeClaimTemplates": list(templates) or [template(app=name)],
            **spec,
        },
    }


def claim(name: str, *managers: str, namespace: str = "monitoring", **labels: str) -> Object:
    """Return a claim of one gibibyte, whose labels these field managers own."""
    fields: Object = {"f:metadata": {"f:labels": {f"f:{key}": {} for key in labels}}}
    written = [{"manager": each, "operation": "Update", "fieldsV1": fields} for each in managers]
    # Whoever made the claim, the controller that binds it writes into it.
    bound = {"f:spec": {"f:volumeName": {}}, "f:metadata": {"f:annotations": {"f:pv.kubernetes.io/bind-completed": {}}}}
    binder = {"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": bound}
    metadata = {"name": name, "namespace": namespace, "labels": labels, "managedFields": [*written, binder]}
    spec = {"resources": {"requests": {"storage": "1Gi"}}}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}


def from_template(name: str, *, namespace: str = "monitoring", **labels: str) -> Object:
    """Return a claim that a StatefulSet's controller made from a template with these labels."""
    return claim(name, "kube-controller-manager", namespace=namespace, **labels)


def made_at(body: Object, time: str) -> Object:
    """Return the object as if it was made at this time of a day."""
    return {**body, "metadata": {**body["metadata"], "creationTimestamp": f"2026-01-31T{time}Z"}}


def controlled_by(body: Object, owner: Object) -> Object:
    """Return the object with a controller, which has been stored before."""
    reference = {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
    }
    return {**body, "metadata": {**body["metadata"], "ownerReferences": [reference]}}


def thanos_ruler() -> Object:
    """Return a ThanosRuler of ours."""
    metadata = {"name": "thanos-ruler", "namespace": "monitoring"}
    spec = {"storage": {"volumeClaimTemplate": template(app="thanos-ruler")}}
    return ours({"apiVersion": "monitoring.coreos.com/v1", "kind": "ThanosRuler", "metadata": metadata, "spec": spec})


def set_of_ruler(ruler: Object) -> Object:
    """Return the StatefulSet that the operator makes of a stored ThanosRuler."""
    labels = {"thanos-ruler": "thanos-ruler", MANAGED_BY: "prometheus-operator"}
    made = stateful_set("thanos-ruler-thanos-ruler", template(app="thanos-ruler"), selector={"matchLabels": labels})
    return controlled_by({**made, "metadata": {**made["metadata"], "labels": labels}}, ruler)

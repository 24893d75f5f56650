# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds of objects, and where the Kubernetes API keeps them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Resource:
    """A kind of object and where the API keeps it."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """Return the URL path of one object, or of the collection when no name is given."""
        prefix = "/api/" if "/" not in self.api_version else "/apis/"
        parts = [prefix + self.api_version]
        if self.namespaced and namespace:
            parts += ["namespaces", namespace]
        parts.append(self.plural)
        if name:
            parts.append(name)
        return "/".join(parts)


CONFIG_MAP = Resource("v1", "ConfigMap", "configmaps")
DAEMON_SET = Resource("apps/v1", "DaemonSet", "daemonsets")
DEPLOYMENT = Resource("apps/v1", "Deployment", "deployments")
EVENT = Resource("v1", "Event", "events")
JOB = Resource("batch/v1", "Job", "jobs")
NAMESPACE = Resource("v1", "Namespace", "namespaces", namespaced=False)
NODE = Resource("v1", "Node", "nodes", namespaced=False)
POD = Resource("v1", "Pod", "pods")
POD_DISRUPTION_BUDGET = Resource("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets")
PROMETHEUS = Resource("monitoring.coreos.com/v1", "Prometheus", "prometheuses")
REPLICA_SET = Resource("apps/v1", "ReplicaSet", "replicasets")
SECRET = Resource("v1", "Secret", "secrets")
SERVICE = Resource("v1", "Service", "services")
STATEFUL_SET = Resource("apps/v1", "StatefulSet", "statefulsets")
THANOS_RULER = Resource("monitoring.coreos.com/v1", "ThanosRuler", "thanosrulers")
CLAIM = Resource("v1", "PersistentVolumeClaim", "persistentvolumeclaims")
VOLUME = Resource("v1", "PersistentVolume", "persistentvolumes", namespaced=False)
STORAGE_CLASS = Resource("storage.k8s.io/v1", "StorageClass", "storageclasses", namespaced=False)

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fields of Kubernetes' objects that are known to be harmless, so that a diff may show them. All else is hidden.

To have a diff show more of a kind, add its fields here, by the rules that module_utils/concealment.py explains. What is
known by its name alone, such as flags of a command line, is in harmless_names.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .concealment import (
    HiddenName,
    Rule,
    Side,
    address,
    conceal,
    everything,
    hidden,
    matching,
    named,
    names_only,
    number,
    pairs,
    text,
    words,
)
from .credentials import has_credential, is_secret_name
from .document import UnreadableError, load
from .names import ANNOTATIONS, FLAGS, LABELS, OWN, VARIABLES, WORDS, fields, image, path
from .secret_keys import is_known_key


def marks(value: Any, side: Side) -> Any:
    """Show known labels, and those of objects of ours: the roles' options set them."""
    return _known(value, side, lambda key: key in LABELS or (side.is_ours and not is_secret_name(key)))


def notes(value: Any, side: Side) -> Any:
    """Show known annotations."""
    return _known(value, side, ANNOTATIONS.__contains__)


def _known(value: Any, side: Side, is_known: Any) -> Any:
    if not isinstance(value, Mapping):
        return hidden(value, side)
    return {
        HiddenName(key) if has_credential(str(key)) else key: text(inner, side)
        if str(key).startswith(OWN) or is_known(str(key))
        else hidden(inner, side)
        for key, inner in value.items()
    }


def document(rule: Rule) -> Rule:
    """Return the rule for a text that is a YAML or JSON document."""

    def read(value: Any, side: Side) -> Any:
        try:
            found = load(value) if isinstance(value, str) else None
        except UnreadableError:
            found = None
        return conceal(found, rule, side) if isinstance(found, (Mapping, list)) else hidden(value, side)

    return read


#: Files that the roles write into ConfigMaps.
OWN_FILES: dict[str, Rule] = {
    "endpoints.yaml": document({"endpoints": [{"address": address, "group": number, "strict": number}]}),
    "hashrings.json": document([{"hashring": text, "tenants": [text], "endpoints": [{"address": address}]}]),
}


def files(value: Any, side: Side) -> Any:
    """Show the names of files, and the content of those that the roles write and that hold addresses only."""
    return named(OWN_FILES if side.is_ours else {})(value, side)  # type: ignore[operator]


METADATA: dict[str, Rule] = {
    **fields(text, "name namespace generateName uid creationTimestamp deletionTimestamp"),
    **fields(everything, "ownerReferences finalizers"),
    "labels": marks,
    "annotations": notes,
}
KEY_REFERENCE: dict[str, Rule] = {"name": text, "key": text, "optional": number}
REFERENCE: dict[str, Rule] = {"name": text, "optional": number}
ITEMS: Rule = [{"key": text, "path": path, "mode": number}]
#: Where a variable comes from.
VALUE_FROM: dict[str, Rule] = {
    "secretKeyRef": KEY_REFERENCE,
    "configMapKeyRef": KEY_REFERENCE,
    "fieldRef": {"apiVersion": text, "fieldPath": text},
    "resourceFieldRef": {"containerName": text, "divisor": text, "resource": text},
}
COMMAND = words(WORDS, FLAGS)
ACTION: dict[str, Rule] = {
    "httpGet": {"path": path, "port": text, "scheme": text, "host": text, "httpHeaders": [{"name": text}]},
    "tcpSocket": {"port": text, "host": text},
    "grpc": {"port": number, "service": text},
    "exec": {"command": COMMAND},
    "sleep": {"seconds": number},
}
PROBE: dict[str, Rule] = {
    **ACTION,
    **fields(
        number,
        """
        failureThreshold initialDelaySeconds periodSeconds successThreshold terminationGracePeriodSeconds
        timeoutSeconds
        """,
    ),
}
MOUNT: dict[str, Rule] = {
    **fields(path, "mountPath subPath subPathExpr"),
    **fields(text, "name readOnly recursiveReadOnly mountPropagation"),
}
CONTAINER: dict[str, Rule] = {
    **fields(
        text,
        """
        name imagePullPolicy terminationMessagePolicy stdin tty restartPolicy restartPolicyRules
        """,
    ),
    **fields(everything, "resources ports securityContext resizePolicy"),
    **fields(PROBE, "livenessProbe readinessProbe startupProbe"),
    "image": image,
    "args": COMMAND,
    "command": COMMAND,
    "env": [pairs(VARIABLES, {"valueFrom": VALUE_FROM})],
    "envFrom": [{"prefix": text, "configMapRef": REFERENCE, "secretRef": REFERENCE}],
    "lifecycle": {"preStop": ACTION, "postStart": ACTION, "stopSignal": text},
    "terminationMessagePath": path,
    "volumeMounts": [MOUNT],
    "workingDir": path,
}
CONFIG_MAP_SOURCE: dict[str, Rule] = {"name": text, "items": ITEMS, "defaultMode": number, "optional": number}
DOWNWARD_SOURCE: dict[str, Rule] = {"defaultMode": number, "items": everything}
CLAIM_SPEC: dict[str, Rule] = {
    **fields(everything, "accessModes resources selector dataSource dataSourceRef"),
    **fields(text, "storageClassName volumeMode volumeName volumeAttributesClassName"),
}
CLAIM_TEMPLATE: dict[str, Rule] = {"apiVersion": text, "kind": text, "metadata": METADATA, "spec": CLAIM_SPEC}
VOLUME: dict[str, Rule] = {
    "name": text,
    "configMap": CONFIG_MAP_SOURCE,
    "secret": {"secretName": text, "items": ITEMS, "defaultMode": number, "optional": number},
    "emptyDir": {"medium": text, "sizeLimit": text},
    "persistentVolumeClaim": {"claimName": text, "readOnly": number},
    "hostPath": {"path": path, "type": text},
    "nfs": {"server": text, "path": path, "readOnly": number},
    "ephemeral": {"volumeClaimTemplate": CLAIM_TEMPLATE},
    "downwardAPI": DOWNWARD_SOURCE,
    "csi": {"driver": text, "fsType": text, "readOnly": number, "nodePublishSecretRef": REFERENCE},
    "projected": {
        "defaultMode": number,
        "sources": [
            {
                "configMap": CONFIG_MAP_SOURCE,
                "secret": CONFIG_MAP_SOURCE,
                "downwardAPI": DOWNWARD_SOURCE,
                "serviceAccountToken": {"audience": text, "expirationSeconds": number, "path": path},
            }
        ],
    },
}
#: How pods are placed and who they are: fields of a pod, of which the operator's objects have the same.
PLACEMENT: dict[str, Rule] = {
    **fields(everything, "affinity tolerations topologySpreadConstraints nodeSelector"),
    **fields(everything, "securityContext resources hostAliases dnsConfig"),
    **fields(
        text,
        """
        priorityClassName serviceAccountName serviceAccount terminationGracePeriodSeconds
        automountServiceAccountToken enableServiceLinks hostNetwork dnsPolicy schedulerName
        """,
    ),
    "imagePullSecrets": [REFERENCE],
    "containers": [CONTAINER],
    "initContainers": [CONTAINER],
    "volumes": [VOLUME],
}
POD: dict[str, Rule] = {
    **PLACEMENT,
    **fields(
        text,
        """
        activeDeadlineSeconds hostIPC hostPID hostUsers hostname nodeName preemptionPolicy priority restartPolicy
        runtimeClassName setHostnameAsFQDN shareProcessNamespace subdomain
        """,
    ),
}
WORKLOAD: dict[str, Rule] = {
    **fields(
        text,
        """
        replicas minReadySeconds paused podManagementPolicy progressDeadlineSeconds revisionHistoryLimit serviceName
        backoffLimit completions parallelism ttlSecondsAfterFinished
        """,
    ),
    **fields(everything, "selector strategy updateStrategy ordinals persistentVolumeClaimRetentionPolicy"),
    "template": {"metadata": METADATA, "spec": POD},
    "volumeClaimTemplates": [CLAIM_TEMPLATE],
}
STORAGE: dict[str, Rule] = {"volumeClaimTemplate": CLAIM_TEMPLATE, "emptyDir": {"medium": text, "sizeLimit": text}}
ARGUMENTS: Rule = [pairs(FLAGS, {})]
#: What the Prometheus operator's objects have in common.
OPERATED: dict[str, Rule] = {
    **PLACEMENT,
    **fields(
        text,
        """
        evaluationInterval listenLocal logFormat logLevel minReadySeconds paused podManagementPolicy portName
        replicas retention retentionSize serviceName sha tag version imagePullPolicy
        """,
    ),
    "image": image,
    "podMetadata": METADATA,
    "storage": STORAGE,
    "volumeMounts": [MOUNT],
    "routePrefix": path,
    "externalUrl": address,
    "objectStorageConfig": KEY_REFERENCE,
    "additionalArgs": ARGUMENTS,
}
SIDECAR: dict[str, Rule] = {
    **fields(
        text,
        """
        blockSize getConfigInterval getConfigTimeout listenLocal logFormat logLevel minTime readyTimeout version
        """,
    ),
    "image": image,
    "resources": everything,
    "objectStorageConfig": KEY_REFERENCE,
    "tracingConfig": KEY_REFERENCE,
    "volumeMounts": [MOUNT],
    "additionalArgs": ARGUMENTS,
}
SELECTORS = ("podMonitor", "probe", "rule", "scrapeConfig", "serviceMonitor")
PROMETHEUS: dict[str, Rule] = {
    **OPERATED,
    **dict.fromkeys((f"{each}Selector" for each in SELECTORS), everything),
    **dict.fromkeys((f"{each}NamespaceSelector" for each in SELECTORS), everything),
    **fields(
        text,
        """
        disableCompaction enableAdminAPI enableRemoteWriteReceiver prometheusExternalLabelName
        replicaExternalLabelName scrapeInterval scrapeTimeout shards walCompression
        """,
    ),
    **fields(everything, "configMaps enableFeatures externalLabels secrets tsdb"),
    "additionalScrapeConfigs": KEY_REFERENCE,
    "thanos": SIDECAR,
}
THANOS_RULER: dict[str, Rule] = {
    **OPERATED,
    **fields(everything, "alertDropLabels labels ruleNamespaceSelector ruleSelector"),
    **fields([address], "queryEndpoints alertmanagersUrl"),
    **fields(KEY_REFERENCE, "alertmanagersConfig queryConfig tracingConfig"),
    "alertQueryUrl": address,
}
SERVICE: dict[str, Rule] = {
    **fields(
        text,
        """
        allocateLoadBalancerNodePorts clusterIP externalName externalTrafficPolicy healthCheckNodePort
        internalTrafficPolicy ipFamilyPolicy loadBalancerClass loadBalancerIP publishNotReadyAddresses
        sessionAffinity trafficDistribution type
        """,
    ),
    **fields(everything, "clusterIPs externalIPs ipFamilies loadBalancerSourceRanges ports selector"),
}
ENDPOINT: dict[str, Rule] = {
    **fields(text, "honorLabels honorTimestamps interval port scheme scrapeTimeout targetPort"),
    **fields(everything, "metricRelabelings relabelings"),
    **fields(path, "path bearerTokenFile"),
}
SERVICE_MONITOR: dict[str, Rule] = {
    **fields(everything, "namespaceSelector podTargetLabels selector targetLabels"),
    "jobLabel": text,
    "endpoints": [ENDPOINT],
}
GRAFANA_DATASOURCE: dict[str, Rule] = {
    "instanceSelector": everything,
    "uid": text,
    "datasource": {
        **fields(text, "access editable isDefault name orgId type uid"),
        "url": address,
        "jsonData": {"httpMethod": text, "prometheusType": text, "timeInterval": text, "manageAlerts": number},
    },
    "valuesFrom": [{"valueFrom": VALUE_FROM}],
}
DATA: Rule = names_only(is_known_key)
#: Group of the API and rule of each kind.
OBJECTS: dict[str, tuple[str, dict[str, Rule]]] = {
    "ConfigMap": ("", {"data": files, "binaryData": files, "immutable": number}),
    "Namespace": ("", {"spec": {"finalizers": everything}}),
    "PersistentVolumeClaim": ("", {"spec": CLAIM_SPEC}),
    "Secret": ("", {"type": matching(r"[\w./-]{1,100}"), "data": DATA, "stringData": DATA, "immutable": number}),
    "Service": ("", {"spec": SERVICE}),
    "ServiceAccount": (
        "",
        {
            "automountServiceAccountToken": number,
            "imagePullSecrets": [REFERENCE],
            "secrets": [REFERENCE],
        },
    ),
    "Deployment": ("apps", {"spec": WORKLOAD}),
    "StatefulSet": ("apps", {"spec": WORKLOAD}),
    "ReplicaSet": ("apps", {"spec": WORKLOAD}),
    "DaemonSet": ("apps", {"spec": WORKLOAD}),
    "Job": ("batch", {"spec": WORKLOAD}),
    "PodDisruptionBudget": ("policy", {"spec": everything}),
    "Prometheus": ("monitoring.coreos.com", {"spec": PROMETHEUS}),
    "ThanosRuler": ("monitoring.coreos.com", {"spec": THANOS_RULER}),
    "ServiceMonitor": ("monitoring.coreos.com", {"spec": SERVICE_MONITOR}),
    "GrafanaDatasource": ("grafana.integreatly.org", {"spec": GRAFANA_DATASOURCE}),
}
KINDS = frozenset(OBJECTS)


def rule_of(manifest: Mapping[str, Any]) -> Rule:
    """Return the rule for objects of a manifest's kind; of an unknown kind only the metadata is shown."""
    group = str(manifest.get("apiVersion") or "").rpartition("/")[0]
    known_group, known = OBJECTS.get(str(manifest.get("kind")), ("", {}))
    is_known = "apiVersion" not in manifest or group == known_group
    return {"apiVersion": text, "kind": text, "metadata": METADATA, **(known if is_known else {})}

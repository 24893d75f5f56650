# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What --diff shows: the old and the new value on an upgrade, and of what may be a secret only whether it differs."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.apply.report import HIDDEN, apply_report

DIFFERENT = "(hidden, different)"
OURS = {"app": "thanos-store-gateway", "app.kubernetes.io/managed-by": "observability.thanos"}
Fields = dict[str, Any]


def named(kind: str, api_version: str = "v1", **more: Any) -> Fields:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "namespace": "monitoring"}, **more}


def diff_of(manifest: Fields, before: Fields, after: Fields, method: str = "apply") -> tuple[Any, Any]:
    outcome = {"changed": True, "method": method, "diff": {"before": before, "after": after}}
    [diff] = apply_report([outcome], [manifest])["diff"]
    return diff["before"], diff["after"]


def container(**fields: Any) -> Fields:
    return {"spec": {"template": {"spec": {"containers": [{"name": "thanos", **fields}]}}}}


def shown_container(fields: Fields) -> Fields:
    [found] = fields["spec"]["template"]["spec"]["containers"]
    return {key: value for key, value in found.items() if key != "name"}


def stateful_set() -> Fields:
    """Return a StatefulSet as the roles render it."""
    pod = {
        "serviceAccountName": "thanos",
        "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100}]}},
        "securityContext": {"runAsUser": 1001, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": "thanos",
                "image": "quay.io/thanos/thanos:v0.42.3",
                "args": [
                    "tools",
                    "bucket",
                    "web",
                    "--retention.resolution-raw=30d",
                    "--objstore.config-file=/etc/thanos/objstore/thanos.yaml",
                    "--query=http://thanos-querier.monitoring.svc:9090",
                    '--label=receive_replica="$(POD_NAME)"',
                    "--wait",
                ],
                "env": [
                    {"name": "GOGC", "value": "50"},
                    {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                    {"name": "REDIS", "valueFrom": {"secretKeyRef": {"name": "redis", "key": "password"}}},
                ],
                "ports": [{"name": "http", "containerPort": 10902, "protocol": "TCP"}],
                "readinessProbe": {"httpGet": {"path": "/-/ready", "port": "http"}, "periodSeconds": 5},
                "resources": {"requests": {"cpu": "10m", "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
                "volumeMounts": [{"name": "data", "mountPath": "/var/thanos"}],
            }
        ],
        "volumes": [{"name": "objstore", "secret": {"secretName": "thanos-objectstorage", "defaultMode": 288}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "thanos-store-gateway", "namespace": "monitoring", "labels": {**OURS, "team": "a"}},
        "spec": {
            "replicas": 1,
            "serviceName": "thanos-store-gateway",
            "selector": {"matchLabels": {"app": "thanos-store-gateway"}},
            "updateStrategy": {"type": "RollingUpdate"},
            "template": {
                "metadata": {"labels": OURS, "annotations": {"observability.thanos/objstore-checksum": "0" * 64}},
                "spec": pod,
            },
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "data", "labels": {"app": "thanos-store-gateway"}},
                    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}},
                }
            ],
        },
    }


def test_what_the_roles_render_is_shown_as_it_is() -> None:
    manifest = stateful_set()
    assert diff_of(manifest, {}, manifest) == ({}, manifest)
    assert diff_of(manifest, manifest, manifest, "recreate") == (manifest, manifest)


def of(*keys: Any) -> Callable[[Fields], Any]:
    def found(fields: Fields) -> Any:
        for key in keys:
            fields = fields[key]
        return fields

    return found


CONTAINER = ("spec", "template", "spec", "containers", 0)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("spec", "replicas"), 2),
        ((*CONTAINER, "image"), "quay.io/thanos/thanos:v0.42.4@sha256:" + "0" * 64),
        ((*CONTAINER, "resources", "limits", "memory"), "4Gi"),
        ((*CONTAINER, "args", 3), "--retention.resolution-raw=60d"),
        ((*CONTAINER, "env", 0, "value"), "75"),
        (("metadata", "labels", "team"), "b"),
        (("spec", "template", "metadata", "annotations", "observability.thanos/objstore-checksum"), "1" * 64),
        (("spec", "template", "spec", "serviceAccountName"), "other"),
        (("spec", "updateStrategy", "type"), "OnDelete"),
        (("spec", "volumeClaimTemplates", 0, "spec", "resources", "requests", "storage"), "20Gi"),
    ],
)
def test_an_upgrade_shows_the_old_and_the_new_value(place: tuple[Any, ...], value: Any) -> None:
    before, after = stateful_set(), stateful_set()
    of(*place[:-1])(after)[place[-1]] = value
    shown = diff_of(after, before, after)
    assert of(*place)(shown[0]) == of(*place)(before)
    assert of(*place)(shown[1]) == value


SECRET = "hunter2"
WEB_HOOK = {"url": "https://u:hunter2@h/hunter2", "headers": {"X-Key": SECRET}, "queueConfig": {"capacity": 5}}
#: Manifests, as others make them by hand, with the secret in each of their places.
BY_HAND: dict[str, tuple[Fields, Fields]] = {
    "inline configuration": (
        named("Deployment", "apps/v1"),
        container(args=["store", "--objstore.config=type: S3\nconfig: {secret_key: hunter2}", "--data-dir=/data"]),
    ),
    "shell": (
        named("Deployment", "apps/v1"),
        container(command=["sh", "-c", "mc alias set m http://h hunter2"], args=["-phunter2", "--password", SECRET]),
    ),
    "environment": (
        named("Deployment", "apps/v1"),
        container(
            env=[
                {"name": "OBJSTORE_CONFIG", "value": "secret_key: hunter2"},
                {"name": "REDIS_PASS", "value": SECRET},
                {"name": "AWS_CREDENTIALS", "value": SECRET},
                {"name": "MC_HOST_x", "value": "http://u:hunter2@h"},
                {"name": "SETTING", "value": SECRET},
                {"name": "HTTP_PROXY", "value": "http://u:hunter2@proxy:3128"},
                {"name": "NO_PROXY", "value": "https://hunter2@h"},
            ]
        ),
    ),
    "addresses": (
        named("Deployment", "apps/v1"),
        container(
            args=[
                "--query=http://u:hunter2@h:9090",
                "--alertmanagers.url=https://h/hunter2",
                "--alert.query-url=https://h?token=hunter2#hunter2",
                "--query-frontend.downstream-url=hunter2:hunter2@h:9090",
            ],
            image="hunter2:hunter2@registry.example.com/thanos",
        ),
    ),
    "probe": (
        named("Deployment", "apps/v1"),
        container(
            livenessProbe={
                "httpGet": {"path": "/?token=hunter2", "httpHeaders": [{"name": "X-Key", "value": SECRET}]},
                "exec": {"command": ["curl", "-u", "x:hunter2"]},
            }
        ),
    ),
    "volume": (
        named("Deployment", "apps/v1"),
        {
            "spec": {
                "template": {
                    "spec": {
                        "volumes": [
                            {"name": "a", "csi": {"driver": "d", "volumeAttributes": {"password": SECRET}}},
                            {"name": "b", "flexVolume": {"driver": "d", "options": {"secret": SECRET}}},
                        ]
                    }
                }
            }
        },
    ),
    "annotations": (
        named("Service"),
        {"metadata": {"annotations": {"example.com/note": SECRET}, "labels": {"password": SECRET}}},
    ),
    "ConfigMap": (named("ConfigMap"), {"data": {"objstore.yml": "secret_key: hunter2"}, "binaryData": {"a": SECRET}}),
    "ConfigMap under a name of ours": (
        named("ConfigMap"),
        {
            "data": {
                "endpoints.yaml": "endpoints: [{address: a, password: hunter2}]\nhunter2: 1",
                "hashrings.json": SECRET,
            }
        },
    ),
    "Secret": (named("Secret"), {"data": {"hunter2": SECRET}, "stringData": {"password": SECRET}}),
    "remote write": (
        named("Prometheus", "monitoring.coreos.com/v1"),
        {
            "spec": {
                "remoteWrite": [WEB_HOOK],
                "alerting": {"alertmanagers": [WEB_HOOK]},
                "web": {"pageTitle": SECRET},
                "externalUrl": "https://u:hunter2@h",
                "thanos": {"additionalArgs": [{"name": "tracing.config", "value": SECRET}], "unknown": SECRET},
                "containers": [{"name": "proxy", "args": ["--client-secret=hunter2"]}],
            }
        },
    ),
    "Grafana": (
        named("GrafanaDatasource", "grafana.integreatly.org/v1beta1"),
        {
            "spec": {
                "datasource": {
                    "url": "https://u:hunter2@h",
                    "user": SECRET,
                    "database": "postgres://u:hunter2@h/db",
                    "jsonData": {"tlsAuth": True, "sshKey": SECRET},
                    "secureJsonData": {"tlsClientKey": SECRET, "hunter2": 1},
                }
            }
        },
    ),
    "unknown kind": (
        named("Vault", "example.com/v1"),
        {"spec": {"token": SECRET, "hunter2": {"a": SECRET}}, "hunter2": 1},
    ),
    "kind of another group": (named("Service", "serving.example.com/v1"), {"spec": {"type": SECRET}}),
    "unknown fields": (
        named("Deployment", "apps/v1"),
        {"spec": {"hunter2": SECRET, "password: hunter2": None, "template": SECRET}},
    ),
}
#: What tells a person which field it is.
TOLD = {
    "inline configuration": ["--objstore.config=(hidden)", "--data-dir=/data", "store"],
    "shell": ["sh", "-c", "--password"],
    "environment": ["OBJSTORE_CONFIG", "REDIS_PASS", "MC_HOST_x", "http://(hidden)@proxy:3128"],
    "addresses": ["--query=http://(hidden)@h:9090", "--alertmanagers.url=https://h/(hidden)"],
    "ConfigMap": ["objstore.yml"],
    "remote write": ["remoteWrite", "alerting", "tracing.config", "--client-secret=(hidden)", "https://(hidden)@h"],
    "Grafana": ["secureJsonData", "https://(hidden)@h"],
    "unknown kind": ["spec"],
}


@pytest.mark.parametrize("method", ["apply", "recreate"])
@pytest.mark.parametrize("case", BY_HAND)
def test_no_secret_of_what_was_made_by_hand(case: str, method: str) -> None:
    manifest, fields = BY_HAND[case]
    for before, after in ((fields, {}), ({}, fields), (fields, other(fields))):
        shown = json.dumps(diff_of(manifest, before, after, method))
        assert "hunter" not in shown
        for word in TOLD.get(case, []):
            assert word in shown


def other(fields: Fields) -> Fields:
    """Return the fields with another secret."""
    found: Fields = json.loads(json.dumps(fields).replace("hunter2", "hunter3"))
    return found


@pytest.mark.parametrize("case", BY_HAND)
def test_another_secret_is_told_from_the_same(case: str) -> None:
    manifest, fields = BY_HAND[case]
    before, after = diff_of(manifest, fields, other(fields))
    assert before != after
    assert "different" in str(after)
    assert "different" not in str(before)
    assert "different" not in str(diff_of(manifest, fields, copy.deepcopy(fields)))


def test_what_stays_hidden_and_what_changes_are_told_apart_whatever_their_order() -> None:
    manifest = named("Deployment", "apps/v1")
    before = container(
        args=["--a.config=1", "--b.config=2", "word"], env=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    )
    after = container(
        args=["--b.config=2", "--a.config=3", "new"], env=[{"name": "B", "value": "3"}, {"name": "A", "value": "1"}]
    )
    _before, shown = diff_of(manifest, before, after)
    assert shown_container(shown) == {
        "args": ["--b.config=(hidden)", f"--a.config={DIFFERENT}", DIFFERENT],
        "env": [{"name": "B", "value": DIFFERENT}, {"name": "A", "value": HIDDEN}],
    }


def test_names_that_are_not_shown_keep_their_number_on_both_sides() -> None:
    before, after = diff_of(named("Secret"), {"data": {"h1": "a", "h2": "b"}}, {"data": {}})
    assert before == {"data": {"(hidden name 1)": HIDDEN, "(hidden name 2)": HIDDEN}}
    assert after == {"data": {}}


@pytest.mark.parametrize("labels", [{}, {"app.kubernetes.io/managed-by": "helm"}])
def test_labels_that_somebody_else_had_set_are_named_only(labels: Fields) -> None:
    manifest = named("Service")
    manifest["metadata"]["labels"] = {**OURS, "team": "b"}
    before = {"metadata": {"labels": {**labels, "team": "a"}}}
    shown = diff_of(manifest, before, {"metadata": {"labels": manifest["metadata"]["labels"]}})
    assert shown[0] == {"metadata": {"labels": {**labels, "team": HIDDEN}}}
    assert shown[1] == {"metadata": {"labels": manifest["metadata"]["labels"]}}


def test_files_of_ours_with_addresses_only_are_shown() -> None:
    manifest = named("ConfigMap")
    manifest["metadata"]["labels"] = OURS
    files = {
        "endpoints.yaml": "endpoints:\n- address: dnssrv+_grpc._tcp.store.monitoring.svc\n  group: true\n",
        "hashrings.json": '[{"hashring": "default", "endpoints": [{"address": "ingestor-0:10901"}]}]',
        "rules.yaml": "groups: []",
    }
    assert diff_of(manifest, {}, {"data": files})[1]["data"] == {
        "endpoints.yaml": {"endpoints": [{"address": "dnssrv+_grpc._tcp.store.monitoring.svc", "group": True}]},
        "hashrings.json": [{"hashring": "default", "endpoints": [{"address": "ingestor-0:10901"}]}],
        "rules.yaml": HIDDEN,
    }


def test_what_prometheus_gets_is_shown() -> None:
    fields = {
        "spec": {
            "externalLabels": {"cluster": "demo"},
            "disableCompaction": True,
            "podMetadata": {"labels": {"thanos-store-api": "true"}},
            "secrets": ["thanos-objectstorage"],
            "thanos": {
                "image": "quay.io/thanos/thanos:v0.42.4",
                "objectStorageConfig": {"name": "thanos-objectstorage", "key": "thanos.yaml"},
                "additionalArgs": [
                    {"name": "enable-auto-gomemlimit"},
                    {"name": "shipper.upload-concurrency", "value": "2"},
                ],
                "resources": {"requests": {"cpu": "10m"}},
            },
        }
    }
    assert diff_of(named("Prometheus", "monitoring.coreos.com/v1"), {}, fields) == ({}, fields)


def test_the_copy_of_kubectl_and_the_status_are_left_out() -> None:
    fields = {
        "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": '{"a":"hunter2"}'}},
        "status": {"conditions": [{"message": SECRET}]},
    }
    assert diff_of(named("Service"), fields, {})[0] == {"metadata": {"annotations": {}}}

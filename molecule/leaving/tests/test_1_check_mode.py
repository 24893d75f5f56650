"""What check mode announces, object by object, is what the run then says and what it really changes."""

from __future__ import annotations

from typing import Any

import pytest
from announcements import differences, objects, run

#: One after the other: each starts from what the one before has left. The last one leaves the stack as it was.
STATES: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "two options": (
        "site",
        {"thanos_querier_replicas": 3, "thanos_compactor_retention_1h": "400d"},
        {"Deployment monitoring/thanos-querier", "StatefulSet monitoring/thanos-compactor"},
    ),
    "an absent role, and the options taken back": (
        "site",
        {"thanos_store_state": "absent"},
        {
            "Deployment monitoring/thanos-querier",
            "PodDisruptionBudget monitoring/thanos-store-gateway",
            "Service monitoring/thanos-store-gateway",
            "StatefulSet monitoring/thanos-compactor",
            "StatefulSet monitoring/thanos-store-gateway",
        },
    ),
    "the role again": (
        "site",
        {},
        {
            "PodDisruptionBudget monitoring/thanos-store-gateway",
            "Service monitoring/thanos-store-gateway",
            "StatefulSet monitoring/thanos-store-gateway",
        },
    ),
    "no change": ("site", {}, set()),
    "the object store alone in a new namespace": (
        "site",
        {"thanos_components": ["minio"], "minio_namespace": "leaving"},
        {
            "Deployment leaving/minio",
            "Namespace leaving",
            "PersistentVolumeClaim leaving/minio-pvc",
            "Secret leaving/minio-root",
            "Secret leaving/minio-thanos",
            "Service leaving/minio",
        },
    ),
    "its removal without its data": (
        "uninstall",
        {"thanos_components": ["minio"], "minio_namespace": "leaving"},
        {"Deployment leaving/minio", "Service leaving/minio"},
    ),
    "its return to its data": (
        "site",
        {"thanos_components": ["minio"], "minio_namespace": "leaving"},
        {"Deployment leaving/minio", "Service leaving/minio"},
    ),
    "its removal with all data, and its namespace": (
        "uninstall",
        {"thanos_components": ["minio"], "minio_namespace": "leaving", "thanos_purge_data": True},
        {
            "Deployment leaving/minio",
            "Namespace leaving",
            "PersistentVolumeClaim leaving/minio-pvc",
            "Secret leaving/minio-root",
            "Secret leaving/minio-thanos",
            "Service leaving/minio",
        },
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_check_mode_tells_the_truth(state: str) -> None:
    playbook, variables, expected = STATES[state]
    variables = {"thanos_verify": False, **variables}
    before = objects()
    announced, checked = run(playbook, "--check", "--diff", **variables)
    assert objects() == before, "check mode changes something"
    said, changed = run(playbook, **variables)
    real = differences(before, objects())
    assert announced.keys() == expected
    assert announced == said
    assert said == real
    assert bool(checked) == bool(changed) == bool(expected)

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a StatefulSet: all pods go at once where they would not work together, and only then."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import STATEFUL_SET
from ansible_collections.observability.thanos.plugins.modules import minio_restart
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, ours

TEMPLATE: Object = {
    "metadata": {"labels": {"app": "minio"}, "annotations": {"observability.thanos/root-checksum": "a", "note": "a"}},
    "spec": {
        "containers": [
            {
                "name": "minio",
                "image": "minio:1",
                "args": ["server", "http://minio-{0...3}/data-0"],
                "env": [{"name": "MINIO_BROWSER", "value": "off"}],
                "resources": {"limits": {"memory": "1Gi"}},
            }
        ]
    },
}
OLD, NEW = "minio-old", "minio-new"


def changed(path: str, value: Any) -> Object:
    """Return the template with another value at a path of it."""
    template = copy.deepcopy(TEMPLATE)
    *parents, last = path.split("/")
    inner: Any = template["spec"]["containers"][0] if parents == [] else template
    for key in parents:
        inner = inner[key]
    inner[last] = value
    return template


def pod(index: int, revision: str, **metadata: Any) -> Object:
    """Return a pod, to which somebody else has added a variable."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"minio-{index}",
            "namespace": "minio",
            "labels": {"app": "minio", "controller-revision-hash": revision},
            **metadata,
        },
        "spec": {
            "containers": [{"name": "minio", "image": "minio:1", "env": [{"name": "PROXY", "value": "http://p"}]}]
        },
    }


def seed(cluster: FakeCluster, template: Object, pods: list[Object], observed: int = 1, is_ours: bool = True) -> None:
    """Put a StatefulSet there with the pods that it has, and the revision that the old ones were made from."""
    stateful_set = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "minio", "namespace": "minio"},
        "spec": {"selector": {"matchLabels": {"app": "minio"}}, "template": template},
        "status": {"observedGeneration": observed, "updateRevision": NEW},
    }
    cluster.seed(
        ours(stateful_set) if is_ours else stateful_set,
        {
            "apiVersion": "apps/v1",
            "kind": "ControllerRevision",
            "metadata": {"name": OLD, "namespace": "minio"},
            "data": {"spec": {"template": {**TEMPLATE, "$patch": "replace"}}},
        },
    )
    servers = cluster.get(STATEFUL_SET, "minio", "minio")
    assert servers
    for each in pods:
        owner = {"kind": "StatefulSet", "name": "minio", "uid": servers["metadata"]["uid"]}
        each["metadata"].setdefault("ownerReferences", [owner])
    cluster.seed(*pods)


def left(cluster: FakeCluster) -> list[str]:
    """Return the pods that are still there."""
    return sorted(name for kind, _namespace, name in cluster._objects if kind == "Pod")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("image", "minio:2"),
        ("args", ["server", "http://minio-{0...3}/data-0", "--console-address=:9001"]),
        ("env", []),
        ("metadata/annotations", {"observability.thanos/root-checksum": "b", "note": "a"}),
    ],
)
def test_all_outdated_pods_go_at_once(cluster: FakeCluster, run_module: RunModule, path: str, value: Any) -> None:
    seed(cluster, changed(path, value), [pod(0, OLD), pod(1, OLD), pod(2, OLD), pod(3, NEW)])
    announced = run_module(minio_restart, check_mode=True)
    assert left(cluster) == ["minio-0", "minio-1", "minio-2", "minio-3"]
    result = run_module(minio_restart)
    assert announced["changed"] is result["changed"] is True
    assert announced["restarted"] == result["restarted"] == [f"Pod minio/minio-{index}" for index in range(3)]
    assert left(cluster) == ["minio-3"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("resources", {"limits": {"memory": "2Gi"}}),
        ("metadata/annotations", {"observability.thanos/root-checksum": "a", "note": "b"}),
    ],
)
def test_kubernetes_replaces_the_others_one_by_one(
    cluster: FakeCluster, run_module: RunModule, path: str, value: Any
) -> None:
    seed(cluster, changed(path, value), [pod(index, OLD) for index in range(4)])
    assert run_module(minio_restart)["changed"] is False
    assert len(left(cluster)) == 4


def test_nothing_to_do(cluster: FakeCluster, run_module: RunModule) -> None:
    assert run_module(minio_restart)["changed"] is False, "there is no StatefulSet yet"
    seed(cluster, changed("image", "minio:2"), [pod(index, NEW) for index in range(4)])
    assert run_module(minio_restart)["changed"] is False


def test_what_goes_already_and_what_nobody_knows_any_more(cluster: FakeCluster, run_module: RunModule) -> None:
    """Kubernetes has begun with the last one; of another one the revision was forgotten."""
    seed(cluster, TEMPLATE, [pod(0, NEW), pod(1, "minio-lost"), pod(2, NEW), pod(3, OLD, deletionTimestamp="now")])
    assert run_module(minio_restart)["restarted"] == ["Pod minio/minio-1"]
    assert left(cluster) == ["minio-0", "minio-2", "minio-3"]


def test_pods_of_others_stay(cluster: FakeCluster, run_module: RunModule) -> None:
    stranger = pod(9, OLD, ownerReferences=[{"kind": "Job", "name": "copy", "uid": "copy"}])
    seed(cluster, changed("image", "minio:2"), [pod(0, OLD), stranger])
    assert run_module(minio_restart)["restarted"] == ["Pod minio/minio-0"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_pods_of_a_stateful_set_that_is_not_ours_stay(
    cluster: FakeCluster, run_module: RunModule, check_mode: bool
) -> None:
    seed(cluster, changed("image", "minio:2"), [pod(0, OLD)], is_ours=False)
    assert run_module(minio_restart, check_mode=check_mode)["changed"] is False
    assert left(cluster) == ["minio-0"]


def test_a_change_that_kubernetes_has_not_seen_is_waited_for(cluster: FakeCluster, run_module: RunModule) -> None:
    seed(cluster, changed("image", "minio:2"), [pod(0, OLD)], observed=0)
    result = run_module(minio_restart, wait_timeout=0)
    assert "does not see that it was changed" in result["msg"]
    assert left(cluster) == ["minio-0"]

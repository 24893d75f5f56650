# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to objects that were made by hand, or that cannot be changed, before and after an apply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.adopt import adopt as takeover
from ansible_collections.observability.thanos.plugins.module_utils.adopt.adopt import retire, take_over
from ansible_collections.observability.thanos.plugins.module_utils.adopt.findings import REPLACEABLE, Permission
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import FIELD_MANAGER
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.ownership import MANAGED_BY_LABEL
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import (
    DEPLOYMENT,
    POD,
    REPLICA_SET,
    STATEFUL_SET,
)
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError, InvalidError
from ansible_collections.observability.thanos.plugins.module_utils.rollout.wait import WaitResult
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, Write, ours

BOTH = Permission(adopt=True, replace_immutable=True)
REFUSED = 'StatefulSet.apps "x" is invalid: spec.volumeClaimTemplates: Invalid value: []: field is immutable'


def workload(kind: str, name: str, command: str, labels: dict[str, str] | None = None, **spec: Any) -> Object:
    """Return a workload as somebody would write it by hand."""
    labels = labels or {"app": name}
    container = {"name": "thanos", "args": [command, "--log.level=debug"]}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "monitoring"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            **spec,
        },
    }


def compactor(**spec: Any) -> Object:
    """Return the compactor as ours, with a volume."""
    claims = [{"metadata": {"name": "data"}}]
    return workload("StatefulSet", "thanos-compactor", "compact", volumeClaimTemplates=claims, **spec)


def pod(name: str, claim: str = "", labels: dict[str, str] | None = None) -> Object:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}] if claim else []
    metadata = {"name": name, "namespace": "monitoring", "labels": labels or {"app": name.rpartition("-")[0]}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [], "volumes": volumes}}


def former(pod: Object, **changes: Any) -> Object:
    """Return a pod that a StatefulSet of ours has left."""
    labels = {"statefulset.kubernetes.io/pod-name": pod["metadata"]["name"], MANAGED_BY_LABEL: FIELD_MANAGER}
    metadata = {**pod["metadata"], "labels": {**pod["metadata"]["labels"], **labels}}
    return {**pod, "metadata": {**metadata, **changes}}


def refuse(cluster: FakeCluster, kind: str, message: str = REFUSED) -> list[str]:
    """Let the API refuse to change an object of a kind as long as the old one is there; return how each was deleted."""
    deleted: list[str] = []

    def before_write(verb: str, body: Object) -> None:
        if verb == "delete":
            deleted.append(body["dependents"])
        if verb == "apply" and body["kind"] == kind and "Background" not in deleted:
            live = cluster.get(REPLACEABLE[kind], body["metadata"]["name"], "monitoring")
            if live is not None and "old" in live["metadata"].get("labels", {}):
                raise InvalidError(message)

    cluster.before_write = before_write
    return deleted


def old(obj: Object) -> Object:
    """Return an object of ours from an earlier version."""
    return ours({**obj, "metadata": {**obj["metadata"], "labels": {"old": "true"}}})


def verbs(cluster: FakeCluster) -> list[tuple[str, str]]:
    return [(write.verb, f"{write.kind}/{write.name}") for write in cluster.writes if not write.dry_run]


def test_a_stateful_set_is_made_again_and_its_pod_without_volume_goes(cluster: FakeCluster) -> None:
    cluster.seed(old(workload("StatefulSet", "thanos-compactor", "compact")), former(pod("thanos-compactor-0")))
    deleted = refuse(cluster, "StatefulSet")
    done = take_over(cluster, [compactor()], Permission(replace_immutable=True))
    assert list(done.recreated) == ["StatefulSet monitoring/thanos-compactor"]
    assert deleted == ["Orphan", ""]
    assert verbs(cluster) == [
        ("delete", "StatefulSet/thanos-compactor"),
        ("apply", "StatefulSet/thanos-compactor"),
        ("delete", "Pod/thanos-compactor-0"),
    ]
    live = cluster.get(STATEFUL_SET, "thanos-compactor", "monitoring")
    assert live is not None
    assert live["spec"]["volumeClaimTemplates"]


def test_a_pod_that_the_new_stateful_set_can_adopt_stays(cluster: FakeCluster) -> None:
    fitting, strange = pod("thanos-compactor-0", claim="data-thanos-compactor-0"), pod("thanos-compactor-web-0")
    cluster.seed(old(compactor(podManagementPolicy="OrderedReady")), fitting, strange)
    refuse(cluster, "StatefulSet", "updates to statefulset spec for fields other than 'replicas' are forbidden")
    take_over(cluster, [compactor(podManagementPolicy="Parallel")], Permission(replace_immutable=True))
    assert len(cluster.list(POD, "monitoring")) == 2


@pytest.mark.parametrize(
    "left",
    [
        former(pod("thanos-compactor-0")),
        former(pod("thanos-compactor-0", claim="data-thanos-compactor-0", labels={"a": "b"})),
    ],
)
@pytest.mark.parametrize("exists", [True, False])
def test_a_pod_that_an_interrupted_run_left_goes(cluster: FakeCluster, left: Object, exists: bool) -> None:
    cluster.seed(left, *([compactor()] if exists else []))
    done = take_over(cluster, [compactor()], Permission(replace_immutable=True))
    assert cluster.list(POD, "monitoring") == []
    [line] = done.summary
    assert line.startswith("Pod monitoring/thanos-compactor-0: removed")


def test_nothing_is_touched_where_everything_can_be_applied(cluster: FakeCluster) -> None:
    cluster.seed(compactor(), pod("thanos-compactor-0", claim="data-thanos-compactor-0"))
    done = take_over(cluster, [compactor()], BOTH)
    assert (done.summary, done.recreated, verbs(cluster)) == ([], {}, [])


def test_another_refusal_is_left_to_the_apply(cluster: FakeCluster) -> None:
    cluster.seed(old(compactor()))
    refuse(cluster, "StatefulSet", "spec.replicas: Invalid value: -1")
    assert take_over(cluster, [compactor()], BOTH).recreated == {}
    assert verbs(cluster) == []


def test_a_claim_is_never_deleted(cluster: FakeCluster) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "minio-pvc", "namespace": "monitoring"},
    }
    cluster.seed(claim)
    take_over(cluster, [claim], BOTH)
    assert cluster.writes == []


@pytest.mark.parametrize(("strategy", "dependents"), [("RollingUpdate", "Orphan"), ("Recreate", "Foreground")])
def test_pods_of_a_deployment_go_on_unless_two_must_not(cluster: FakeCluster, strategy: str, dependents: str) -> None:
    querier = workload("Deployment", "thanos-querier", "query", strategy={"type": strategy})
    cluster.seed(old(querier))
    deleted = refuse(cluster, "Deployment", "spec.selector: Invalid value: {}: field is immutable")
    take_over(cluster, [querier], BOTH)
    assert deleted == [dependents]


@pytest.mark.parametrize("check", [True, False])
def test_what_would_be_a_second_copy_is_removed(cluster: FakeCluster, check: bool) -> None:
    cluster.seed(workload("Deployment", "thanos-compactor", "compact"))
    cluster.dry_run = check
    done = take_over(cluster, [compactor()], BOTH)
    assert done.summary == [
        "Deployment monitoring/thanos-compactor: removed, since a StatefulSet takes its place",
    ]
    assert [write.dry_run for write in cluster.writes] == [check]
    assert (cluster.get(DEPLOYMENT, "thanos-compactor", "monitoring") is not None) is check


def test_without_permission_nothing_is_removed(cluster: FakeCluster) -> None:
    cluster.seed(workload("Deployment", "thanos-compactor", "compact"))
    take_over(cluster, [compactor()], Permission(replace_immutable=True))
    assert verbs(cluster) == []


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_what_runs_something_else_is_an_error_before_anything_is_changed(cluster: FakeCluster, kind: str) -> None:
    querier = workload("Deployment", "thanos-querier", "query")
    by_hand = {"metadata": {"managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {}}}]}}
    cluster.seed(
        {**querier, "metadata": {**querier["metadata"], **by_hand["metadata"]}},
        workload(kind, "thanos-compactor", "serve"),
    )
    with pytest.raises(ClusterError, match=rf"{kind} monitoring/thanos-compactor: it does not run `compact`"):
        take_over(cluster, [querier, compactor()], BOTH)
    assert verbs(cluster) == []


def test_the_fields_of_kubectl_become_ours(cluster: FakeCluster) -> None:
    querier = workload("Deployment", "thanos-querier", "query")
    entry = {"manager": "kubectl-client-side-apply", "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}}
    cluster.seed({**querier, "metadata": {**querier["metadata"], "managedFields": [entry]}})
    assert take_over(cluster, [querier], BOTH).summary == [
        "Deployment monitoring/thanos-querier: taken over from kubectl"
    ]
    live = cluster.get(DEPLOYMENT, "thanos-querier", "monitoring")
    assert live is not None
    assert [each["manager"] for each in live["metadata"]["managedFields"]] == ["observability.thanos"]
    assert take_over(cluster, [querier], BOTH).summary == []


def replica_set(name: str, hash_: str, managed_by: str = "", owner: str = "", **metadata: Any) -> Object:
    """Return a ReplicaSet of a Deployment; without the uid of an owner, one that was left behind."""
    labels = {"app.kubernetes.io/managed-by": managed_by} if managed_by else {}
    references = [{"kind": "Deployment", "name": "x", "uid": owner, "controller": True}] if owner else []
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "namespace": "monitoring",
            "labels": {"pod-template-hash": hash_},
            "annotations": {"deployment.kubernetes.io/revision": "1"},
            "ownerReferences": references,
            **metadata,
        },
        "spec": {"template": {"metadata": {"labels": labels}, "spec": {"containers": [{"args": ["query"]}]}}},
    }


@pytest.fixture
def rolled_out(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return say(message): how a wait for a rollout ends."""

    def say(message: str) -> None:
        monkeypatch.setattr(takeover, "wait_for_rollout", lambda *_arguments: WaitResult(message, {}))

    return say


def test_old_pods_are_removed_only_when_the_new_ones_run(
    cluster: FakeCluster, rolled_out: Callable[[str], None]
) -> None:
    new = workload("Deployment", "thanos-querier", "query")
    new["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "observability.thanos"
    new["metadata"]["uid"] = "uid-of-querier"
    cluster.seed(
        new,
        replica_set("thanos-querier-1", "1", owner="uid-of-querier"),
        replica_set("thanos-querier-2", "2", managed_by="observability.thanos", owner="uid-of-querier"),
        replica_set("thanos-querier-web-3", "3"),
    )
    rolled_out("it crashes")
    with pytest.raises(ClusterError, match="it crashes"):
        retire(cluster, [new], 10)
    assert cluster.writes == []
    rolled_out("")
    [line] = retire(cluster, [new], 10)
    assert line.startswith("ReplicaSet monitoring/thanos-querier-1: removed")
    assert cluster.writes == [Write("delete", REPLICA_SET.kind, "thanos-querier-1")]
    assert retire(cluster, [new], 10) == []

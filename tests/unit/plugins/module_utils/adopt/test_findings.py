# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is not deleted for a takeover or a replacement: data, what others control, and pods of others."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.adopt import adopt as takeover
from ansible_collections.observability.thanos.plugins.module_utils.adopt.adopt import retire, take_over
from ansible_collections.observability.thanos.plugins.module_utils.adopt.findings import Permission, takeover_findings
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import (
    CLAIM,
    DEPLOYMENT,
    POD,
    SERVICE,
    STATEFUL_SET,
)
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError, InvalidError
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, ours

ADOPT = Permission(adopt=True, replace_immutable=True)
REPLACE = Permission(replace_immutable=True)
NOTHING = Permission()
OURS = {"app.kubernetes.io/managed-by": "observability.thanos"}


def workload(kind: str, name: str, *words: str, claims: tuple[str, ...] = (), volumes: Any = (), **spec: Any) -> Object:
    """Return a workload; claims are the names of its claim templates."""
    labels = {"app": name}
    if claims:
        spec["volumeClaimTemplates"] = [{"metadata": {"name": each}, "spec": {}} for each in claims]
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "monitoring", "uid": f"uid-of-{kind}-{name}"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "thanos", "args": list(words)}], "volumes": list(volumes)},
            },
            **spec,
        },
    }


def wanted(live: Object) -> Object:
    """Return the same as a manifest, which names no uid."""
    return {**live, "metadata": {key: value for key, value in live["metadata"].items() if key != "uid"}}


def store(*claims: str, **spec: Any) -> Object:
    """Return a store gateway."""
    return workload("StatefulSet", "thanos-store-gateway", "store", claims=claims or ("data",), **spec)


def receive(*claims: str, **spec: Any) -> Object:
    """Return a receive."""
    return workload("StatefulSet", "thanos-receive", "receive", claims=claims or ("data",), **spec)


def claim(name: str, *owners: str) -> Object:
    """Return a claim, with the uids of its owners."""
    references = [{"kind": "StatefulSet", "name": "x", "uid": uid} for uid in owners]
    metadata = {"name": name, "namespace": "monitoring", "ownerReferences": references}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": {}}


def pod(name: str, *words: str, owner: str = "", labels: dict[str, str] | None = None, claim: str = "") -> Object:
    """Return a pod, with the uid of its controller."""
    references = [{"kind": "StatefulSet", "name": "owner", "uid": owner, "controller": True}] if owner else []
    metadata = {"name": name, "namespace": "monitoring", "labels": labels or {}, "ownerReferences": references}
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}] if claim else []
    spec = {"containers": [{"name": "thanos", "args": list(words)}], "volumes": volumes}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def of_set(name: str) -> dict[str, str]:
    """Return the label that Kubernetes gives the pods of StatefulSets."""
    return {"statefulset.kubernetes.io/pod-name": name}


def immutable(cluster: FakeCluster, *kinds: str) -> None:
    """Let the API refuse to change what is there."""
    resources = {each.kind: each for each in (DEPLOYMENT, STATEFUL_SET, SERVICE)}

    def before_write(verb: str, body: Object) -> None:
        if verb == "apply" and body["kind"] in kinds:
            live = cluster.get(resources[body["kind"]], body["metadata"]["name"], "monitoring")
            if live is not None and live["metadata"].get("labels", {}).get("old"):
                raise InvalidError("spec.x: field is immutable")

    cluster.before_write = before_write


def old(obj: Object) -> Object:
    """Return an object that cannot become the manifest."""
    metadata = obj["metadata"]
    return {**obj, "metadata": {**metadata, "labels": {**(metadata.get("labels") or {}), "old": "true"}}}


def refusal(cluster: FakeCluster, manifest: Object, permission: Permission = ADOPT) -> str:
    """Return why the run must not begin, in both modes; nothing was written."""
    texts = []
    for cluster.dry_run in (True, False):
        found = takeover_findings(cluster, [manifest], permission)
        assert all(each.is_error and each.remedy for each in found)
        with pytest.raises(ClusterError) as error:
            take_over(cluster, [manifest], permission)
        for each in found:
            assert each.text in str(error.value)
            assert each.remedy in str(error.value)
        texts.append(str(error.value))
    assert texts[0] == texts[1]
    assert [write for write in cluster.writes if not write.dry_run] == []
    return texts[0]


@pytest.mark.parametrize(
    "manifest", [store(), receive(), workload("StatefulSet", "thanos-ruler", "rule", claims=("data",))]
)
@pytest.mark.parametrize("is_ours", [True, False])
def test_claims_go_with_a_stateful_set_that_is_made_again(
    cluster: FakeCluster, manifest: Object, is_ours: bool
) -> None:
    name, policy = manifest["metadata"]["name"], {"whenDeleted": "Delete"}
    live = {**manifest, "spec": {**manifest["spec"], "persistentVolumeClaimRetentionPolicy": policy}}
    cluster.seed(ours(old(live)) if is_ours else old(live), claim(f"data-{name}-0"), claim("data-other-0"))
    immutable(cluster, "StatefulSet")
    message = refusal(cluster, manifest, REPLACE if is_ours else ADOPT)
    assert (
        f"StatefulSet monitoring/{name}: it is to be deleted, and PersistentVolumeClaim data-{name}-0 would" in message
    )
    assert "whenDeleted is Delete" in message
    assert f"kubectl --namespace monitoring patch statefulset {name}" in message


def test_claims_go_with_a_copy_that_is_removed(cluster: FakeCluster) -> None:
    policy = {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}}
    cluster.seed(workload("StatefulSet", "thanos-querier", "query", claims=("data",), **policy))
    cluster.seed(claim("data-thanos-querier-0"))
    assert "data-thanos-querier-0 would go" in refusal(cluster, workload("Deployment", "thanos-querier", "query"))


@pytest.mark.parametrize("kind", ["StatefulSet", "Deployment"])
def test_claims_that_a_workload_owns_go_with_it(cluster: FakeCluster, kind: str) -> None:
    live = old(workload(kind, "thanos-store-gateway", "store"))
    cluster.seed(live, claim("cache", f"uid-of-{kind}-thanos-store-gateway"), claim("other", "somebody"))
    immutable(cluster, "StatefulSet")
    message = refusal(cluster, store())
    assert "PersistentVolumeClaim cache would go with it: it is their owner" in message
    assert "other" not in message


def test_nothing_goes_with_a_policy_that_retains(cluster: FakeCluster) -> None:
    policy = {"whenDeleted": "Retain", "whenScaled": "Delete"}
    cluster.seed(ours(old(store(persistentVolumeClaimRetentionPolicy=policy))), claim("data-thanos-store-gateway-0"))
    immutable(cluster, "StatefulSet")
    assert list(take_over(cluster, [wanted(store())], REPLACE).recreated) == [
        "StatefulSet monitoring/thanos-store-gateway"
    ]
    assert cluster.get(CLAIM, "data-thanos-store-gateway-0", "monitoring") is not None


def test_claims_that_may_not_be_listed(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster.seed(ours(old(store())))
    immutable(cluster, "StatefulSet")
    listed = cluster.list

    def refuse(resource: Any, *arguments: Any, **selectors: Any) -> Any:
        if resource == CLAIM:
            error = ClusterError("claims are forbidden")
            error.status = {"code": 403}
            raise error
        return listed(resource, *arguments, **selectors)

    monkeypatch.setattr(cluster, "list", refuse)
    message = refusal(cluster, store(), REPLACE)
    assert "cannot be told which claims would go with it (claims are forbidden)" in message
    assert "list persistentvolumeclaims" in message


@pytest.mark.parametrize("permission", [ADOPT, REPLACE, NOTHING])
def test_claims_go_when_a_stateful_set_gets_fewer_pods(cluster: FakeCluster, permission: Permission) -> None:
    policy = {"whenScaled": "Delete"}
    cluster.seed(ours(receive(replicas=3, persistentVolumeClaimRetentionPolicy=policy)))
    message = refusal(cluster, receive(replicas=2), permission)
    assert "StatefulSet monitoring/thanos-receive: its replicas are to be 2 instead of 3" in message
    assert "whenScaled is Delete" in message
    for manifest in (receive(replicas=3), receive(replicas=4)):
        assert takeover_findings(cluster, [manifest], permission) == []


def test_without_permission_a_deployment_is_not_even_looked_at(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "get", None)
    assert takeover_findings(cluster, [workload("Deployment", "thanos-querier", "query")], NOTHING) == []


EMPTY_DIR = [{"name": "data", "emptyDir": {}}]


def of_claim(name: str) -> list[Object]:
    """Return a volume."""
    return [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]


@pytest.mark.parametrize("program", ["receive", "rule"])
@pytest.mark.parametrize(
    ("kind", "shape", "words"),
    [
        ("StatefulSet", {"claims": ("tsdb",)}, "the claims of tsdb, which the new one does not use"),
        ("StatefulSet", {}, "keeps samples only in its pods"),
        ("StatefulSet", {"volumes": EMPTY_DIR}, "keeps samples only in its pods"),
        ("StatefulSet", {"volumes": of_claim("tsdb")}, "claim tsdb, which the new one does not use"),
        ("Deployment", {}, "keeps samples only in its pods"),
        ("Deployment", {"volumes": EMPTY_DIR}, "keeps samples only in its pods"),
        ("Deployment", {"volumes": of_claim("receive-data")}, "claim receive-data, which the new one does not use"),
    ],
)
def test_samples_that_would_be_lost_or_left_behind(
    cluster: FakeCluster, program: str, kind: str, shape: Any, words: str
) -> None:
    name = f"thanos-{program}"
    cluster.seed(old(workload(kind, name, program, **shape)))
    immutable(cluster, "StatefulSet")
    message = refusal(cluster, workload("StatefulSet", name, program, claims=("data",)))
    assert f"{kind} monitoring/{name}: a StatefulSet is to take its place, but it" in message
    assert words in message


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("StatefulSet", {"claims": ("data",)}),
        ("Deployment", {"volumes": of_claim("data-thanos-receive-0")}),
    ],
)
def test_samples_that_the_new_one_finds(cluster: FakeCluster, kind: str, shape: Any) -> None:
    cluster.seed(old(workload(kind, "thanos-receive", "receive", **shape)))
    immutable(cluster, "StatefulSet")
    assert takeover_findings(cluster, [receive()], ADOPT) == []
    take_over(cluster, [wanted(receive())], ADOPT)
    assert cluster.get(DEPLOYMENT, "thanos-receive", "monitoring") is None


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("store", ()),
        ("compact", ()),
        ("query", ()),
        ("receive", ("--receive.hashrings-file=/etc/hashrings.json",)),
    ],
)
@pytest.mark.parametrize("kind", ["StatefulSet", "Deployment"])
def test_copies_may_be_lost(cluster: FakeCluster, program: str, words: tuple[str, ...], kind: str) -> None:
    name = f"thanos-{program}"
    cluster.seed(old(workload(kind, name, program, *words, volumes=EMPTY_DIR)))
    immutable(cluster, "StatefulSet", "Deployment")
    for manifest in (workload("StatefulSet", name, program, claims=("data",)), workload("Deployment", name, program)):
        assert takeover_findings(cluster, [manifest], ADOPT) == []


def test_a_router_that_ingests_keeps_samples(cluster: FakeCluster) -> None:
    words = ("--receive.hashrings-file=/etc/hashrings.json", "--receive.local-endpoint=$(NAME).receive:10901")
    cluster.seed(workload("Deployment", "thanos-receive", "receive", *words))
    assert "keeps samples only in its pods" in refusal(cluster, receive())


def minio(kind: str = "Deployment", claim: str = "minio-pvc", **spec: Any) -> Object:
    """Return a standalone MinIO."""
    found = workload(kind, "minio", "server", "/data", volumes=of_claim(claim), **spec)
    found["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
    return found


@pytest.mark.parametrize("kind", ["StatefulSet", "Deployment"])
def test_objects_that_would_be_left_behind(cluster: FakeCluster, kind: str) -> None:
    cluster.seed(old(minio(kind, claim="minio-data")))
    immutable(cluster, "Deployment")
    message = refusal(cluster, minio())
    assert (
        f"{kind} monitoring/minio: a Deployment is to take its place, but it keeps its data in claim minio-data"
        in message
    )
    assert "Copy the bucket" in message


def test_a_minio_whose_stateful_set_is_made_again_with_other_claims(cluster: FakeCluster) -> None:
    cluster.seed(old(workload("StatefulSet", "minio", "server", "/data", claims=("data",))))
    immutable(cluster, "StatefulSet")
    wanted = workload("StatefulSet", "minio", "server", "http://minio-{0...3}.x/data-0", claims=("data-0",))
    assert "the new one would start empty beside it" in refusal(cluster, wanted)
    cluster.seed(minio())
    assert "Deployment monitoring/minio: a StatefulSet is to take its place" in refusal(cluster, wanted)


def test_a_stateful_set_on_our_claim_gives_way(cluster: FakeCluster) -> None:
    cluster.seed(minio("StatefulSet"), {**claim("minio-pvc")})
    take_over(cluster, [minio()], ADOPT)
    assert cluster.get(STATEFUL_SET, "minio", "monitoring") is None
    assert cluster.get(CLAIM, "minio-pvc", "monitoring") is not None


@pytest.mark.parametrize("kind", ["StatefulSet", "Deployment"])
@pytest.mark.parametrize("permission", [ADOPT, REPLACE])
def test_what_something_else_controls_stays(cluster: FakeCluster, kind: str, permission: Permission) -> None:
    live = old(workload(kind, "thanos-store-gateway", "store"))
    reference = {"kind": "Thanos", "name": "operator", "uid": "x", "controller": True}
    live["metadata"]["ownerReferences"] = [reference]
    cluster.seed(ours(live) if permission is REPLACE else live)
    immutable(cluster, "StatefulSet")
    if kind == "Deployment" and permission is REPLACE:
        assert takeover_findings(cluster, [store()], permission) == []
        return
    message = refusal(cluster, store(), permission)
    assert f"{kind} monitoring/thanos-store-gateway: Thanos operator controls it" in message


@pytest.mark.parametrize("mark", ["none", "label", "manager"])
@pytest.mark.parametrize("kind", ["Service", "Deployment"])
def test_what_is_not_ours_is_replaced_only_where_it_is_taken_over(cluster: FakeCluster, mark: str, kind: str) -> None:
    manifest = workload("Deployment", "thanos-querier", "query")
    if kind == "Service":
        manifest = {"apiVersion": "v1", "kind": "Service", "metadata": manifest["metadata"], "spec": {}}
    live = old(manifest if mark == "none" else ours(manifest))
    if mark == "label":
        live["metadata"]["managedFields"] = []
    elif mark == "manager":
        live["metadata"]["labels"] = {"old": "true"}
    cluster.seed(live)
    immutable(cluster, kind)
    message = refusal(cluster, manifest, REPLACE)
    assert f"{kind} monitoring/thanos-querier: it has fields that cannot be changed, and it" in message
    assert "thanos_adopt" in message
    assert takeover_findings(cluster, [manifest], ADOPT) == []


@pytest.mark.parametrize("permission", [ADOPT, REPLACE])
def test_a_service_that_something_else_controls_is_not_made_again(cluster: FakeCluster, permission: Permission) -> None:
    """As the headless one of a MinIO that an operator looks after."""
    manifest = {"apiVersion": "v1", "kind": "Service", "metadata": store()["metadata"], "spec": {}}
    live = old(ours(manifest) if permission is REPLACE else manifest)
    reference = {"apiVersion": "x.example.com/v1", "kind": "Tenant", "name": "objects", "uid": "t", "controller": True}
    live["metadata"]["ownerReferences"] = [reference]
    cluster.seed(live)
    assert takeover_findings(cluster, [manifest], permission) == [], "it can be changed as it is"
    immutable(cluster, "Service")
    message = refusal(cluster, manifest, permission)
    assert "Service monitoring/thanos-store-gateway: Tenant objects controls it, so it is not deleted" in message


@pytest.mark.parametrize("permission", [ADOPT, REPLACE])
@pytest.mark.parametrize("fits", [True, False])
def test_a_pod_of_another_controller_stays(cluster: FakeCluster, permission: Permission, fits: bool) -> None:
    name = "thanos-store-gateway-0"
    labels = {**of_set(name), **OURS, "app": "thanos-store-gateway"}
    cluster.seed(pod(name, "store", owner="somebody", labels=labels, claim=f"data-{name}" if fits else ""))
    message = refusal(cluster, store(), permission)
    assert f"Pod monitoring/{name}: it has a name that StatefulSet monitoring/thanos-store-gateway needs" in message
    assert "StatefulSet owner controls it" in message
    assert cluster.get(POD, name, "monitoring") is not None


@pytest.mark.parametrize(
    ("permission", "words", "labels"),
    [
        (ADOPT, ("sleep",), of_set("thanos-store-gateway-0")),
        (ADOPT, ("store",), {}),
        (ADOPT, ("store",), of_set("thanos-store-gateway-1")),
        (ADOPT, ("store",), OURS),
        (REPLACE, ("store",), of_set("thanos-store-gateway-0")),
        (REPLACE, ("store",), OURS),
    ],
)
def test_a_pod_that_is_not_known_to_be_a_former_one_stays(
    cluster: FakeCluster, permission: Permission, words: tuple[str, ...], labels: dict[str, str]
) -> None:
    cluster.seed(pod("thanos-store-gateway-0", *words, labels=labels))
    message = refusal(cluster, store(), permission)
    assert "Pod monitoring/thanos-store-gateway-0: it has a name that" in message
    assert "nothing says that it is a former pod of it" in message


@pytest.mark.parametrize(
    ("permission", "words", "labels"),
    [
        (ADOPT, ("store",), of_set("thanos-store-gateway-0")),
        (ADOPT, ("--log",), {**of_set("thanos-store-gateway-0"), **OURS}),
        (REPLACE, ("--log",), {**of_set("thanos-store-gateway-0"), **OURS}),
    ],
)
def test_a_former_pod_goes(
    cluster: FakeCluster, permission: Permission, words: tuple[str, ...], labels: dict[str, str]
) -> None:
    cluster.seed(pod("thanos-store-gateway-0", *words, labels=labels))
    take_over(cluster, [store()], permission)
    assert cluster.list(POD, "monitoring") == []


@pytest.mark.parametrize("check", [True, False])
def test_pods_of_the_stateful_set_that_is_made_again_are_former_ones(cluster: FakeCluster, check: bool) -> None:
    name = "thanos-store-gateway-0"
    live = old(workload("StatefulSet", "thanos-store-gateway", "store"))
    cluster.seed(live, pod(name, "store", owner="uid-of-StatefulSet-thanos-store-gateway", labels=of_set(name)))
    immutable(cluster, "StatefulSet")
    cluster.dry_run = check
    assert f"Pod monitoring/{name}: removed" in str(take_over(cluster, [wanted(store())], ADOPT).summary)
    assert (cluster.get(POD, name, "monitoring") is not None) is check


def test_names_that_are_not_needed_are_left_alone(cluster: FakeCluster) -> None:
    cluster.seed(pod("thanos-store-gateway-1", "x", owner="y"), pod("thanos-store-gateway-web-0", "x", owner="y"))
    take_over(cluster, [store(replicas=1)], ADOPT)
    assert len(cluster.list(POD, "monitoring")) == 2
    assert "thanos-store-gateway-1" in refusal(cluster, store(replicas=2))


def replica_set(owner: str = "", **changes: Any) -> Object:
    """Return a ReplicaSet that is named as one of the querier's."""
    references = [{"kind": "Deployment", "name": "x", "uid": owner, "controller": True}] if owner else []
    metadata = {
        "name": "thanos-querier-1",
        "namespace": "monitoring",
        "labels": {"pod-template-hash": "1"},
        "annotations": {"deployment.kubernetes.io/revision": "1"},
        "ownerReferences": references,
        **changes,
    }
    spec = {"template": {"metadata": {}, "spec": {"containers": [{"args": changes.pop("words", ["query"])}]}}}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata, "spec": spec}


@pytest.mark.parametrize(
    ("found", "goes"),
    [
        (replica_set("uid-of-Deployment-thanos-querier"), True),
        (replica_set(), True),
        (replica_set("somebody"), False),
        (replica_set(annotations={}), False),
        (replica_set(words=["sleep"]), False),
    ],
)
def test_only_former_replica_sets_are_retired(
    cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch, found: Object, goes: bool
) -> None:
    querier = workload("Deployment", "thanos-querier", "query")
    querier["spec"]["template"]["metadata"]["labels"] = OURS
    cluster.seed(querier, found)
    monkeypatch.setattr(takeover, "wait_for_rollout", lambda *_arguments: takeover_outcome())
    assert len(retire(cluster, [querier], 1)) == int(goes)


def takeover_outcome() -> Any:
    """Return how a wait ends that went well."""
    return type("Outcome", (), {"message": ""})()

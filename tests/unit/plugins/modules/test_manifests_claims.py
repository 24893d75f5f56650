# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Claims of a stack that an earlier version made: they get our label once, and their StatefulSets stay as they are."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.apply.managed_objects import resource_of
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.ownership import is_ours
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import (
    CLAIM,
    NAMESPACE,
    SERVICE,
    STATEFUL_SET,
    THANOS_RULER,
)
from ansible_collections.observability.thanos.plugins.module_utils.preflight.dry_run import try_apply
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError, InvalidError
from ansible_collections.observability.thanos.plugins.modules import manifests
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.claims import (
    MANAGED_BY,
    OURS,
    claim,
    from_template,
    set_of_ruler,
    stateful_set,
    template,
    thanos_ruler,
)
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, ours

STORE = "data-store-0"
LABELLED = f"PersistentVolumeClaim monitoring/{STORE}: changed"
IMMUTABLE = "spec: Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden"


def by_hand() -> Object:
    """Return a StatefulSet that a person made, as the API server completed it."""
    before = template(app="store")
    before["spec"]["volumeMode"], before["status"] = "Filesystem", {"phase": "Pending"}
    return stateful_set("store", before)


def earlier() -> Object:
    """Return the StatefulSet that an earlier version made."""
    return ours(by_hand())


def wanted(size: str = "1Gi", **spec: Any) -> Object:
    """Return the manifest of now."""
    made = stateful_set("store", template(size=size, app="store", **OURS), **spec)
    return {**made, "metadata": {**made["metadata"], "labels": OURS}}


def label(cluster: FakeCluster, name: str = STORE) -> str:
    """Return the claim's label that says who manages it."""
    live = cluster.get(CLAIM, name, "monitoring")
    assert live is not None
    return str(live["metadata"]["labels"].get(MANAGED_BY))


@pytest.fixture(autouse=True)
def converge(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let manifests be applied and removed in the fake cluster, which does not change claim templates."""

    def outcome(manifest: Object, state: str) -> dict[str, Any]:
        resource, metadata = resource_of(manifest), manifest["metadata"]
        before = cluster.get(resource, metadata["name"], metadata.get("namespace"))
        if state == "absent":
            assert before is not None
            assert before["metadata"]["uid"] == metadata["uid"]
            changed = cluster.delete(resource, metadata["name"], metadata.get("namespace"))
            return {"changed": changed, "method": "delete"}
        try:
            after = cluster.apply(resource, manifest)
        except ClusterError as error:
            return {"changed": False, "error": {"msg": str(error)}}
        return {"changed": after != before, "method": "apply", "diff": {"before": before or {}, "after": after}}

    def converge_all(_cluster: Any, wished: list[Object], wish: Any, _warn: Any) -> list[dict[str, Any]]:
        return [outcome(manifest, wish.state) for manifest in wished]

    monkeypatch.setattr(manifests, "apply_all", converge_all)


@pytest.fixture
def strict(cluster: FakeCluster) -> FakeCluster:
    """Return the cluster, with an API server that refuses other claim templates, but for its own defaults."""

    def completed(templates: list[Object]) -> list[Object]:
        defaults = {"spec": {"volumeMode": "Filesystem"}, "status": {"phase": "Pending"}}
        return [{**each, **defaults, "spec": {**each["spec"], **defaults["spec"]}} for each in templates]

    def before_write(verb: str, body: Object) -> None:
        if verb != "apply" or body["kind"] != "StatefulSet":
            return
        live = cluster.get(STATEFUL_SET, body["metadata"]["name"], "monitoring")
        templates = body["spec"]["volumeClaimTemplates"]
        if live is not None and completed(templates) != completed(live["spec"]["volumeClaimTemplates"]):
            raise InvalidError(IMMUTABLE)
        body["spec"]["volumeClaimTemplates"] = completed(templates)

    cluster.before_write = before_write
    return cluster


def run(run_module: RunModule, *definitions: Object, **options: Any) -> dict[str, Any]:
    """Run the module on copies of the manifests."""
    return run_module(manifests, definitions=copy.deepcopy(list(definitions)), **options)


def test_they_get_our_label_once(strict: FakeCluster, run_module: RunModule) -> None:
    strict.seed(earlier(), from_template(STORE, app="store"))
    first = run(run_module, wanted())
    assert LABELLED in first["summary"]
    assert label(strict) == "observability.thanos"
    assert strict.applied_fields(CLAIM, STORE, "monitoring") == {f"metadata.labels.{MANAGED_BY}"}
    second = run(run_module, wanted(), replace_immutable=True, adopt=True)
    assert (second["changed"], second["summary"]) == (False, [])


def test_check_mode_announces_it(strict: FakeCluster, run_module: RunModule) -> None:
    strict.seed(earlier(), from_template(STORE, app="store"))
    announced = run(run_module, wanted(), check_mode=True)
    assert LABELLED in announced["summary"]
    assert label(strict) == "None"
    assert announced["summary"] == run(run_module, wanted())["summary"]


@pytest.mark.parametrize("options", [{}, {"replace_immutable": True}, {"adopt": True, "replace_immutable": True}])
def test_their_stateful_set_keeps_its_templates_and_itself(
    strict: FakeCluster, run_module: RunModule, options: dict[str, bool]
) -> None:
    strict.seed(earlier())
    before = strict.get(STATEFUL_SET, "store", "monitoring")
    result = run(run_module, wanted(replicas=2), **options)
    assert "failed" not in result
    after = strict.get(STATEFUL_SET, "store", "monitoring")
    assert before is not None
    assert after is not None
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["spec"]["volumeClaimTemplates"] == before["spec"]["volumeClaimTemplates"]
    assert after["spec"]["replicas"] == 2


@pytest.mark.parametrize("size", ["1024Mi", "1Gi"])
def test_the_preflight_finds_nothing_either(strict: FakeCluster, size: str) -> None:
    strict.seed(earlier())
    live = strict.get(STATEFUL_SET, "store", "monitoring")
    trial = try_apply(strict, STATEFUL_SET, wanted(), live)
    assert (trial.immutable, trial.refusal) == ([], "")
    assert trial.manifest["spec"]["volumeClaimTemplates"][0]["metadata"] == {"name": "data", "labels": {"app": "store"}}
    # As the API server compares quantities, which the fake does not.
    labels = try_apply(FakeCluster(["monitoring"]), STATEFUL_SET, wanted(size), live).manifest["spec"]
    assert labels["volumeClaimTemplates"][0]["metadata"]["labels"] == {"app": "store"}


def test_what_else_differs_is_left_to_the_api_server(strict: FakeCluster, run_module: RunModule) -> None:
    strict.seed(earlier(), from_template(STORE, app="store"))
    result = run(run_module, wanted("2Gi"))
    assert result["failed"] is True
    replaced = run(run_module, wanted("2Gi"), replace_immutable=True)
    assert "StatefulSet monitoring/store: made again, since it has fields that cannot be changed" in replaced["summary"]
    live = strict.get(STATEFUL_SET, "store", "monitoring")
    assert live is not None
    assert live["spec"]["volumeClaimTemplates"][0]["metadata"]["labels"] == {"app": "store", **OURS}
    assert label(strict) == "observability.thanos", "of the StatefulSet before, which is no longer there to say so"
    assert run(run_module, wanted("2Gi"))["changed"] is False


def test_claims_of_somebody_elses_stateful_set_get_none(strict: FakeCluster, run_module: RunModule) -> None:
    strict.seed(by_hand(), from_template(STORE, app="store"))
    assert run(run_module, wanted(), force_conflicts=True)["summary"] == ["StatefulSet monitoring/store: changed"]
    assert label(strict) == "None"


def test_claims_of_a_stateful_set_that_is_adopted_get_it_at_once(strict: FakeCluster, run_module: RunModule) -> None:
    strict.seed(by_hand(), from_template(STORE, app="store"))
    assert LABELLED in run(run_module, wanted(), adopt=True)["summary"]
    assert run(run_module, wanted(), adopt=True)["changed"] is False


@pytest.mark.parametrize(
    "other", [from_template("data-other-0", app="store"), from_template(STORE, **{MANAGED_BY: "Helm"})]
)
def test_other_claims_get_none(strict: FakeCluster, run_module: RunModule, other: Object) -> None:
    strict.seed(earlier(), other)
    run(run_module, wanted())
    assert [write.kind for write in strict.writes if write.kind == CLAIM.kind] == []


def test_where_the_templates_have_it_no_claim_is_looked_at(
    cluster: FakeCluster, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.seed(ours(wanted()), from_template(STORE, app="store", **OURS))
    asked: list[str] = []
    everything = cluster.list

    def list_kind(resource: Any, *arguments: Any, **selectors: Any) -> list[Object]:
        asked.append(resource.kind)
        return everything(resource, *arguments, **selectors)

    monkeypatch.setattr(cluster, "list", list_kind)
    run(run_module, wanted())
    assert asked == []


def test_a_user_who_may_not_label_them_is_warned(cluster: FakeCluster, run_alone: RunModule) -> None:
    cluster.seed(earlier(), from_template(STORE, app="store"))

    def refuse(verb: str, body: Object) -> None:
        if (verb, body["kind"]) == ("apply", CLAIM.kind):
            raise ClusterError("persistentvolumeclaims is forbidden")

    cluster.before_write = refuse
    result = run(run_alone, earlier())
    assert "failed" not in result
    [warning] = result["warnings"]
    assert f"PersistentVolumeClaim monitoring/{STORE} does not get this collection's label" in str(warning)


def test_a_thanos_ruler_keeps_its_template(cluster: FakeCluster, run_module: RunModule) -> None:
    """The operator would stop all its pods at once, to make its StatefulSet again."""
    cluster.seed(thanos_ruler())
    new = thanos_ruler()
    new["metadata"].pop("managedFields")
    new["spec"]["storage"]["volumeClaimTemplate"] = template(app="thanos-ruler", **OURS)
    run(run_module, new)
    live = cluster.get(THANOS_RULER, "thanos-ruler", "monitoring")
    assert live is not None
    assert live["spec"]["storage"]["volumeClaimTemplate"]["metadata"]["labels"] == {"app": "thanos-ruler"}


def test_claims_stay_known_when_their_stateful_set_is_removed(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(earlier(), from_template(STORE, app="store"), from_template("data-store-1", app="store"))
    going = {**claim("data-store-1"), "metadata": {"name": "data-store-1", "namespace": "monitoring"}}
    result = run(run_module, earlier(), going, state="absent")
    assert result["summary"] == [
        LABELLED,
        "StatefulSet monitoring/store: removed",
        "PersistentVolumeClaim monitoring/data-store-1: removed",
    ]
    assert label(cluster) == "observability.thanos"
    purged = run(run_module, {**going, "metadata": {**going["metadata"], "name": STORE}}, state="absent")
    assert purged["summary"] == [f"PersistentVolumeClaim monitoring/{STORE}: removed"]


def test_claims_stay_known_when_their_thanos_ruler_is_removed(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(thanos_ruler())
    live = cluster.get(THANOS_RULER, "thanos-ruler", "monitoring")
    assert live is not None
    name = "data-thanos-ruler-thanos-ruler-0"
    labels = {"app": "thanos-ruler", MANAGED_BY: "prometheus-operator"}
    cluster.seed(set_of_ruler(live), from_template(name, **labels))
    run(run_module, thanos_ruler(), state="absent")
    assert label(cluster, name) == "observability.thanos"


def test_what_is_refused_changes_no_claim(cluster: FakeCluster, run_module: RunModule) -> None:
    live = earlier()
    policy = {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"}}
    cluster.seed({**live, "spec": {**live["spec"], **policy, "replicas": 2}}, from_template(STORE, app="store"))
    before = label(cluster)
    result = run_module(manifests, definitions=[wanted(replicas=1)])
    assert "whenScaled is Delete" in result["msg"]
    assert label(cluster) == before != "observability.thanos"


@pytest.mark.parametrize("marks", ["none", "label", "manager"])
@pytest.mark.parametrize("taken_by", ["", "adopt", "force_conflicts"])
def test_a_claim_of_somebody_else_becomes_ours_only_where_that_is_said(
    cluster: FakeCluster, run_alone: RunModule, marks: str, taken_by: str
) -> None:
    """With both marks it would be removed together with what we made."""
    manager = "observability.thanos" if marks == "manager" else "kubectl-create"
    cluster.seed(claim("minio-pvc", manager, **(OURS if marks == "label" else {"app": "minio"})))
    before = cluster.get(CLAIM, "minio-pvc", "monitoring")
    spec = template()["spec"]
    metadata = {"name": "minio-pvc", "namespace": "monitoring", "labels": {"app": "minio", **OURS}}
    manifest = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": spec}
    options = {taken_by: True} if taken_by else {}
    result = run(run_alone, manifest, {**wanted(), "metadata": {**wanted()["metadata"], "name": "other"}}, **options)
    live = cluster.get(CLAIM, "minio-pvc", "monitoring")
    assert live is not None
    assert is_ours(live) is bool(taken_by)
    if not taken_by:
        assert live == before
        assert result["summary"] == ["StatefulSet monitoring/other: created"]
        warning = str(result["warnings"])
        assert "PersistentVolumeClaim monitoring/minio-pvc is used as it is" in warning
        assert "thanos_adopt" in warning
    again = run(run_alone, manifest, **options)
    assert again["changed"] is False


def test_a_claim_of_ours_is_applied_as_before(run_module: RunModule) -> None:
    metadata = {"name": "minio-pvc", "namespace": "monitoring", "labels": OURS}
    manifest = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata, "spec": template()["spec"]}
    assert run(run_module, manifest)["summary"] == ["PersistentVolumeClaim monitoring/minio-pvc: created"]
    grown = {**manifest, "spec": template(size="2Gi")["spec"]}
    result = run(run_module, grown)
    assert result["summary"] == ["PersistentVolumeClaim monitoring/minio-pvc: changed"]
    assert "warnings" not in result


@pytest.mark.parametrize("taken_by", ["", "adopt", "force_conflicts"])
@pytest.mark.parametrize("kind", ["ServiceAccount", "ConfigMap"])
def test_what_no_conflict_protects_stays_somebody_elses(
    cluster: FakeCluster, run_module: RunModule, kind: str, taken_by: str
) -> None:
    """As an account that a tool made for a role of the cloud, or a ConfigMap with other keys."""
    metadata = {"name": "store", "namespace": "monitoring", "labels": {"app": "store", **OURS}}
    manifest: Object = {"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": {"ours": "1"}}
    theirs = {**metadata, "labels": {}, "managedFields": [{"manager": "terraform"}]}
    cluster.seed({**manifest, "metadata": theirs, "data": {"theirs": "2"}})
    options = {taken_by: True} if taken_by else {}
    run(run_module, manifest, **options)
    live = cluster.get(resource_of(manifest), "store", "monitoring")
    assert live is not None
    assert live["data"] == {"ours": "1", "theirs": "2"}
    assert is_ours(live) is bool(taken_by)
    assert run(run_module, manifest, **options)["changed"] is False
    run(run_module, manifest, state="absent")
    assert (cluster.get(resource_of(manifest), "store", "monitoring") is None) is bool(taken_by)


@pytest.mark.parametrize("taken_by", ["", "adopt", "force_conflicts"])
def test_a_namespace_of_somebody_else_does_not_become_ours(
    cluster: FakeCluster, run_module: RunModule, taken_by: str
) -> None:
    """A purge would delete it as soon as it is empty."""
    theirs = {"name": "minio", "labels": {"team": "a"}, "managedFields": [{"manager": "kubectl-create"}]}
    cluster.seed({"apiVersion": "v1", "kind": "Namespace", "metadata": theirs})
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "minio", "labels": OURS}}
    options = {taken_by: True} if taken_by else {}
    run(run_module, manifest, **options)
    live = cluster.get(NAMESPACE, "minio")
    assert live is not None
    assert is_ours(live) is bool(taken_by)
    assert live["metadata"]["labels"]["team"] == "a"
    assert run(run_module, manifest, **options)["changed"] is False


def service(labels: dict[str, str], manager: str, **selector: str) -> Object:
    metadata = {"name": "thanos-querier", "namespace": "monitoring", "labels": labels}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {**metadata, "managedFields": [{"manager": manager}]},
        "spec": {"selector": selector},
    }


def test_nothing_is_merged_into_a_service_of_somebody_else(cluster: FakeCluster, run_module: RunModule) -> None:
    """Without a selector, since they write its endpoints by hand: no field is in conflict."""
    theirs = service({"app": "query"}, "terraform")
    cluster.seed(theirs)
    before = cluster.get(SERVICE, "thanos-querier", "monitoring")
    manifest = service(OURS, "observability.thanos", name="thanos-querier")
    del manifest["metadata"]["managedFields"]
    result = run_module(manifests, definitions=[wanted(), manifest])
    assert result["failed"]
    assert "Service monitoring/thanos-querier: it exists already" in result["msg"]
    assert "somebody else's" in result["msg"]
    assert "thanos_adopt" in result["msg"]
    assert cluster.get(SERVICE, "thanos-querier", "monitoring") == before
    assert cluster.get(STATEFUL_SET, wanted()["metadata"]["name"], "monitoring") is None
    for option in ("adopt", "force_conflicts"):
        assert not run_module(manifests, definitions=[manifest], **{option: True}).get("failed")
    assert run(run_module, manifest)["changed"] is False


def test_a_service_that_was_restored_from_a_backup_is_ours_again(cluster: FakeCluster, run_module: RunModule) -> None:
    """The tool keeps labels, and owns all fields."""
    cluster.seed(service(OURS, "velero-server", name="thanos-querier"))
    manifest = service(OURS, "observability.thanos", name="thanos-querier")
    del manifest["metadata"]["managedFields"]
    run(run_module, manifest)
    live = cluster.get(SERVICE, "thanos-querier", "monitoring")
    assert live is not None
    assert is_ours(live)

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fake behaves as the API server does, where the modules rely on it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import DEPLOYMENT, POD, SECRET
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ConflictError, NotFoundError
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster


def secret(**data: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "one", "namespace": "monitoring"},
        "stringData": data,
    }


def test_replace_refuses_a_stale_version(cluster: FakeCluster) -> None:
    stale = cluster.create(SECRET, secret(key="a"))
    cluster.seed(secret(key="b"))
    with pytest.raises(ConflictError):
        cluster.replace(SECRET, stale)


def test_secret_text_is_encoded(cluster: FakeCluster) -> None:
    assert cluster.create(SECRET, secret(key="a"))["data"] == {"key": "YQ=="}


@pytest.mark.parametrize(
    ("dependents", "left"),
    [("Background", ["other"]), ("Foreground", ["other"]), ("", ["other"]), ("Orphan", ["claim", "other", "pod"])],
)
def test_what_a_deleted_object_owned_goes_with_it(cluster: FakeCluster, dependents: str, left: list[str]) -> None:
    def obj(kind: str, name: str, *owners: str) -> dict[str, Any]:
        references = [{"uid": f"uid-of-{owner}"} for owner in owners]
        metadata = {"name": name, "namespace": "monitoring", "uid": f"uid-of-{name}", "ownerReferences": references}
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata}

    cluster.seed(
        obj("Deployment", "owner"), obj("Pod", "pod", "owner"), obj("Pod", "claim", "pod"), obj("Pod", "other", "x")
    )
    cluster.delete(DEPLOYMENT, "owner", "monitoring", dependents)
    found = cluster.list(POD, "monitoring")
    assert sorted(each["metadata"]["name"] for each in found) == left
    assert not any(each["uid"] == "uid-of-owner" for body in found for each in body["metadata"]["ownerReferences"])


def test_a_patch_has_a_field_manager(cluster: FakeCluster) -> None:
    cluster.seed(secret(key="a"))
    for manager in ("kubectl", "kubectl", "other"):
        cluster.merge(SECRET, "one", {"data": {"key": "Yg=="}}, "monitoring", field_manager=manager)
    live = cluster.get(SECRET, "one", "monitoring")
    assert live is not None
    assert [entry["manager"] for entry in live["metadata"]["managedFields"]] == ["kubectl", "other"]


def test_create_needs_the_namespace_and_a_free_name(cluster: FakeCluster) -> None:
    with pytest.raises(NotFoundError):
        cluster.create(SECRET, {**secret(), "metadata": {"name": "one", "namespace": "nowhere"}})
    cluster.create(SECRET, secret())
    with pytest.raises(ConflictError):
        cluster.create(SECRET, secret())


def test_dry_run_leaves_nothing() -> None:
    cluster = FakeCluster(["monitoring"], dry_run=True)
    cluster.create(SECRET, secret())
    assert cluster.get(SECRET, "one", "monitoring") is None
    assert cluster.writes[0].dry_run


def test_unchanged_write_keeps_the_version(cluster: FakeCluster) -> None:
    first = cluster.create(SECRET, secret())
    assert cluster.replace(SECRET, first)["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


def test_apply_owns_its_fields_only(cluster: FakeCluster) -> None:
    base = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "grafana", "namespace": "monitoring"}}
    cluster.seed({**base, "spec": {"replicas": 1, "template": {"metadata": {"labels": {"app": "grafana"}}}}})
    cluster.apply(DEPLOYMENT, {**base, "spec": {"template": {"metadata": {"annotations": {"ours": "1"}}}}})
    assert cluster.applied_fields(DEPLOYMENT, "grafana", "monitoring") == {"spec.template.metadata.annotations.ours"}
    with pytest.raises(ConflictError, match=r"\.spec\.replicas"):
        cluster.apply(DEPLOYMENT, {**base, "spec": {"replicas": 2}})
    assert cluster.apply(DEPLOYMENT, base)["spec"] == {
        "replicas": 1,
        "template": {"metadata": {"labels": {"app": "grafana"}}},
    }


def test_list_selects(cluster: FakeCluster) -> None:
    cluster.seed(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "x", "labels": {"app": "a"}}}
    )
    cluster.seed({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "x"}})
    assert len(cluster.list(SECRET, "x")) == 1
    assert cluster.list(SECRET, "x", label_selector="app=a") == []
    assert cluster.list(SECRET, "monitoring") == []

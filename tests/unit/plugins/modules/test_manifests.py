# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module makes of the outcomes. That they are right is seen on the real cluster, in molecule/default."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.apply.managed_objects import resource_of
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import DEPLOYMENT
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import InvalidError
from ansible_collections.observability.thanos.plugins.modules import manifests
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.claims import OURS
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, ours

SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "access", "namespace": "monitoring"},
    "stringData": {"password": "mellon"},
}
MISSING = {"changed": False, "error": {"msg": "Failed to find exact match for v1.Secret by [kind]"}}
CREATED = {"changed": True, "method": "apply", "diff": {"before": {}, "after": {"stringData": {"password": "mellon"}}}}


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the list of outcomes, for the test to fill."""
    outcomes: list[dict[str, Any]] = []
    monkeypatch.setattr(manifests, "apply_all", lambda *_arguments: outcomes)
    return outcomes


def test_what_changed(answer: list[dict[str, Any]], run_module: RunModule) -> None:
    answer.append(CREATED)
    result = run_module(manifests, definitions=[SECRET])
    assert result["changed"] is True
    assert result["summary"] == ["Secret monitoring/access: created"]


def test_no_value_of_a_secret_is_shown(answer: list[dict[str, Any]], run_module: RunModule) -> None:
    answer.append(CREATED)
    result = run_module(manifests, definitions=[SECRET])
    assert result["invocation"]["module_args"]["definitions"] == ["Secret monitoring/access"]
    assert "mellon" not in str(result)


def test_an_unknown_kind_is_an_error(answer: list[dict[str, Any]], run_module: RunModule) -> None:
    answer.append(MISSING)
    result = run_module(manifests, definitions=[SECRET])
    assert result["failed"] is True
    assert len(result["errors"]) == 1


def test_in_check_mode_it_is_what_would_be_created(answer: list[dict[str, Any]], run_module: RunModule) -> None:
    answer.append(MISSING)
    result = run_module(manifests, check_mode=True, definitions=[SECRET])
    assert (result["changed"], result["pending"]) == (True, ["Secret monitoring/access"])


def test_what_is_gone_with_its_kind_is_gone(answer: list[dict[str, Any]], run_module: RunModule) -> None:
    answer.append(MISSING)
    result = run_module(manifests, definitions=[SECRET], state="absent")
    assert (result["changed"], result["pending"]) == (False, [])


def test_only_what_is_ours_is_removed(
    cluster: FakeCluster, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[dict[str, Any]] = []

    def converge(_cluster: Any, manifests: list[dict[str, Any]], *_arguments: Any) -> list[dict[str, Any]]:
        removed.extend(manifests)
        return [{"changed": True, "method": "delete"} for _manifest in manifests]

    monkeypatch.setattr(manifests, "apply_all", converge)
    other = {**SECRET, "metadata": {"name": "other", "namespace": "monitoring"}}
    copied = {**SECRET, "metadata": {"name": "copied", "namespace": "monitoring", "labels": OURS}}
    cluster.seed(ours(SECRET), other, copied)
    result = run_module(manifests, definitions=[other, SECRET, copied], state="absent")
    assert result["summary"] == ["Secret monitoring/access: removed"]
    live = cluster.get(resource_of(SECRET), "access", "monitoring")
    assert live is not None
    identity = {"name": "access", "namespace": "monitoring", "uid": live["metadata"]["uid"]}
    assert [manifest["metadata"] for manifest in removed] == [identity], "and no other of this name"
    assert [line.partition(": ")[0] for line in result["kept"]] == [
        "Secret monitoring/other",
        "Secret monitoring/copied",
    ]


@pytest.mark.parametrize("state", ["absent", "present"])
def test_a_generated_name_stands_for_what_is_there(cluster: FakeCluster, run_module: RunModule, state: str) -> None:
    """Of the claims of a StatefulSet nobody knows how many there are; to be applied an object needs its name."""
    metadata = {"namespace": "monitoring", "generateName": "data-store-", "labels": {"app": "store"}}
    claims = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata}
    somebodys = {**metadata, "name": "data-store-0"}
    spec = {"resources": {"requests": {"storage": "1Gi"}}}
    cluster.seed({**claims, "metadata": somebodys, "spec": spec})
    result = run_module(manifests, definitions=[claims], state=state)
    if state == "present":
        assert result["msg"] == "definitions[0] (PersistentVolumeClaim) is no manifest: metadata.name is missing."
    else:
        assert [line.partition(": ")[0] for line in result["kept"]] == ["PersistentVolumeClaim monitoring/data-store-0"]


def deployment(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "thanos-querier", "namespace": "monitoring"},
        "spec": {"template": {"spec": {"containers": [{"args": ["query"]}]}}, **spec},
    }


def refuse_changes(cluster: FakeCluster) -> None:
    """Let the API refuse to change what is there."""

    def before_write(verb: str, body: dict[str, Any]) -> None:
        if verb == "apply" and cluster.get(DEPLOYMENT, body["metadata"]["name"], "monitoring") is not None:
            raise InvalidError("spec.selector: Invalid value: {}: field is immutable")

    cluster.before_write = before_write


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_was_made_again_is_not_applied_and_keeps_its_place(
    cluster: FakeCluster, run_module: RunModule, monkeypatch: pytest.MonkeyPatch, check_mode: bool
) -> None:
    tried: list[str] = []

    def converge(_cluster: Any, manifests: list[dict[str, Any]], *_arguments: Any) -> list[dict[str, Any]]:
        tried.extend(manifest["kind"] for manifest in manifests)
        return [CREATED for _manifest in manifests]

    monkeypatch.setattr(manifests, "apply_all", converge)
    cluster.seed(ours(deployment(selector={"matchLabels": {"old": "a"}})))
    refuse_changes(cluster)
    new = deployment(selector={"matchLabels": {"app": "b"}})
    result = run_module(
        manifests, check_mode=check_mode, definitions=[SECRET, new, SECRET], replace_immutable=True, wait_timeout=0
    )
    assert tried == ["Secret", "Secret"]
    assert [line.partition(":")[0] for line in result["summary"]] == [
        "Secret monitoring/access",
        "Deployment monitoring/thanos-querier",
        "Secret monitoring/access",
    ]
    live = cluster.get(DEPLOYMENT, "thanos-querier", "monitoring")
    assert live is not None
    assert live["spec"]["selector"] == {"matchLabels": {"old": "a"} if check_mode else {"app": "b"}}


def test_without_permission_nothing_is_looked_at(
    cluster: FakeCluster, run_module: RunModule, answer: list[dict[str, Any]]
) -> None:
    answer.append({"changed": False})
    cluster.seed(deployment())
    refuse_changes(cluster)
    assert run_module(manifests, definitions=[deployment()])["changed"] is False
    assert cluster.writes == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_hand_made_one_that_is_made_again_shows_none_of_its_secrets(
    cluster: FakeCluster, run_module: RunModule, answer: list[dict[str, Any]], check_mode: bool
) -> None:
    assert answer == [], "nothing else is applied"
    by_hand = deployment(selector={"matchLabels": {"old": "a"}}, replicas=1)
    by_hand["metadata"]["annotations"] = {"note": "hunter2"}
    by_hand["spec"]["template"]["spec"]["containers"] = [
        {
            "name": "thanos",
            "args": ["query", "--query.timeout=2m", "--tracing.config=hunter2", "hunter2"],
            "env": [{"name": "SETTING", "value": "hunter2"}],
        }
    ]
    cluster.seed(by_hand)
    refuse_changes(cluster)
    new = deployment(selector={"matchLabels": {"app": "b"}}, replicas=2)
    result = run_module(
        manifests, check_mode=check_mode, diff=True, definitions=[new], adopt=True, replace_immutable=True
    )
    [diff] = result["diff"]
    assert (diff["before"]["spec"]["replicas"], diff["after"]["spec"]["replicas"]) == (1, 2)
    [shown] = diff["before"]["spec"]["template"]["spec"]["containers"]
    assert shown == {
        "name": "thanos",
        "args": ["query", "--query.timeout=2m", "--tracing.config=(hidden)", "(hidden)"],
        "env": [{"name": "SETTING", "value": "(hidden)"}],
    }
    assert "hunter2" not in str(result)

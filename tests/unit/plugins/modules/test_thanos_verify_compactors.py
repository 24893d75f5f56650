# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check `compactor` finds every other compactor of the cluster on the stack's bucket."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Response
from ansible_collections.observability.thanos.plugins.module_utils.verify import run as verify
from ansible_collections.observability.thanos.plugins.modules import thanos_verify
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes import compactors as made
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import api_error, ours
from ansible_collections.observability.thanos.tests.unit.fakes.compactors import PASSWORD, config, secret
from ansible_collections.observability.thanos.tests.unit.fakes.verified_stack import (
    COMPACTOR,
    MANIFESTS,
    METRICS,
    Clock,
    ThanosCluster,
    aged,
    healthy_stack,
    service,
)

OWN = made.workload("StatefulSet", "monitoring", "thanos-compactor", labels={"app.kubernetes.io/component": "compact"})
WANTED = [each for each in MANIFESTS if (each["kind"], each["metadata"]["name"]) != ("StatefulSet", "thanos-compactor")]
WANTED.append(OWN)
OTHER = made.workload("StatefulSet", "team-b", "thanos-compactor")


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> ThanosCluster:
    """A healthy stack, and another one's Secret for the same bucket."""
    monkeypatch.setattr(verify, "time", Clock())
    found = healthy_stack()
    found.seed(OWN, secret("monitoring", config()), secret("team-b", config("minio.minio:9000")))
    return found


def check(run_module: RunModule, **more: Any) -> dict[str, str]:
    result = run_module(thanos_verify, manifests=WANTED, checks=["compactor", "sidecars"], **more)
    assert PASSWORD not in str(result)
    return next(each for each in result["checks"] if each["name"] == "compactor")


def test_a_compactor_by_itself_is_right(run_module: RunModule) -> None:
    assert check(run_module) == {
        "name": "compactor",
        "status": "ok",
        "expected": "",
        "found": "not halted; to do: 0 compactions, 0 downsample blocks; 3 runs done",
        "remedy": "",
    }


def test_another_one_on_the_bucket_is_found(cluster: ThanosCluster, run_module: RunModule) -> None:
    cluster.seed(OTHER)
    found = check(run_module)
    assert found["status"] == "failed"
    assert found["found"].startswith(
        "StatefulSet team-b/thanos-compactor: its container thanos works on bucket blocks at minio.minio:9000, as does "
        "StatefulSet monitoring/thanos-compactor (bucket blocks at minio.minio.svc.cluster.local:9000)"
    )
    assert "no other compactor on its bucket" in found["expected"]
    assert "thanos_objstore_prefix" in found["remedy"]
    assert cluster.reads.count("list statefulsets -") == 1


def test_nothing_is_waited_for(cluster: ThanosCluster, run_module: RunModule) -> None:
    """However young the stack and the other compactor are."""
    cluster.seed(*(aged(each, 1) for each in WANTED), aged(OTHER, 1))
    assert check(run_module)["status"] == "failed"
    assert cluster.reads.count("list statefulsets -") == 1


def test_others_are_looked_for_once_however_often_the_check_is_made(
    cluster: ThanosCluster, run_module: RunModule
) -> None:
    cluster.seed(aged(service("thanos-compactor", "compact", {}), 1))
    cluster.answers[METRICS] = [api_error(503, "no endpoints available")] * 5 + [Response(200, COMPACTOR)]
    assert check(run_module)["status"] == "ok"
    assert [path for path, _query in cluster.gets].count(METRICS) == 6
    assert cluster.reads.count("list statefulsets -") == 1


def test_a_shard_that_should_be_gone_is_found(cluster: ThanosCluster, run_module: RunModule) -> None:
    """Only the preflight may count on the run to remove it."""
    labels = {"app.kubernetes.io/component": "compact"}
    cluster.seed(ours(made.workload("StatefulSet", "monitoring", "thanos-compactor-1", labels=labels)))
    assert check(run_module)["found"].startswith("StatefulSet monitoring/thanos-compactor-1: ")


def test_the_clusters_own_domain_is_known(cluster: ThanosCluster, run_module: RunModule) -> None:
    cluster.seed(secret("team-b", config("minio.minio.svc.k8s.example.com:9000")), OTHER)
    cluster.seed(secret("monitoring", config("minio.minio:9000")))
    assert check(run_module)["status"] == "ok"
    assert check(run_module, cluster_domain="k8s.example.com")["status"] == "failed"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Response(200, COMPACTOR.replace(b"halted 0", b"halted 1")), "it is halted"),
        (api_error(503, 'no endpoints available for service "x"'), "has no ready pod"),
    ],
)
def test_what_else_is_wrong_is_told_as_well(
    cluster: ThanosCluster, run_module: RunModule, answer: Response, words: str
) -> None:
    cluster.seed(OTHER, service("thanos-compactor", "compact", {}))
    cluster.answers[METRICS] = answer
    found = check(run_module)
    assert words in found["found"]
    assert "StatefulSet team-b/thanos-compactor" in found["found"]


def test_one_that_rests_is_told_and_no_failure(cluster: ThanosCluster, run_module: RunModule) -> None:
    cluster.seed(made.workload("StatefulSet", "team-b", "thanos-compactor", replicas=0))
    found = check(run_module)
    assert found["status"] == "ok"
    assert "StatefulSet team-b/thanos-compactor: its container thanos would work on" in found["found"]
    assert "is scaled to 0" in found["found"]


def test_what_could_not_be_looked_at_is_told(cluster: ThanosCluster, run_module: RunModule) -> None:
    cluster.seed(OTHER)
    cluster.forbidden = {"get secrets team-b"}
    found = check(run_module)
    assert found["status"] == "ok"
    assert "Secret team-b/thanos-objectstorage may not be read" in found["found"]


def test_a_stack_without_a_compactor_has_no_others(cluster: ThanosCluster, run_module: RunModule) -> None:
    cluster.seed(OTHER)
    manifests = [each for each in WANTED if each["metadata"]["name"] != "thanos-compactor"]
    result = run_module(thanos_verify, manifests=manifests, checks=["compactor"])
    assert [each["status"] for each in result["checks"]] == ["skipped"]
    assert not any(read.endswith(" -") for read in cluster.reads)

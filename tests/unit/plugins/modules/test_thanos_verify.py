# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole verification against a cluster: healthy, broken in one place, forbidden, not yet settled, and not there."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Response
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.plugins.module_utils.verify import run as verify
from ansible_collections.observability.thanos.plugins.modules import thanos_verify
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, api_error
from ansible_collections.observability.thanos.tests.unit.fakes.thanos import (
    STORES_JSON,
    blocks_json,
    labels_of,
    pod,
    prometheus_pods,
    proxy,
    success,
)
from ansible_collections.observability.thanos.tests.unit.fakes.verified_stack import (
    BLOCKS,
    COMPACTOR,
    DATASOURCE,
    MANIFESTS,
    METRICS,
    QUERY,
    STORES,
    SUMMARY,
    Clock,
    healthy_stack,
    service,
    workload,
)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    """A healthy stack, and a clock that stands still but while somebody sleeps."""
    monkeypatch.setattr(verify, "time", Clock())
    return healthy_stack()


def statuses(result: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["status"] for check in result["checks"]}


def found(result: dict[str, Any], name: str) -> dict[str, str]:
    return next(check for check in result["checks"] if check["name"] == name)


def test_a_healthy_stack_passes(run_module: RunModule) -> None:
    result = run_module(thanos_verify, manifests=MANIFESTS, datasource=DATASOURCE)
    assert statuses(result) == dict.fromkeys(verify.CHECKS, "ok"), result["table"]
    assert result["passed"] is True
    assert result["explanation"] == ""
    assert "40%; 3 not known" in found(result, "volumes")["found"]


def test_checks_are_picked_and_left_out(cluster: FakeCluster, run_module: RunModule) -> None:
    result = run_module(thanos_verify, manifests=MANIFESTS, checks=["compactor", "stores"], skip_checks=["compactor"])
    assert statuses(result) == {"stores": "ok"}
    assert [path for path, _query in cluster.gets] == [STORES]


def test_an_unknown_check_is_refused_with_those_there_are(run_module: RunModule) -> None:
    result = run_module(thanos_verify, manifests=MANIFESTS, checks=["storess"])
    assert result["failed"]
    assert "storess" in result["msg"]
    assert "compactor" in result["msg"]


def test_a_wrong_duration_is_refused_by_name(run_module: RunModule) -> None:
    result = run_module(thanos_verify, manifests=MANIFESTS, block_duration="2 hours")
    assert "block_duration: '2 hours' is no duration" in result["msg"]


def test_what_is_not_part_of_the_stack_is_skipped(run_module: RunModule) -> None:
    only_querier = [each for each in MANIFESTS if each["metadata"]["name"] == "thanos-querier"]
    result = run_module(thanos_verify, manifests=only_querier)
    assert result["passed"] is True
    assert statuses(result) == {**dict.fromkeys(verify.CHECKS, "skipped"), "stores": "ok", "volumes": "skipped"}


def test_an_empty_stack_asks_nobody(cluster: FakeCluster, run_module: RunModule) -> None:
    result = run_module(thanos_verify, manifests=[])
    assert set(statuses(result).values()) == {"skipped"}
    assert cluster.gets == []


def test_without_a_compactor_the_store_tells_of_the_blocks(cluster: FakeCluster, run_module: RunModule) -> None:
    manifests = [each for each in MANIFESTS if each["metadata"]["name"] != "thanos-compactor"]
    cluster.answers[proxy("thanos-store-gateway", "/api/v1/blocks")] = cluster.answers.pop(BLOCKS)
    result = run_module(thanos_verify, manifests=manifests, checks=["bucket", "compactor"])
    assert statuses(result) == {"bucket": "ok", "compactor": "skipped"}
    assert cluster.gets[0][1] == {"view": "loaded"}


def test_compactors_that_share_the_work_are_looked_at_together(cluster: FakeCluster, run_module: RunModule) -> None:
    name, path = "thanos-compactor-1", proxy("thanos-compactor-1", "/metrics")
    manifests = [*MANIFESTS, service(name, "compact", {"app": name}), workload("StatefulSet", name, "compact")]
    cluster.answers[path] = Response(200, COMPACTOR.replace(b"halted 0", b"halted 1"))
    cluster.seed(pod(f"{name}-0", {"app": name}), pod("thanos-compactor-0", {"app": "thanos-compactor"}))
    halting = 'level=error msg="critical error detected; halting" err="compaction: overlaps found"\n'
    # It goes on to write, as the other one does.
    cluster.log_texts["monitoring", f"{name}-0", "thanos"] = halting + "level=info msg=synchronized\n" * 1000
    cluster.log_texts["monitoring", "thanos-compactor-0", "thanos"] = 'level=error err="deadline exceeded"\n'
    result = run_module(thanos_verify, manifests=manifests, checks=["bucket", "compactor"])
    assert found(result, "compactor")["found"] == "it is halted: thanos-compactor-1-0: compaction: overlaps found"
    assert found(result, "bucket")["found"].startswith("2 blocks in the bucket"), "each block counts once"


def test_a_component_that_is_down_fails_its_checks_with_the_cause(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(next(each for each in MANIFESTS if each["metadata"]["name"] == "thanos-compactor"))
    for path in (BLOCKS, METRICS):
        cluster.answers[path] = api_error(503, 'no endpoints available for service "thanos-compactor"')
    result = run_module(thanos_verify, manifests=MANIFESTS, datasource=DATASOURCE)
    assert {name for name, status in statuses(result).items() if status == "failed"} == {"bucket", "compactor"}
    assert found(result, "bucket")["found"] == "Service monitoring/thanos-compactor has no ready pod"
    assert result["explanation"].startswith("2 of 9 checks failed.")


def test_the_queriers_own_words_are_shown_for_a_missing_endpoint(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.answers[STORES] = success({"sidecar": STORES_JSON["sidecar"]})
    log = f'level=warn msg="update of endpoint failed" err="lookup SRV records: {"x " * 400}read: connection refused"\n'
    cluster.log_texts["monitoring", "thanos-querier-0", "thanos"] = log
    check = found(run_module(thanos_verify, manifests=MANIFESTS, checks=["stores", "compactor"]), "stores")
    assert "not at the querier: thanos-store-gateway-0 (10.0.0.3)" in check["found"]
    assert "the querier's log says: lookup SRV records: x x" in check["found"]
    assert check["found"].endswith("x read: connection refused")
    assert len(check["found"]) < 450


def test_a_failed_look_at_the_bucket_is_told_with_the_log(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.answers[BLOCKS] = success(blocks_json(error={}))
    where = ("monitoring", "thanos-compactor-0", "thanos")
    cluster.log_texts[where] = 'level=info msg=x\nlevel=error msg="retriable error" err="InvalidAccessKeyId: \\"x\\""\n'
    check = found(run_module(thanos_verify, manifests=MANIFESTS, checks=["bucket"]), "bucket")
    assert check["found"] == 'its last attempt failed: InvalidAccessKeyId: "x"'
    assert "credentials" in check["remedy"]
    cluster.log_texts[where] = '{"level":"error","msg":"retriable error","err":"no such host"}\n'
    check = found(run_module(thanos_verify, manifests=MANIFESTS, checks=["bucket"]), "bucket")
    assert check["found"] == "its last attempt failed: no such host"
    assert "cannot reach an address" in check["remedy"]


def test_a_log_is_told_without_the_secrets_in_it(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.answers[BLOCKS] = success(blocks_json(error={}))
    log = 'level=error err="Get \\"https://u:hunter2@s3.example.com/x?X-Amz-Signature=hunter2\\": refused"\n'
    cluster.log_texts["monitoring", "thanos-compactor-0", "thanos"] = log
    result = run_module(thanos_verify, manifests=MANIFESTS, checks=["bucket"])
    assert "s3.example.com/x?X-Amz-Signature=(hidden)" in found(result, "bucket")["found"]
    assert "hunter2" not in str(result)


def test_a_missing_right_is_named(cluster: FakeCluster, run_module: RunModule) -> None:
    message = 'services "thanos-querier:http" is forbidden: User "x" cannot get resource "services/proxy"'
    cluster.answers[STORES] = api_error(403, message)
    result = run_module(thanos_verify, manifests=MANIFESTS, checks=["stores", "compactor"])
    assert "verb get on services/proxy in namespace monitoring" in found(result, "stores")["remedy"]
    assert statuses(result)["compactor"] == "ok"


def test_a_kubelet_that_must_not_be_asked_is_replaced_by_prometheus(
    cluster: FakeCluster, run_module: RunModule
) -> None:
    cluster.answers[SUMMARY] = api_error(403, 'nodes "node" is forbidden')
    claim = {"namespace": "monitoring", "persistentvolumeclaim": "data-thanos-compactor-0"}
    result = [{"metric": claim, "value": [0, "0.97"]}]
    cluster.answers[QUERY] = success({"resultType": "vector", "result": result})
    check = found(run_module(thanos_verify, manifests=MANIFESTS, checks=["volumes"]), "volumes")
    assert check["status"] == "failed"
    assert "claim data-thanos-compactor-0 of pod monitoring/thanos-compactor-0: 97%" in check["found"]
    cluster.answers[QUERY] = success({"resultType": "vector", "result": []})
    check = found(run_module(thanos_verify, manifests=MANIFESTS, checks=["volumes"]), "volumes")
    assert check["status"] == "skipped"
    assert "verb get on nodes/proxy" in check["found"]


def test_the_datasource_is_compared_and_its_file_read(cluster: FakeCluster, run_module: RunModule) -> None:
    other = {**DATASOURCE, "url": "http://elsewhere"}
    result = run_module(thanos_verify, manifests=[], checks=["grafana"], datasource=other)
    assert found(result, "grafana")["found"] == f"it points at {DATASOURCE['url']}"
    metadata = {"name": "grafana-datasources", "namespace": "monitoring"}
    cluster.seed({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"datasources.yaml": "e1s="}})
    result = run_module(thanos_verify, manifests=[], checks=["grafana"], datasource=DATASOURCE)
    assert "is neither JSON nor YAML" in found(result, "grafana")["found"]


@pytest.fixture
def settling(cluster: FakeCluster) -> FakeCluster:
    """A replica that became ready just now."""
    cluster.seed(*prometheus_pods(age=5))
    return cluster


def test_what_may_become_right_is_tried_again(settling: FakeCluster, run_module: RunModule) -> None:
    partial: dict[str, Any] = copy.deepcopy(STORES_JSON)
    del partial["sidecar"][0]
    settling.answers[STORES] = [success(partial), success(partial), success(STORES_JSON)]
    result = run_module(thanos_verify, manifests=MANIFESTS, checks=["stores", "compactor"])
    assert statuses(result) == {"stores": "ok", "compactor": "ok"}
    assert [path for path, _query in settling.gets].count(METRICS) == 1, "what is right is not asked again"


def test_the_wait_has_an_end(settling: FakeCluster, run_module: RunModule) -> None:
    settling.answers[STORES] = success({"sidecar": []})
    result = run_module(thanos_verify, manifests=MANIFESTS, checks=["stores", "compactor"], wait=10)
    assert statuses(result)["stores"] == "failed"
    assert [path for path, _query in settling.gets].count(STORES) == 11


def test_what_cannot_become_right_is_not_waited_for(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.answers[STORES] = success({"sidecar": []})
    run_module(thanos_verify, manifests=MANIFESTS, checks=["stores", "compactor"])
    assert [path for path, _query in cluster.gets].count(STORES) == 1


def test_an_api_that_does_not_answer_is_an_error(
    cluster: FakeCluster, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_arguments: Any, **_options: Any) -> Any:
        raise ClusterError("The Kubernetes API cannot be reached: refused.")

    for method in ("get", "list", "answer", "logs"):
        monkeypatch.setattr(cluster, method, unreachable)
    result = run_module(thanos_verify, manifests=MANIFESTS, datasource=DATASOURCE)
    assert result["failed"]
    assert result["msg"] == "The Kubernetes API cannot be reached: refused."


def test_a_prometheus_that_is_gone_is_named(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.unknown_kinds.add("Prometheus")
    result = run_module(thanos_verify, manifests=MANIFESTS, checks=["sidecars", "compactor"])
    assert found(result, "sidecars")["found"] == "Prometheus monitoring/k8s does not exist"


def test_labels_without_ours_are_found(cluster: FakeCluster, run_module: RunModule) -> None:
    foreign: dict[str, Any] = copy.deepcopy(STORES_JSON)
    for endpoint in foreign["sidecar"]:
        endpoint["labelSets"] = [{**labels_of("prometheus-k8s-0"), "cluster": endpoint["name"]}]
    cluster.answers[STORES] = success(foreign)
    result = run_module(thanos_verify, manifests=MANIFESTS, checks=["labels", "stores"])
    assert statuses(result) == {"labels": "failed", "stores": "ok"}

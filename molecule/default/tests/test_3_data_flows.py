"""Blocks reach the bucket, and queries find each series once."""

from __future__ import annotations

import json

from minio import Minio
from real_cluster import REPLICAS, UP, blocks, eventually, kubectl, query, stores


def test_both_sidecars_and_the_store_are_connected() -> None:
    def connected() -> bool:
        found = stores()
        return len(found.get("sidecar", [])) == 2 and len(found.get("store", [])) == 1

    eventually(connected, "two sidecars and one store gateway at the querier")
    for endpoints in stores().values():
        assert [endpoint["lastError"] for endpoint in endpoints] == [None] * len(endpoints)


def test_both_sidecars_upload_blocks(bucket: Minio) -> None:
    def uploaders() -> set[str]:
        return {
            block["thanos"]["labels"]["prometheus_replica"]
            for block in blocks(bucket)
            if block["thanos"]["source"] == "sidecar"
        }

    eventually(lambda: uploaders() == REPLICAS, f"blocks of both replicas in the bucket (now: {uploaders()})")
    assert {block["thanos"]["labels"]["cluster"] for block in blocks(bucket)} == {"demo"}
    spans = {block["maxTime"] - block["minTime"] for block in blocks(bucket) if block["compaction"]["level"] == 1}
    assert max(spans) <= 120_000, "milliseconds of two minutes"


def test_a_query_deduplicates_the_replicas() -> None:
    raw = query(UP, dedup="false")
    assert {series["metric"]["prometheus_replica"] for series in raw} == REPLICAS
    assert len(raw) == 2
    merged = query(UP, dedup="true")
    assert len(merged) == 1
    assert "prometheus_replica" not in merged[0]["metric"]
    assert merged[0]["metric"]["cluster"] == "demo"


def test_the_compactor_runs_and_is_not_halted() -> None:
    metrics = kubectl("get", "--raw", "/api/v1/namespaces/monitoring/pods/thanos-compactor-0:10902/proxy/metrics")
    assert "\nthanos_compact_halted 0" in metrics
    eventually(
        lambda: "\nthanos_compact_iterations_total 0" not in _compactor_metrics(), "a first run of the compactor"
    )


def _compactor_metrics() -> str:
    return kubectl("get", "--raw", "/api/v1/namespaces/monitoring/pods/thanos-compactor-0:10902/proxy/metrics")


def test_the_compactor_marks_no_block_as_broken(bucket: Minio) -> None:
    names = [entry.object_name or "" for entry in bucket.list_objects("prometheus-thanos", recursive=True)]
    assert [name for name in names if name.endswith("no-compact-mark.json")] == []


def test_prometheus_was_changed_only_where_it_is_ours() -> None:
    prometheus = json.loads(
        kubectl("get", "prometheus", "--namespace", "monitoring", "k8s", "--output", "json", "--show-managed-fields")
    )
    ours = [entry for entry in prometheus["metadata"]["managedFields"] if entry["manager"] == "observability.thanos"]
    assert len(ours) == 1
    assert set(ours[0]["fieldsV1"]["f:spec"]) == {
        "f:disableCompaction",
        "f:externalLabels",
        "f:podMetadata",
        "f:thanos",
    }
    assert prometheus["spec"]["retention"] == "6m"

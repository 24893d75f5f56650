"""Each block is served by one shard, by a replica when its owner dies, and by one pod when there is one part again."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from real_cluster import QUERIER, changed, eventually, get, kubectl, playbook, rolled_out, stores

SHARDS = range(3)
REPLICAS = range(2)


def pod(shard: int, replica: int) -> str:
    """Return a pod's name."""
    return f"thanos-store-gateway-{shard}-{replica}"


def loaded(name: str) -> set[str]:
    """Return the identifiers of the blocks that a pod serves."""
    view = get(f"/api/v1/namespaces/monitoring/pods/{name}:10902/proxy/api/v1/blocks", view="loaded")
    return {block["ulid"] for block in view["data"]["blocks"] or []}


def in_bucket() -> dict[str, int]:
    """Return the end, in seconds, of all blocks by identifier, as the compactor sees the bucket.

    Without those that it has merged, as it does at every even hour: they stay for two days, but a store gateway that
    has the result leaves them out.
    """
    view = get("/api/v1/namespaces/monitoring/pods/thanos-compactor-0:10902/proxy/api/v1/blocks", view="global")
    blocks = {block["ulid"]: block for block in view["data"]["blocks"] or []}
    sources = {ulid: set(block["compaction"]["sources"]) for ulid, block in blocks.items()}
    merged = {ulid for ulid in blocks if any(sources[ulid] < other for other in sources.values())}
    return {ulid: blocks[ulid]["maxTime"] // 1000 for ulid in blocks.keys() - merged}


def samples(begin: int, end: int) -> dict[str, Any]:
    """Return how many samples of `up` the store has of a span of seconds, and what the querier warns of."""
    answer = get(
        f"{QUERIER}/api/v1/query",
        query=f"sum(count_over_time(up[{end - begin}s]))",
        time=str(end),
        dedup="false",
        **{"storeMatch[]": '{__address__=~"thanos:///.*thanos-store-gateway.*"}'},
    )
    found = answer["data"]["result"]
    return {"count": float(found[0]["value"][1]) if found else 0.0, "warnings": answer.get("warnings", [])}


def requests(name: str) -> float:
    """Return how many requests for series a pod has got."""
    metrics = kubectl("get", "--raw", f"/api/v1/namespaces/monitoring/pods/{name}:10902/proxy/metrics")
    found = re.findall(r'^grpc_server_started_total\{[^}]*grpc_method="Series"[^}]*\} (\S+)$', metrics, re.MULTILINE)
    return sum(map(float, found))


@pytest.fixture(scope="module")
def blocks() -> dict[str, set[str]]:
    """Return the blocks of each pod, once all pods know the whole bucket."""

    def shared() -> dict[str, set[str]] | None:
        wanted = in_bucket()
        found = {pod(shard, replica): loaded(pod(shard, replica)) for shard in SHARDS for replica in REPLICAS}
        return found if len(wanted) >= 4 and set().union(*found.values()) >= wanted.keys() else None

    return dict(eventually(shared, "the shards serve all blocks of the bucket"))


def test_each_block_is_served_by_exactly_one_shard(blocks: dict[str, set[str]]) -> None:
    for shard in SHARDS:
        for other in SHARDS:
            assert shard == other or not blocks[pod(shard, 0)] & blocks[pod(other, 0)]


@pytest.mark.parametrize("shard", SHARDS)
def test_both_replicas_of_a_shard_serve_the_same(blocks: dict[str, set[str]], shard: int) -> None:
    assert any(blocks.values())

    def same() -> bool:
        return loaded(pod(shard, 0)) == loaded(pod(shard, 1))

    # One of them may have looked at the bucket a moment before the other.
    eventually(same, f"the replicas of shard {shard} serve the same")


def test_the_querier_takes_the_replicas_of_a_shard_for_one_endpoint() -> None:
    names = sorted(store["name"] for store in stores()["store"] if not store["lastError"])
    assert names == [
        f"thanos:///dnssrv+_grpc._tcp.thanos-store-gateway-{shard}.monitoring.svc.cluster.local" for shard in SHARDS
    ]


def test_a_replica_answers_when_the_owner_of_a_block_dies(blocks: dict[str, set[str]]) -> None:
    # What was uploaded last may not be everywhere yet.
    end = sorted(set(in_bucket().values()))[-2]
    begin = end - 3000
    whole = eventually(lambda: found if (found := samples(begin, end))["count"] else None, "old samples")
    assert whole["warnings"] == []
    # The querier does not ask for spans of time that a shard has no block of.
    serving = [pod(shard, replica) for shard in SHARDS for replica in REPLICAS if blocks[pod(shard, 0)]]
    before = {name: requests(name) for name in serving}

    def all_asked() -> bool:
        samples(begin, end)
        return all(requests(name) > before[name] for name in serving)

    # The querier looks for pods twice a minute.
    eventually(all_asked, "the querier asks each replica")
    kubectl(
        "delete", "pod", "--namespace", "monitoring", "--grace-period=1", "--wait=false", *(pod(s, 0) for s in SHARDS)
    )
    asked = 0
    while asked < 10:
        assert samples(begin, end) == whole
        asked += 1
        time.sleep(0.5)
    print(f"{asked} queries while one replica of each shard was down, none failed")
    rolled_out("monitoring", *(f"statefulset/thanos-store-gateway-{shard}" for shard in SHARDS))


def test_back_to_one_part_nothing_is_left_over() -> None:
    result = playbook()
    assert changed(result.stdout) > 0
    assert "StatefulSet monitoring/thanos-store-gateway-2: removed" in result.stdout
    kinds = "statefulsets,services,poddisruptionbudgets"
    names = kubectl("get", kinds, "--namespace", "monitoring", "--output", "name").split()
    assert not [name for name in names if "thanos-store-gateway-" in name]
    # The volumes hold a cache, but it is not this run's to say so.
    claims = kubectl("get", "pvc", "--namespace", "monitoring", "--output", "name").split()
    surplus = [f"persistentvolumeclaim/data-{pod(shard, replica)}" for shard in SHARDS for replica in REPLICAS]
    assert set(surplus) <= set(claims)
    assert changed(playbook().stdout) == 0
    kubectl("delete", "--namespace", "monitoring", "--wait=false", *surplus)

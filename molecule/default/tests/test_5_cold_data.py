"""What only the bucket holds is found. The last test: Prometheus has to forget it first."""

from __future__ import annotations

from minio import Minio
from real_cluster import blocks, common_range, eventually, get, query, stores


def test_what_the_sidecars_no_longer_hold_is_answered_by_the_store(bucket: Minio) -> None:
    def cold_range() -> tuple[float, float] | None:
        found = stores()
        store = min(endpoint["minTime"] for endpoint in found["store"])
        # One replica may have begun later than the other.
        start, end = common_range(blocks(bucket))
        end = min(end, *(endpoint["minTime"] for endpoint in found["sidecar"]))
        return (start / 1000, end / 1000) if store <= start and end - start > 60_000 else None

    start, end = eventually(cold_range, "Prometheus to forget a minute that the bucket holds")
    middle = f"{(start + end) / 2:.0f}"
    only_sidecars = 'up{job="prometheus-operator"}'
    assert len(query(only_sidecars, time=middle, dedup="true")) == 1
    assert len(query(only_sidecars, time=middle, dedup="false")) == 2
    for replica in (0, 1):
        address = f"/api/v1/namespaces/monitoring/pods/prometheus-k8s-{replica}:9090/proxy"
        answer = get(f"{address}/api/v1/query", query=f"{only_sidecars}[30s]", time=middle)
        assert answer["data"]["result"] == [], "Prometheus itself still has this minute: the test would prove nothing"

"""What only the bucket holds is found. The last test: Prometheus has to forget it first."""

from __future__ import annotations

from real_cluster import eventually, get, query, stores


def test_what_the_sidecars_no_longer_hold_is_answered_by_the_store() -> None:
    def cold_range() -> tuple[float, float] | None:
        found = stores()
        sidecars = min(endpoint["minTime"] for endpoint in found["sidecar"])
        store = min((endpoint["minTime"] for endpoint in found["store"]), default=sidecars)
        return (store / 1000, sidecars / 1000) if sidecars - store > 60_000 else None

    start, end = eventually(cold_range, 900, "Prometheus to forget a minute that the bucket holds")
    middle = f"{(start + end) / 2:.0f}"
    only_sidecars = 'up{job="prometheus-operator"}'
    assert len(query(only_sidecars, time=middle, dedup="true")) == 1
    assert len(query(only_sidecars, time=middle, dedup="false")) == 2
    for replica in (0, 1):
        address = f"/api/v1/namespaces/monitoring/pods/prometheus-k8s-{replica}:9090/proxy"
        answer = get(f"{address}/api/v1/query", query=f"{only_sidecars}[30s]", time=middle)
        assert answer["data"]["result"] == [], "Prometheus itself still has this minute: the test would prove nothing"

"""What only the bucket holds is found. Prometheus has to forget it first: the later this runs, the shorter it waits."""

from __future__ import annotations

from minio import Minio
from real_cluster import REPLICAS, UP, bucket_of_root, eventually, get, query, recorded, stores

#: Seconds.
SPAN = 60


def is_in_bucket(client: Minio, replica: str, time: float) -> bool:
    """Return whether a block of the replica has the minute before a time."""
    return any(start <= time - SPAN and time <= end for start, end in recorded(client, replica))


def test_what_the_sidecars_no_longer_hold_is_answered_by_the_store() -> None:
    with bucket_of_root() as client:

        def forgotten() -> float | None:
            # Between the end of a block and the first sample of the next one are some seconds.
            time = min(endpoint["minTime"] for endpoint in stores()["sidecar"]) / 1000 - 20
            return time if all(is_in_bucket(client, replica, time) for replica in REPLICAS) else None

        time = f"{eventually(forgotten, 'Prometheus to forget a minute that the bucket holds'):.0f}"

    def answered() -> bool:
        found = [series["metric"] for series in query(UP, time=time, dedup="false")]
        assert sorted(metric["prometheus_replica"] for metric in found) == sorted(REPLICAS), found
        return True

    eventually(answered, "both replicas from the store")
    assert len(query(UP, time=time, dedup="true")) == 1
    for replica in REPLICAS:
        address = f"/api/v1/namespaces/monitoring/pods/{replica}:9090/proxy"
        answer = get(f"{address}/api/v1/query", query=f"{UP}[{SPAN}s]", time=time)
        assert answer["data"]["result"] == [], "Prometheus itself still has this: the test would prove nothing"

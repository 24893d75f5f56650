"""All pods of the store share what they cache in redis, whose password is nowhere to be seen."""

from __future__ import annotations

import re
import time

import pytest
from real_cluster import eventually, get, kubectl, query, secret

PODS = [f"thanos-store-gateway-{shard}-{replica}" for shard in range(3) for replica in range(2)]
ONLY_THE_STORE = {"storeMatch[]": '{__address__=~"thanos:///.*thanos-store-gateway.*"}'}


def proxy(pod: str) -> str:
    """Return the API server's path to a pod's HTTP port."""
    return f"/api/v1/namespaces/monitoring/pods/{pod}:10902/proxy"


def total(metric: str) -> float:
    """Return the sum of a counter, a regular expression with its labels, over all pods."""
    lines = [line for pod in PODS for line in kubectl("get", "--raw", f"{proxy(pod)}/metrics").splitlines()]
    return sum(float(line.split()[-1]) for line in lines if re.match(metric, line))


def redis(*command: str) -> str:
    """Return what redis answers."""
    login = ("redis-cli", "--no-auth-warning", "-a", secret("monitoring", "redis")["password"])
    return kubectl("exec", "--namespace", "monitoring", "deployment/redis", "--", *login, *command)


def keyspace_hits() -> int:
    """Return how many keys that were asked for redis had."""
    found = re.search(r"keyspace_hits:(\d+)", redis("info", "stats"))
    assert found
    return int(found[1])


@pytest.fixture(scope="module")
def asked() -> str:
    """Return a time that the store has been asked about once."""
    then = str(int(time.time()))

    def answered() -> list[dict[str, object]]:
        nonlocal then
        then = str(int(time.time()) - 200)
        return query("count(up)", time=then, **ONLY_THE_STORE)

    eventually(answered, "an answer from the store alone, for some minutes ago")
    return then


@pytest.mark.parametrize(
    ("what", "keys", "metric"),
    [
        ("postings", "EP:*", r"thanos_store_index_cache_hits_total\{.*item_type=\"ExpandedPostings\""),
        ("series", "S:*", r"thanos_store_index_cache_hits_total\{.*item_type=\"Series\""),
        ("chunks", "subrange:*", r"thanos_store_bucket_cache_operation_hits_total\{.*operation=\"get_range\""),
    ],
)
def test_what_is_asked_again_comes_from_redis(asked: str, what: str, keys: str, metric: str) -> None:
    eventually(lambda: redis("--scan", "--pattern", keys), f"{what} in redis, which they are written to meanwhile")
    hits, hits_in_redis = total(metric), keyspace_hits()

    def found_again() -> bool:
        assert query("count(up)", time=asked, **ONLY_THE_STORE)
        return total(metric) > hits and keyspace_hits() > hits_in_redis

    eventually(found_again, f"{what} found in redis (before: {hits:.0f} and {hits_in_redis} hits)")


def test_the_password_is_nowhere_to_be_seen() -> None:
    password = secret("monitoring", "redis")["password"]
    kinds = "statefulsets,pods,configmaps,controllerrevisions"
    objects = kubectl("get", kinds, "--namespace", "monitoring", "--output", "yaml")
    assert "$$(REDIS_PASSWORD)" in objects
    assert password not in objects
    flags = get(f"{proxy(PODS[0])}/api/v1/status/flags")["data"]
    for name in ("index-cache.config", "store.caching-bucket.config"):
        assert "$(REDIS_PASSWORD)" in flags[name]
    assert password not in str(flags)
    assert password not in kubectl("logs", "--namespace", "monitoring", PODS[0])

"""Each sample that Prometheus wrote to receive is found: with one ingestor down, and when their number changes."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from minio import Minio
from real_cluster import REPLICAS, blocks, down, eventually, get, kubectl, playbook, query

PODS = "/api/v1/namespaces/monitoring/pods"
TENANT = "team-a"
#: Some hundreds of series, which the hashring spreads over all ingestors.
SERIES = 'job="prometheus-operator"'
FOURTH = "thanos-receive-ingestor-3"
#: What the sidecar's way, remote write and receive add to a series.
ADDED = {"cluster", "prometheus", "prometheus_replica", "receive_cluster", "receive_replica", "tenant_id"}
#: Remote write sends what was scraped within this time, in seconds.
LAG = 20

Samples = dict[tuple[tuple[str, str], ...], set[tuple[float, str]]]


@pytest.fixture(scope="module")
def begin() -> int:
    """A moment since which no sample may be missing: both replicas write, and what they write is found."""

    def works() -> int | None:
        start = int(time.time()) - 2 * LAG
        return start if all_found(start, start + LAG) else None

    found: int = eventually(works, "the samples of both replicas at the querier")
    return found


def samples(answer: list[dict[str, Any]]) -> Samples:
    """Return the samples of each series; those of one series at several ingestors are put together."""
    found: Samples = {}
    for series in answer:
        key = tuple(sorted((name, value) for name, value in series["metric"].items() if name not in ADDED))
        found.setdefault(key, set()).update((when, value) for when, value in series["values"])
    return found


def missing(start: int, end: int) -> dict[str, str]:
    """Return what receive does not answer with of the samples that each Prometheus replica has itself.

    Put together here: the querier, where it merges, may leave a sample out where it goes over from one ingestor to
    another.
    """
    span = f"[{end - start}s]"
    found = {}
    for replica in REPLICAS:
        address = f"{PODS}/{replica}:9090/proxy/api/v1/query"
        own = samples(get(address, query=f"{{{SERIES}}}{span}", time=str(end))["data"]["result"])
        expression = f'{{{SERIES}, tenant_id="{TENANT}", prometheus_replica="{replica}"}}{span}'
        received = samples(query(expression, time=str(end), dedup="false"))
        lost = sum(len(values - received.get(key, set())) for key, values in own.items())
        if lost or len(own) < 100:  # Too few would prove nothing.
            found[replica] = f"{lost} samples of {len(own)} series, of which receive has {len(received)}"
    return found


def all_found(start: int, end: int) -> bool:
    """Return whether no sample is missing, and print which are."""
    lost = missing(start, end)
    if lost:
        print(f"missing from {start} to {end}: {lost}")
    return not lost


def metric(pod: str, port: int, name: str) -> float:
    """Return the sum of a metric's series at a pod."""
    text = kubectl("get", "--raw", f"{PODS}/{pod}:{port}/proxy/metrics")
    return sum(float(value) for value in re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE))


def refused() -> float:
    """Return how many samples both Prometheus replicas had to send again, or gave up."""
    names = [f"prometheus_remote_storage_samples_{each}_total" for each in ("retried", "failed")]
    return sum(metric(replica, 9090, name) for replica in REPLICAS for name in names)


def nodes_of_hashring() -> set[float]:
    """Return how many ingestors each router knows of that is to stay."""
    pods = get(PODS, labelSelector="app=thanos-receive")["items"]
    names = [pod["metadata"]["name"] for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    return {metric(name, 10902, "thanos_receive_hashring_nodes") for name in names}


def test_each_series_is_at_three_ingestors(begin: int) -> None:
    counts = query(
        f'count by (receive_replica) ({{{SERIES}, tenant_id="{TENANT}"}})', time=str(begin + LAG), dedup="false"
    )
    found = {series["metric"]["receive_replica"]: series["value"][1] for series in counts}
    assert found.keys() == {f"thanos-receive-ingestor-{index}" for index in range(3)}
    assert len(set(found.values())) == 1


def test_the_tenant_of_the_header_is_on_every_series(begin: int) -> None:
    found = query(f'count by (tenant_id, receive_cluster) ({{{SERIES}, tenant_id!=""}})', time=str(begin + LAG))
    assert [series["metric"] for series in found] == [{"tenant_id": TENANT, "receive_cluster": "demo"}]


def test_with_one_ingestor_down_writes_succeed_and_queries_find_every_sample(begin: int) -> None:
    before = refused()
    with down("monitoring", "thanos-receive-ingestor-1"):
        since = time.time()
        pod = get(f"{PODS}/thanos-receive-ingestor-1")
        assert pod["status"]["phase"] == "Pending", "it runs: the test would prove nothing"
        time.sleep(45)
        end = int(time.time()) - LAG
        assert end - since > LAG, "too short: the test would prove nothing"
        eventually(lambda: all_found(begin, end), "every sample, from two of three ingestors")
        assert refused() == before, "samples had to be sent again"


def test_more_and_fewer_ingestors_change_the_hashring_and_lose_nothing(begin: int, bucket: Minio) -> None:
    assert nodes_of_hashring() == {3}
    for replicas in (4, 3):
        variables = f'{{"thanos_receive_replicas": {replicas}}}'
        run = playbook("--extra-vars", variables, name="molecule/receive/converge.yml")
        assert run.returncode == 0, run.stdout[-4000:]
        assert nodes_of_hashring() == {replicas}
        if replicas == 4:
            eventually(lambda: metric(FOURTH, 10902, "prometheus_tsdb_head_series") > 100, "series at the fourth")
    end = int(time.time())
    eventually(lambda: all_found(begin, end), "every sample since the beginning")

    def uploaded() -> bool:
        return any(block["thanos"]["labels"].get("receive_replica") == FOURTH for block in blocks(bucket))

    eventually(uploaded, "a block of the ingestor that left")
    claims = kubectl("get", "pvc", "--namespace", "monitoring", "--output", "name")
    assert f"persistentvolumeclaim/data-{FOURTH}" in claims.split()


def test_who_writes_is_named_before_receive_goes() -> None:
    """While Prometheus gives up what it has not sent yet, it answers no query."""
    variables = '{"thanos_receive_state": "absent"}'
    run = playbook("--check", "--extra-vars", variables, name="molecule/receive/converge.yml")
    assert run.returncode == 0, run.stdout[-4000:]
    told = "Service monitoring/thanos-receive: it is to be removed, but Prometheus monitoring/k8s writes to it"
    assert told in " ".join(run.stdout.split()), run.stdout[-4000:]

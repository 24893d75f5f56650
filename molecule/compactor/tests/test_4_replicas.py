"""Blocks of replicas are merged for good where that is asked for, but not what was downsampled before."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from backfill import DAY, GAUGE, MINUTE, STREAMS, Stream, level, upload
from compactor_stack import (
    NAMESPACE,
    RESOLUTIONS,
    Block,
    ask,
    converge,
    files,
    identifiers,
    in_bucket,
    is_served,
    labels,
    metric,
    resolution,
)
from minio import Minio
from real_cluster import eventually, kubectl

PAIR = STREAMS[:2]
MERGED = {"cluster": "europe"}
MERGING = {
    "thanos_compactor_shards": 1,
    "thanos_compactor_retention_raw": "30d",
    "thanos_compactor_retention_5m": "60d",
    "thanos_compactor_deduplication_replica_labels": ["prometheus_replica"],
}


@dataclass
class Change:
    """The blocks before and after."""

    before: list[Block]
    after: list[Block]


def of_europe(found: list[Block], name: str) -> list[Block]:
    """Return the pair's blocks of a resolution."""
    return [block for block in found if labels(block)["cluster"] == "europe" and resolution(block) == RESOLUTIONS[name]]


@pytest.fixture(scope="module")
def change(bucket: Minio, end: int) -> Change:
    """The pair's last two days arrive while no compactor runs, and then one that merges replicas."""
    before = in_bucket(bucket)
    kubectl("delete", "statefulset", "--namespace", NAMESPACE, "--cascade=foreground", "thanos-compactor")
    for stream in PAIR:
        upload(stream, [(end - 2 * DAY, end)], end)
    converge(MERGING)
    pod = "thanos-compactor-0"
    eventually(lambda: metric(pod, "thanos_compact_iterations_total") >= 2, "the compactor has done its work")
    after = in_bucket(bucket)
    eventually(lambda: is_served(after), "the store serves the result")
    return Change(before, after)


def test_raw_blocks_of_both_replicas_are_one_without_the_label(change: Change) -> None:
    before, after = (of_europe(found, "0s") for found in (change.before, change.after))
    assert [labels(block) for block in after] == [MERGED] * len(after)
    # Two of a pair, and the pair that came late.
    assert len(after) == len(before) / 2 + 1
    assert all(block["stats"]["numSeries"] == 2 for block in after)


def test_what_comes_in_later_is_downsampled_as_one(change: Change, end: int) -> None:
    (late,) = [block for block in of_europe(change.after, "5m") if block["maxTime"] > (end - DAY) * 1000]
    assert labels(late) == MERGED


def test_what_was_downsampled_before_stays_as_it_was(change: Change, bucket: Minio) -> None:
    kept = [block for name in ("5m", "1h") for block in of_europe(change.before, name)]
    assert len(kept) > 10
    assert identifiers(kept) <= identifiers(change.after)
    assert {labels(block)["prometheus_replica"] for block in kept} == {stream.replica for stream in PAIR}
    assert files(bucket, "no-compact-mark.json") == identifiers(kept)


def test_a_stream_without_another_replica_stays_as_it_was(change: Change) -> None:
    before, after = (
        {block["ulid"] for block in found if labels(block)["cluster"] == "america"}
        for found in (change.before, change.after)
    )
    assert before == after


@pytest.mark.usefixtures("change")
@pytest.mark.parametrize("stream", PAIR, ids=str)
def test_what_one_replica_missed_is_there_from_the_other(stream: Stream, end: int) -> None:
    until = end - (stream.down - 1) * DAY
    (series,) = ask(f'{GAUGE}{{cluster="europe"}}[1d]', until - 0.001, "0s", dedup="false")
    assert "prometheus_replica" not in series["metric"]
    values = {float(when): float(value) for when, value in series["values"]}
    # Where it goes over from one replica to the other, one may be left out, or be there of both.
    assert len(values) == pytest.approx(DAY / MINUTE, rel=0.02)
    assert all(value == level(when) for when, value in values.items())

"""Three streams, each compacted and downsampled by one of two compactors, and answered with what was recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from statistics import mean
from typing import Any

import pytest
from backfill import COUNTER, DAY, GAUGE, HOUR, MINUTE, STREAMS, Stream, level, spans
from compactor_stack import (
    NAMESPACE,
    RESOLUTIONS,
    Block,
    ask,
    compactors,
    in_bucket,
    is_served,
    labels,
    loaded,
    resolution,
)
from minio import Minio
from real_cluster import REPLICAS, eventually, kubectl

AMERICA = '{cluster="america"}'
#: What is to become of a stream's blocks: six of 14 days, which have all resolutions, and two of two days.
WANTED = {"0s": 6 + 2, "5m": 6 + 2, "1h": 6}


@pytest.fixture(scope="module")
def found(bucket: Minio) -> list[Block]:
    """The blocks, once all is done and the store serves it."""
    wanted = Counter(
        {(*stream.labels.values(), RESOLUTIONS[name]): WANTED[name] for stream in STREAMS for name in WANTED}
    )

    def all_done() -> list[Block] | None:
        now = in_bucket(bucket)
        return now if Counter((*labels(block).values(), resolution(block)) for block in now) == wanted else None

    done: list[Block] = eventually(all_done, "all blocks are compacted and downsampled")
    eventually(lambda: is_served(done), "the store serves them")
    return done


@pytest.mark.parametrize("stream", STREAMS, ids=str)
@pytest.mark.parametrize(("name", "days_without"), [("0s", 2), ("5m", 2), ("1h", 6)])
def test_every_resolution_covers_the_months(
    stream: Stream, name: str, days_without: int, found: list[Block], end: int
) -> None:
    mine = [block for block in found if labels(block) == stream.labels and resolution(block) == RESOLUTIONS[name]]
    times = [(block["minTime"] // 1000, block["maxTime"] // 1000) for block in mine]
    assert times[0][0] == spans(end)[0][0] + stream.second
    assert times[-1][1] == end - days_without * DAY - MINUTE + stream.second
    assert {after[0] - before[1] for before, after in pairwise(times)} == {MINUTE}


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_a_sample_stands_for_what_was_recorded_meanwhile(name: str, found: list[Block], end: int) -> None:
    assert found
    step = max(RESOLUTIONS[name] // 1000, MINUTE)
    until = end - 45 * DAY
    (series,) = ask(f"{GAUGE}{AMERICA}[6h]", until - 0.001, name)
    windows = range((until - 6 * HOUR) // step, until // step)
    assert {float(when) // step: float(value) for when, value in series["values"]} == {
        window: pytest.approx(mean(level(second) for second in range(window * step, (window + 1) * step, MINUTE)))
        for window in windows
    }


@pytest.mark.parametrize("name", RESOLUTIONS)
@pytest.mark.parametrize(("function", "fold"), [("sum", sum), ("min", min), ("max", max)])
def test_a_function_gives_the_same_at_every_resolution(
    function: str, fold: Callable[[list[int]], int], name: str, found: list[Block], end: int
) -> None:
    assert found
    until = end - 45 * DAY
    (series,) = ask(f"{function}_over_time({GAUGE}{AMERICA}[1d])", until - 0.001, name)
    assert float(series["value"][1]) == fold([level(second) for second in range(until - DAY, until, MINUTE)])


@pytest.mark.parametrize("name", RESOLUTIONS)
def test_a_counter_keeps_what_it_counted_over_its_resets(name: str, found: list[Block], end: int) -> None:
    assert found
    (series,) = ask(f"increase({COUNTER}{AMERICA}[10d])", end - 40 * DAY, name)
    assert float(series["value"][1]) == pytest.approx(10 * DAY / MINUTE, rel=0.01)


def test_each_stream_is_worked_on_by_exactly_one_compactor(found: list[Block]) -> None:
    pods = compactors()
    assert sorted(pods) == ["thanos-compactor-0-0", "thanos-compactor-1-0"]
    mine = {pod: loaded(pod) for pod in pods}
    clusters = {pod: {labels(block)["cluster"] for block in found if block["ulid"] in mine[pod]} for pod in pods}
    assert sorted(map(sorted, clusters.values())) == [["america"], ["europe"]]
    logs = {pod: kubectl("logs", "--namespace", NAMESPACE, pod) for pod in pods}
    made = [block for block in found if block["thanos"]["source"] == "compactor"]
    assert len(made) == len(STREAMS) * (1 + WANTED["5m"] + WANTED["1h"])
    for block in made:
        told = [pod for pod in pods if block["ulid"] in logs[pod]]
        assert [clusters[pod] for pod in told] == [{labels(block)["cluster"]}], block


def test_replicas_stay_apart_as_long_as_nobody_asks_for_more(found: list[Block], end: int) -> None:
    wanted: list[dict[str, Any]] = [stream.labels for stream in STREAMS]
    assert all(labels(block) in wanted for block in found)
    answer = ask(f'{GAUGE}{{cluster="europe"}}', end - 45 * DAY, "1h", dedup="false")
    assert {series["metric"]["prometheus_replica"] for series in answer} == REPLICAS

"""From two compactors to one, which keeps each resolution for its time: what is older goes, and nothing else."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import mean
from tempfile import TemporaryFile
from typing import Any

import pytest
from backfill import DAY, GAUGE, HOUR, MINUTE, level
from compactor_stack import (
    NAMESPACE,
    RESOLUTIONS,
    VARIABLES,
    Block,
    ask,
    converge,
    identifiers,
    in_bucket,
    is_served,
    metric,
    resolution,
)
from minio import Minio
from real_cluster import BIN, ENVIRONMENT, eventually, playbook

#: Days for which a resolution is kept; samples of 1 hour for ever.
KEPT = {"0s": 30, "5m": 60}
RETENTION = {
    "thanos_compactor_shards": 1,
    "thanos_compactor_retention_raw": "30d",
    "thanos_compactor_retention_5m": "60d",
}


@dataclass
class Change:
    """The blocks before and after a run, and when it was."""

    before: list[Block]
    after: list[Block]
    begin: float
    end: float
    #: Names of pods that began to be, or ended, in order.
    events: list[tuple[str, str]]


@contextmanager
def watch() -> Iterator[list[tuple[str, str]]]:
    """Note the pods that come and go, beginning with those that are there."""
    line = r'jsonpath={.type} {.object.metadata.name}{"\n"}'
    options = ("--namespace", NAMESPACE, "--watch", "--output-watch-events", "--output", line)
    events: list[tuple[str, str]] = []
    # A pipe that nobody reads meanwhile would be full after some events.
    with TemporaryFile("w+") as file:
        process = subprocess.Popen([BIN / "kubectl", "get", "pods", *options], env=ENVIRONMENT, stdout=file)
        try:
            yield events
        finally:
            process.terminate()
            process.wait()
        file.seek(0)
        for each in file:
            kind, name = each.split()
            events.append((kind, name))


@pytest.fixture(scope="module")
def change(bucket: Minio) -> Change:
    """One compactor in place of two, with a retention."""
    before, begin = in_bucket(bucket), time.time()
    with watch() as events:
        converge(RETENTION)
    pod = "thanos-compactor-0"
    eventually(lambda: metric(pod, "thanos_compact_iterations_total") >= 2, "the compactor has done its work")
    after = in_bucket(bucket)
    eventually(lambda: is_served(after), "the store serves what is left")
    return Change(before, after, begin, time.time(), events)


def test_the_old_compactors_are_gone_before_the_new_one_comes(change: Change) -> None:
    alive: set[str] = set()
    seen = []
    for kind, name in change.events:
        if not name.startswith("thanos-compactor"):
            continue
        if kind == "ADDED" and name == "thanos-compactor-0":
            seen.append(set(alive))
        alive = alive - {name} if kind == "DELETED" else alive | {name}
    assert seen == [set()], change.events
    assert ("DELETED", "thanos-compactor-1-0") in change.events
    assert alive == {"thanos-compactor-0"}


def outlived(found: list[Block], now: float) -> set[str]:
    """Return the blocks all of whose samples are older than their resolution is kept."""
    kept = {RESOLUTIONS[name]: days * DAY for name, days in KEPT.items()}
    return {
        block["ulid"]
        for block in found
        if resolution(block) in kept and block["maxTime"] / 1000 + kept[resolution(block)] < now
    }


def test_what_has_outlived_its_time_is_gone_and_nothing_else(change: Change) -> None:
    gone = identifiers(change.before) - identifiers(change.after)
    # The time goes on during the run.
    assert outlived(change.before, change.begin) <= gone <= outlived(change.before, change.end)
    assert {resolution(block) for block in change.before if block["ulid"] in gone} == {0, RESOLUTIONS["5m"]}
    assert identifiers(change.after) <= identifiers(change.before)


def points(until: int, name: str) -> list[float]:
    """Return the values of one hour, oldest first, with blocks up to a resolution."""
    series = ask(f'{GAUGE}{{cluster="america"}}[1h]', until - 0.001, name)
    return [float(value) for each in series for _when, value in each["values"]]


def averages(until: int, step: int) -> list[Any]:
    """Return what these values should be."""
    begins = range(until - HOUR, until, step)
    return [pytest.approx(mean(level(second) for second in range(each, each + step, MINUTE))) for each in begins]


@pytest.mark.usefixtures("change")
def test_old_samples_are_answered_by_the_resolutions_that_are_left(end: int) -> None:
    everything, middle, coarse = end - 3 * DAY, end - 41 * DAY, end - 70 * DAY
    assert points(everything, "0s") == averages(everything, MINUTE)
    assert points(middle, "0s") == []
    assert points(middle, "5m") == averages(middle, 5 * MINUTE)
    assert points(coarse, "5m") == []
    assert points(coarse, "1h") == averages(coarse, HOUR)


@pytest.mark.usefixtures("change")
def test_the_compactor_that_was_halted_works_again() -> None:
    variables = json.dumps({**VARIABLES, **RETENTION})
    run = playbook("--tags", "compactor", "--extra-vars", variables, name="playbooks/verify.yml")
    assert run.returncode == 0, run.stdout[-4000:]
    assert "not halted" in run.stdout

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bucket that cannot be listed, blocks that are missing or old, and a compactor that does not keep up."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.thanos.api import Block, Blocks
from ansible_collections.observability.thanos.plugins.module_utils.verify.bucket import (
    blocks_of,
    check_bucket,
    check_compactor,
    check_view,
    duration,
)
from ansible_collections.observability.thanos.plugins.module_utils.verify.result import CheckResult, Status
from ansible_collections.observability.thanos.tests.unit.fakes.thanos import (
    BLOCK,
    NOW,
    PROMETHEUS,
    SHARED,
    block,
    pod,
    prometheus_pods,
)

DENIED = ['level=error msg="retriable error" err="The Access Key Id you provided does not exist: InvalidAccessKeyId"']


def view(
    refreshed: float | None = NOW - 60, has_error: bool = False, log: Any = (), age: float = 864000
) -> CheckResult | None:
    pods = [pod("thanos-compactor-0", {}, age)]
    return check_view(Blocks([], refreshed, has_error), "compact", 900, log, pods, NOW)


def test_a_component_that_has_listed_the_bucket_is_right() -> None:
    assert view() is None


def test_a_bucket_that_refuses_is_told_with_the_log() -> None:
    finding = view(has_error=True, log=DENIED)
    assert finding is not None
    assert finding.status is Status.FAILED
    assert "InvalidAccessKeyId" in finding.found
    assert "credentials" in finding.remedy
    assert "credentials of the object-store Secret" in finding.expected
    assert not finding.may_heal
    passing = view(has_error=True, log=["BaseFetcher: iter bucket: context deadline exceeded"])
    assert passing is not None
    assert passing.may_heal, "the next look may succeed"
    without = view(has_error=True)
    assert without is not None
    assert "Secret" in without.remedy


@pytest.mark.parametrize(("age", "heals"), [(10, True), (600, False)])
def test_the_first_look_may_still_come(age: float, heals: bool) -> None:
    finding = view(refreshed=None, age=age)
    assert finding is not None
    assert finding.may_heal is heals


def test_an_old_look_is_found() -> None:
    finding = view(refreshed=NOW - 3600)
    assert finding is not None
    assert "1h ago for the last time" in finding.found


def check(blocks: list[Block], age: float = 864000, **differences: Any) -> CheckResult:
    return check_bucket({**PROMETHEUS, **differences}, blocks, prometheus_pods(age=age), BLOCK, NOW)


BOTH = [block("prometheus-k8s-0"), block("prometheus-k8s-1", 2 * BLOCK), block("prometheus-k8s-1", 9 * BLOCK)]


def test_new_blocks_of_both_are_right() -> None:
    finding = check(BOTH)
    assert finding.status is Status.OK
    assert finding.found == "3 blocks in the bucket; the newest of each of 2 replicas is at most 4h old"


@pytest.mark.parametrize("others", [[], [block("prometheus-k8s-1", 4 * BLOCK)]])
def test_a_replica_without_new_blocks_is_overdue(others: list[Block]) -> None:
    finding = check([BOTH[0], *others])
    assert finding.status is Status.FAILED
    assert "prometheus-k8s-1" in finding.found
    assert "it runs for 10d" in finding.found
    assert "disableCompaction" in finding.remedy


@pytest.mark.parametrize("others", [[], [block("prometheus-k8s-1", 40 * BLOCK)]])
def test_a_replica_that_has_not_cut_a_block_is_too_young(others: list[Block]) -> None:
    finding = check([BOTH[0], *others], age=BLOCK)
    assert finding.status is Status.TOO_YOUNG
    assert "prometheus-k8s-1" in finding.found
    assert "runs for 2h only" in finding.found


def test_a_replica_without_a_pod_is_not_too_young() -> None:
    finding = check_bucket(PROMETHEUS, BOTH[:1], [], BLOCK, NOW)
    assert finding.status is Status.FAILED


def test_blocks_of_others_do_not_count() -> None:
    foreign = block("prometheus-k8s-1", labels={**SHARED, "cluster": "b", "prometheus_replica": "prometheus-k8s-1"})
    assert check([BOTH[0], foreign]).status is Status.FAILED


def test_merged_blocks_are_of_all_replicas() -> None:
    merged = block("", labels=SHARED)
    assert check([merged]).status is Status.OK
    assert blocks_of(PROMETHEUS, [merged, BOTH[0]], "prometheus-k8s-1") == [merged]


def metrics(**values: float) -> dict[str, float]:
    return {f"thanos_compact_{name}": value for name, value in {"halted": 0, "iterations_total": 4, **values}.items()}


def test_a_compactor_that_keeps_up_is_right() -> None:
    finding = check_compactor(metrics(todo_compactions=6, todo_downsample_blocks=4), 2, [])
    assert finding.status is Status.OK
    assert finding.found == "not halted; to do: 6 compactions, 4 downsample blocks; 4 runs done"


def test_a_halted_compactor_is_told_with_its_reason() -> None:
    finding = check_compactor(metrics(halted=1), 2, ["thanos-compactor-0: overlaps found"])
    assert finding.status is Status.FAILED
    assert finding.found == "it is halted: thanos-compactor-0: overlaps found"
    assert check_compactor(metrics(halted=1), 2, []).found == "it is halted"
    assert "verlapping" in finding.remedy


@pytest.mark.parametrize("todo", [{"todo_compactions": 7}, {"todo_downsample_blocks": 5}])
def test_a_compactor_that_is_behind_is_found(todo: dict[str, float]) -> None:
    finding = check_compactor(metrics(**todo), 2, [])
    assert finding.status is Status.FAILED
    assert "behind" in finding.found
    assert "concurrency" in finding.remedy


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59.9, "59s"), (3600, "1h"), (7384, "2h 3m"), (90061, "1d 1h")]
)
def test_durations_have_two_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text

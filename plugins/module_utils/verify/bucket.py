# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the bucket and of the compactor that works in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..k8s.pods import is_settling, started
from ..rollout import remedies
from .prometheus import replica_labels, replica_names
from .result import CheckResult, failed, ok, too_young

if TYPE_CHECKING:
    from ..k8s.objects import Object
    from ..thanos.api import Block, Blocks

NO_UPLOADS = (
    "See why the sidecar uploads nothing: kubectl --namespace {namespace} logs {pod} thanos-sidecar. It needs the "
    "object-store Secret, a way to the object store, and blocks that Prometheus does not compact itself "
    "(spec.disableCompaction)"
)
#: So many block lengths old may the newest block be. In health it is at most one and a half, and the time to upload.
MAX_BLOCKS_OLD = 3
#: The compactor merges a stream on three levels (8 hours, 2 days, 14 days) and downsamples it to two resolutions.
MAX_TODO_OF_STREAM = {"thanos_compact_todo_compactions": 3, "thanos_compact_todo_downsample_blocks": 2}
#: What components call it; the compactor looks every minute, the others less often.
NAMES = {"compact": "compactor", "bucket-web": "bucket's web page", "store": "store gateway"}
#: Errors that the next look may not meet again.
PASSING = ("deadline exceeded", "timeout", "connection refused", "connection reset", "SlowDown", "503")


def check_view(
    view: Blocks, component: str, max_age: float, log: Sequence[str], pods: Iterable[Object], now: float
) -> CheckResult | None:
    """The component has looked at the bucket lately, and was let in; None where it was."""
    expected = f"the {NAMES[component]}, with the credentials of the object-store Secret, lists the bucket"
    if view.refreshed is None:
        return failed(
            expected,
            "it has not done so since it started",
            remedies.for_log(list(log)) or "See its log",
            may_heal=is_settling(pods, now),
        )
    if view.has_error:
        said = f": {log[-1]}" if log else ""
        return failed(
            expected,
            f"its last attempt failed{said}",
            remedies.for_log(list(log)) or "Check bucket, endpoint and credentials in the Secret, and the object store",
            may_heal=is_settling(pods, now) or any(word in said for word in PASSING),
        )
    if now - view.refreshed > max_age:
        return failed(
            expected,
            f"it did so {duration(now - view.refreshed)} ago for the last time",
            "See its log: the object store may be slow or away",
        )
    return None


def blocks_of(prometheus: Mapping[str, Any], blocks: Iterable[Block], pod: str = "") -> list[Block]:
    """Return the blocks of a Prometheus object, or of one replica of it.

    A compactor that merges replicas (--deduplication.replica-label) leaves their label out: the block is of all then.
    """
    shared, label = replica_labels(prometheus), prometheus["replica_label"]
    return [
        block
        for block in blocks
        if {key: value for key, value in block.labels.items() if key != label} == shared
        and (not pod or block.labels.get(label, pod) == pod)
    ]


def check_bucket(
    prometheus: Mapping[str, Any],
    blocks: Sequence[Block],
    pods: Iterable[Object],
    block_seconds: float,
    now: float,
    labelled: float = 0.0,
) -> CheckResult:
    """The bucket holds blocks of every replica, the newest no older than three block lengths.

    Labelled is when Prometheus got its external labels: no earlier block has them.
    """
    limit = MAX_BLOCKS_OLD * block_seconds
    names = replica_names(prometheus)
    expected = f"blocks of {len(names)} replicas, the newest at most {duration(limit)} old"
    starts = {pod["metadata"]["name"]: started(pod) for pod in pods}
    ages: dict[str, float] = {}
    young: list[str] = []
    overdue: list[str] = []
    for name in names:
        newest = max((block.max_time for block in blocks_of(prometheus, blocks, name)), default=None)
        age = now - newest / 1000 if newest is not None else None
        if age is not None and age <= limit:
            ages[name] = age
            continue
        what = f"{name} has none" if age is None else f"the newest of {name} is {duration(age)} old"
        runs = now - starts[name] if name in starts else None
        excuse = _excuse(runs, now - labelled, block_seconds)
        if excuse:
            young.append(f"{what}, but {excuse}")
        else:
            overdue.append(what if runs is None else f"{what} and it runs for {duration(runs)}")
    total = f"{len(blocks)} block{'' if len(blocks) == 1 else 's'} in the bucket"
    if overdue:
        remedy = NO_UPLOADS.format(namespace=prometheus["namespace"], pod=names[0])
        return failed(expected, f"{total}; {'; '.join([*overdue, *young])}", remedy)
    if young:
        return too_young(f"{total}; {'; '.join(young)}", expected)
    oldest = duration(max(ages.values(), default=0))
    return ok(f"{total}; the newest of each of {len(names)} replicas is at most {oldest} old")


def _excuse(runs: float | None, labelled: float, block_seconds: float) -> str:
    """Return why a replica has no new block yet; it runs, and has its external labels, for these seconds."""
    limit = MAX_BLOCKS_OLD * block_seconds
    if runs is not None and runs < limit:
        return f"runs for {duration(runs)} only and cuts a block every {duration(block_seconds)}"
    return f"may have its external labels for {duration(labelled)} only" if labelled < limit else ""


def check_compactor(
    metrics: Mapping[str, float], streams: int, halts: Sequence[str], runs_for: float = 0.0, patience: float = 0.0
) -> CheckResult:
    """The compactor is neither halted, for the reasons that are given, nor behind once it has run for long enough."""
    limits = {name: limit * max(streams, 1) for name, limit in MAX_TODO_OF_STREAM.items()}
    expected = "a compactor that is not halted, with at most " + " and ".join(
        f"{limit} {_work(name)}" for name, limit in limits.items()
    )
    if metrics.get("thanos_compact_halted"):
        said = f": {'; '.join(halts)}" if halts else ""
        return failed(
            expected,
            f"it is halted{said}",
            "Overlapping blocks are the usual cause: two Prometheus share their external labels, or two compactors the "
            "bucket. Repair that, mark the block that is too many for deletion (thanos tools bucket mark "
            "--marker=deletion-mark.json), and delete the compactor's pod",
            is_lasting=True,
        )
    todo = {name: metrics.get(name, 0.0) for name in limits}
    work = ", ".join(f"{number:.0f} {_work(name)}" for name, number in todo.items())
    runs = f"{metrics.get('thanos_compact_iterations_total', 0):.0f} runs done"
    if any(number > limits[name] for name, number in todo.items()):
        if runs_for < patience:
            return too_young(f"it is behind, but runs for {duration(runs_for)} only: {work}, {runs}", expected)
        return failed(
            expected,
            f"it is behind: {work}, {runs}",
            "Give it time after an outage; else more CPU and disk, or more concurrency "
            "(thanos_compactor_compact_concurrency, thanos_compactor_downsample_concurrency)",
        )
    return ok(f"not halted; to do: {work}; {runs}")


def duration(seconds: float) -> str:
    """Return seconds in the two largest units, such as 2h 5m."""
    rest, parts = int(seconds), []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number}{unit}")
    return " ".join(parts[:2]) or "0s"


def _work(metric: str) -> str:
    return metric.removeprefix("thanos_compact_todo_").replace("_", " ")

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits for workloads to be rolled out, all at once."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..k8s.informer import Informer
from ..k8s.resources import CONFIG_MAP, POD, SECRET, Resource
from ..requests.errors import ClusterError
from .grace import Grace, Limits
from .pod import USUAL_REASONS
from .problem import Patience, Problem
from .remedies import is_lasting
from .report import Progress, compose, describe
from .status import State
from .workload import OF_OPERATOR, Workload, evidence_sources, state_sources, workload_problems, workload_state

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from .problem import Missing

CLAIM = Resource("v1", "PersistentVolumeClaim", "persistentvolumeclaims")
MISSING_RESOURCES = {resource.kind: resource for resource in (SECRET, CONFIG_MAP, CLAIM)}
#: Read everything anew after so long without a change, should a watch have gone silent.
RESYNC_SECONDS = 15.0
#: How long a workload has to stay ready after a crash: without a readiness probe it is so for a moment each time.
SETTLE_SECONDS = 10.0
#: How long to wait before the API is asked again when it gave no answer.
RETRY_SECONDS = 1.0


@dataclass
class WaitResult:
    """How the wait ended; message is empty when all workloads are rolled out."""

    message: str
    result: dict[str, Any]


def wait_for_rollout(cluster: Cluster, workloads: Iterable[Workload], limits: Limits) -> WaitResult:
    """Wait until all workloads are rolled out, one cannot be any more, or the time is over.

    Raises ClusterError where a workload does not exist, or where the API cannot be read at the beginning.
    """
    return _Rollout(cluster, list(dict.fromkeys(workloads)), limits).run()


class _Rollout:
    def __init__(self, cluster: Cluster, workloads: list[Workload], limits: Limits) -> None:
        self._cluster = cluster
        self._workloads = workloads
        self._limits = limits
        self._state_sources = state_sources(workloads)
        self._all_sources = list(dict.fromkeys([*self._state_sources, *evidence_sources(workloads)]))
        self._view = Informer(cluster)
        self._grace = Grace(limits)
        self._start = time.monotonic()
        self._progress: list[dict[str, Any]] = []
        self._last_lines: dict[Workload, str] = {}
        self._crashed: dict[Workload, float] = {}
        self._trouble = ""
        self._restarts: dict[tuple[str, str], int] = {}
        self._lasting: dict[tuple[str, str, int], bool] = {}
        self._is_waiting = False

    def run(self) -> WaitResult:
        self._view.refresh(self._state_sources)
        progresses = self._look()
        _require_all(progresses)
        if _all_done(progresses):
            return self._end(progresses)
        for progress in progresses:
            if not progress.state.done:
                self._cluster.tell(self._last_lines[progress.workload])
        self._is_waiting = True
        self._view.follow(self._all_sources)
        try:
            return self._wait()
        finally:
            self._view.stop()

    def _wait(self) -> WaitResult:
        refreshed = self._elapsed()
        while True:
            progresses = self._look()
            if _is_settled(progresses) and self._refresh():
                refreshed = self._elapsed()
                progresses = self._confirm(self._look())
                if _is_settled(progresses):
                    return self._end(progresses)
            if self._elapsed() >= self._limits.timeout:
                self._refresh()
                progresses = self._look()
                return self._end(progresses, timed_out=not _all_done(progresses))
            problems = [problem for progress in progresses for problem in progress.problems]
            expiry = self._grace.next_expiry(problems, time.monotonic())
            # An expired problem that could not be confirmed: the API gives no answer just now.
            pauses = [RESYNC_SECONDS, self._limits.timeout - self._elapsed()]
            settling = [crash + SETTLE_SECONDS - self._elapsed() for crash in self._crashed.values()]
            pauses += [left for left in settling if left > 0]
            if expiry is not None:
                pauses.append(expiry or RETRY_SECONDS)
            if not self._view.wait(min(pauses)) and self._elapsed() - refreshed >= RESYNC_SECONDS:
                self._refresh()
                refreshed = self._elapsed()

    def _elapsed(self) -> float:
        return time.monotonic() - self._start

    def _refresh(self) -> bool:
        try:
            self._view.refresh(self._all_sources)
        except ClusterError as error:
            self._trouble = str(error)
            return False
        return True

    def _look(self) -> list[Progress]:
        """Say of each workload how far it is and what hinders it, by what the view knows now."""
        self._count_restarts()
        progresses = []
        for workload in self._workloads:
            progress = Progress(workload, self._settled(workload, workload_state(self._view, workload)))
            if not progress.state.done:
                problems = workload_problems(self._view, workload, progress.state)
                progress.problems = [self._decided(workload, problem) for problem in problems]
            if any(problem.patience is Patience.CRASHES for problem in progress.problems):
                self._crashed[workload] = self._elapsed()
            self._note(progress)
            progresses.append(progress)
        problems = [problem for progress in progresses for problem in progress.problems]
        self._grace.forgive(self._cluster.outage.last)
        expired = self._grace.expired(problems, time.monotonic())
        for progress in progresses:
            progress.expired = [problem for problem in progress.problems if problem in expired]
        return progresses

    def _count_restarts(self) -> None:
        """Remember how often each container had been restarted when it was first seen."""
        for namespace in {workload.namespace for workload in self._workloads}:
            for pod in self._view.objects(POD, namespace):
                for container in pod.get("status", {}).get("containerStatuses") or []:
                    key = (pod["metadata"].get("uid", ""), container["name"])
                    self._restarts.setdefault(key, int(container.get("restartCount") or 0))

    def _decided(self, workload: Workload, problem: Problem) -> Problem:
        """Return the problem as one without hope where a crash since then names a cause that lasts."""
        restarts = self._restarts.get((problem.uid, problem.container), problem.restarts)
        if problem.exit_code in (None, 0) or problem.restarts <= restarts:
            return problem
        crash = (problem.uid, problem.container, problem.restarts)
        if crash not in self._lasting:
            where = (workload.namespace, problem.pod, problem.container, self._limits.log_lines)
            self._lasting[crash] = is_lasting(self._cluster.logs(*where, previous=True).splitlines())
        return replace(problem, patience=Patience.NONE, log="previous") if self._lasting[crash] else problem

    def _settled(self, workload: Workload, state: State) -> State:
        """Return the state, not yet done where a container crashed a moment ago."""
        if not state.done or self._elapsed() - self._crashed.get(workload, -SETTLE_SECONDS) >= SETTLE_SECONDS:
            return state
        words = f"a container crashed less than {SETTLE_SECONDS:.0f} s ago"
        return State(False, f"{state.message}, but {words}", Problem("Crashed", words, Patience.ALL))

    def _confirm(self, progresses: list[Progress]) -> list[Progress]:
        """Take back what was put there meanwhile: the kubelet just has not tried again yet."""
        for progress in progresses:
            for problem in list(progress.expired):
                if problem.missing and self._exists(progress.workload.namespace, problem.missing):
                    self._grace.restart(problem, time.monotonic())
                    progress.expired.remove(problem)
        return progresses

    def _exists(self, namespace: str, missing: Missing) -> bool:
        try:
            found = self._cluster.get(MISSING_RESOURCES[missing.kind], missing.name, namespace)
        except ClusterError:
            return False  # We may not read it: believe the kubelet.
        if found is None:
            return False
        return not missing.key or missing.key in {**(found.get("data") or {}), **(found.get("binaryData") or {})}

    def _note(self, progress: Progress) -> None:
        line = f"{progress.workload}: {progress.state.message}"
        # An image's reason goes back and forth between two.
        reasons = dict.fromkeys(
            "ErrImagePull" if problem.patience is Patience.IMAGE else problem.reason
            for problem in progress.problems
            if problem.reason not in USUAL_REASONS
        )
        if reasons:
            line = f"{line} ({', '.join(reasons)})"
        if self._last_lines.get(progress.workload) != line:
            self._last_lines[progress.workload] = line
            self._progress.append({"seconds": round(self._elapsed(), 1), "line": line})
            if self._is_waiting:
                self._cluster.tell(f"{line} [{self._elapsed():.0f} s]")

    def _end(self, progresses: list[Progress], timed_out: bool = False) -> WaitResult:
        seconds = round(self._elapsed(), 1)
        described = [describe(self._cluster, self._view, progress, self._limits.log_lines) for progress in progresses]
        message = "" if _all_done(progresses) else compose(described, timed_out, seconds, self._trouble)
        return WaitResult(message, {"workloads": described, "progress": self._progress, "seconds": seconds})


def _all_done(progresses: list[Progress]) -> bool:
    return all(progress.state.done for progress in progresses)


def _is_settled(progresses: list[Progress]) -> bool:
    return _all_done(progresses) or any(progress.expired for progress in progresses)


def _require_all(progresses: list[Progress]) -> None:
    missing = [each for each in progresses if any(problem.reason == "NotFound" for problem in each.problems[:1])]
    if not missing:
        return
    names = ", ".join(str(progress.workload) for progress in missing)
    verb = "does not exist" if len(missing) == 1 else "do not exist"
    hint = ""
    if any(progress.workload.kind in OF_OPERATOR for progress in missing):
        hint = " Check that the Prometheus operator's CRDs are installed."
    raise ClusterError(f"{names} {verb}. Check name and namespace, and that the objects were applied.{hint}")

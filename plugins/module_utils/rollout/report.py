# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text that says what became of the workloads, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..redaction.credentials import redacted
from . import remedies
from .workload import Workload, relevant_events

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..k8s.informer import Informer
    from .problem import Problem
    from .status import State

MAX_EVENTS = 5
#: Events that only repeat the pod's state.
REPETITIONS = ("ErrImagePull", "ImagePullBackOff", "Back-off restarting failed", "Back-off pulling image")
MAX_LINE = 400


@dataclass
class Progress:
    """What is known of one workload."""

    workload: Workload
    state: State
    problems: list[Problem] = field(default_factory=list)
    #: The problems because of which the wait ends.
    expired: list[Problem] = field(default_factory=list)

    @property
    def word(self) -> str:
        """Return its state in one word."""
        if self.state.done:
            return "done"
        return "failed" if self.expired else "waiting"


def describe(cluster: Cluster, informer: Informer, progress: Progress, log_lines: int) -> dict[str, Any]:
    """Return the workload's part of the module's result, with logs and events where it is not done."""
    workload = progress.workload
    described: dict[str, Any] = {**workload._asdict(), "state": progress.word, "message": progress.state.message}
    if progress.state.done:
        return described
    groups: dict[tuple[Any, ...], list[Problem]] = {}
    for problem in sorted(progress.problems, key=lambda problem: problem not in progress.expired):
        key = (problem.container, problem.reason, problem.exit_code) if problem.pod else (problem.reason,)
        groups.setdefault(key, []).append(problem)
    described["problems"] = [_describe(cluster, informer, workload, group, log_lines) for group in groups.values()]
    if not groups:
        described["events"] = [_cut(line) for line in relevant_events(informer, workload, "")][-MAX_EVENTS:]
    return described


def _describe(
    cluster: Cluster, informer: Informer, workload: Workload, group: list[Problem], log_lines: int
) -> dict[str, Any]:
    """Describe the first of several problems of the same sort."""
    problem = group[0]
    lines: list[str] = []
    if problem.log and log_lines:
        where = (workload.namespace, problem.pod, problem.container, log_lines)
        text = cluster.logs(*where, previous=True) if problem.log == "previous" else ""
        lines = (text or cluster.logs(*where)).splitlines()[-log_lines:]
    return {
        "reason": problem.reason,
        "message": redacted("\n".join(_unlike(problem.message.splitlines(), lines))),
        "pod": problem.pod,
        "same_in": [other.pod for other in group[1:] if other.pod],
        "container": problem.container,
        "restarts": problem.restarts,
        "exit_code": problem.exit_code,
        # As a whole, since a key has several lines.
        "log": [_cut(line) for line in redacted("\n".join(lines)).splitlines()],
        "events": _news(relevant_events(informer, workload, problem.pod), problem),
        "remedy": remedies.for_log(lines) or problem.remedy,
    }


def _unlike(message: list[str], log: list[str]) -> list[str]:
    """Return the message without what the log says, from which the kubelet takes it for some containers."""
    return [line for line in message if not any(line.strip() in logged for logged in log)]


def _news(events: list[str], problem: Problem) -> list[str]:
    """Return the last events that say more than the problem does."""
    told = f"{problem.reason} {problem.message}"
    news = []
    for event in events:
        about, _separator, words = event.partition(": ")
        words = words.removeprefix("Error: ")
        if not problem.pod and problem.reason in about:
            continue  # The same again for each pod that was not created.
        if words not in told and not words.startswith(REPETITIONS):
            news.append(_cut(event))
    return news[-MAX_EVENTS:]


def compose(described: list[dict[str, Any]], timed_out: bool, seconds: float, trouble: str = "") -> str:
    """Return the error message for workloads of which some are not done."""
    unfinished = [each for each in described if each["state"] != "done"]
    failed = [each for each in unfinished if each["state"] == "failed"]
    total = len(described)
    of_total = f" of {total} workloads" if total > 1 else ""
    if timed_out:
        head = f"{_number(len(unfinished), total)}{of_total} not rolled out within {seconds:.0f} s."
    else:
        head = (
            f"{_number(len(failed), total)}{of_total} not rolled out and cannot be without a change "
            f"(seen after {seconds:.0f} s)."
        )
    if trouble:
        head = f"{head} The API was not always reachable: {trouble}"
    parts = [_paragraph(each) for each in sorted(unfinished, key=lambda each: str(each["state"] != "failed"))]
    return "\n\n".join([head, *parts])


def _number(count: int, total: int) -> str:
    if total == 1:
        return "The workload was"
    return "1" if count == 1 else str(count)


def _paragraph(described: dict[str, Any]) -> str:
    name = "{kind} {namespace}/{name}".format(**described)
    undecided = " (still waiting)" if described["state"] == "waiting" else ""
    lines = [f"{name}: {described['message']}{undecided}"]
    for problem in described["problems"]:
        lines += _problem_lines(problem)
    lines += _indented("Events:", described.get("events") or [])
    return "\n".join(lines)


def _problem_lines(problem: dict[str, Any]) -> list[str]:
    where = f"Pod {problem['pod']}" if problem["pod"] else ""
    if problem["container"]:
        where += f", container {problem['container']}"
    facts = [problem["reason"]]
    if problem["restarts"]:
        facts.append("restarted once" if problem["restarts"] == 1 else f"restarted {problem['restarts']} times")
    if problem["exit_code"] is not None:
        facts.append(f"exit code {problem['exit_code']}")
    lines = [f"  {where}: {', '.join(facts)}" if where else f"  {', '.join(facts)}"]
    if problem["same_in"]:
        lines.append(f"    The same in: {', '.join(problem['same_in'])}")
    lines += [f"    {_cut(line)}" for line in problem["message"].splitlines() if line.strip()]
    lines += [f"  {line}" for line in _indented("Last log lines:", problem["log"])]
    lines += [f"  {line}" for line in _indented("Events:", problem["events"])]
    if problem["remedy"]:
        lines.append(f"    What to do: {problem['remedy']}")
    return lines


def _indented(title: str, lines: list[str]) -> list[str]:
    return [f"  {title}", *(f"    {_cut(line)}" for line in lines)] if lines else []


def _cut(line: str) -> str:
    line = redacted(" ".join(line.split("\n")))
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} ..."

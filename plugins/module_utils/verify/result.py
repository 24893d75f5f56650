# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings of the checks whether data flows, and how people and machines get to read them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

#: What fits into a line of the table.
LINE = 200


class Status(StrEnum):
    """What a check came to."""

    OK = "ok"
    #: Nothing is wrong, but what it looks for cannot be there yet.
    TOO_YOUNG = "too young"
    FAILED = "failed"
    #: Not applicable, or not to be found out with the rights that the play has.
    SKIPPED = "skipped"


@dataclass(frozen=True)
class CheckResult:
    """What one check expected and found."""

    status: Status
    found: str
    expected: str = ""
    remedy: str = ""
    #: A failure that may go away by itself soon, such as an endpoint that the querier has not looked up yet.
    may_heal: bool = False
    #: A failure that no time heals, however young what it is about may be.
    is_lasting: bool = False


def ok(found: str) -> CheckResult:
    """Return that all is right."""
    return CheckResult(Status.OK, found)


def too_young(found: str, expected: str) -> CheckResult:
    """Return that it is too early to tell."""
    return CheckResult(Status.TOO_YOUNG, found, expected)


def skipped(reason: str) -> CheckResult:
    """Return that there is nothing to check, or no way to."""
    return CheckResult(Status.SKIPPED, reason)


def failed(expected: str, found: str, remedy: str, may_heal: bool = False, is_lasting: bool = False) -> CheckResult:
    """Return that something is wrong. The texts are parts of sentences: what shows them ends these."""
    return CheckResult(Status.FAILED, found.rstrip("."), expected.rstrip("."), remedy.rstrip("."), may_heal, is_lasting)


def as_dict(name: str, result: CheckResult) -> dict[str, str]:
    """Return a finding for machines."""
    return {
        "name": name,
        "status": result.status.value,
        "expected": result.expected,
        "found": result.found,
        "remedy": result.remedy,
    }


def table(results: Mapping[str, CheckResult]) -> list[str]:
    """Return one line for each check; what is too long for one is all in the explanation."""
    width = max((len(name) for name in results), default=0)
    return [
        f"{'FAILED' if result.status is Status.FAILED else result.status.value:9}  {name:{width}}  "
        + textwrap.shorten(result.found, LINE, placeholder=" ...")
        for name, result in results.items()
    ]


def explanation(results: Mapping[str, CheckResult]) -> str:
    """Return what is wrong and what can be done about it, an empty text where all is right."""
    wrong = {name: result for name, result in results.items() if result.status is Status.FAILED}
    if not wrong:
        return ""
    lines = [f"{len(wrong)} of {len(results)} checks failed."]
    for name, result in wrong.items():
        lines += [
            f"{name}",
            *_paragraph("expected", result.expected),
            *_paragraph("found", result.found),
            *_paragraph("remedy", result.remedy),
        ]
    return "\n".join(lines)


def passed(results: Iterable[CheckResult]) -> bool:
    """Return whether nothing is wrong."""
    return all(result.status is not Status.FAILED for result in results)


def report(results: Mapping[str, CheckResult]) -> dict[str, Any]:
    """Return the whole result for machines."""
    return {
        "passed": passed(results.values()),
        "checks": [as_dict(name, result) for name, result in results.items()],
        "table": table(results),
    }


def _paragraph(title: str, text: str) -> list[str]:
    # Addresses and names stay whole.
    wrapper = textwrap.TextWrapper(110, "  ", " " * 12, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(f"{title + ':':10}{text}.")

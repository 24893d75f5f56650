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
class Finding:
    """What one check expected and found."""

    status: Status
    found: str
    expected: str = ""
    remedy: str = ""
    #: A failure that may go away by itself soon, such as an endpoint that the querier has not looked up yet.
    may_heal: bool = False
    #: A failure that no time heals, however young what it is about may be.
    is_lasting: bool = False


def ok(found: str) -> Finding:
    """Return that all is right."""
    return Finding(Status.OK, found)


def too_young(found: str, expected: str) -> Finding:
    """Return that it is too early to tell."""
    return Finding(Status.TOO_YOUNG, found, expected)


def skipped(reason: str) -> Finding:
    """Return that there is nothing to check, or no way to."""
    return Finding(Status.SKIPPED, reason)


def failed(expected: str, found: str, remedy: str, may_heal: bool = False, is_lasting: bool = False) -> Finding:
    """Return that something is wrong. The texts are parts of sentences: what shows them ends these."""
    return Finding(Status.FAILED, found.rstrip("."), expected.rstrip("."), remedy.rstrip("."), may_heal, is_lasting)


def as_dict(name: str, finding: Finding) -> dict[str, str]:
    """Return a finding for machines."""
    return {
        "name": name,
        "status": finding.status.value,
        "expected": finding.expected,
        "found": finding.found,
        "remedy": finding.remedy,
    }


def table(findings: Mapping[str, Finding]) -> list[str]:
    """Return one line for each check; what is too long for one is all in the explanation."""
    width = max((len(name) for name in findings), default=0)
    return [
        f"{'FAILED' if finding.status is Status.FAILED else finding.status.value:9}  {name:{width}}  "
        + textwrap.shorten(finding.found, LINE, placeholder=" ...")
        for name, finding in findings.items()
    ]


def explanation(findings: Mapping[str, Finding]) -> str:
    """Return what is wrong and what can be done about it, an empty text where all is right."""
    wrong = {name: finding for name, finding in findings.items() if finding.status is Status.FAILED}
    if not wrong:
        return ""
    lines = [f"{len(wrong)} of {len(findings)} checks failed."]
    for name, finding in wrong.items():
        lines += [
            f"{name}",
            *_paragraph("expected", finding.expected),
            *_paragraph("found", finding.found),
            *_paragraph("remedy", finding.remedy),
        ]
    return "\n".join(lines)


def passed(findings: Iterable[Finding]) -> bool:
    """Return whether nothing is wrong."""
    return all(finding.status is not Status.FAILED for finding in findings)


def report(findings: Mapping[str, Finding]) -> dict[str, Any]:
    """Return the whole result for machines."""
    return {
        "passed": passed(findings.values()),
        "checks": [as_dict(name, finding) for name, finding in findings.items()],
        "table": table(findings),
    }


def _paragraph(title: str, text: str) -> list[str]:
    # Addresses and names stay whole.
    wrapper = textwrap.TextWrapper(110, "  ", " " * 12, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(f"{title + ':':10}{text}.")

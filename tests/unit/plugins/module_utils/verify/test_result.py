# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings as people and machines read them."""

from __future__ import annotations

from ansible_collections.observability.thanos.plugins.module_utils.verify.result import (
    explanation,
    failed,
    ok,
    report,
    skipped,
    too_young,
)

FINDINGS = {
    "stores": ok("2 sidecar"),
    "query": failed("two replicas", "one replica", "Wait a moment."),
    "bucket": too_young("no block yet", "blocks"),
    "cold": skipped("no store"),
}


def test_the_table_has_one_line_for_each_check() -> None:
    assert report(FINDINGS)["table"] == [
        "ok         stores  2 sidecar",
        "FAILED     query   one replica",
        "too young  bucket  no block yet",
        "skipped    cold    no store",
    ]


def test_a_line_of_the_table_has_an_end() -> None:
    finding = failed("short", "word " * 100, "Wait")
    (line,) = report({"query": finding})["table"]
    assert line.endswith("word ...")
    assert len(line) < 230
    assert explanation({"query": finding}).count("word") == 100


def test_only_a_failure_is_no_pass() -> None:
    assert not report(FINDINGS)["passed"]
    assert report({name: finding for name, finding in FINDINGS.items() if name != "query"})["passed"]


def test_the_explanation_tells_of_failures_only() -> None:
    assert explanation(FINDINGS).splitlines() == [
        "1 of 4 checks failed.",
        "query",
        "  expected: two replicas.",
        "  found:    one replica.",
        "  remedy:   Wait a moment.",
    ]
    assert explanation({"stores": ok("fine")}) == ""


def test_machines_get_plain_values() -> None:
    assert report(FINDINGS)["checks"][1] == {
        "name": "query",
        "status": "failed",
        "expected": "two replicas",
        "found": "one replica",
        "remedy": "Wait a moment",
    }

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is found wrong with rule groups."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.thanos.rule_groups import rule_group_problems

RULE: dict[str, Any] = {"record": "job:up:count", "expr": "count(up)"}
ALERT: dict[str, Any] = {"alert": "Down", "expr": "up == 0", "for": "5m", "annotations": {"summary": "down"}}


def test_right_groups_are_right() -> None:
    groups = [
        {"name": "a", "interval": "30s", "partial_response_strategy": "warn", "rules": [RULE, ALERT]},
        {"name": "b", "limit": 5, "labels": {"team": "x"}, "rules": [RULE]},
    ]
    assert list(rule_group_problems(groups)) == []


@pytest.mark.parametrize(
    ("groups", "problem"),
    [
        ([{"rules": [RULE]}], "group 1 has no name"),
        (["text"], "group 1 has no name"),
        ([{"name": "a", "rules": [RULE]}] * 2, "group a is there twice"),
        ([{"name": "a"}], "group a has no list of rules"),
        ([{"name": "a", "rules": "up"}], "group a has no list of rules"),
        ([{"name": "a", "rules": []}], "group a has no list of rules"),
        ([{"name": "a", "rule": [RULE]}], "group a: key 2 of 2 is unknown: allowed are"),
        ([{"name": "a", "interval": "hunter2", "rules": [RULE]}], "group a, interval is no duration"),
        ([{"name": "a", "partial_response_strategy": "hunter2", "rules": [RULE]}], "it has to be warn or abort"),
        ([{"name": "a", "rules:hunter2": None, "rules": [RULE]}], "group a: key 2 of 3 is unknown: allowed are"),
        ([{"name:hunter2": None, "rules": [RULE]}], "group 1 has no name"),
        ([{"name": "hunter2 is the password", "rules": []}], "group 1 has no list of rules"),
        ([{"name": "a", "rules": ["up"]}], "group a, rule 1 is no mapping"),
        ([{"name": "a", "rules": [{"expr": "up"}]}], "group a, rule 1 needs either record or alert"),
        ([{"name": "a", "rules": [{**RULE, **ALERT}]}], "group a, rule 1 needs either record or alert"),
        ([{"name": "a", "rules": [RULE, {"record": "b", "expr": " "}]}], "group a, rule 2 has no expr"),
        ([{"name": "a", "rules": [{**RULE, "record": "hunter2-b"}]}], "has a record that is no name of a metric"),
        ([{"name": "a", "rules": [{**RULE, "for": "5m"}]}], "group a, rule 1 has for, which only alerts have"),
        ([{"name": "a", "rules": [{**ALERT, "for": "hunter2"}]}], "group a, rule 1, for is no duration"),
        ([{"name": "a", "rules": [{**RULE, "labels": ["x"]}]}], "group a, rule 1 has labels that are no mapping"),
        ([{"name": "a", "rules": [{**RULE, "hunter2": "x"}]}], "group a, rule 1: key 3 of 3 is unknown: allowed"),
    ],
)
def test_a_mistake_is_named_with_its_place(groups: list[Any], problem: str) -> None:
    found = list(rule_group_problems(groups))
    assert any(problem in each for each in found), found
    assert "hunter2" not in str(found)

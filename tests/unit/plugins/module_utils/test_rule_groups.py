# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is found wrong with rule groups."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.rule_groups import rule_group_problems

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
        ([{"name": "a", "rule": [RULE]}], "group a has the unknown key rule: allowed are"),
        ([{"name": "a", "interval": "often", "rules": [RULE]}], "group a, interval: 'often' is no duration"),
        ([{"name": "a", "partial_response_strategy": "x", "rules": [RULE]}], "'x': it has to be warn or abort"),
        ([{"name": "a", "rules": ["up"]}], "group a, rule 1 is no mapping"),
        ([{"name": "a", "rules": [{"expr": "up"}]}], "group a, rule 1 needs either record or alert"),
        ([{"name": "a", "rules": [{**RULE, **ALERT}]}], "group a, rule 1 needs either record or alert"),
        ([{"name": "a", "rules": [RULE, {"record": "b", "expr": " "}]}], "group a, rule 2 has no expr"),
        ([{"name": "a", "rules": [{**RULE, "record": "a-b"}]}], "records 'a-b', which is no name of a metric"),
        ([{"name": "a", "rules": [{**RULE, "for": "5m"}]}], "group a, rule 1 has for, which only alerts have"),
        ([{"name": "a", "rules": [{**ALERT, "for": "soon"}]}], "group a, rule 1, for: 'soon' is no duration"),
        ([{"name": "a", "rules": [{**RULE, "labels": ["x"]}]}], "group a, rule 1 has labels that are no mapping"),
        ([{"name": "a", "rules": [{**RULE, "expression": "x"}]}], "has the unknown key expression"),
    ],
)
def test_a_mistake_is_named_with_its_place(groups: list[Any], problem: str) -> None:
    found = list(rule_group_problems(groups))
    assert any(problem in each for each in found), found

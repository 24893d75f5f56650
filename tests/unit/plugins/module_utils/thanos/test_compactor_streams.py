# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What two compactors keep of a bucket's streams: only what is proven to be apart is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.thanos.compactor_streams import are_divided


def keep(regex: Any, *labels: str) -> dict[str, Any]:
    return {"action": "keep", "source_labels": list(labels or ["cluster"]), "regex": regex}


def drop(regex: Any, label: str = "cluster") -> dict[str, Any]:
    return {"action": "drop", "source_labels": [label], "regex": regex}


def hashed(shard: int, modulus: int = 2, label: str = "cluster") -> list[dict[str, Any]]:
    rule = {"action": "hashmod", "source_labels": [label], "target_label": "shard", "modulus": modulus}
    return [rule, keep(shard, "shard")]


REPLACED = {"action": "replace", "source_labels": ["zone"], "target_label": "cluster"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([keep("europe")], [keep("america")]),
        ([keep("a|b")], [keep("(c|d)")]),
        ([keep("a|b"), keep("b|c")], [keep("a|c")]),
        (hashed(0), hashed(1)),
        ([keep("x", "team"), *hashed(0)], [drop("b.*", "a"), *hashed(1)]),
        ([keep("^europe$")], [keep("^(?:america|asia)$")]),
        (hashed("^0$"), hashed("(1)")),  # type: ignore[arg-type]
        ([keep("europe")], [drop("europe")]),
        ([keep("a|b")], [drop("a"), drop("b|c")]),
        ([keep("a|b")], [keep("b|c"), drop("b")]),
        (hashed(0), [*hashed(0)[:1], drop(0, "shard")]),
    ],
)
def test_streams_that_are_divided(one: Any, other: Any) -> None:
    assert are_divided(json.dumps(one), json.dumps(other))
    assert are_divided(json.dumps(other), json.dumps(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([keep("europe")], [keep("europe")]),
        ([keep("a|b")], [keep("b|c")]),
        ([keep("eu.*")], [keep("america")]),
        ([keep("eu.west")], [keep("eu-west")]),
        ([keep("europe")], [keep("america", "region")]),
        ([keep("europe")], []),
        ([keep("a|b")], [drop("a")]),
        ([keep("europe")], [drop("eu.*")]),
        ([keep("europe")], [drop("europe", "region")]),
        ([keep("europe")], [REPLACED, drop("europe")]),
        ([drop("europe")], [drop("america")]),
        ([keep("^a|b$")], [keep("c")]),
        (hashed(0), hashed(0)),
        (hashed(0), hashed(1, modulus=3)),
        (hashed(0), hashed(1, label="region")),
        ([REPLACED, keep("europe")], [keep("america")]),
        ([{"action": "labelmap", "regex": "a"}, keep("europe")], [keep("america")]),
        (["no rule"], [keep("america")]),
    ],
)
def test_streams_that_may_be_shared(one: Any, other: Any) -> None:
    assert not are_divided(json.dumps(one), json.dumps(other))
    assert not are_divided(json.dumps(other), json.dumps(one))


@pytest.mark.parametrize("text", ["", "[", "{}", "text"])
def test_what_is_no_list_of_rules_divides_nothing(text: str) -> None:
    assert not are_divided(text, json.dumps([keep("america")]))

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.observability.thanos.plugins.filter.pod_secrets import FILES, PROSE, FilterModule, pod_secrets
from ansible_collections.observability.thanos.plugins.filter.shown_address import FilterModule as AddressModule
from ansible_collections.observability.thanos.plugins.filter.shown_address import shown_address

ROOT = Path(__file__).parents[4]
COMMON = yaml.safe_load((ROOT / "roles/common/vars/main.yml").read_text())
#: Dictionaries and lists of options that have no place for a secret: of selection, of sizes, of names.
ELSE = {
    *("affinity", "deduplication_replica_labels", "extra_replica_labels", "extra_volume_mounts", "node_selector"),
    *("resources", "router_resources", "rule_namespace_selector", "rule_selector", "shard_labels", "tenant_hashrings"),
    *("time_ranges", "tolerations", "topology_spread_constraints"),
}


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("extra_args", {"redis.password": "hunter2"}, "Write $(NAME) there, and let role_extra_env take"),
        ("extra_env", [{"name": "PASSWORD", "value": "hunter2"}], "Take the variable from a Secret instead"),
        ("limits", {"basic_auth": {"password": "hunter2"}}, "give it in a file from a Secret"),
        ("query_urls", ["https://u:$(VARIABLE)@h"], "give it in a file from a Secret"),
        ("pod_annotations", {"a": "Bearer hunter2"}, "Take it out of there"),
    ],
)
def test_each_option_with_its_remedy(option: str, value: Any, words: str) -> None:
    (problem,) = pod_secrets({"role_extra_env": [], "role_missing": "", f"role_{option}": value}, "role")
    assert problem.startswith(f"role_{option}")
    assert words in problem
    assert "hunter2" not in problem


def test_a_role_without_variables_can_take_none() -> None:
    (problem,) = pod_secrets({"role_extra_env": "", "role_extra_args": {"password": "$(NAME)"}}, "role")
    assert "$(" not in problem
    assert "give it in a file from a Secret" in problem


def test_labels_and_annotations_may_be_called_anything() -> None:
    assert pod_secrets({"role_labels": {"token": "x"}, "role_annotations": {"secret": "y"}}, "role") == []


def test_every_option_that_becomes_part_of_pods_is_looked_at() -> None:
    looked_at = set(COMMON["thanos_pod_options"])
    assert looked_at >= {*PROSE, *FILES}
    for path in (ROOT / "roles").glob("thanos_*/meta/argument_specs.yml"):
        role = path.parents[1].name
        if role in ("thanos_component", "thanos_objstore"):
            continue
        options = yaml.safe_load(path.read_text())["argument_specs"]["main"]["options"]
        found = {name.removeprefix(f"{role}_") for name, spec in options.items() if spec["type"] in ("dict", "list")}
        assert found - looked_at - ELSE == set(), role


def test_ansible_finds_them_by_name() -> None:
    assert FilterModule().filters() == {"pod_secrets": pod_secrets}
    assert AddressModule().filters() == {"shown_address": shown_address}
    assert shown_address("https://u:hunter2@h/a?b") == "https://h/a"

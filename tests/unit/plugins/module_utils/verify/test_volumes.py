# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Volumes that are nearly full, and those of which nobody knows."""

from __future__ import annotations

from ansible_collections.observability.thanos.plugins.module_utils.verify.result import Status
from ansible_collections.observability.thanos.plugins.module_utils.verify.volumes import (
    Usage,
    Volume,
    check_volumes,
    usage_query,
    usages_of_series,
    usages_of_summary,
    volumes_of,
)
from ansible_collections.observability.thanos.tests.unit.fakes.thanos import pod

CLAIM = Volume("monitoring", "a-0", "data-a-0")
SCRATCH = Volume("monitoring", "a-0", "scratch", is_claim=False)
SUMMARY = {
    "pods": [
        {
            "podRef": {"namespace": "monitoring", "name": "a-0"},
            "volume": [
                {"name": "data", "capacityBytes": 100, "availableBytes": 5, "inodes": 10, "inodesFree": 9},
                {"name": "scratch", "capacityBytes": 100, "availableBytes": 90, "inodes": 10, "inodesFree": 2},
                {"name": "x", "capacityBytes": 1, "availableBytes": 0},
            ],
        },
        {"podRef": {"namespace": "other", "name": "a-0"}, "volume": [{"name": "data", "capacityBytes": 1}]},
    ]
}


def test_claims_and_folders_on_disk_count() -> None:
    found = pod("a-0", {})
    found["spec"]["volumes"] += [
        {"name": "scratch", "emptyDir": {}},
        {"name": "fast", "emptyDir": {"medium": "Memory"}},
    ]
    assert volumes_of(found) == {"data": CLAIM, "scratch": SCRATCH}
    assert str(CLAIM) == "claim data-a-0 of pod monitoring/a-0"
    assert str(SCRATCH) == "emptyDir scratch of pod monitoring/a-0"


def test_the_kubelet_tells_the_scarcer_of_bytes_and_inodes() -> None:
    usages = usages_of_summary(SUMMARY, {("monitoring", "a-0"): {"data": CLAIM, "scratch": SCRATCH}})
    assert usages == {CLAIM: Usage(0.95, "bytes"), SCRATCH: Usage(0.8, "inodes")}


def test_prometheus_knows_claims() -> None:
    series = [{"metric": {"namespace": "monitoring", "persistentvolumeclaim": "data-a-0"}, "value": [0, "0.5"]}]
    assert usages_of_series(series, [CLAIM, SCRATCH]) == {CLAIM: Usage(0.5, "bytes")}
    assert usage_query({"b", "a"}, 'cluster="c"') == (
        "1 - max by (namespace, persistentvolumeclaim) "
        '(kubelet_volume_stats_available_bytes{namespace=~"a|b", cluster="c"}) / '
        'max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_capacity_bytes{namespace=~"a|b", cluster="c"})'
    )


def test_a_nearly_full_volume_is_named() -> None:
    finding = check_volumes([CLAIM, SCRATCH], {CLAIM: Usage(0.9, "bytes"), SCRATCH: Usage(0.5, "bytes")}, 90, "")
    assert finding.status is Status.FAILED
    assert finding.found == "claim data-a-0 of pod monitoring/a-0: 90% of its bytes"
    assert "retention" in finding.remedy


def test_the_fullest_is_shown_and_what_is_not_known() -> None:
    finding = check_volumes([CLAIM, SCRATCH], {CLAIM: Usage(0.25, "bytes")}, 90, "no numbers")
    assert finding.status is Status.OK
    assert "claim data-a-0 of pod monitoring/a-0 with 25%; 1 not known: no numbers" in finding.found


def test_where_nobody_knows_the_check_is_skipped_with_the_reason() -> None:
    finding = check_volumes([CLAIM], {}, 90, "no right")
    assert finding.status is Status.SKIPPED
    assert "no right" in finding.found
    assert check_volumes([], {}, 90, "").status is Status.SKIPPED

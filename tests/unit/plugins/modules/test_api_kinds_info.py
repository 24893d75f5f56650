# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which kinds a cluster is said to know."""

from __future__ import annotations

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.modules import api_kinds_info
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster

RESOURCES = [
    {"name": "thanosrulers", "kind": "ThanosRuler", "namespaced": True},
    {"name": "thanosrulers/status", "kind": "ThanosRuler", "namespaced": True},
    {"name": "prometheuses", "kind": "Prometheus", "namespaced": True},
]


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [({"resources": RESOURCES}, ["Prometheus", "ThanosRuler"]), ({"resources": []}, []), (None, [])],
)
def test_kinds_are_listed_once(
    cluster: FakeCluster,
    run_module: RunModule,
    monkeypatch: pytest.MonkeyPatch,
    answer: Object | None,
    kinds: list[str],
) -> None:
    asked = {"/apis/monitoring.coreos.com/v1": answer}
    monkeypatch.setattr(cluster, "read", asked.__getitem__)
    result = run_module(api_kinds_info, api_version="monitoring.coreos.com/v1")
    assert result["kinds"] == kinds
    assert result["changed"] is False

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What kubernetes.core is told to do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.kubernetes.core.plugins.module_utils.k8s import runner
from ansible_collections.observability.thanos.plugins.module_utils.apply.apply import ApplyOptions, apply_all

CLUSTER: Any = SimpleNamespace(configuration=None, dynamic=None, dry_run=False)


def test_what_was_looked_at_is_removed_and_nothing_that_took_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []

    def perform_action(service: Any, _definition: dict[str, Any], _params: dict[str, Any]) -> dict[str, Any]:
        # K8sService.delete reads the options from there.
        told.append(service.module.params["delete_options"])
        return {"changed": True, "method": "delete"}

    monkeypatch.setattr(runner, "perform_action", perform_action)
    manifests = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "b", **identity}}
        for identity in ({"uid": "first"}, {})
    ]
    apply_all(CLUSTER, manifests, ApplyOptions("absent"), print)
    assert told == [
        {"propagationPolicy": "Foreground", "preconditions": {"uid": "first"}},
        {"propagationPolicy": "Foreground"},
    ]

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of several modules share."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.observability.thanos.tests.unit.fake_cluster import FakeCluster
from ansible_collections.observability.thanos.tests.unit.grafana import Grafana


@pytest.fixture
def grafana(cluster: FakeCluster, run_module: Any, monkeypatch: pytest.MonkeyPatch) -> Grafana:
    """Return Grafana as kube-prometheus installs it."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    grafana = Grafana(cluster, run_module)
    grafana.seed()
    grafana.seed_deployment()
    return grafana

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of several modules share."""

from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.verify import run as verify
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster
from ansible_collections.observability.thanos.tests.unit.fakes.grafana import Grafana
from ansible_collections.observability.thanos.tests.unit.fakes.verified_stack import Clock


@pytest.fixture
def grafana(cluster: FakeCluster, run_module: Any, monkeypatch: pytest.MonkeyPatch) -> Grafana:
    """Return Grafana as kube-prometheus installs it."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    grafana = Grafana(cluster, run_module)
    grafana.seed()
    grafana.seed_deployment()
    return grafana


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Give the verification a clock that stands still but while somebody sleeps."""
    found = Clock()
    monkeypatch.setattr(verify, "time", found)
    return found

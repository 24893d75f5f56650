# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module against a server that never answers: it ends once, soon, and names the server."""

from __future__ import annotations

import functools
import importlib
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s import module as k8s_module
from ansible_collections.observability.thanos.plugins.module_utils.requests.outage import Outage
from ansible_collections.observability.thanos.plugins.plugin_utils.in_process import run_in_process
from ansible_collections.observability.thanos.tests.unit.conftest import ROOT
from ansible_collections.observability.thanos.tests.unit.fakes.api_server import ApiServer, silence

LABELS = {
    "app.kubernetes.io/component": "query",
    "app.kubernetes.io/managed-by": "observability.thanos",
    "app.kubernetes.io/part-of": "thanos",
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "thanos-querier", "namespace": "monitoring", "labels": LABELS},
    "spec": {"selector": LABELS, "ports": [{"name": "http"}]},
}
DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "thanos-querier", "namespace": "monitoring", "labels": LABELS},
    "spec": {"selector": {"matchLabels": LABELS}, "template": {"metadata": {"labels": LABELS}, "spec": {}}},
}
OBJECTS = [SERVICE, DEPLOYMENT]
WORKLOAD = {"kind": "Deployment", "namespace": "monitoring", "name": "thanos-querier"}
OPTIONS: dict[str, dict[str, Any]] = {
    "grafana_datasource_secret": {"url": "http://querier"},
    "api_kinds_info": {"api_version": "v1"},
    "prune": {"definitions": OBJECTS},
    "managed_objects_info": {"definitions": OBJECTS},
    "manifests": {"definitions": OBJECTS * 5, "adopt": True},
    "minio_bucket": {"bucket": "thanos", "wait_timeout": 60},
    "minio_credentials": {},
    "minio_layout": {"mode": "standalone"},
    "minio_restart": {},
    "minio_revoke": {"bucket": "thanos"},
    "minio_tenants_info": {},
    "minio_volume_owner": {"user_id": 1000},
    "objstore_secret": {"config": {"bucket": "thanos", "endpoint": "s3.example.com"}},
    "preflight": {"manifests": OBJECTS, "workloads": [WORKLOAD]},
    "prometheus_info": {"namespace": "monitoring"},
    "rollout": {"workloads": [WORKLOAD]},
    "thanos_blocks_info": {"namespace": "monitoring"},
    "thanos_query": {"namespace": "monitoring", "query": "up"},
    "thanos_stores_info": {"namespace": "monitoring"},
    "thanos_verify": {"manifests": OBJECTS, "wait": 60},
}
#: Some ask for several things at once.
AT_ONCE = 12


def test_no_module_is_left_out() -> None:
    # This one asks no cluster.
    assert {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")} == {*OPTIONS, "export_manifests"}


@pytest.mark.parametrize("name", OPTIONS)
def test_a_server_that_never_answers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(k8s_module, "Outage", functools.partial(Outage, limit=0.3, patience=0.2))
    module = importlib.import_module(f"ansible_collections.observability.thanos.plugins.modules.{name}")
    with ApiServer(*[silence] * 1000) as server:
        options = {**OPTIONS[name], "host": server.url, "api_key": "a-key"}
        result = run_in_process(module, name, options, False)
        assert result["failed"] is True
        assert f"The Kubernetes API at {server.url} cannot be reached: no answer within" in result["msg"]
        assert len(server.requests) <= AT_ONCE, "one after the other would take as long again each time"

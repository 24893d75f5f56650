# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Grafana as kube-prometheus installs it, in the fake cluster."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import yaml
from ansible_collections.observability.thanos.plugins.module_utils.grafana.restart import ANNOTATION
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import DEPLOYMENT, SECRET
from ansible_collections.observability.thanos.plugins.modules import grafana_datasource_secret
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster

URL = "http://thanos-querier.monitoring.svc:9090"
NAME = "grafana-datasources"
BACKUP = "grafana-datasources-before-thanos"
KEY = "datasources.yaml"
ORIGINAL = """{
    "apiVersion": 1,
    "datasources": [
        {
            "access": "proxy",
            "editable": false,
            "name": "prometheus",
            "orgId": 1,
            "type": "prometheus",
            "url": "http://prometheus-k8s.monitoring.svc:9090",
            "version": 1
        }
    ]
}"""
#: A file that is written back with other bytes than it was read with: comments, quotes, indentation.
COMMENTED = """# The team's datasources.
apiVersion: 1
datasources:
    - name: "prometheus"
      type: prometheus   # kept
      url: http://prometheus-k8s.monitoring.svc:9090
    - name: loki
      type: loki
      secureJsonData: {basicAuthPassword: "hunter2"}
"""
JSON = json.dumps(
    {
        "apiVersion": 1,
        "datasources": [
            json.loads(ORIGINAL)["datasources"][0],
            {"name": "loki", "type": "loki", "secureJsonData": {"basicAuthPassword": "hunter2"}},
        ],
    },
    indent=4,
)
FILES = pytest.mark.parametrize("original", [COMMENTED, JSON], ids=["yaml", "json"])
ROTATED = ("hunter2", "correct-horse")


class Grafana:
    """Grafana's Secret and Deployment in the fake cluster, and the module run against them."""

    def __init__(self, cluster: FakeCluster, run_module: Any) -> None:
        self.cluster = cluster
        self._run = run_module

    def run(self, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        self.cluster.writes.clear()
        given = {"url": URL, "deployment": "grafana", **options}
        result: dict[str, Any] = self._run(grafana_datasource_secret, check_mode=check_mode, diff=True, **given)
        return result

    def ok(self, **options: Any) -> dict[str, Any]:
        result = self.run(**options)
        assert "failed" not in result, result["msg"]
        return result

    def error(self, **options: Any) -> str:
        result = self.run(**options)
        assert result.get("failed")
        return str(result["msg"])

    def seed(self, text: str | bytes = ORIGINAL, key: str = KEY, **fields: Any) -> None:
        content = text.encode() if isinstance(text, str) else text
        self.seed_data({key: base64.b64encode(content).decode()}, **fields)

    def seed_data(self, data: dict[str, str] | None, **fields: Any) -> None:
        """Replace the Secret as `kubectl apply` does: metadata stays."""
        found = self.cluster.get(SECRET, NAME, "monitoring")
        metadata = found["metadata"] if found else {"name": NAME, "namespace": "monitoring"}
        self.cluster.seed({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data, **fields})

    def seed_deployment(self) -> None:
        metadata = {"name": "grafana", "namespace": "monitoring"}
        template = {"metadata": {"annotations": {"theirs": "1"}}, "spec": {"containers": [{"name": "grafana"}]}}
        self.cluster.seed(
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"template": template}}
        )

    @property
    def secret(self) -> Object:
        found = self.cluster.get(SECRET, NAME, "monitoring")
        assert found is not None
        return found

    @property
    def text(self) -> str:
        return base64.b64decode(self.secret["data"][KEY]).decode()

    @property
    def datasources(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = yaml.safe_load(self.text)["datasources"]
        return found

    @property
    def mark(self) -> str | None:
        value: str | None = (self.secret["metadata"].get("annotations") or {}).get(ANNOTATION)
        return value

    @property
    def started_with(self) -> str | None:
        value: str | None = self.template["metadata"]["annotations"].get(ANNOTATION)
        return value

    @property
    def template(self) -> dict[str, Any]:
        found = self.cluster.get(DEPLOYMENT, "grafana", "monitoring")
        assert found is not None
        template: dict[str, Any] = found["spec"]["template"]
        return template

    @property
    def backup(self) -> Object | None:
        return self.cluster.get(SECRET, BACKUP, "monitoring")

    @property
    def kept(self) -> dict[str, str]:
        """Return what the copy holds, decoded."""
        data = (self.backup or {}).get("data") or {}
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def edit(self, *changes: tuple[str, str]) -> None:
        """Change pieces of the live text as its owner would: the rest of the Secret stays."""
        secret, text = self.secret, self.text
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        secret["data"][KEY] = base64.b64encode(text.encode()).decode()
        self.cluster.seed(secret)

    def entry(self, name: str = "prometheus") -> dict[str, Any]:
        """Return one datasource of the live file."""
        return next(each for each in self.datasources if each["name"] == name)

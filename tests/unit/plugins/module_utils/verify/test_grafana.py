# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datasources in each of Grafana's three places, and what may be wrong with them."""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.grafana.document import DocumentError
from ansible_collections.observability.thanos.plugins.module_utils.verify.grafana import (
    WantedDatasource,
    check_grafana,
    read_datasource,
    without_credentials,
)
from ansible_collections.observability.thanos.plugins.module_utils.verify.result import CheckResult, Status
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster

URL = "http://thanos-querier.monitoring.svc:9090"
WANTED = WantedDatasource("secret", "monitoring", "grafana-datasources", "datasources.yaml", "prometheus", 1, URL)


def text(url: str = URL, name: str = "prometheus") -> str:
    return json.dumps({"apiVersion": 1, "datasources": [{"name": name, "orgId": 1, "url": url}]})


def seed(cluster: FakeCluster, kind: str, name: str, **content: Any) -> None:
    version = {"GrafanaDatasource": "grafana.integreatly.org/v1beta1"}.get(kind, "v1")
    cluster.seed(
        {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "monitoring"}, **content}
    )


def seed_secret(
    cluster: FakeCluster, content: str, name: str = "grafana-datasources", key: str = "datasources.yaml"
) -> None:
    seed(cluster, "Secret", name, data={key: base64.b64encode(content.encode()).decode()})


def check(cluster: FakeCluster, wanted: WantedDatasource = WANTED) -> CheckResult:
    return check_grafana(wanted, *read_datasource(cluster, wanted))


def test_a_datasource_in_a_secret(cluster: FakeCluster) -> None:
    seed_secret(cluster, text())
    finding = check(cluster)
    assert finding.status is Status.OK
    assert f"in Secret monitoring/grafana-datasources points at {URL}" in finding.found


def test_another_address_is_shown_without_its_password(cluster: FakeCluster) -> None:
    seed_secret(cluster, text("http://me:hush@prometheus:9090"))
    finding = check(cluster)
    assert finding.status is Status.FAILED
    assert finding.found == "it points at http://prometheus:9090"
    assert "hush" not in str(finding)


def test_no_datasource_and_no_secret_are_found(cluster: FakeCluster) -> None:
    assert "there is no datasource 'prometheus'" in check(cluster).found
    seed_secret(cluster, text(name="other"))
    assert "there is no datasource 'prometheus'" in check(cluster).found


def test_a_file_that_cannot_be_read_is_named(cluster: FakeCluster) -> None:
    seed_secret(cluster, "{[")
    with pytest.raises(DocumentError, match=r"key datasources\.yaml, is neither"):
        check(cluster)


def test_a_datasource_for_the_sidecar(cluster: FakeCluster) -> None:
    wanted = dataclasses.replace(WANTED, method="sidecar", object_name="thanos", key="thanos.yaml")
    seed_secret(cluster, text(), "thanos", "thanos.yaml")
    assert "in Secret monitoring/thanos" in check(cluster, wanted).found
    seed(cluster, "ConfigMap", "thanos", data={"thanos.yaml": text("http://$$a")})
    finding = check(cluster, wanted)
    assert "in ConfigMap monitoring/thanos" in finding.expected
    assert finding.found == "it points at http://$a"


def test_a_datasource_of_the_operator(cluster: FakeCluster) -> None:
    wanted = dataclasses.replace(WANTED, method="operator", object_name="thanos")
    assert check(cluster, wanted).status is Status.FAILED
    seed(cluster, "GrafanaDatasource", "thanos", spec={"datasource": {"url": f"{URL}/"}})
    assert check(cluster, wanted).status is Status.OK


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://u:hunter2@x@prometheus:9090", "http://prometheus:9090"),
        ("http://prometheus/api?token=hunter2", "http://prometheus/api"),
        ("http://prometheus/#hunter2", "http://prometheus/"),
        ("http://prometheus/hunter2", "http://prometheus/<different secret>"),
        ("http://u:a/hunter2@prometheus", "http://<secret>"),
        ("http://prometheus?a@hunter2", "http://<secret>"),
        ("postgres://u:hunter2@db", "<secret>"),
        ("hunter2", "<secret>"),
        (["hunter2"], "<secret>"),
        ("", "nothing"),
    ],
)
def test_nothing_secret_of_an_address_is_shown(cluster: FakeCluster, url: Any, found: str) -> None:
    seed_secret(cluster, json.dumps({"datasources": [{"name": "prometheus", "url": url}]}))
    finding = check(cluster, dataclasses.replace(WANTED, url="http://querier/secret"))
    assert finding.status is Status.FAILED
    assert finding.found == f"it points at {found}"
    assert "hunter2" not in str(finding)


def test_credentials_and_query_do_not_count(cluster: FakeCluster) -> None:
    seed_secret(cluster, text("http://u:hush@querier/thanos/?dedup=true"))
    finding = check(cluster, dataclasses.replace(WANTED, url="http://querier/thanos"))
    assert finding.status is Status.OK
    assert "hush" not in str(finding)


def test_credentials_are_cut_out() -> None:
    assert without_credentials("https://a:b@c:1/d?e=f#g") == "https://c:1/d"

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module on a real directory: one file per object, the same bytes every time, nothing of others touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.observability.thanos.plugins.module_utils.apply.export import file_name
from ansible_collections.observability.thanos.plugins.modules import export_manifests
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule

SERVICE = {
    "spec": {"clusterIP": "None"},
    "kind": "Service",
    "apiVersion": "v1",
    "metadata": {"name": "store", "namespace": "monitoring"},
}
CONFIG = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "querier", "namespace": "monitoring"},
    "data": {"endpoints.yaml": "endpoints:\n- address: a:1\n", "no": "no", "empty": ""},
}
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "minio"}}
STORE = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "store", "namespace": "monitoring"},
    "spec": {
        "template": {
            "spec": {
                "imagePullSecrets": [{"name": "registry"}],
                "containers": [{"env": [{"valueFrom": {"secretKeyRef": {"name": "access", "key": "password"}}}]}],
                "volumes": [{"name": "objstore", "secret": {"secretName": "blocks"}}],
            }
        }
    },
}
PROMETHEUS = {
    "apiVersion": "monitoring.coreos.com/v1",
    "kind": "Prometheus",
    "metadata": {"name": "k8s", "namespace": "monitoring"},
    "spec": {
        "secrets": ["ca"],
        "thanos": {"objectStorageConfig": {"name": "blocks", "key": "thanos.yaml"}},
    },
}
ALL = [PROMETHEUS, STORE, SERVICE, CONFIG, NAMESPACE]


def files(directory: Path) -> dict[str, str]:
    """Return the texts of all files."""
    return {path.name: path.read_text() for path in sorted(directory.iterdir())}


def test_one_file_per_object(tmp_path: Path, run_module: RunModule) -> None:
    result = run_module(export_manifests, directory=str(tmp_path / "new" / "place"), definitions=ALL)
    written = files(tmp_path / "new" / "place")
    assert list(written) == [
        "00-namespace-minio.yaml",
        "10-configmap-monitoring-querier.yaml",
        "20-service-monitoring-store.yaml",
        "30-statefulset-monitoring-store.yaml",
        "40-prometheus-monitoring-k8s.yaml",
        "README.md",
    ]
    assert (result["changed"], result["written"], result["removed"]) == (True, list(written), [])
    for manifest in ALL:
        assert yaml.safe_load(written[file_name(manifest)]) == manifest


def test_keys_come_in_the_usual_order_and_texts_as_blocks(tmp_path: Path, run_module: RunModule) -> None:
    run_module(export_manifests, directory=str(tmp_path), definitions=[SERVICE, CONFIG])
    service = (tmp_path / "20-service-monitoring-store.yaml").read_text()
    assert [line.split(":")[0] for line in service.splitlines() if line[0].isalpha()] == [
        "apiVersion",
        "kind",
        "metadata",
        "spec",
    ]
    assert "  endpoints.yaml: |\n" in (tmp_path / "10-configmap-monitoring-querier.yaml").read_text()


def test_a_second_run_touches_nothing(tmp_path: Path, run_module: RunModule) -> None:
    run_module(export_manifests, directory=str(tmp_path), definitions=ALL)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    result = run_module(export_manifests, directory=str(tmp_path), definitions=ALL)
    assert result["changed"] is False
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_what_is_no_longer_wanted_goes_and_what_is_others_stays(tmp_path: Path, run_module: RunModule) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: []\n")
    run_module(export_manifests, directory=str(tmp_path), definitions=ALL)
    result = run_module(export_manifests, directory=str(tmp_path), definitions=[SERVICE])
    assert sorted(files(tmp_path)) == ["20-service-monitoring-store.yaml", "README.md", "kustomization.yaml"]
    assert len(result["removed"]) == 4


def test_a_file_of_others_is_not_replaced(tmp_path: Path, run_module: RunModule) -> None:
    (tmp_path / "README.md").write_text("# Mine\n")
    result = run_module(export_manifests, directory=str(tmp_path), definitions=ALL)
    assert result["failed"] is True
    assert "README.md" in result["msg"]
    assert files(tmp_path) == {"README.md": "# Mine\n"}


def test_check_mode_writes_nothing(tmp_path: Path, run_module: RunModule) -> None:
    directory = tmp_path / "new"
    result = run_module(export_manifests, check_mode=True, directory=str(directory), definitions=ALL)
    assert (result["changed"], len(result["written"])) == (True, 6)
    assert not directory.exists()


def test_the_secrets_that_are_needed(tmp_path: Path, run_module: RunModule) -> None:
    known: list[dict[str, Any]] = [
        {"namespace": "minio", "name": "user", "keys": ["access-key", "secret-key"], "note": "For Thanos."}
    ]
    result = run_module(export_manifests, directory=str(tmp_path), definitions=ALL, secrets=known)
    assert result["secrets"] == [
        "Secret minio/user",
        "Secret monitoring/access",
        "Secret monitoring/blocks",
        "Secret monitoring/ca",
        "Secret monitoring/registry",
    ]
    text = (tmp_path / "README.md").read_text()
    assert "kubectl create secret generic blocks --namespace monitoring --from-file=thanos.yaml=FILE" in text
    assert "For Thanos." in text
    store = (tmp_path / "30-statefulset-monitoring-store.yaml").read_text()
    assert "# Needs Secret monitoring/access, see README.md." in store
    assert "Secret" not in (tmp_path / "20-service-monitoring-store.yaml").read_text()


def test_the_fragment_of_a_resource_says_how_to_apply_it(tmp_path: Path, run_module: RunModule) -> None:
    run_module(export_manifests, directory=str(tmp_path), definitions=ALL)
    text = (tmp_path / "40-prometheus-monitoring-k8s.yaml").read_text()
    assert "kubectl apply --server-side" in text.partition("---")[0]


def test_a_secret_is_never_written(tmp_path: Path, run_module: RunModule) -> None:
    secret = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "a"}, "stringData": {"password": "mellon"}}
    result = run_module(export_manifests, directory=str(tmp_path), definitions=[secret])
    assert result["failed"] is True
    assert "mellon" not in str(result)
    assert files(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "expected"), [("system:thanos", "system_thanos"), ("../../etc/passwd", ".._.._etc_passwd")]
)
def test_a_name_stays_one_file(name: str, expected: str) -> None:
    manifest = {"kind": "ClusterRole", "metadata": {"name": name}}
    assert file_name(manifest) == f"20-clusterrole-{expected}.yaml"


def test_a_diff_shows_only_what_is_known_to_be_harmless(tmp_path: Path, run_module: RunModule) -> None:
    manifest = {**STORE, "spec": {**STORE["spec"], "replicas": 1}}  # type: ignore[dict-item]
    run_module(export_manifests, directory=str(tmp_path), definitions=[manifest])
    path = tmp_path / file_name(manifest)
    path.write_text(path.read_text().replace("replicas: 1", "replicas: 2\n  password: hunter2\n  hunter2: 1"))
    result = run_module(export_manifests, directory=str(tmp_path), definitions=[manifest], diff=True)
    [diff] = [each for each in result["diff"] if each["before_header"] == path.name]
    assert "replicas: 2" in diff["before"]
    assert "replicas: 1" in diff["after"]
    assert "hunter2" not in str(result)
    path.write_text(f"{path.read_text()}hunter2: [")
    result = run_module(export_manifests, directory=str(tmp_path), definitions=[manifest], diff=True)
    assert "hunter2" not in str(result)
    assert [each["before"] for each in result["diff"]] == [""]

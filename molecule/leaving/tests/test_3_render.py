"""The files that render.yml writes, applied by kubectl, give the cluster that site.yml gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from announcements import MANAGER, objects, run
from minio import Minio
from real_cluster import blocks, bucket_of_root, changed, eventually, kubectl, playbook, stores

#: What no file does: the datasource in Grafana's Secret, and with it the restart and the copy of what was before.
ONLY_SITE = {
    "Deployment monitoring/grafana": "changed",
    "Secret monitoring/grafana-datasources": "changed",
    "Secret monitoring/grafana-datasources-before-thanos": "created",
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files, written while the stack is away and its Secrets are there."""
    folder = tmp_path_factory.mktemp("render") / "demo"
    before = objects()
    _said, tasks = run("render", thanos_render_directory=str(folder))
    assert tasks == 1
    assert objects() == before
    return folder


def test_the_same_files_every_time(directory: Path) -> None:
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in directory.iterdir()}
    _said, tasks = run("render", thanos_render_directory=str(directory))
    assert tasks == 0
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in directory.iterdir()} == before


def test_one_object_per_file_and_no_secret(directory: Path) -> None:
    for path in directory.glob("*.yaml"):
        (manifest,) = list(yaml.safe_load_all(path.read_text()))
        assert manifest["kind"] != "Secret"
    text = (directory / "README.md").read_text()
    for name in ("minio/minio-root", "minio/minio-thanos", "monitoring/thanos-objectstorage"):
        assert f"**Secret {name}**" in text


def test_kubectl_makes_of_them_what_site_makes(directory: Path) -> None:
    kubectl("apply", "--server-side", f"--field-manager={MANAGER}", "--filename", str(directory))
    by_kubectl = objects()
    # It finds nothing to do but what no file does, and waits until all of it runs.
    said, _changed = run("site", thanos_verify=False)
    assert said == ONLY_SITE
    by_site = objects()
    for title in by_kubectl.keys() - ONLY_SITE.keys():
        if by_kubectl[title]["is ours"]:
            assert _without_binding(by_kubectl[title]) == _without_binding(by_site[title]), title
    assert {title for title in by_site if by_site[title]["is ours"]} - by_kubectl.keys() == {
        "Secret monitoring/grafana-datasources-before-thanos"
    }


def _without_binding(item: dict[str, Any]) -> dict[str, Any]:
    """Leave out what binding a claim to its volume adds."""
    return {**item, "spec": {**(item.get("spec") or {}), "volumeName": None}}


def test_it_finds_its_data_again() -> None:
    with bucket_of_root() as client:
        assert _oldest(client) > 0
    again = playbook()
    assert again.returncode == 0, again.stdout[-4000:]
    assert changed(again.stdout) == 0, again.stdout[-4000:]
    with bucket_of_root() as client:

        def is_served() -> bool:
            (store,) = stores()["store"]
            assert store["minTime"] <= _oldest(client) + 120_000, json.dumps(store)
            return True

        eventually(is_served, "the oldest block at the store gateway")


def _oldest(client: Minio) -> int:
    return min(int(block["minTime"]) for block in blocks(client))

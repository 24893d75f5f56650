"""Thanos' page in a real browser, Grafana's datasource, and the files on this machine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import testinfra
from playwright.sync_api import expect, sync_playwright
from real_cluster import BIN, ENVIRONMENT, KUBECONFIG, ROOT, eventually, forwarded, get, kubectl, secret

QUERIER_URL = "http://thanos-querier.monitoring.svc:9090"


@pytest.fixture
def querier() -> Iterator[str]:
    """The querier's page on this machine, by the command that the demo's summary prints."""
    with forwarded("monitoring", "thanos-querier", 9090) as address:
        yield f"http://{address}"


def test_the_stores_page_shows_sidecar_and_store(querier: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "Chromium is needed for this test (on Debian: apt-get install chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1400, "height": 700})
        page.goto(f"{querier}/stores")
        for component in ("sidecar", "store"):
            expect(page.get_by_role("heading", name=re.compile(f"^{component}"))).to_be_visible(timeout=30_000)
        expect(page.get_by_text("UP", exact=True)).to_have_count(3)
        assert page.get_by_text("DOWN", exact=True).count() == 0
        page.screenshot(path=ROOT / ".testbed" / "stores.png")
        browser.close()


def test_the_datasource_points_at_the_querier() -> None:
    provisioning = json.loads(secret("monitoring", "grafana-datasources")["datasources.yaml"])
    (datasource,) = provisioning["datasources"]
    assert datasource["url"].startswith(QUERIER_URL)
    assert datasource["name"] == "prometheus"
    assert datasource["isDefault"] is True
    assert datasource["editable"] is False, "what was there before stays"


def test_grafana_reads_the_datasource() -> None:
    """Where Grafana's image cannot be had this asks its stand-in, which reads the provisioned file as Grafana does.

    It shows that the pod has the new file and was restarted for it; not that Grafana itself accepts it.
    """
    image = kubectl(
        "get", "deployment", "--namespace", "monitoring", "grafana",
        "--output", "jsonpath={.spec.template.spec.containers[0].image}",
    )  # fmt: skip
    if "grafana-stand-in" not in image:
        pytest.skip("Grafana itself asks for a login here; the Secret is tested above")
    service = "/api/v1/namespaces/monitoring/services/grafana:3000/proxy/api/datasources"
    urls = eventually(lambda: [entry["url"] for entry in get(service)], "the datasource in Grafana")
    assert len(urls) == 1
    assert urls[0].startswith(QUERIER_URL)


def test_files_on_this_machine() -> None:
    host = testinfra.get_host("local://")
    kubeconfig = host.file(str(KUBECONFIG))
    assert kubeconfig.mode == 0o600
    assert not kubeconfig.is_symlink
    ignored = host.run("git -C %s check-ignore .testbed .venv", str(ROOT))
    assert ignored.stdout.split() == [".testbed", ".venv"]


def test_pods_hold_to_restricted() -> None:
    """The testbed enforces Pod Security 'restricted' in monitoring; MinIO's namespace gets asked what it would say."""
    assert "restricted" in kubectl("get", "namespace", "monitoring", "--output", "jsonpath={.metadata.labels}")
    label = "pod-security.kubernetes.io/enforce=restricted"
    answer = subprocess.run(
        [BIN / "kubectl", "label", "--dry-run=server", "--overwrite", "namespace", "minio", "monitoring", label],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Warning" not in answer.stderr, answer.stderr


def test_the_screenshot_of_the_readme_exists() -> None:
    assert Path(ROOT, "docs", "stores.png").stat().st_size > 10_000

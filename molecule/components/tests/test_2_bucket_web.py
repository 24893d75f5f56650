"""Bucket web: blocks of the bucket in a real browser, as their meta.json in the bucket has them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright
from real_cluster import REPLICAS, ROOT, blocks, bucket_of_root, eventually, forwarded, get

SERVICE = "/api/v1/namespaces/monitoring/services/thanos-bucket-web:8080/proxy"


def as_shown(milliseconds: int) -> str:
    """Return a time as the page writes it."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%B %-d, %Y %-I:%M %p")


def newest_of_each_replica() -> list[dict[str, Any]]:
    """Return meta.json of the newest listed block of each Prometheus, which the compactor leaves alone for longest."""
    with bucket_of_root() as bucket:
        kept = {block["ulid"]: block for block in blocks(bucket)}
    listed = [kept[each["ulid"]] for each in get(f"{SERVICE}/api/v1/blocks")["data"]["blocks"] if each["ulid"] in kept]
    listed.sort(key=itemgetter("minTime"))
    newest = {block["thanos"]["labels"].get("prometheus_replica"): block for block in listed}
    assert newest.keys() >= REPLICAS, f"blocks of {newest.keys()} are listed"
    return [newest["prometheus-k8s-0"], newest["prometheus-k8s-1"]]


def look_at_the_newest(page: Page, address: str) -> bool:
    """Open the page of the newest block of each Prometheus and compare it with meta.json."""
    for block in newest_of_each_replica():
        page.goto(f"http://{address}/blocks?ulid={block['ulid']}")
        span = page.locator("button[class*=blockSpan]")
        try:
            expect(span).to_have_count(1, timeout=20_000)
        except AssertionError as error:
            raise AssertionError(f"for {block['ulid']} the page says: {page.inner_text('body')}") from error
        span.dispatch_event("click")
        for name, text in {
            "ulid": block["ulid"],
            "start-time": f"Start Time: {as_shown(block['minTime'])}",
            "end-time": f"End Time: {as_shown(block['maxTime'])}",
            "level": f"Level: {block['compaction']['level']}",
            "resolution": f"Resolution: {block['thanos']['downsample']['resolution']}",
        }.items():
            expect(page.get_by_test_id(name)).to_have_text(text)
        expect(page.get_by_text("Download meta.json")).to_be_visible()
    return True


def test_the_page_shows_a_block_with_its_time_level_and_resolution() -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "Chromium is needed for this test (on Debian: apt-get install chromium)"
    with forwarded("monitoring", "thanos-bucket-web", 8080) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
        )
        page = browser.new_context(timezone_id="UTC", locale="en-US").new_page()
        # The page reads the list of blocks once a minute, and the first of a new cluster takes its time.
        eventually(lambda: look_at_the_newest(page, address), "a block of each Prometheus on the page")
        assert page.get_by_text("Mark Deletion").count() == 0, "the page changes nothing"
        page.screenshot(path=ROOT / ".testbed" / "blocks.png")
        browser.close()

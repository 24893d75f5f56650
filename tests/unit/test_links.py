# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every link in the documentation leads to a file of the project, and to a heading that it has."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.observability.thanos.tests.unit import conftest

#: Not by way of the link in collections/, so that paths can be compared.
ROOT = conftest.ROOT.resolve()
LISTED = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
PAGES = [ROOT / name for name in LISTED.split()]
LINK = re.compile(r"\]\(([^)\s]+)\)")
#: Files of the project that a text names, such as in an error message.
NAMED = re.compile(r"\bdocs/[\w/-]+\.md\b")


def prose(path: Path) -> Iterator[str]:
    """Yield the lines of a page that are no example."""
    is_example = False
    for line in path.read_text().splitlines():
        if line.startswith("```"):
            is_example = not is_example
        elif not is_example:
            yield line


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = [line.lstrip("# ").lower() for line in prose(path) if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def test_there_are_pages() -> None:
    assert len(PAGES) > 20


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for line in prose(page) for link in LINK.findall(line) if "://" not in link]
    for link in links:
        name, _hash, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_pages_that_messages_name_exist() -> None:
    files = [*ROOT.glob("plugins/**/*.py"), *ROOT.glob("roles/**/*.yml"), *ROOT.glob("docs/**/*.md")]
    found = {name for path in files for name in NAMED.findall(path.read_text())}
    assert found
    assert [name for name in found if not (ROOT / name).exists()] == []


def test_every_page_is_linked_to() -> None:
    linked = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in PAGES
        for line in prose(page)
        for link in LINK.findall(line)
    }
    assert [path for path in (ROOT / "docs").rglob("*.md") if path not in linked] == []

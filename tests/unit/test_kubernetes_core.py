# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks of kubernetes.core's own modules, which know no time limit and keep what they find among temporary files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from ansible_collections.observability.thanos.tests.unit.conftest import ROOT

PREFIX = "kubernetes.core.k8s"


def tasks_of(found: Any) -> Iterator[dict[str, Any]]:
    """Return all tasks in a file, also those in blocks."""
    for each in found or []:
        yield each
        for part in ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always"):
            yield from tasks_of(each.get(part))


def test_they_end_and_keep_nothing_where_others_can_write() -> None:
    files = [*(ROOT / "playbooks").glob("*.yml"), *(ROOT / "roles").glob("*/tasks/*.yml")]
    found = [task for path in files for task in tasks_of(yaml.safe_load(path.read_text()))]
    tasks = [task for task in found if any(key.startswith(PREFIX) for key in task)]
    assert tasks != []
    for task in tasks:
        assert 0 < task["timeout"] < 60, task["name"]
        assert task["environment"]["TMPDIR"].startswith("{{ lookup('ansible.builtin.config', 'ANSIBLE_HOME')"), task

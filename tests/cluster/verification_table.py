"""What verify.yml prints: a table with a line for each check."""

from __future__ import annotations

import re

CHECKS = ["sidecars", "stores", "labels", "query", "bucket", "cold", "compactor", "volumes", "grafana"]
LINE = re.compile(r"^(ok|too young|skipped|FAILED) +(\w+) +\S", re.MULTILINE)


def lines(output: str) -> dict[str, str]:
    """Return the status of each check in a run's output."""
    return {name: status for status, name in LINE.findall(output) if name in CHECKS}

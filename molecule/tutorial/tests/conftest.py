"""The stack made by hand, what was in it, and what taking it over said."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest
from real_cluster import blocks, common_range, eventually, playbook
from tutorial import ACCESS_KEY, SECRET_KEY, Before, both, bucket, build, enforce, permission, wait_for_blocks


@pytest.fixture(scope="session")
def before() -> Iterator[Before]:
    """The tutorial's stack with blocks of both replicas in its bucket."""
    enforce("privileged")
    build()
    wait_for_blocks(2)
    with bucket(ACCESS_KEY, SECRET_KEY) as client:
        held = blocks(client)
    start, end = common_range(held)
    span = (end - start) // 1000 - 2
    # The first and the last second stay out: one may belong to the neighbouring block.
    yield Before(held, span, end // 1000 - 1, eventually(lambda: both(span, end // 1000 - 1), "samples of both"))
    enforce("restricted")


@pytest.fixture(scope="session")
def refused(before: Before) -> subprocess.CompletedProcess[str]:
    """A run without permission, on the tutorial's stack."""
    del before
    return playbook()


@pytest.fixture(scope="session")
def announced(before: Before) -> subprocess.CompletedProcess[str]:
    """What check mode says of taking it over."""
    del before
    return playbook("--check", "--diff", "--extra-vars", json.dumps(permission()))


@pytest.fixture(scope="session")
def taken_over(
    refused: subprocess.CompletedProcess[str], announced: subprocess.CompletedProcess[str]
) -> subprocess.CompletedProcess[str]:
    """The run that takes it over."""
    del refused, announced
    # Ours need no more than this.
    enforce("restricted")
    return playbook("--diff", "--extra-vars", json.dumps(permission()))

"""The bucket, and until when its data reaches, for the tests of this scenario."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from backfill import DAY
from compactor_stack import in_bucket, labels
from minio import Minio
from real_cluster import bucket_of_root


@pytest.fixture(scope="session")
def bucket() -> Iterator[Minio]:
    """The object store as the root user sees it."""
    with bucket_of_root() as client:
        yield client


@pytest.fixture(scope="session")
def end(bucket: Minio) -> int:
    """When all data ends, of which the last two days are not there at first."""
    newest: int = max(block["maxTime"] for block in in_bucket(bucket) if labels(block)["cluster"] == "america")
    return -(-newest // (DAY * 1000)) * DAY + 2 * DAY

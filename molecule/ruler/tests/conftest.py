"""The bucket, for the tests of this scenario."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from minio import Minio
from real_cluster import bucket_of_root


@pytest.fixture(scope="session")
def bucket() -> Iterator[Minio]:
    """The bucket as the root user sees it."""
    with bucket_of_root() as client:
        yield client

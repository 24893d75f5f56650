"""The bucket, for the tests of this scenario."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from minio import Minio
from real_cluster import forwarded, secret


@pytest.fixture(scope="session")
def bucket() -> Iterator[Minio]:
    """The bucket as the root user sees it, through kubectl's own port-forward."""
    credentials = secret("minio", "minio-root")
    with forwarded("minio", "minio", 9000) as address:
        yield Minio(
            address,
            access_key=credentials["root-user"],
            secret_key=credentials["root-password"],
            secure=False,
        )

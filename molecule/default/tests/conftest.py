"""The bucket, for the tests of this scenario."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator

import pytest
from minio import Minio
from real_cluster import BIN, ENVIRONMENT, secret


@pytest.fixture(scope="session")
def bucket() -> Iterator[Minio]:
    """The bucket as the root user sees it, through kubectl's own port-forward."""
    credentials = secret("minio", "minio-root")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    forward = subprocess.Popen(
        [BIN / "kubectl", "port-forward", "--namespace", "minio", "service/minio", f"{port}:9000"],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert forward.stdout is not None
        assert "Forwarding" in forward.stdout.readline()
        yield Minio(
            f"127.0.0.1:{port}",
            access_key=credentials["root-user"],
            secret_key=credentials["root-password"],
            secure=False,
        )
    finally:
        forward.terminate()
        forward.wait()

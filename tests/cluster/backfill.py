"""Months of old data in a bucket of its own: blocks that promtool makes and thanos uploads, with values that are known.

As a program: makes the bucket anew with all blocks in it; with --remove takes it away.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from minio import Minio
from minio.deleteobjects import DeleteObject
from real_cluster import ROOT, bucket_of_root, forwarded, secret

BUCKET = "compactor"
PROGRAMS = ROOT / ".testbed" / "bin"
MINUTE, HOUR, DAY = 60, 3600, 86400
#: Longest block that the compactor makes; such spans begin at multiples of it.
FORTNIGHT = 14 * DAY
#: A gauge, and a counter that begins anew each day.
GAUGE, COUNTER = "backfill_level", "backfill_ticks_total"

Span = tuple[int, int]


@dataclass(frozen=True)
class Stream:
    """What one replica of a cluster's Prometheus has recorded, once a minute."""

    cluster: str
    replica: str
    #: Replicas scrape at different seconds of the minute.
    second: int = 0
    #: It was down for one day, which began so many days before the end of all data.
    down: int = 0

    @property
    def labels(self) -> dict[str, str]:
        return {"cluster": self.cluster, "prometheus_replica": self.replica}


#: A pair of replicas, of which one was down when the other one ran, and a Prometheus without another one.
STREAMS = (
    Stream("europe", "prometheus-k8s-0", down=10),
    Stream("europe", "prometheus-k8s-1", second=20, down=13),
    Stream("america", "prometheus-k8s-0"),
)


def end_of_data(now: float) -> int:
    """Return when all data ends: at most 14 days ago, and six days after the last full span of 14 days."""
    return int(now - 6 * DAY) // FORTNIGHT * FORTNIGHT + 6 * DAY


def spans(end: int) -> list[Span]:
    """Return the spans of a stream's blocks: five of 14 days, then seven of two days that are to become one, then two.

    The compactor leaves the newest alone. The two days before the end are left for later.
    """
    fresh = end - 6 * DAY - FORTNIGHT
    old = [(fresh - index * FORTNIGHT, fresh - (index - 1) * FORTNIGHT) for index in range(5, 0, -1)]
    return old + [(begin, begin + 2 * DAY) for begin in range(fresh, end - 2 * DAY, 2 * DAY)]


def level(second: float) -> int:
    """Return the gauge's value."""
    return int(second // MINUTE) % 1009


def ticks(second: float) -> int:
    """Return the counter's value."""
    return int(second % DAY // MINUTE)


def write(stream: Stream, span: Span, end: int, file: Path) -> None:
    """Write a stream's samples as OpenMetrics."""
    down = end - stream.down * DAY
    times = [each for each in range(span[0] + stream.second, span[1], MINUTE) if not 0 <= each - down < DAY]
    gauge = [f"{GAUGE} {level(each)} {each}" for each in times]
    counter = [f"{COUNTER} {ticks(each)} {each}" for each in times]
    types = (f"# TYPE {GAUGE} gauge", f"# TYPE {COUNTER.removesuffix('_total')} counter")
    file.write_text("\n".join([types[0], *gauge, types[1], *counter, "# EOF", ""]))


def run(program: str, *arguments: str) -> None:
    """Run one of the testbed's programs."""
    result = subprocess.run([PROGRAMS / program, *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"{program} {arguments[:3]}: {result.stderr}"


def make_blocks(stream: Stream, wanted: Iterable[Span], end: int, folder: Path) -> None:
    """Make a block of each span."""
    with tempfile.TemporaryDirectory() as temporary:
        for span in wanted:
            file = Path(temporary, "samples.om")
            write(stream, span, end, file)
            # One block of a file, however long.
            options = ("--quiet", "--max-block-duration=40000h")
            run("promtool", "tsdb", "create-blocks-from", *options, "openmetrics", str(file), str(folder))


@contextmanager
def objstore() -> Iterator[Path]:
    """A file with Thanos' configuration of the object store, as root and from this machine."""
    credentials = secret("minio", "minio-root")
    with forwarded("minio", "minio", 9000) as address, tempfile.TemporaryDirectory() as temporary:
        config = {
            "bucket": BUCKET,
            "endpoint": address,
            "insecure": True,
            "access_key": credentials["root-user"],
            "secret_key": credentials["root-password"],
        }
        file = Path(temporary, "objstore.yaml")
        file.write_text(json.dumps({"type": "S3", "config": config}))
        yield file


def upload(stream: Stream, wanted: Iterable[Span], end: int) -> set[str]:
    """Make blocks of the spans and upload them with the stream's external labels; return their identifiers."""
    with tempfile.TemporaryDirectory() as temporary:
        make_blocks(stream, wanted, end, Path(temporary))
        labels = [f'--label={name}="{value}"' for name, value in stream.labels.items()]
        with objstore() as file:
            options = (f"--objstore.config-file={file}", f"--path={temporary}", *labels)
            run("thanos", "tools", "bucket", "upload-blocks", *options)
        return {file.parent.name for file in Path(temporary).glob("*/meta.json")}


def remove(client: Minio) -> None:
    """Remove the bucket with all that is in it."""
    if client.bucket_exists(BUCKET):
        names = [entry.object_name or "" for entry in client.list_objects(BUCKET, recursive=True)]
        assert not list(client.remove_objects(BUCKET, map(DeleteObject, names)))
        client.remove_bucket(BUCKET)


def main(arguments: list[str]) -> None:
    """Fill the bucket, or remove it."""
    with bucket_of_root() as client:
        remove(client)
        if "--remove" not in arguments:
            client.make_bucket(BUCKET)
    if "--remove" not in arguments:
        end = end_of_data(time.time())
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda stream: upload(stream, spans(end), end), STREAMS))


if __name__ == "__main__":
    main(sys.argv[1:])

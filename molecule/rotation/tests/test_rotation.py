"""Credentials are replaced without a lost upload or query: the old ones work until nobody uses them, and not after."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from minio import Minio
from minio.error import S3Error
from query_loop import Queries, queries
from real_cluster import (
    REPLICAS,
    bucket_of_root,
    changed,
    eventually,
    forwarded,
    kubectl,
    largest_gap,
    playbook,
    recorded_until,
    running_playbook,
    secret,
    snapshot,
)

ROTATE_USER = ("--extra-vars", "minio_rotate_user=true")
ROTATE_ROOT = ("--extra-vars", "minio_rotate_root=true")
BUCKET = "prometheus-thanos"


def user() -> dict[str, str]:
    """Return the content of the Secret of Thanos' user."""
    return secret("minio", "minio-thanos")


def refusal(address: str, access_key: str, secret_key: str) -> str:
    """Return the code with which MinIO refuses these keys, an empty text where it takes them."""
    client = Minio(address, access_key=access_key, secret_key=secret_key, secure=False)
    try:
        next(client.list_objects(BUCKET), None)
    except S3Error as error:
        return str(error.code)
    return ""


def readers() -> list[dict[str, Any]]:
    """Return the pods that read the object-store Secret."""
    pods = json.loads(kubectl("get", "pods", "--namespace", "monitoring", "--output", "json"))["items"]
    return [pod for pod in pods if checksum_of(pod)]


def started(name: str) -> float:
    """Return when a pod was started."""
    text = kubectl("get", "pod", "--namespace", "monitoring", name, "--output", "jsonpath={.status.startTime}")
    return datetime.fromisoformat(text).timestamp()


def checksum_of(pod: dict[str, Any]) -> str:
    """Return the checksum of the Secret that the pod was started with."""
    return str(pod["metadata"].get("annotations", {}).get("observability.thanos/objstore-checksum", ""))


def last_start() -> float:
    """Return when the last container of all readers was started."""
    started = [
        container["state"]["running"]["startedAt"]
        for pod in readers()
        for container in pod["status"]["containerStatuses"]
        if "thanos" in container["name"]
    ]
    return max(datetime.fromisoformat(text).timestamp() for text in started)


@contextmanager
def tries(access_key: str, secret_key: str) -> Iterator[list[tuple[float, str]]]:
    """Try the keys again and again; give the times and the codes of refusals."""
    tried: list[tuple[float, str]] = []
    ended = threading.Event()

    def run(address: str) -> None:
        while not ended.wait(0.3):
            tried.append((time.time(), refusal(address, access_key, secret_key)))

    with forwarded("minio", "minio", 9000) as address:
        thread = threading.Thread(target=run, args=(address,))
        thread.start()
        try:
            yield tried
        finally:
            ended.set()
            thread.join()


@dataclass
class Rotation:
    """What was seen of a rotation from outside."""

    announced: int
    output: str
    start: float
    end: float
    before: dict[str, str]
    checksums_before: set[str]
    queries: Queries
    tried: list[tuple[float, str]]


@pytest.fixture(scope="module")
def rotation() -> Rotation:
    """The user's credentials are rotated while queries run and the old keys are tried."""
    # What comes before is looked at, too: a volume that Prometheus has just got is empty.
    eventually(lambda: all(time.time() - started(name) > 150 for name in REPLICAS), "Prometheus runs for a while")
    check = playbook("--check", "--diff", *ROTATE_USER)
    assert check.returncode == 0, check.stdout[-4000:]
    before, checksums = user(), {checksum_of(pod) for pod in readers()}
    old = (before["access-key"], before["secret-key"])
    with queries() as found, tries(*old) as tried:
        eventually(lambda: found.asked and tried, "queries and tries")
        start = time.time()
        run = playbook("--diff", "-vvv", *ROTATE_USER)
        end = time.time()
        assert run.returncode == 0, run.stdout[-4000:]
        eventually(lambda: tried[-1][0] > end, "another try of the old keys")
    return Rotation(changed(check.stdout), run.stdout, start, end, before, checksums, found, tried)


def test_all_readers_have_new_credentials(rotation: Rotation) -> None:
    after = user()
    assert after["access-key"] != rotation.before["access-key"]
    assert after["secret-key"] != rotation.before["secret-key"]
    assert "replaced-access-keys" not in after
    assert after["secret-key"] in secret("monitoring", "thanos-objectstorage")["thanos.yaml"]
    checksums = {checksum_of(pod) for pod in readers()}
    assert len(checksums) == 1
    assert checksums.isdisjoint(rotation.checksums_before)


def test_the_old_credentials_work_until_all_readers_were_rolled_and_not_after(rotation: Rotation) -> None:
    refused = [when for when, code in rotation.tried if code]
    assert refused, "the old credentials still work"
    assert refused[0] > last_start()
    assert [code for when, code in rotation.tried if when < refused[0] and code] == []
    assert {code for when, code in rotation.tried if when >= refused[0]} == {"InvalidAccessKeyId"}


def test_no_query_was_answered_wrong_meanwhile(rotation: Rotation, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{rotation.queries} during {rotation.end - rotation.start:.0f} s of rotation")
    assert len(rotation.queries.asked) > 20
    # One may wait to be connected to a sidecar and a store gateway that are gone, 20 s for each: slow, but not wrong.
    assert [query for query in rotation.queries.failed() if not query.is_late()] == []
    assert len(rotation.queries.failed()) <= len(REPLICAS)


def test_check_mode_announced_what_was_changed(rotation: Rotation) -> None:
    assert rotation.announced == changed(rotation.output)


def test_no_secret_was_printed(rotation: Rotation) -> None:
    values = [rotation.before["secret-key"], user()["secret-key"], secret("minio", "minio-root")["root-password"]]
    for value in values:
        assert len(value) >= 16, "too short to be looked for"
        for text in (value, base64.b64encode(value.encode()).decode()):
            assert text not in rotation.output


@pytest.mark.usefixtures("rotation")
def test_a_run_killed_in_the_middle_is_carried_on_by_the_next() -> None:
    before, objstore = user(), secret("monitoring", "thanos-objectstorage")
    with running_playbook(*ROTATE_USER) as process:
        written = eventually(
            lambda: secret("monitoring", "thanos-objectstorage") != objstore or process.poll() is not None,
            "a write",
        )
        assert written
        assert process.poll() is None, "it ended before it could be killed"
    under_way = user()
    assert under_way["replaced-access-keys"] == before["access-key"]
    with forwarded("minio", "minio", 9000) as address:
        assert refusal(address, before["access-key"], before["secret-key"]) == "", "readers may still use the old keys"
        assert refusal(address, under_way["access-key"], under_way["secret-key"]) == ""

        run = playbook()
        assert run.returncode == 0, run.stdout[-4000:]
        after = user()
        assert after == {key: under_way[key] for key in ("access-key", "secret-key")}, "it began no rotation of its own"
        assert refusal(address, before["access-key"], before["secret-key"]) == "InvalidAccessKeyId"
    assert len({checksum_of(pod) for pod in readers()}) == 1


@pytest.mark.usefixtures("rotation")
def test_the_root_password_is_replaced_and_nothing_changes_without_being_asked() -> None:
    before, thanos = secret("minio", "minio-root"), user()
    run = playbook(*ROTATE_ROOT)
    assert run.returncode == 0, run.stdout[-4000:]
    after = secret("minio", "minio-root")
    assert after["root-user"] == before["root-user"]
    assert user() == thanos
    with forwarded("minio", "minio", 9000) as address:
        assert refusal(address, before["root-user"], before["root-password"]) == "SignatureDoesNotMatch"
        assert refusal(address, after["root-user"], after["root-password"]) == ""
        assert refusal(address, thanos["access-key"], thanos["secret-key"]) == ""
    objects = snapshot()
    again = playbook()
    assert changed(again.stdout) == 0, again.stdout[-4000:]
    assert snapshot() == objects


def test_what_was_recorded_during_the_rotation_arrives_in_the_bucket(rotation: Rotation) -> None:
    """The last test: a block of two minutes is cut and uploaded a minute or two after its end."""
    with bucket_of_root() as client:

        def arrived() -> bool:
            return all(recorded_until(client, replica) > rotation.end for replica in REPLICAS)

        eventually(arrived, "blocks of both replicas from after the rotation")
        for replica in REPLICAS:  # Each was restarted.
            assert largest_gap(client, replica, rotation.start - 120, rotation.end) < 60

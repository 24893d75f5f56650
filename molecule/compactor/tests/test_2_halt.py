"""A block that overlaps others halts the compactor of its stream; the check says so, and what it advises helps."""

from __future__ import annotations

import json

import pytest
from backfill import DAY, HOUR, STREAMS, upload
from compactor_stack import NAMESPACE, VARIABLES, compactors, files, loaded, metric
from minio import Minio
from real_cluster import eventually, kubectl, playbook

AMERICA = STREAMS[-1]


@pytest.fixture(scope="module")
def overlapping(end: int) -> str:
    """The identifier of a block in the middle of one that is there."""
    begin = end - 5 * DAY
    (block,) = upload(AMERICA, [(begin, begin + 6 * HOUR)], end)
    return block


def test_only_the_compactor_of_the_stream_halts(overlapping: str) -> None:
    def halted() -> list[str]:
        return [pod for pod in compactors() if metric(pod, "thanos_compact_halted")]

    (stopped,) = eventually(halted, "a compactor halts")
    assert overlapping in loaded(stopped)
    (other,) = set(compactors()) - {stopped}
    runs = metric(other, "thanos_compact_iterations_total")
    eventually(lambda: metric(other, "thanos_compact_iterations_total") > runs, "the other one works on")


def test_the_check_says_so_with_its_remedy(overlapping: str) -> None:
    run = playbook("--tags", "compactor", "--extra-vars", json.dumps(VARIABLES), name="playbooks/verify.yml")
    assert run.returncode != 0, run.stdout[-4000:]
    text = " ".join(run.stdout.split())
    assert "it is halted" in text
    assert overlapping in text, "the block that is in the way"
    assert "thanos tools bucket mark --marker=deletion-mark.json" in text, "what helps"


def test_the_block_is_marked_as_the_remedy_says(overlapping: str, bucket: Minio) -> None:
    (pod, *_) = compactors()
    command = ("thanos", "tools", "bucket", "mark", "--marker=deletion-mark.json", f"--id={overlapping}")
    options = ("--objstore.config-file=/etc/thanos/objstore/thanos.yaml", "--details=it overlaps another one")
    kubectl("exec", "--namespace", NAMESPACE, pod, "--", *command, *options)
    assert files(bucket, "deletion-mark.json") == {overlapping}

"""Mistakes in a cluster are named, with what to do about them, long before the wait is over.

Each in a namespace of its own, all at the same time; the stack itself goes on.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from real_cluster import BIN, ENVIRONMENT, kubectl, node, playbook, secret

TIMEOUT = 300
#: A file system of its own in the node, without room for anything: neither bytes nor inodes.
FULL = "/var/faults-full"
#: What a wait says that ends before its timeout.
HOPELESS = "cannot be without a change"
MEMORY = {"requests": {"memory": "4Ti"}, "limits": {"memory": "4Ti"}}


def apply(*objects: dict[str, Any]) -> None:
    """Apply objects."""
    command: list[Any] = [BIN / "kubectl", "apply", "--server-side", "--filename", "-"]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    subprocess.run(command, input=text, env=ENVIRONMENT, text=True, check=True, capture_output=True)


def in_node(command: str) -> None:
    """Run a command in the node."""
    subprocess.run(["docker", "exec", node(), "bash", "-c", command], check=True, capture_output=True)


def objstore(namespace: str, old: str = "", new: str = "") -> None:
    """Put the object-store Secret into a namespace, with a part of its text replaced."""
    text = secret("monitoring", "thanos-objectstorage")["thanos.yaml"].replace(old, new)
    metadata = {"name": "thanos-objectstorage", "namespace": namespace}
    apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"thanos.yaml": text}})


def wrong_secret_key(namespace: str) -> None:
    """Write the Secret with another secret key."""
    objstore(namespace, secret("minio", "minio-thanos")["secret-key"], "wrong-" * 6)


def full_volume(namespace: str) -> None:
    """Make a volume that is full."""
    objstore(namespace)
    in_node(f"mkdir -p {FULL}; mount -t tmpfs -o size=64k,nr_inodes=2,mode=0777 tmpfs {FULL}")
    in_node(f"cat /dev/zero > {FULL}/zeros || true")
    spec = {
        "storageClassName": namespace,
        "capacity": {"storage": "10Gi"},
        "accessModes": ["ReadWriteOnce"],
        "hostPath": {"path": FULL},
        "claimRef": {"namespace": namespace, "name": "data-thanos-store-gateway-0"},
    }
    storage_class = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": namespace}}
    apply(
        {**storage_class, "provisioner": "kubernetes.io/no-provisioner"},
        {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": namespace}, "spec": spec},
    )


@dataclass
class Fault:
    """What is wrong, and what has to be said of it."""

    variables: dict[str, Any]
    said: list[str]
    prepare: Callable[[str], None] = objstore


FAULTS = {
    "wrong-secret-key": Fault(
        {},
        [
            "Secret faults-wrong-secret-key/thanos-objectstorage, key thanos.yaml: the object store at minio.minio.svc",
            "the secret key is not the access key's (SignatureDoesNotMatch). Put bucket and credentials right",
        ],
        wrong_secret_key,
    ),
    "full-volume": Fault(
        {"thanos_store_storage_class": "faults-full-volume"},
        [HOPELESS, "thanos-store-gateway-0", "no space left on device", "Give the volume more room"],
        full_volume,
    ),
    "no-such-image": Fault(
        {"thanos_image_tag": "v0.42.4-nosuch"},
        [HOPELESS, "thanos-store-gateway-0", "ImagePull", "thanos:v0.42.4-nosuch"],
    ),
    "node-too-small": Fault(
        {"thanos_store_resources": MEMORY},
        [HOPELESS, "thanos-store-gateway-0", "Insufficient memory", "Lower the requests, free resources, or add nodes"],
    ),
}


@dataclass
class Ended:
    """How the run ended."""

    code: int
    output: str
    seconds_after_warning: float


def first_warning(namespace: str) -> float:
    """Return when the cluster first said that something is wrong, infinity where it did not."""
    events = json.loads(kubectl("get", "events", "--namespace", namespace, "--output", "json"))["items"]
    times = [event.get("firstTimestamp") or event["eventTime"] for event in events if event["type"] == "Warning"]
    return min((datetime.fromisoformat(text).timestamp() for text in times), default=float("inf"))


def run(name: str, fault: Fault) -> Ended:
    """Run site.yml for one store gateway that cannot start."""
    namespace = f"faults-{name}"
    apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    fault.prepare(namespace)
    variables = {"thanos_components": ["thanos_store"], "thanos_namespace": namespace, "thanos_wait_timeout": TIMEOUT}
    result = playbook("--extra-vars", json.dumps({**variables, **fault.variables}))
    end = time.time()
    return Ended(result.returncode, result.stdout, max(0.0, end - first_warning(namespace)))


def remove(wait: bool) -> None:
    """Take away all that the faults need."""
    objects = [*(f"namespace/faults-{name}" for name in FAULTS), "pv/faults-full-volume"]
    options = ["--ignore-not-found", f"--wait={str(wait).lower()}"]
    kubectl("delete", *options, *objects, "storageclass/faults-full-volume")
    in_node(f"umount --lazy {FULL} || true")


@pytest.fixture(scope="module")
def ended() -> Iterator[dict[str, Ended]]:
    """All faults at once."""
    remove(wait=True)
    try:
        with ThreadPoolExecutor() as pool:
            runs = {name: pool.submit(run, name, fault) for name, fault in FAULTS.items()}
        yield {name: each.result() for name, each in runs.items()}
    finally:
        remove(wait=False)


@pytest.mark.parametrize("name", FAULTS)
def test_the_cause_is_named_early(name: str, ended: dict[str, Ended], capsys: pytest.CaptureFixture[str]) -> None:
    run_ = ended[name]
    assert run_.code != 0, run_.output[-4000:]
    error = " ".join(run_.output[run_.output.index("ERROR") :].split())
    with capsys.disabled():
        print(f"\n{name}: the run ended {run_.seconds_after_warning:.0f} s after the cluster's first warning")
    assert [text for text in FAULTS[name].said if text not in error] == [], error

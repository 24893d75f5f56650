"""Builds the tutorial's stack by hand: kubectl apply of its manifests, and the bucket that it forgets."""

from __future__ import annotations

import json
import string
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from minio import Minio
from real_cluster import BIN, ENVIRONMENT, ROOT, blocks, eventually, forwarded, kubectl, playbook, query, rolled_out

MANIFESTS = ROOT / "molecule" / "tutorial" / "manifests"
VERSIONS = tomllib.loads((ROOT / "testbed" / "versions.toml").read_text())
#: Images that the testbed built, where no registry answered.
IMAGES = ROOT / ".testbed" / "images.json"
BUCKET = "prometheus-thanos"
#: MinIO's image of the testbed holds one program only; that of the volumes' provisioner has chown.
CHOWN_IMAGE = "testbed.example.com/busybox:stable"
#: Has many series. A sum over all names would be refused, since counting takes the names away.
SERIES = "apiserver_request_duration_seconds_count"
ACCESS_KEY, SECRET_KEY = "minio", "minio123"


def build() -> None:
    """Put the tutorial's stack in place of whatever is there."""
    # It waits for Prometheus: a pod that is told to end while its program starts may not hear it, and has ten minutes.
    run = playbook("--extra-vars", "thanos_purge_data=true", name="playbooks/uninstall.yml")
    assert run.returncode == 0, run.stdout[-4000:]
    kubectl("delete", "namespace", "minio", "--ignore-not-found")
    stores = "app in (thanos-store-gateway,thanos-compactor)"
    kubectl("delete", "persistentvolumeclaims", "--namespace", "monitoring", "--selector", stores, "--wait=true")
    kubectl("create", "namespace", "minio")
    apply("minio", "--namespace", "minio")
    rolled_out("minio", "deployment/minio")
    with bucket(ACCESS_KEY, SECRET_KEY) as client:
        client.make_bucket(BUCKET)
    apply("objstore")
    apply_text(prometheus_with_thanos())
    for name in ("querier", "compactor", "store"):
        apply(name)
    rolled_out(
        "monitoring", "deployment/thanos-querier", "statefulset/thanos-compactor", "statefulset/thanos-store-gateway"
    )
    point_grafana_at_the_querier()


def enforce(level: str) -> None:
    """Let the namespace admit pods of this Pod Security level. The tutorial's run as root."""
    kubectl("label", "namespace", "monitoring", f"pod-security.kubernetes.io/enforce={level}", "--overwrite")


def apply(name: str, *arguments: str) -> None:
    """Apply a file of the tutorial's with kubectl, as a person does."""
    text = string.Template((MANIFESTS / f"{name}.yaml").read_text()).substitute(
        minio=minio_image(), thanos=thanos_image()
    )
    apply_text(text, *arguments)


def apply_text(text: str, *arguments: str) -> None:
    """Apply manifests with kubectl."""
    command: list[str | Path] = [BIN / "kubectl", "apply", "--filename", "-", *arguments]
    result = subprocess.run(command, env=ENVIRONMENT, input=text, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def thanos_image() -> str:
    """Return the image in place of the tutorial's v0.11.0."""
    return f"quay.io/thanos/thanos:{VERSIONS['thanos']}"


def minio_image() -> str:
    """Return the image in place of the tutorial's of 2020."""
    defaults = yaml.safe_load((ROOT / "roles" / "minio" / "defaults" / "main.yml").read_text())
    chosen = {**defaults, **(json.loads(IMAGES.read_text()) if IMAGES.exists() else {})}
    return f"{chosen['minio_image_registry']}/{chosen['minio_image_repository']}:{chosen['minio_image_tag']}"


def prometheus_with_thanos() -> str:
    """Return the fixture's Prometheus with the tutorial's lines, and blocks of two minutes."""
    fixture = string.Template((ROOT / "testbed" / "manifests" / "prometheus.yaml").read_text()).safe_substitute(
        prometheus=VERSIONS["prometheus"], prometheus_number=VERSIONS["prometheus"].removeprefix("v")
    )
    (found,) = [each for each in yaml.safe_load_all(fixture) if each["kind"] == "Prometheus"]
    found["spec"]["podMetadata"]["labels"]["thanos-store-api"] = "true"
    found["spec"]["thanos"] = {
        "image": thanos_image(),
        "version": VERSIONS["thanos"],
        "blockSize": "2m",
        "objectStorageConfig": {"key": "thanos.yaml", "name": "thanos-objectstorage"},
    }
    return yaml.safe_dump(found)


def point_grafana_at_the_querier() -> None:
    """Decode, change and encode the datasource's URL, as the tutorial says."""
    read = ("get", "secret", "--namespace", "monitoring", "grafana-datasources", "--output", "json")
    live: dict[str, Any] = json.loads(kubectl(*read))
    datasource = {
        "access": "proxy",
        "editable": False,
        "name": "prometheus",
        "orgId": 1,
        "type": "prometheus",
        "url": "http://thanos-querier:9090",
        "version": 1,
    }
    text = json.dumps({"apiVersion": 1, "datasources": [datasource]}, indent=4)
    patch = {"stringData": {"datasources.yaml": text}}
    name = live["metadata"]["name"]
    kubectl("patch", "secret", "--namespace", "monitoring", name, "--type=merge", "--patch", json.dumps(patch))


@contextmanager
def bucket(access_key: str, secret_key: str) -> Iterator[Minio]:
    """Give a client of MinIO with these credentials, as soon as one can be reached."""
    with forwarded("minio", "minio", 9000) as address:
        yield Minio(address, access_key=access_key, secret_key=secret_key, secure=False)


def wait_for_blocks(count: int) -> None:
    """Wait until both replicas have uploaded so many blocks."""
    with bucket(ACCESS_KEY, SECRET_KEY) as client:

        def enough() -> bool:
            replicas = [block["thanos"]["labels"]["prometheus_replica"] for block in blocks(client)]
            return min(replicas.count(f"prometheus-k8s-{number}") for number in (0, 1)) >= count

        eventually(enough, f"{count} blocks of each replica in the bucket")


@dataclass
class Before:
    """What the tutorial's stack held."""

    blocks: list[dict[str, Any]]
    #: Range that the bucket holds of both replicas, in seconds: its length and its end.
    span: int
    end: int
    samples: dict[str, int]

    def samples_now(self) -> dict[str, int]:
        """Return how many samples of the range a query finds, by replica."""
        return samples(self.span, self.end)


def samples(span: int, end: int) -> dict[str, int]:
    """Return the number of samples by replica that were taken without the label cluster, as by the tutorial's stack."""
    found = query(
        f'sum by (prometheus_replica) (count_over_time({SERIES}{{cluster=""}}[{span}s]))',
        time=str(end),
        dedup="false",
    )
    return {series["metric"]["prometheus_replica"]: int(series["value"][1]) for series in found}


def both(span: int, end: int) -> dict[str, int]:
    """Return the samples once both replicas have some."""
    found = samples(span, end)
    return found if len(found) == 2 else {}


def permission() -> dict[str, Any]:
    """Return what is given on the command line."""
    return {"thanos_adopt": True, **({"minio_volume_owner_image": CHOWN_IMAGE} if IMAGES.exists() else {})}


def names(kinds: str, namespace: str) -> set[str]:
    """Return kind and name of the objects of a namespace."""
    return set(kubectl("get", kinds, "--namespace", namespace, "--output", "name").split())

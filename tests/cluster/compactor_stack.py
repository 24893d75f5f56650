"""The stack of the scenario `compactor`: what is in its bucket, what its pods tell, and queries to its querier."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from backfill import BUCKET
from minio import Minio
from real_cluster import ROOT, blocks, get, kubectl, playbook

NAMESPACE = "compactor"
CONVERGE = "molecule/compactor/converge.yml"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
QUERIER = f"/api/v1/namespaces/{NAMESPACE}/services/thanos-querier:9090/proxy"
VARIABLES: dict[str, Any] = yaml.safe_load((ROOT / CONVERGE).read_text())[0]["vars"]
#: What the blocks say, in milliseconds, of the resolutions that a query may ask for.
RESOLUTIONS = {"0s": 0, "5m": 300_000, "1h": 3_600_000}

Block = dict[str, Any]


def files(client: Minio, name: str) -> set[str]:
    """Return the identifiers of the blocks in the bucket that have a file of this name."""
    names = [entry.object_name or "" for entry in client.list_objects(BUCKET, recursive=True)]
    return {each.partition("/")[0] for each in names if each.endswith(f"/{name}")}


def in_bucket(client: Minio) -> list[Block]:
    """Return the meta.json of the blocks that are not marked for deletion, from the oldest on."""
    marked = files(client, "deletion-mark.json")
    found = [block for block in blocks(client, BUCKET) if block["ulid"] not in marked]
    return sorted(found, key=lambda block: int(block["minTime"]))


def identifiers(found: list[Block]) -> set[str]:
    return {block["ulid"] for block in found}


def resolution(block: Block) -> int:
    return int(block["thanos"]["downsample"]["resolution"])


def labels(block: Block) -> dict[str, str]:
    return dict(block["thanos"]["labels"])


def loaded(pod: str) -> set[str]:
    """Return the identifiers of the blocks that a pod works with."""
    view = get(f"{PODS}/{pod}:10902/proxy/api/v1/blocks", view="loaded")
    return {block["ulid"] for block in view["data"]["blocks"] or []}


def is_served(found: list[Block]) -> bool:
    """Return whether the store serves exactly these blocks, and the querier knows the times that they reach over."""
    begin, end = min(block["minTime"] for block in found), max(block["maxTime"] for block in found)
    stores = get(f"{QUERIER}/api/v1/stores")["data"].get("store", [])
    return loaded("thanos-store-gateway-0") == identifiers(found) and any(
        store["minTime"] <= begin and end <= store["maxTime"] for store in stores
    )


def metric(pod: str, name: str) -> float:
    """Return a metric of a compactor, the series of which are added up."""
    text = kubectl("get", "--raw", f"{PODS}/{pod}:10902/proxy/metrics")
    return sum(float(value) for value in re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", text, re.MULTILINE))


def compactors() -> list[str]:
    """Return the names of the compactors' pods."""
    items = get(PODS)["items"]
    return [name for item in items if (name := item["metadata"]["name"]).startswith("thanos-compactor")]


def ask(expression: str, at: float, coarsest: str, **parameters: str) -> list[dict[str, Any]]:
    """Return the series of an instant query, for which blocks up to a resolution may be read."""
    parameters = {"query": expression, "time": f"{at:.3f}", "max_source_resolution": coarsest, **parameters}
    answer = get(f"{QUERIER}/api/v1/query", **parameters)
    assert answer["status"] == "success", answer
    return list(answer["data"]["result"])


def converge(variables: dict[str, Any]) -> None:
    """Run the scenario's playbook with other variables."""
    run = playbook("--extra-vars", json.dumps(variables), name=CONVERGE)
    assert run.returncode == 0, run.stdout[-4000:]

"""What the tests on the real cluster share: kubectl, queries, the bucket's blocks, playbook runs."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from minio import Minio, S3Error

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
#: What a run may touch.
KINDS = "namespaces,deployments,statefulsets,services,configmaps,secrets,pvc,poddisruptionbudgets,prometheuses"
#: The pods of the Prometheus k8s, and what they have as their label prometheus_replica.
REPLICAS = frozenset({"prometheus-k8s-0", "prometheus-k8s-1"})
#: One series of each of them, and none of what a scenario before wrote by receive: that is found for five minutes more.
UP = 'up{job="prometheus-operator", tenant_id=""}'
KUBECONFIG = ROOT / ".testbed" / "kubeconfig"
#: Longest wait, in seconds, for what comes by itself: for Prometheus' end, too, which may take ten minutes.
PATIENCE = 900
QUERIER = "/api/v1/namespaces/monitoring/services/thanos-querier:9090/proxy"
#: Nothing of the user's own reaches a playbook or kubectl here.
ENVIRONMENT = {
    **{
        name: value for name, value in os.environ.items() if not name.startswith(("K8S_AUTH_", "ANSIBLE_", "MOLECULE_"))
    },
    "KUBECONFIG": str(KUBECONFIG),
    "PATH": f"{BIN}:{os.environ['PATH']}",
}


def kubectl(*arguments: str, stdin: str = "") -> str:
    """Return kubectl's output."""
    result = subprocess.run(
        [BIN / "kubectl", *arguments],
        env=ENVIRONMENT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 0, f"kubectl {' '.join(arguments)}: {result.stderr}"
    return result.stdout


def create(*bodies: dict[str, Any]) -> None:
    """Create objects as somebody else would."""
    items = {"apiVersion": "v1", "kind": "List", "items": list(bodies)}
    kubectl("create", "--filename", "-", stdin=json.dumps(items))


def get(path: str, **query: str) -> Any:
    """Return the JSON that a path of the Kubernetes API answers with, through service proxies too."""
    return json.loads(kubectl("get", "--raw", f"{path}?{urlencode(query)}" if query else path))


def query(expression: str, **parameters: str) -> list[dict[str, Any]]:
    """Return the series of an instant query to the querier."""
    answer = get(f"{QUERIER}/api/v1/query", query=expression, **parameters)
    assert answer["status"] == "success", answer
    return list(answer["data"]["result"])


def node() -> str:
    """Return the name of the container that is the cluster's node."""
    context = json.loads(kubectl("config", "view", "--output", "json"))["contexts"][0]["context"]
    return f"{context['cluster'].removeprefix('kind-')}-control-plane"


def stores() -> dict[str, list[dict[str, Any]]]:
    """Return the endpoints that the querier knows, by their component."""
    return dict(get(f"{QUERIER}/api/v1/stores")["data"])


def secret(namespace: str, name: str) -> dict[str, str]:
    """Return a Secret's decoded content."""
    data = json.loads(kubectl("get", "secret", "--namespace", namespace, name, "--output", "json"))["data"]
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


@contextmanager
def forwarded(namespace: str, service: str, port: int) -> Iterator[str]:
    """Forward a free port of this machine to a Service with kubectl; give its address and port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        local = probe.getsockname()[1]
    forward = subprocess.Popen(
        [BIN / "kubectl", "port-forward", "--namespace", namespace, f"service/{service}", f"{local}:{port}"],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert forward.stdout is not None
        assert "Forwarding" in forward.stdout.readline()
        yield f"127.0.0.1:{local}"
    finally:
        forward.terminate()
        forward.wait()


@contextmanager
def down(namespace: str, pod: str) -> Iterator[None]:
    """Let a pod of a StatefulSet die at once and not come back until the end; then wait until all are ready."""
    kubectl("cordon", node())
    try:
        kubectl("delete", "pod", "--namespace", namespace, pod, "--grace-period=0", "--force")
        # Its successor, which finds no node.
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}"
        eventually(lambda: get(path)["status"]["phase"] == "Pending", f"{pod} again, made by its StatefulSet")
        yield
    finally:
        kubectl("uncordon", node())
    rolled_out(namespace, "statefulset/" + pod.rpartition("-")[0])


def rolled_out(namespace: str, *workloads: str) -> None:
    """Wait until each Deployment or StatefulSet runs as it is described."""
    for workload in workloads:
        kubectl("rollout", "status", "--namespace", namespace, workload)


def eventually(check: Callable[[], Any], what: str) -> Any:
    """Return the check's first true answer, or fail with its last one, which may be an assertion of its own."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answer = check()
        except AssertionError as error:
            answer, said = None, str(error)
        else:
            said = repr(answer)
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}; last answer: {said}"
        time.sleep(2)


def playbook(*arguments: str, name: str = "playbooks/site.yml") -> subprocess.CompletedProcess[str]:
    """Run a playbook on the demo's inventory, as a user would."""
    return subprocess.run(
        [BIN / "ansible-playbook", "--inventory", "inventories/demo", name, *arguments],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def running_playbook(*arguments: str, log: Path = Path(os.devnull)) -> Iterator[subprocess.Popen[bytes]]:
    """Start site.yml, which writes to a log; in the end kill it, and all that it has started, where it still runs."""
    command: list[str | Path] = [BIN / "ansible-playbook", "--inventory", "inventories/demo", "playbooks/site.yml"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def failed(variables: dict[str, Any]) -> str:
    """Return the output from the first failure on, in one line, of a run that has to fail."""
    run = playbook("--extra-vars", json.dumps(variables))
    assert run.returncode != 0, run.stdout[-4000:]
    assert "Traceback" not in run.stdout, run.stdout[-4000:]
    return " ".join(run.stdout[run.stdout.index("ERROR") :].split())


def changed(output: str) -> int:
    """Return how many tasks a playbook's recap counts as changed."""
    recap = re.search(r"changed=(\d+)\s+unreachable=0\s+failed=0", output)
    assert recap, output[-4000:]
    return int(recap[1])


@contextmanager
def bucket_of_root() -> Iterator[Minio]:
    """The bucket as the root user sees it, through kubectl's own port-forward."""
    credentials = secret("minio", "minio-root")
    with forwarded("minio", "minio", 9000) as address:
        yield Minio(
            address,
            access_key=credentials["root-user"],
            secret_key=credentials["root-password"],
            secure=False,
        )


def blocks(client: Minio, bucket: str = "prometheus-thanos") -> list[dict[str, Any]]:
    """Return the meta.json of every block in the bucket."""
    found = []
    for entry in client.list_objects(bucket, recursive=True):
        if entry.object_name and entry.object_name.endswith("/meta.json"):
            # The compactor may have deleted it meanwhile.
            with suppress(S3Error):
                answer = client.get_object(bucket, entry.object_name)
                found.append(json.loads(answer.read()))
                answer.close()
    return found


def common_range(held: list[dict[str, Any]]) -> tuple[int, int]:
    """Return the range, in milliseconds, that the blocks of both replicas of Prometheus cover."""
    spans: dict[str, list[dict[str, Any]]] = {replica: [] for replica in REPLICAS}
    for block in held:
        spans.get(block["thanos"]["labels"].get("prometheus_replica", ""), []).append(block)
    assert all(spans.values()), "not yet a block of each replica"
    start = max(min(block["minTime"] for block in each) for each in spans.values())
    end = min(max(block["maxTime"] for block in each) for each in spans.values())
    assert end - start >= 60_000, "the replicas' blocks hardly overlap"
    return start, end


def recorded(client: Minio, replica: str) -> list[tuple[float, float]]:
    """Return from when to when each block of a replica of Prometheus reaches, in order."""
    mine = [block for block in blocks(client) if block["thanos"]["labels"].get("prometheus_replica") == replica]
    return sorted((block["minTime"] / 1000, block["maxTime"] / 1000) for block in mine)


def recorded_until(client: Minio, replica: str) -> float:
    """Return until when the bucket has a replica's data."""
    return max((end for _start, end in recorded(client, replica)), default=0.0)


def largest_gap(client: Minio, replica: str, start: float, end: float) -> float:
    """Return the longest time, in seconds, between start and end that no block of the replica covers."""
    spans = [span for span in recorded(client, replica) if span[1] >= start and span[0] <= end]
    reached, gap = start, 0.0
    for begin, until in spans:
        gap, reached = max(gap, begin - reached), max(reached, until)
    return max(gap, min(end, recorded_until(client, replica)) - reached)


def snapshot(*more_namespaces: str) -> dict[str, str]:
    """Return a checksum of every object that a run may touch, without its status, which moves by itself."""
    items = json.loads(kubectl("get", KINDS, "--all-namespaces", "--output", "json", "--show-managed-fields"))["items"]
    return {
        f"{item['kind']}/{item['metadata'].get('namespace', '')}/{item['metadata']['name']}": checksum(item)
        for item in items
        if item["metadata"].get("namespace", "") in ("", "monitoring", "minio", *more_namespaces)
    }


def checksum(item: dict[str, Any]) -> str:
    """Return a checksum that each write changes: when and by whom fields were written is in it, too."""
    metadata = {key: value for key, value in item["metadata"].items() if key != "resourceVersion"}
    writes = [entry for entry in metadata.get("managedFields", []) if entry.get("subresource") != "status"]
    whole = {**item, "metadata": {**metadata, "managedFields": writes}, "status": None}
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

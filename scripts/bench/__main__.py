"""Timings of site.yml beside kubectl's, on the same cluster in the same run, as ratios.

kubectl applies the very manifests that site.yml applies, to a cluster where the Secrets and the bucket exist already.
The machine decides the seconds; the ratios are what to compare.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
KUBECONFIG = ROOT / ".testbed" / "kubeconfig"
ENVIRONMENT = {**os.environ, "KUBECONFIG": str(KUBECONFIG)}
REPEATS = 3
WORKLOADS = ("deployment/thanos-querier", "statefulset/thanos-store-gateway", "statefulset/thanos-compactor")
ABSENT = {
    f"{role}_state": "absent"
    for role in ("minio", "prometheus_thanos_sidecar", "thanos_querier", "thanos_store", "thanos_compactor")
}
COMPONENTS = ["minio", "prometheus_thanos_sidecar", "thanos_querier", "thanos_store", "thanos_compactor"]


def run(*command: str | Path) -> str:
    """Run a program and return its output; end the benchmark where it fails."""
    result = subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stdout[-4000:]}")
    return result.stdout


def playbook(name: str, **variables: object) -> str:
    """Run a playbook on the demo's cluster."""
    program = BIN / "ansible-playbook"
    return run(program, "--inventory", "inventories/demo", name, "--extra-vars", json.dumps(variables))


def kubectl(*arguments: str | Path) -> str:
    """Run kubectl on the demo's cluster."""
    return run(BIN / "kubectl", *arguments)


def requests() -> int:
    """Return how many requests the API server has answered so far, all clients together."""
    metrics = kubectl("get", "--raw", "/metrics")
    counts = re.findall(r'^apiserver_request_total\{[^}]*verb="(?!WATCH)\w+"[^}]*\} (\S+)$', metrics, re.MULTILINE)
    return int(sum(float(count) for count in counts))


def timed(work: Callable[[], object]) -> tuple[float, int]:
    """Return the seconds that work takes, and the requests it makes beyond the cluster's idle traffic."""
    begin, before = time.monotonic(), requests()
    time.sleep(5)
    idle_rate = (requests() - before) / (time.monotonic() - begin)
    before, begin = requests(), time.monotonic()
    work()
    seconds = time.monotonic() - begin
    return seconds, max(0, round(requests() - before - idle_rate * seconds))


def median(work: Callable[[], object]) -> tuple[float, int]:
    """Return the medians of repeated runs: seconds and requests."""
    runs = [timed(work) for _run in range(REPEATS)]
    return statistics.median(run[0] for run in runs), round(statistics.median(run[1] for run in runs))


def apply(manifests: Path) -> None:
    """Apply the manifests as a person would with kubectl."""
    kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=observability.thanos", "-f", manifests)


def apply_and_wait(manifests: Path) -> None:
    """Apply the manifests and wait for each workload, Prometheus included."""
    apply(manifests)
    kubectl("rollout", "status", "--timeout=300s", "--namespace", "minio", "deployment/minio")
    for workload in WORKLOADS:
        kubectl("rollout", "status", "--timeout=300s", "--namespace", "monitoring", workload)
    generation = kubectl(
        "get", "prometheus", "--namespace", "monitoring", "k8s", "--output", "jsonpath={.metadata.generation}"
    )
    reconciled = f"jsonpath={{.status.conditions[?(@.type=='Reconciled')].observedGeneration}}={generation}"
    kubectl("wait", "--timeout=300s", "--namespace", "monitoring", "prometheus/k8s", f"--for={reconciled}")
    kubectl("rollout", "status", "--timeout=300s", "--namespace", "monitoring", "statefulset/prometheus-k8s")


def waits() -> tuple[float, float]:
    """Restart two workloads and wait for them with the module and with kubectl, side by side; return both seconds."""
    restarted = {"Deployment": "thanos-querier", "StatefulSet": "thanos-store-gateway"}
    names = [f"{kind.lower()}/{name}" for kind, name in restarted.items()]
    kubectl("rollout", "restart", "--namespace", "monitoring", *names)
    begin = time.monotonic()

    def until_done(wait: Callable[..., object], *arguments: str, **variables: object) -> float:
        wait(*arguments, **variables)
        return time.monotonic() - begin

    workloads = [{"kind": kind, "name": name, "namespace": "monitoring"} for kind, name in restarted.items()]
    command = ("rollout", "status", "--timeout=300s", "--namespace", "monitoring")
    with ThreadPoolExecutor() as pool:
        # Ansible's own start counts for ours; it is over before the pods are.
        ours = pool.submit(until_done, playbook, "scripts/bench/rollout.yml", bench_workloads=workloads)
        theirs = [pool.submit(until_done, kubectl, *command, name) for name in names]
        return ours.result(), max(each.result() for each in theirs)


def remove() -> None:
    """Take the workloads away, keep the volumes, the bucket and the Secrets."""
    playbook("playbooks/site.yml", thanos_components=COMPONENTS, **ABSENT)


def line(what: str, ours: tuple[float, int], theirs: tuple[float, int], target: str) -> None:
    """Print one comparison."""
    ratio = ours[0] / theirs[0]
    print(f"{what:24} site.yml {ours[0]:6.1f} s {ours[1]:5} requests", end="")
    print(f" | kubectl {theirs[0]:6.1f} s {theirs[1]:5} requests | ratio {ratio:5.2f} | {target}", flush=True)


def main() -> None:
    """Run all comparisons; the cluster is converged before and after."""
    playbook("playbooks/site.yml")
    with tempfile.TemporaryDirectory() as directory:
        manifests = Path(directory)
        playbook("playbooks/render.yml", thanos_render_directory=directory)

        empty = median(lambda: playbook("scripts/bench/empty.yml"))
        ours = median(lambda: playbook("playbooks/site.yml"))
        line("nothing changes", ours, median(lambda: apply(manifests)), "")
        print(f"  an empty playbook: {empty[0]:.1f} s; over it: {ours[0] - empty[0]:.1f} s (target: at most 6)")

        both = [waits() for _run in range(REPEATS)]
        seconds = [statistics.median(each[side] for each in both) for side in (0, 1)]
        ratio = statistics.median(ours / theirs for ours, theirs in both)
        print(f"{'wait for a restart':24} rollout  {seconds[0]:6.1f} s", end="")
        print(f" | kubectl rollout status {seconds[1]:6.1f} s | ratio {ratio:5.2f} | target: at most 1.2", flush=True)

        remove()
        first = timed(lambda: apply_and_wait(manifests))
        remove()
        # kubectl proves nothing, so neither does this run.
        converge = timed(lambda: playbook("playbooks/site.yml", thanos_verify=False))
        line("first converge", converge, first, "target: ratio at most 1.5")


if __name__ == "__main__":
    main()

"""What a kube-prometheus cluster has before Thanos comes: the operator, Prometheus, Grafana and its datasources."""

from __future__ import annotations

import hashlib
import string
import time
from pathlib import Path

from testbed.kind_cluster import kubectl
from testbed.process import output, part, run, succeeds
from testbed.settings import CRDS, HERE, KUBECONFIG, VERSIONS, TestbedError

MANIFESTS = HERE / "manifests"
#: Remembers in the cluster which fixture it has; what others changed in it since stays as it is.
MARK = ["--namespace", "kube-system", "configmap", "testbed"]


def apply(upstream: bool) -> None:
    """Put the fixture on the cluster, once, and wait until all of it runs."""
    values = {
        "prometheus": VERSIONS["prometheus"],
        "prometheus_number": VERSIONS["prometheus"].removeprefix("v"),
        "prometheus_operator": VERSIONS["prometheus_operator"],
        "grafana": VERSIONS["upstream" if upstream else "source"]["grafana"],
    }
    rendered = {
        file.stem: string.Template(file.read_text()).safe_substitute(values)
        for file in sorted(MANIFESTS.glob("*.yaml"))
    }
    wanted = hashlib.sha256(repr(rendered).encode()).hexdigest()[:16]
    if _mark() == wanted:
        return
    with part("fixture: operator, Prometheus, Grafana"):
        _kubectl("apply", "--server-side", "--force-conflicts", "--filename", str(CRDS))
        _kubectl("wait", "--for=condition=Established", "--timeout=60s", "--filename", str(CRDS))
        for manifests in (rendered["prometheus-operator"], rendered["prometheus"], rendered["grafana"]):
            _apply(manifests)
        _kubectl("rollout", "status", "--timeout=120s", "--namespace", "monitoring", "deployment/prometheus-operator")
        _wait_for_statefulset("prometheus-k8s")
        for workload in ("statefulset/prometheus-k8s", "deployment/grafana"):
            _kubectl("rollout", "status", "--timeout=180s", "--namespace", "monitoring", workload)
    _kubectl("delete", *MARK, "--ignore-not-found")
    _kubectl("create", *MARK, f"--from-literal=fixture={wanted}")


def _apply(manifests: str) -> None:
    _kubectl("apply", "--server-side", "--force-conflicts", "--filename", "-", stdin=manifests)


def _mark() -> str:
    command = [*_command(), "get", *MARK, "--ignore-not-found", "--output", "jsonpath={.data.fixture}"]
    return output(command).strip()


def _wait_for_statefulset(name: str) -> None:
    deadline = time.monotonic() + 120
    while not succeeds([*_command(), "get", "statefulset", "--namespace", "monitoring", name]):
        if time.monotonic() > deadline:
            raise TestbedError(f"The operator made no StatefulSet {name}; see its log in namespace monitoring.")
        time.sleep(0.5)


def _command() -> list[str | Path]:
    return [kubectl(), "--kubeconfig", KUBECONFIG]


def _kubectl(*arguments: str, stdin: str | None = None) -> None:
    run([*_command(), *arguments], log="fixture", stdin=stdin)

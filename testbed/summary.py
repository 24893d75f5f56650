"""What runs after the demo, and the commands that show it."""

from __future__ import annotations

import os
from pathlib import Path

from testbed.kind_cluster import kubectl
from testbed.process import output
from testbed.settings import KUBECONFIG, VERSIONS

QUERY = "/api/v1/namespaces/monitoring/services/thanos-querier:9090/proxy/api/v1/query?query=up"


def text() -> str:
    """Return the summary, with paths relative to where it is read."""
    here = Path.cwd()
    command = f"{os.path.relpath(kubectl(), here)} --kubeconfig {os.path.relpath(KUBECONFIG, here)}"
    pods = [
        line
        for namespace in ("monitoring", "minio")
        for line in _kubectl("get", "pods", "--namespace", namespace, "--no-headers").splitlines()
    ]
    return "\n".join(
        [
            "",
            f"Thanos {VERSIONS['thanos']} runs beside Prometheus {VERSIONS['prometheus']} on a local kind cluster:",
            "",
            *(f"  {line}" for line in pods),
            "",
            "Open Thanos' page, http://localhost:9090/stores shows what it reads from (stop with Ctrl-C):",
            f"  {command} port-forward --namespace monitoring service/thanos-querier 9090:9090",
            "Run a query, deduplicated over both Prometheus replicas:",
            f"  {command} get --raw '{QUERY}'",
            "The first blocks are in the bucket about five minutes after the first run.",
            "Change something in inventories/demo and run 'make demo' again; 'make clean' removes everything.",
            *_stand_in(),
            "",
        ]
    )


def _stand_in() -> list[str]:
    image = _kubectl(
        "get", "deployment", "--namespace", "monitoring", "grafana", "--ignore-not-found", "--output",
        "jsonpath={.spec.template.spec.containers[0].image}",
    )  # fmt: skip
    if image != VERSIONS["source"]["grafana"]:
        return []
    return ["Grafana's image could not be pulled here: a stand-in reads its provisioned datasources in its place."]


def _kubectl(*arguments: str) -> str:
    return output([kubectl(), "--kubeconfig", KUBECONFIG, *arguments])

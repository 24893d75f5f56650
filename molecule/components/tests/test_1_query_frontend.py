"""The query frontend: what it has answered once it does not ask for again, in memory and in memcached."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from query_loop import queries
from real_cluster import ENVIRONMENT, ROOT, changed, eventually, get, kubectl, playbook, query, rolled_out, secret

CONVERGED = yaml.safe_load((ROOT / "molecule/components/converge.yml").read_text())[0]["vars"]
MEMCACHED = """
apiVersion: v1
kind: Service
metadata: {{name: memcached, namespace: monitoring}}
spec:
  clusterIP: None
  selector: {{app: memcached}}
  ports: [{{name: memcached, port: 11211}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: memcached, namespace: monitoring}}
spec:
  selector: {{matchLabels: {{app: memcached}}}}
  template:
    metadata: {{labels: {{app: memcached}}}}
    spec:
      securityContext: {{runAsNonRoot: true, runAsUser: 1001, seccompProfile: {{type: RuntimeDefault}}}}
      containers:
        - name: memcached
          image: {image}
          command: [memcached, -m, "64"]
          securityContext: {{allowPrivilegeEscalation: false, capabilities: {{drop: [ALL]}}}}
          readinessProbe: {{tcpSocket: {{port: 11211}}, periodSeconds: 1}}
"""


def pods(app: str) -> list[str]:
    """Return the names of a component's pods that are not on their way out."""
    items = json.loads(kubectl("get", "pods", "--namespace", "monitoring", f"--selector=app={app}", "-o", "json"))
    return [each["metadata"]["name"] for each in items["items"] if "deletionTimestamp" not in each["metadata"]]


def proxy(pod: str) -> str:
    """Return the API server's path to a pod's HTTP port."""
    return f"/api/v1/namespaces/monitoring/pods/{pod}:10902/proxy"


def total(app: str, metric: str) -> float:
    """Return the sum of a counter, a regular expression with its labels, over a component's pods."""
    lines = [line for pod in pods(app) for line in kubectl("get", "--raw", f"{proxy(pod)}/metrics").splitlines()]
    return sum(float(line.split()[-1]) for line in lines if re.match(metric, line))


def asked() -> float:
    """Return how many range queries the queriers were asked."""
    return total("thanos-querier", r'http_requests_total\{.*handler="query_range"')


def hits() -> float:
    """Return how many answers to range queries the query frontends found in their cache."""
    return total("thanos-query-frontend", r'cortex_cache_hits_total\{.*tripperware="query_range"')


@pytest.fixture
def span() -> dict[str, str]:
    """A range that nobody has asked for before, with data from its start on, old enough to be cached."""
    eventually(lambda: query("count(up)", time=str(int(time.time()) - 220)), "data that is some minutes old")
    end = int(time.time()) - 90
    return {"start": str(end - 120), "end": str(end), "step": "7"}


def ask(pod: str, span: dict[str, str]) -> list[dict[str, Any]]:
    """Return the series of a range query to one query frontend."""
    answer = get(f"{proxy(pod)}/api/v1/query_range", query="count(up)", **span)
    assert answer["status"] == "success", answer
    return list(answer["data"]["result"])


def test_a_repeated_range_query_is_served_from_the_cache(span: dict[str, str]) -> None:
    pod = pods("thanos-query-frontend")[0]
    before, found = asked(), hits()
    first = ask(pod, span)
    assert first[0]["values"], "there is data"
    once = asked()
    assert once > before, "the first time the querier is asked"
    assert hits() == found
    assert ask(pod, span) == first
    assert asked() == once, "the second time it is not"
    assert hits() == found + 1


def test_a_long_range_is_asked_in_parts() -> None:
    """Three days are four parts at most and three at least, depending on where the days begin."""
    end = int(time.time()) - 90
    before = asked()
    ask(pods("thanos-query-frontend")[0], {"start": str(end - 3 * 86400), "end": str(end), "step": "600"})
    assert asked() - before >= 3


def test_grafana_asks_the_query_frontend() -> None:
    (datasource,) = json.loads(secret("monitoring", "grafana-datasources")["datasources.yaml"])["datasources"]
    assert datasource["url"] == "http://thanos-query-frontend.monitoring.svc:9090"


def test_no_query_is_lost_while_all_of_it_is_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    with queries("thanos-query-frontend") as loop:
        eventually(lambda: loop.asked, "an answer")
        for name in ("thanos-query-frontend", "thanos-querier"):
            kubectl("rollout", "restart", "--namespace", "monitoring", f"deployment/{name}")
            rolled_out("monitoring", f"deployment/{name}")
    with capsys.disabled():
        print(f"\n{loop} while the query frontends and the queriers were replaced")
    assert len(loop.asked) > 20
    assert loop.failed() == []


@pytest.fixture
def memcached() -> Iterator[str]:
    """A real memcached in the cluster; its address."""
    load = subprocess.run(
        [sys.executable, "-m", "testbed.on_demand", "memcached"],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert load.returncode == 0, load.stdout + load.stderr
    manifests = MEMCACHED.format(image=load.stdout.split()[-1])
    kubectl_stdin("apply", manifests)
    rolled_out("monitoring", "deployment/memcached")
    yield "dnssrv+_memcached._tcp.memcached.monitoring.svc.cluster.local"
    kubectl_stdin("delete", manifests)


def kubectl_stdin(verb: str, manifests: str) -> None:
    """Apply or delete manifests."""
    command = ["kubectl", verb, "--filename", "-"]
    subprocess.run(command, env=ENVIRONMENT, input=manifests, text=True, check=True, capture_output=True)


def test_with_memcached_one_pod_serves_what_another_has_cached(memcached: str, span: dict[str, str]) -> None:
    variables = {
        **CONVERGED,
        "thanos_query_frontend_cache": "memcached",
        "thanos_query_frontend_memcached_addresses": [memcached],
    }
    run = playbook("--extra-vars", json.dumps(variables))
    assert run.returncode == 0, run.stdout[-4000:]
    assert changed(run.stdout) > 0
    eventually(lambda: len(pods("thanos-query-frontend")) == 2, "the old pods are gone")
    one, other = pods("thanos-query-frontend")
    first = ask(one, span)
    assert first[0]["values"], "there is data"
    once, found = asked(), hits()
    # It is written in the background.
    eventually(lambda: ask(other, span) == first and hits() > found, "an answer from memcached")
    repeated = asked()
    assert ask(other, span) == first
    assert asked() == repeated, "the querier is not asked any more"
    assert repeated - once <= 3
    # Back to what converge.yml has, before memcached goes.
    run = playbook("--extra-vars", json.dumps(CONVERGED))
    assert run.returncode == 0, run.stdout[-4000:]

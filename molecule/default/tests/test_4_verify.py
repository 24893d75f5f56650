"""playbooks/verify.yml proves that data flows, and says of everything that is broken what it is and what helps."""

from __future__ import annotations

import base64
import json
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from real_cluster import KUBECONFIG, ROOT, eventually, kubectl, playbook, rolled_out, secret, stores
from verification_table import CHECKS, lines

VERIFY = "playbooks/verify.yml"


def test_all_is_proven_in_a_table_a_fact_and_a_file(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    wrapper = tmp_path / "wrapper.yml"
    show = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [{"ansible.builtin.debug": {"var": "thanos_verification.passed"}}],
    }
    wrapper.write_text(json.dumps([{"import_playbook": str(ROOT / VERIFY)}, show]))

    def proof() -> subprocess.CompletedProcess[str]:
        run = playbook("--extra-vars", f"thanos_verify_report={report}", name=str(wrapper))
        assert run.returncode == 0, run.stdout[-6000:]
        assert lines(run.stdout) == dict.fromkeys(CHECKS, "ok"), run.stdout[-6000:]
        return run

    run = eventually(proof, "the proof")
    assert re.search(r'thanos_verification\.passed"?: true', run.stdout), "the fact, in a play after it"
    found = json.loads(report.read_text())
    assert (found["cluster"], found["passed"]) == ("demo", True)
    assert [check["name"] for check in found["checks"]] == CHECKS
    assert stat.S_IMODE(report.stat().st_mode) == 0o644
    hidden = [*secret("minio", "minio-root").values(), *secret("minio", "minio-thanos").values()]
    assert not [value for value in hidden if len(value) >= 16 and value in run.stdout + report.read_text()]


def test_tags_pick_and_leave_out() -> None:
    assert list(lines(playbook("--tags", "query,stores", name=VERIFY).stdout)) == ["stores", "query"]
    assert list(lines(playbook("--skip-tags", "volumes,grafana", name=VERIFY).stdout)) == CHECKS[:-2]
    wrong = playbook("--tags", "storess", name=VERIFY)
    assert wrong.returncode != 0
    assert "storess" in wrong.stdout
    assert "compactor" in wrong.stdout, "what there is"


def test_site_ends_with_the_proof_unless_told_otherwise() -> None:
    run = playbook()
    assert run.returncode == 0, run.stdout[-6000:]
    assert set(lines(run.stdout)) == set(CHECKS)
    assert lines(playbook("--extra-vars", "thanos_verify=false").stdout) == {}
    assert lines(playbook("--check").stdout) == {}


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Path]:
    """A user that may read objects, but must not use the proxy; its kubeconfig."""
    kubectl("create", "serviceaccount", "--namespace", "monitoring", "reader")
    kubectl("create", "clusterrole", "thanos-reader", "--verb=get,list",
            "--resource=pods,secrets,services,namespaces,prometheuses.monitoring.coreos.com")  # fmt: skip
    kubectl("create", "clusterrolebinding", "thanos-reader", "--clusterrole=thanos-reader",
            "--serviceaccount=monitoring:reader")  # fmt: skip
    config: dict[str, Any] = json.loads(
        kubectl("config", "view", "--raw", "--minify", "--output", "json", "--kubeconfig", str(KUBECONFIG))
    )
    config["users"][0]["user"] = {"token": kubectl("create", "token", "--namespace", "monitoring", "reader").strip()}
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(json.dumps(config))
    yield kubeconfig
    kubectl("delete", "clusterrolebinding,clusterrole", "thanos-reader")
    kubectl("delete", "serviceaccount", "--namespace", "monitoring", "reader")


def test_a_missing_right_is_named(reader: Path) -> None:
    run = playbook("--extra-vars", f"thanos_kubeconfig={reader}", "--skip-tags", "volumes", name=VERIFY)
    assert run.returncode != 0
    text = " ".join(run.stdout.split())
    assert "get on services/proxy in namespace monitoring" in text, run.stdout[-6000:]
    assert lines(run.stdout)["sidecars"] == "ok"
    assert lines(run.stdout)["grafana"] == "ok"
    assert lines(run.stdout)["stores"] == "FAILED"


@pytest.fixture
def broken() -> Iterator[None]:
    """A stack without store gateway and compactor, and Grafana asks Prometheus as before."""
    sets = ("thanos-store-gateway", "thanos-compactor")
    file = secret("monitoring", "grafana-datasources")["datasources.yaml"]
    document = json.loads(file)
    document["datasources"][0]["url"] = "http://prometheus-k8s.monitoring.svc:9090"
    scale("0", *sets)
    write_datasources(json.dumps(document))
    yield
    scale("1", *sets)
    write_datasources(file)


def scale(replicas: str, *stateful_sets: str) -> None:
    """Scale, and wait until the pods are there or gone."""
    for name in stateful_sets:
        kubectl("scale", "--namespace", "monitoring", f"statefulset/{name}", f"--replicas={replicas}")
    for name in stateful_sets:
        rolled_out("monitoring", f"statefulset/{name}")
        pods = ("get", "pods", "--namespace", "monitoring", f"--selector=app={name}", "--output", "name")
        eventually(lambda: len(kubectl(*pods).split()) == int(replicas), f"{replicas} pods of {name}")  # noqa: B023


def write_datasources(text: str) -> None:
    """Replace the file in Grafana's Secret."""
    data = {"data": {"datasources.yaml": base64.b64encode(text.encode()).decode()}}
    kubectl("patch", "secret", "--namespace", "monitoring", "grafana-datasources", "--patch", json.dumps(data))


@pytest.mark.usefixtures("broken")
def test_what_is_broken_is_said_with_its_remedy(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    # All of it was changed just now, which the checks would wait for.
    run = playbook("--extra-vars", f"thanos_verify_report={report} thanos_verify_wait=0", name=VERIFY)
    assert run.returncode != 0
    failed = {name for name, status in lines(run.stdout).items() if status == "FAILED"}
    assert failed == {"stores", "bucket", "cold", "compactor", "grafana"}, run.stdout[-6000:]
    found = {check["name"]: check for check in json.loads(report.read_text())["checks"]}
    assert "StatefulSet monitoring/thanos-store-gateway has 0 of 1 pods ready" in found["stores"]["found"]
    assert "Service monitoring/thanos-compactor has no ready pod" in found["compactor"]["found"]
    assert "it points at http://prometheus-k8s.monitoring.svc:9090" in found["grafana"]["found"]
    assert "http://thanos-querier.monitoring.svc:9090" in found["grafana"]["expected"]
    for name in failed:
        assert found[name]["remedy"]
        assert found[name]["found"].split(";")[0][:40] in " ".join(run.stdout.split())


def test_put_back_all_is_right_again() -> None:
    eventually(lambda: len(stores().get("store", [])) == 1, "the store gateway at the querier")
    run = playbook(name=VERIFY)
    assert run.returncode == 0, run.stdout[-6000:]

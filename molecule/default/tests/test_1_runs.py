"""What a run says and what it changes: again, in check mode, on an empty cluster, with every detail printed."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import announcements
import pytest
from real_cluster import BIN, ENVIRONMENT, KINDS, ROOT, changed, kubectl, node, playbook, secret, snapshot


def test_a_second_run_changes_nothing() -> None:
    before = snapshot()
    run = playbook()
    assert run.returncode == 0, run.stdout[-4000:]
    assert changed(run.stdout) == 0, run.stdout[-4000:]
    assert snapshot() == before


def test_check_mode_on_the_converged_cluster_changes_nothing() -> None:
    before = snapshot()
    run = playbook("--check", "--diff")
    assert run.returncode == 0, run.stdout[-4000:]
    assert changed(run.stdout) == 0, run.stdout[-4000:]
    assert snapshot() == before


def test_check_mode_announces_a_change_and_does_not_make_it() -> None:
    before = snapshot()
    run = playbook("--check", "--diff", "--extra-vars", '{"thanos_querier_replicas": 3}')
    assert run.returncode == 0, run.stdout[-4000:]
    assert changed(run.stdout) == 1, run.stdout[-4000:]
    assert snapshot() == before


@pytest.fixture(scope="module")
def empty_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A second kind cluster with nothing on it; its kubeconfig."""
    kubeconfig = tmp_path_factory.mktemp("empty") / "kubeconfig"
    nodes = ["docker", "ps", "--filter", "label=io.x-k8s.kind.cluster", "--format", "{{.Image}} {{.Names}}"]
    name = node().removesuffix("-control-plane")
    running = subprocess.run(nodes, capture_output=True, text=True, check=True).stdout.splitlines()
    image = next(line.split()[0] for line in running if line.split()[1] == node())
    kind = ROOT / ".testbed" / "bin" / "kind"
    target: list[str | Path] = ["--name", f"{name}-empty", "--kubeconfig", kubeconfig]
    settings = "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnetworking:\n  kubeProxyMode: nftables\n"
    subprocess.run([kind, "delete", "cluster", *target], check=True, capture_output=True)
    create = [kind, "create", "cluster", *target, "--image", image, "--wait", "120s", "--config", "-"]
    result = subprocess.run(create, input=settings, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    yield kubeconfig
    subprocess.run([kind, "delete", "cluster", *target], check=True, capture_output=True)


def test_check_mode_runs_to_its_end_on_an_empty_cluster(empty_cluster: Path) -> None:
    run = playbook("--check", "--diff", "--extra-vars", json.dumps({"thanos_kubeconfig": str(empty_cluster)}))
    assert run.returncode == 0, run.stdout[-4000:]
    assert changed(run.stdout) > 0
    left = subprocess.run(
        [BIN / "kubectl", "--kubeconfig", empty_cluster, "get", "namespaces", "--output", "name"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert sorted(left) == sorted(
        f"namespace/{name}"
        for name in ("default", "kube-node-lease", "kube-public", "kube-system", "local-path-storage")
    )


def test_check_mode_tells_the_truth_on_an_empty_cluster(empty_cluster: Path) -> None:
    """What needs no Prometheus can be made there, and nothing waits for images that the cluster does not have."""
    there = ("--kubeconfig", str(empty_cluster))
    kinds = KINDS.replace(",prometheuses", "")
    kubectl("create", "namespace", "monitoring", *there)
    variables = {
        "thanos_components": ["minio", "thanos_objstore", "thanos_store", "thanos_compactor"],
        "thanos_kubeconfig": str(empty_cluster),
        "thanos_verify": False,
        "thanos_wait": False,
    }
    before = announcements.objects(*there, kinds=kinds)
    announced, _changed = announcements.run("site", "--check", **variables)
    assert announcements.objects(*there, kinds=kinds) == before
    said, _changed = announcements.run("site", **variables)
    assert announced == said == announcements.differences(before, announcements.objects(*there, kinds=kinds))
    assert {"Namespace minio", "Secret monitoring/thanos-objectstorage"} <= said.keys()


def test_no_secret_is_printed_at_any_verbosity() -> None:
    values = [
        *secret("minio", "minio-root").values(),
        *secret("minio", "minio-thanos").values(),
        secret("monitoring", "thanos-objectstorage")["thanos.yaml"],
    ]
    hidden = [value for value in values if len(value) >= 16]
    assert len(hidden) >= 3, "the generated credentials are shorter than expected: nothing would be looked for"
    # A datasource with a secret of its own, so that the diff of Grafana's Secret has something to hide.
    grafana_password = "correct-horse-battery-staple"  # noqa: S105
    settings = {
        "grafana_datasource_secure_json_data": {"httpHeaderValue1": grafana_password},
        "thanos_querier_replicas": 3,
    }
    for mode in (["--check"], []):
        run = playbook("--diff", "-vvv", *mode, "--extra-vars", json.dumps(settings))
        assert run.returncode == 0
        assert changed(run.stdout) >= 2
        for value in (*hidden, grafana_password):
            encoded = base64.b64encode(value.encode()).decode()
            # The command line that was typed is printed by Ansible itself; what follows it is ours.
            output = "\n".join(line for line in run.stdout.splitlines() if "ansible-playbook" not in line)
            assert value not in output, "a secret is printed"
            assert encoded not in output, "a secret is printed, as base64"
    for name in ("minio", "monitoring"):
        everything = kubectl("get", "all,configmaps,pvc", "--namespace", name, "--output", "yaml")
        for value in (*hidden, grafana_password):
            assert value not in everything, "a secret stands in an object that is no Secret"
    back = playbook()
    assert back.returncode == 0, back.stdout[-4000:]


def test_the_users_own_kubeconfig_is_never_used(tmp_path: Path) -> None:
    """With a home directory whose kubeconfig leads nowhere, everything still works on the demo's cluster."""
    kube = tmp_path / ".kube"
    kube.mkdir()
    (kube / "config").write_text("this is no kubeconfig")
    environment = {**ENVIRONMENT, "HOME": str(tmp_path)}
    del environment["KUBECONFIG"]
    run = subprocess.run(
        [BIN / "ansible-playbook", "--inventory", "inventories/demo", "playbooks/site.yml"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:]
    assert os.listdir(kube) == ["config"]  # noqa: PTH208

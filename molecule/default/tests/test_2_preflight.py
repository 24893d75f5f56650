"""What would go wrong is said before anything is changed, all of it at once, and nothing is changed."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from real_cluster import BIN, ENVIRONMENT, changed, eventually, failed, kubectl, playbook, snapshot

NAMESPACE = "preflight"
OBJECTS = """
apiVersion: v1
kind: Namespace
metadata: {name: preflight}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: deployer, namespace: preflight}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: newcomer, namespace: preflight}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: preflight-deployer}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: deployer, namespace: preflight}]
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: thanos-querier
  namespace: preflight
  labels: {app.kubernetes.io/managed-by: Helm}
  annotations: {meta.helm.sh/release-name: metrics, meta.helm.sh/release-namespace: preflight}
spec:
  replicas: 0
  selector: {matchLabels: {app.kubernetes.io/name: thanos-query}}
  template:
    metadata: {labels: {app.kubernetes.io/name: thanos-query}}
    spec: {containers: [{name: query, image: quay.io/thanos/thanos:v0.42.4}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: imitation, namespace: preflight}
spec:
  replicas: 1
  serviceName: imitation
  selector: {matchLabels: {app: thanos-store-gateway}}
  template:
    metadata: {labels: {app: thanos-store-gateway}}
    # For no node, so that its status stays as it is.
    spec: {nodeSelector: {preflight: nowhere}, containers: [{name: main, image: quay.io/thanos/thanos:v0.42.4}]}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: by-hand, namespace: preflight}
spec: {paused: true, retention: 1h}
"""


@pytest.fixture(scope="module", autouse=True)
def objects() -> Iterator[None]:
    """A namespace with what somebody else made, and a user who may only look."""
    command: list[str | Path] = [BIN / "kubectl", "apply", "--server-side", "--filename", "-"]
    subprocess.run(command, input=OBJECTS, env=ENVIRONMENT, text=True, check=True, capture_output=True)
    before: dict[str, str] = {}

    def is_settled() -> bool:
        nonlocal before
        before, last = snapshot(NAMESPACE), before
        return before == last

    eventually(is_settled, "controllers that have seen all of it")
    yield
    kubectl("delete", "clusterrolebinding", "preflight-deployer")
    kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def refused(expected: list[str], **variables: Any) -> str:
    """Return the error of a run that has to say all these texts, and to change nothing."""
    before = snapshot(NAMESPACE)
    error = failed({"thanos_verify": False, **variables})
    assert [text for text in expected if text not in error] == [], error
    assert snapshot(NAMESPACE) == before
    return error


def kubeconfig_of(account: str, folder: Path) -> Path:
    """Write the kubeconfig of a ServiceAccount and return its path."""
    kubeconfig = json.loads(kubectl("config", "view", "--raw", "--output", "json"))
    token = kubectl("create", "token", "--namespace", NAMESPACE, account).strip()
    kubeconfig["users"][0]["user"] = {"token": token}
    file = folder / "kubeconfig"
    file.touch(mode=0o600)
    file.write_text(json.dumps(kubeconfig))
    return file


def roles_of(error: str) -> list[dict[str, Any]]:
    """Return Roles and bindings for the ServiceAccount newcomer with exactly the rights that the error names."""
    subjects = [{"kind": "ServiceAccount", "name": "newcomer", "namespace": NAMESPACE}]
    message = error.partition("fatal:")[0]
    manifests = []
    for place, rights in re.findall(r"has no right, in (the cluster|namespace \S+), to (.*?)[.] What to do", message):
        rules = []
        for right in rights.split("; "):
            *verbs, resource = right.replace(",", "").split()
            name, _dot, group = resource.partition(".")
            rules.append({"apiGroups": [group], "resources": [name], "verbs": verbs})
        kind = "ClusterRole" if place == "the cluster" else "Role"
        metadata = {"name": "preflight-newcomer"}
        if kind == "Role":
            metadata["namespace"] = place.split()[1]
        group = "rbac.authorization.k8s.io"
        reference = {"apiGroup": group, "kind": kind, "name": metadata["name"]}
        start = {"apiVersion": f"{group}/v1", "metadata": metadata}
        manifests.append({**start, "kind": kind, "rules": rules})
        manifests.append({**start, "kind": f"{kind}Binding", "roleRef": reference, "subjects": subjects})
    return manifests


def test_the_rights_that_are_named_are_enough(tmp_path: Path) -> None:
    kubeconfig = {"thanos_kubeconfig": str(kubeconfig_of("newcomer", tmp_path))}
    roles = json.dumps({"apiVersion": "v1", "kind": "List", "items": roles_of(failed(kubeconfig))})
    command: list[str | Path] = [BIN / "kubectl", "apply", "--filename", "-"]
    subprocess.run(command, input=roles, env=ENVIRONMENT, text=True, check=True, capture_output=True)
    try:
        run = playbook("--extra-vars", json.dumps(kubeconfig))
    finally:
        command[1] = "delete"
        subprocess.run(command, input=roles, env=ENVIRONMENT, text=True, check=True, capture_output=True)
    assert run.returncode == 0, run.stdout[-4000:]
    assert changed(run.stdout) == 0, run.stdout[-4000:]


def test_all_missing_rights_are_named_at_once(tmp_path: Path) -> None:
    file = kubeconfig_of("deployer", tmp_path)
    error = refused(
        [
            "User system:serviceaccount:preflight:deployer: has no right, in namespace monitoring, to",
            "patch deployments.apps",
            "get, list, patch, watch prometheuses.monitoring.coreos.com",
            "create, delete, get, patch, update secrets",
            "in namespace minio, to",
            "create, get pods/portforward",
            "Allow these verbs in a Role and bind it to this user in minio.",
        ],
        thanos_kubeconfig=str(file),
    )
    assert "list events" not in error, "the user may do this"


def test_everything_is_said_at_once() -> None:
    error = refused(
        [
            "Deployment preflight/thanos-querier: Helm release metrics holds it; another field manager owns",
            "or set thanos_force_conflicts to true",
            "Deployment preflight/thanos-querier: spec.selector cannot be changed while it exists.",
            "Set thanos_replace_immutable to true",
            "Correct thanos_store_storage_class; empty takes the cluster's default.",
            "StatefulSet preflight/thanos-store-gateway: storage class nowhere does not exist (there is: standard).",
            "its selector app=thanos-store-gateway also selects pods of others: imitation-0.",
            "Secret preflight/none: it does not exist.",
            "Secret monitoring/grafana-datasources: it has no key missing.yaml; its keys: datasources.yaml.",
            "leaves its configuration unmanaged",
            "keeps its data for 1h only",
            "things have to be put right first. Nothing was changed.",
        ],
        thanos_components=["prometheus_thanos_sidecar", "thanos_querier", "thanos_store", "grafana_datasource"],
        thanos_namespace=NAMESPACE,
        prometheus_thanos_sidecar_block_size="2h",
        thanos_store_storage_class="nowhere",
        thanos_objstore_existing_secret="none",  # noqa: S106 A name.
        grafana_datasource_namespace="monitoring",
        grafana_datasource_key="missing.yaml",
    )
    assert "8 things" in error, error


def test_what_the_run_itself_puts_right_first_is_no_problem() -> None:
    """Only the storage class stops it: the sidecar's labels are taken out of the empty map before the apply."""
    error = refused(
        ["volumeClaimTemplates"], prometheus_thanos_sidecar_state="absent", thanos_store_storage_class="nowhere"
    )
    assert "externalLabels" not in error
    assert "One thing has to be put right" in error


def test_a_service_account_that_is_not_there_is_named() -> None:
    refused(
        ["Deployment monitoring/thanos-querier: its pods would be refused:", 'serviceaccount "nobody" not found'],
        thanos_components=["thanos_querier"],
        thanos_querier_service_account="nobody",
    )

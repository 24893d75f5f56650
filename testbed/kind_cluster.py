"""The kind cluster: created, started again, deleted. Its kubeconfig is .testbed/kubeconfig and no other."""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path

from testbed import go_build, node_image, registry, service_rules, workload_images
from testbed.process import output, part, run, succeeds
from testbed.settings import (
    BIN,
    CLUSTER,
    CRDS,
    IMAGE_VARIABLES,
    KUBECONFIG,
    NODE_CONTAINER,
    NODE_IMAGE,
    PRODUCTS,
    VERSIONS,
    TestbedError,
)

KIND_CONFIG = """\
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
networking:
  # Needs neither iptables modules nor a conntrack program on the host.
  kubeProxyMode: nftables
"""


def kubectl() -> Path:
    """Return the kubectl of the virtual environment, which is pinned as everything else."""
    return Path(sys.executable).parent / "kubectl"


def build_images(upstream: bool) -> str:
    """Make what the cluster runs, and the programs that tests need on this machine; return the node image."""
    PRODUCTS.mkdir(exist_ok=True)
    if upstream:
        image = registry.node_image()
    else:
        image = NODE_IMAGE or node_image.build()
        for workload in workload_images.WORKLOADS if NODE_IMAGE else ():
            workload_images.build(workload)
    go_build.build(go_build.TOOLS["kind"])
    _write_image_variables(upstream)
    return image


def prepare_programs(upstream: bool) -> None:
    """Put Thanos beside kind, whose flags tests compare with ours, and promtool, which makes blocks of old data."""
    images = {"thanos": f"quay.io/thanos/thanos:{VERSIONS['thanos']}"}
    if upstream:
        images["promtool"] = f"quay.io/prometheus/prometheus:{VERSIONS['prometheus']}"
    else:
        go_build.build(go_build.TOOLS["promtool"])
    for program, image in images.items():
        if upstream and not succeeds(["docker", "image", "inspect", image]):
            run(["docker", "pull", image], log="images")
        workload_images.copy_program(image, f"/bin/{program}", BIN / program)


def write_crds() -> None:
    """Generate the operator's custom resource definitions from its own Go types."""
    version = CRDS / ".version"
    if version.exists() and version.read_text() == VERSIONS["prometheus_operator"]:
        return
    tool = go_build.TOOLS["controller-gen"]
    types = "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring"
    with part("custom resource definitions"):
        go_build.build(tool)
        CRDS.mkdir(parents=True, exist_ok=True)
        run(
            [
                BIN / "controller-gen",
                "crd:crdVersions=v1,allowDangerousTypes=true",
                f"paths={types}/v1",
                f"paths={types}/v1alpha1",
                f"output:crd:dir={CRDS}",
            ],
            log="crds",
            cwd=tool.folder,
            env=go_build.environment(),
        )
        version.write_text(VERSIONS["prometheus_operator"])


def create(image: str) -> None:
    """Create the cluster, or start it again where it stands still."""
    kind = BIN / "kind"
    exists = CLUSTER in output([kind, "get", "clusters"]).split()
    # Where kind was interrupted in the middle, its node cannot be carried on.
    if exists and not (succeeds(["docker", "start", NODE_CONTAINER]) and _finished()):
        delete()
        exists = False
    if not exists:
        with part("kind cluster"):
            options = ["--name", CLUSTER, "--image", image, "--config", "-", "--wait", "120s", "--retain"]
            run(
                [kind, "create", "cluster", "--kubeconfig", KUBECONFIG, *options],
                log="kind",
                stdin=KIND_CONFIG,
            )
            run(["docker", "exec", NODE_CONTAINER, "touch", "/kind/finished"], log="kind")
    if not KUBECONFIG.exists():
        run([kind, "export", "kubeconfig", "--name", CLUSTER, "--kubeconfig", KUBECONFIG], log="kind")
    KUBECONFIG.chmod(0o600)
    _wait_for_api()
    if exists:
        service_rules.renew()


def load_missing_images() -> None:
    """Load those built images that the node does not have, as when a node image of the user's own is used."""
    listing = output(["docker", "exec", NODE_CONTAINER, "ctr", "--namespace", "k8s.io", "images", "list", "--quiet"])
    present = set(listing.split())
    missing = [image.name for image in workload_images.WORKLOADS if image.name not in present]
    if missing:
        with part(f"load {len(missing)} images into the node"):
            run([BIN / "kind", "load", "docker-image", "--name", CLUSTER, *missing], log="kind")


def delete() -> None:
    """Delete this checkout's cluster."""
    kind = BIN / "kind"
    if kind.exists() and succeeds(["docker", "info"]):
        run([kind, "delete", "cluster", "--name", CLUSTER, "--kubeconfig", KUBECONFIG], log="kind")
    KUBECONFIG.unlink(missing_ok=True)


def clean() -> None:
    """Delete the cluster, the images that were built here, and everything in .testbed."""
    delete()
    if succeeds(["docker", "info"]):
        built = output(["docker", "images", "--filter", "label=testbed.inputs", "--format", "{{.Repository}}:{{.Tag}}"])
        if built.split():
            run(["docker", "rmi", "--force", *built.split()], log="clean")
    shutil.rmtree(PRODUCTS, ignore_errors=True)


def _finished() -> bool:
    return succeeds(["docker", "exec", NODE_CONTAINER, "test", "-e", "/kind/finished"])


def _wait_for_api() -> None:
    deadline = time.monotonic() + 120
    command: list[str | Path] = [kubectl(), "--kubeconfig", KUBECONFIG, "get", "--raw", "/readyz"]
    while not succeeds(command):
        if time.monotonic() > deadline:
            raise TestbedError(f"The cluster's API does not become ready: {' '.join(map(str, command))}")
        time.sleep(0.5)


def _write_image_variables(upstream: bool) -> None:
    """Tell the demo's inventory which images differ from the roles' defaults."""
    variables = {}
    if not upstream:
        registry_name, _, rest = VERSIONS["source"]["minio"].partition("/")
        repository, _, tag = rest.partition(":")
        variables = {
            "minio_image_registry": registry_name,
            "minio_image_repository": repository,
            "minio_image_tag": tag,
        }
    IMAGE_VARIABLES.write_text(json.dumps(variables, indent=2) + "\n")

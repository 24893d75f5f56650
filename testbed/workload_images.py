"""Images for the pods, each a static program from .testbed/bin and nothing else."""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from testbed import docker, go_build
from testbed.process import output, part
from testbed.settings import BIN, VERSIONS

_CONTROL_PLANE = VERSIONS["control_plane"]
_KUBERNETES = VERSIONS["kubernetes"]
_OPERATOR = VERSIONS["prometheus_operator"]


@dataclass(frozen=True)
class Image:
    """An image under the name its users ask for, with one program as its entry point."""

    name: str
    tool: str
    program: str
    user: str = "0"
    #: Control-plane manifests name their program themselves.
    entrypoint: bool = True

    def inputs(self) -> str:
        """Return a hash of everything the image is made from."""
        tool = go_build.TOOLS[self.tool].inputs()
        return hashlib.sha256(f"{self}{tool}".encode() + Path(__file__).read_bytes()).hexdigest()[:16]


CONTROL_PLANE = tuple(
    [
        Image(f"registry.k8s.io/{program}:{_KUBERNETES}", "kubernetes", program, entrypoint=False)
        for program in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
    ]
    + [
        Image(_CONTROL_PLANE["etcd"], "etcd", "etcd", entrypoint=False),
        Image(_CONTROL_PLANE["coredns"], "coredns", "coredns"),
        Image(_CONTROL_PLANE["pause"], "pause", "pause", user="65535"),
        Image("docker.io/rancher/local-path-provisioner:v0.0.30", "local-path-provisioner", "local-path-provisioner"),
    ]
)
#: What runs on top of Kubernetes, beside the images of the control plane.
WORKLOADS = (
    Image(f"quay.io/prometheus-operator/prometheus-operator:{_OPERATOR}", "prometheus-operator", "operator", "65534"),
    Image(
        f"quay.io/prometheus-operator/prometheus-config-reloader:{_OPERATOR}",
        "prometheus-operator",
        "prometheus-config-reloader",
        "65534",
    ),
    Image(f"quay.io/prometheus/prometheus:{VERSIONS['prometheus']}", "prometheus", "prometheus", "65534"),
    Image(f"quay.io/prometheus/alertmanager:{VERSIONS['alertmanager']}", "alertmanager", "alertmanager", "65534"),
    Image(f"quay.io/thanos/thanos:{VERSIONS['thanos']}", "thanos", "thanos", "1001"),
    Image(VERSIONS["source"]["minio"], "minio", "minio", "1000"),
    Image(VERSIONS["source"]["grafana"], "grafana-stand-in", "grafana-stand-in", "472"),
)


def build(image: Image) -> None:
    """Make an image unless Docker has it, made from the same inputs."""
    if docker.image_inputs(image.name) == image.inputs():
        return
    go_build.build(go_build.TOOLS[image.tool])
    with part(f"image {image.name}"), tempfile.TemporaryDirectory() as directory:
        archive = Path(directory, "image.tar")
        with tarfile.open(archive, "w") as tar:
            for folder in ("tmp", "data"):  # Writable for any user, as in the upstream images.
                entry = tarfile.TarInfo(folder)
                entry.type, entry.mode = tarfile.DIRTYPE, 0o1777
                tar.addfile(entry)
            tar.add(BIN / image.program, f"bin/{image.program}", filter=_owned_by_root)
        changes = [f"USER {image.user}", "ENV PATH=/bin"]
        if image.entrypoint:
            changes.append(f'ENTRYPOINT ["/bin/{image.program}"]')
        docker.import_image(archive, image.name, image.inputs(), *changes)


def _owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mode = 0o755
    return entry


def copy_program(image: str, path: str, target: Path) -> None:
    """Copy a program out of an image, for those who run it on this machine."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    container = output(["docker", "create", image, "unused"]).strip()
    try:
        output(["docker", "cp", f"{container}:{path}", str(target)])
    finally:
        output(["docker", "rm", container])

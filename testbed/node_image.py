"""The kind node image: Debian with systemd, our own kubeadm, kubelet and containerd, and every image preloaded."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from testbed import docker, go_build, workload_images
from testbed.process import output, part, run
from testbed.settings import BIN, HERE, LOGS, PRODUCTS, VERSIONS, TestbedError

FILES = HERE / "node" / "rootfs"
DEBIAN = PRODUCTS / "debian.tar"
NAME = f"{VERSIONS['source']['node']}:{VERSIONS['kubernetes']}"
KUBE_PROXY = f"registry.k8s.io/kube-proxy:{VERSIONS['kubernetes']}"
BUSYBOX = VERSIONS["source"]["busybox"]
IMAGES = (*workload_images.CONTROL_PLANE, *workload_images.WORKLOADS)
#: Where a program of ours goes in the node.
PROGRAMS = {
    "usr/bin": ("kubeadm", "kubelet", "kubectl"),
    "usr/local/bin": ("containerd", "containerd-shim-runc-v2", "ctr"),
    "opt/cni/bin": ("host-local", "loopback", "portmap", "ptp"),
}
TOOLS = ("kubernetes", "containerd", "cni")


def inputs() -> str:
    """Return a hash of everything the node image is made from."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update((HERE / "node" / "packages.txt").read_bytes())
    for file in sorted(path for path in FILES.rglob("*") if path.is_file()):
        digest.update(str(file.relative_to(FILES)).encode() + file.read_bytes())
    for tool in TOOLS:
        digest.update(go_build.TOOLS[tool].inputs().encode())
    for image in IMAGES:
        digest.update(image.inputs().encode())
    return digest.hexdigest()[:16]


def build() -> str:
    """Make the node image unless Docker has it, made from the same inputs; return its name."""
    if docker.image_inputs(NAME) == inputs():
        return NAME
    if os.geteuid() != 0:
        raise TestbedError("Building a node image needs root (debootstrap). Name one of your own: TESTBED_NODE_IMAGE.")
    go_build.report_go()
    with ThreadPoolExecutor(1) as background:
        # The network is busy here while the processors compile.
        debian = background.submit(_debian)
        go_build.download_all()
        for tool in TOOLS:
            go_build.build(go_build.TOOLS[tool])
            if debian.done():
                debian.result()  # Fail now, not after all builds.
        for image in IMAGES:
            workload_images.build(image)
        debian.result()
    rootfs = PRODUCTS / "rootfs"
    with part("node image: root filesystem"):
        shutil.rmtree(rootfs, ignore_errors=True)
        rootfs.mkdir(parents=True)
        run(["tar", "-xf", DEBIAN, "-C", rootfs], log="node-image")
        _populate(rootfs)
    with part("node image: preload the images"):
        _preload(rootfs)
    with part("node image: import"), tempfile.TemporaryDirectory(dir=PRODUCTS) as directory:
        archive = Path(directory, "node.tar")
        run(["tar", "-cf", archive, "-C", rootfs, "."], log="node-image")
        docker.import_image(archive, NAME, inputs(), "ENV container=docker", 'ENTRYPOINT ["/usr/local/bin/entrypoint"]')
    shutil.rmtree(rootfs)
    return NAME


def _debian() -> None:
    """Fetch and unpack Debian once, into a tar file."""
    packages = (HERE / "node" / "packages.txt").read_text().split()
    wanted = hashlib.sha256(" ".join([VERSIONS["debian"], *packages]).encode()).hexdigest()
    stamp = DEBIAN.with_suffix(".inputs")
    if DEBIAN.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not shutil.which("debootstrap"):
        docker.install_packages("debootstrap")
    with part("node image: Debian"), tempfile.TemporaryDirectory(dir=PRODUCTS) as directory:
        root = Path(directory, "root")
        include = ",".join(packages)
        run(
            ["debootstrap", "--variant=minbase", f"--include={include}", VERSIONS["debian"], root],
            log="debootstrap",
        )
        for folder in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"):
            shutil.rmtree(root / folder, ignore_errors=True)
        run(["tar", "-cf", DEBIAN.with_suffix(".part"), "-C", root, "."], log="debootstrap")
    DEBIAN.with_suffix(".part").rename(DEBIAN)
    stamp.write_text(wanted)


def _populate(rootfs: Path) -> None:
    for folder, programs in PROGRAMS.items():
        (rootfs / folder).mkdir(parents=True, exist_ok=True)
        for program in programs:
            shutil.copy(BIN / program, rootfs / folder / program)
    shutil.copytree(FILES, rootfs, dirs_exist_ok=True)
    (rootfs / "kind" / "version").write_text(VERSIONS["kubernetes"] + "\n")
    (rootfs / "etc/kubernetes/manifests").mkdir(parents=True)
    (rootfs / "etc/cni/net.d").mkdir(parents=True)
    units = rootfs / "etc/systemd/system"
    shipped = rootfs / "lib/systemd/system"
    # Of the boot, only what a container needs: no device, no file system, no terminal.
    for target in ("multi-user", "local-fs", "basic", "sysinit", "sockets", "getty"):
        for base in (units, shipped):
            shutil.rmtree(base / f"{target}.target.wants", ignore_errors=True)
    for unit in ("systemd-binfmt.service", "systemd-udevd.service", "systemd-tmpfiles-setup.service"):
        (units / unit).unlink(missing_ok=True)
        (units / unit).symlink_to("/dev/null")
    for target, unit in (
        ("multi-user", "containerd.service"),
        ("multi-user", "kubelet.service"),
        ("sysinit", "systemd-journald.service"),
        ("sockets", "systemd-journald.socket"),
    ):
        _enable(units, target, unit)
    (units / "default.target").unlink(missing_ok=True)
    (units / "default.target").symlink_to("/lib/systemd/system/multi-user.target")


def _enable(units: Path, target: str, unit: str) -> None:
    wants = units / f"{target}.target.wants"
    wants.mkdir(exist_ok=True)
    source = f"/etc/systemd/system/{unit}" if (units / unit).exists() else f"/lib/systemd/system/{unit}"
    (wants / unit).symlink_to(source)


def _preload(rootfs: Path) -> None:
    """Put all images into the node's containerd, by a containerd of the same build on a private socket."""
    _import_from_root(rootfs, KUBE_PROXY, ["usr/sbin/nft", "usr/sbin/conntrack"], BIN / "kube-proxy")
    _import_from_root(rootfs, BUSYBOX, [], rootfs / "bin" / "busybox")
    names = [*(image.name for image in IMAGES), KUBE_PROXY, BUSYBOX]
    with tempfile.TemporaryDirectory() as directory:
        settings = Path(directory, "config.toml")
        settings.write_text("version = 3\ndisabled_plugins = ['io.containerd.grpc.v1.cri']\n")
        socket = Path(directory, "containerd.sock")
        with (LOGS / "preload.log").open("ab") as log:
            daemon = subprocess.Popen(
                [
                    str(BIN / "containerd"),
                    "--config",
                    str(settings),
                    "--root",
                    str(rootfs / "var/lib/containerd"),
                    "--state",
                    f"{directory}/state",
                    "--address",
                    str(socket),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            ctr: list[str | Path] = [BIN / "ctr", "--address", socket, "--namespace", "k8s.io"]
            deadline = time.monotonic() + 30
            while subprocess.run([*map(str, ctr), "version"], capture_output=True, check=False).returncode:
                if time.monotonic() > deadline or daemon.poll() is not None:
                    raise TestbedError(f"containerd did not start; see {LOGS / 'preload.log'}")
                time.sleep(0.2)
            archive = Path(directory, "images.tar")
            run(["docker", "save", "--output", archive, *names], log="preload")
            run(
                [*ctr, "images", "import", "--no-unpack", "--label", "io.cri-containerd.pinned=pinned", archive],
                log="preload",
            )
        finally:
            daemon.terminate()
            daemon.wait()


def _import_from_root(rootfs: Path, image: str, programs: list[str], main: Path) -> None:
    """Make an image of a program and of some of Debian's with the libraries they need."""
    with tempfile.TemporaryDirectory() as directory:
        archive = Path(directory, "image.tar")
        with tarfile.open(archive, "w") as tar:
            tar.add(main, f"usr/local/bin/{main.name}")
            files = dict.fromkeys(programs)
            for program in programs:
                libraries = output(["chroot", str(rootfs), "ldd", f"/{program}"])
                files.update(dict.fromkeys(word[1:] for word in libraries.split() if word.startswith("/")))
            for file in files:
                tar.add((rootfs / file).resolve(), file)
            if main.name == "busybox":
                for applet in ("sh", "mkdir", "rm", "sleep", "true"):
                    link = tarfile.TarInfo(f"bin/{applet}")
                    link.type, link.linkname = tarfile.SYMTYPE, "/usr/local/bin/busybox"
                    tar.addfile(link)
        docker.import_image(archive, image, inputs(), "ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")

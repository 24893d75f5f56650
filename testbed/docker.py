"""Docker, which kind needs: found, or installed and started where that is possible."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import subprocess
import time
from pathlib import Path

from testbed.process import output, part, run, say, succeeds
from testbed.settings import HERE, LOGS, TestbedError

DAEMON_SETTINGS = Path("/etc/docker/daemon.json")
RUNTIME = Path("/usr/local/bin/runc-without-resource-capability")
CAP_SYS_RESOURCE = 24
PACKAGES = ("docker.io", "ca-certificates", "iptables")
#: Linux' usual 128 is used up by two or three clusters; the next programs end with "too many open files".
INOTIFY_INSTANCES = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH_INSTANCES = 1024


def ensure() -> None:
    """Make sure that a Docker daemon answers; install and start it on Debian and Ubuntu as root."""
    if succeeds(["docker", "info"]):
        return
    if os.geteuid() != 0 or not _is_debian():
        raise TestbedError(
            "Docker does not answer ('docker info' fails). Install and start it "
            "(https://docs.docker.com/engine/install/), let this user use it, and run the same command again. "
            "On Debian and Ubuntu, as root, the testbed does that by itself."
        )
    if not shutil.which("dockerd"):
        with part("install Docker"):
            install_packages(*PACKAGES)
    if _lacks_resource_capability():
        _install_runtime()
    with part("start Docker"):
        _start()


def raise_limits() -> None:
    """Let the programs of several clusters watch their files, where this user may decide that."""
    if int(INOTIFY_INSTANCES.read_text()) >= ENOUGH_INSTANCES:
        return
    with contextlib.suppress(OSError):
        INOTIFY_INSTANCES.write_text(str(ENOUGH_INSTANCES))
        say(f"{INOTIFY_INSTANCES} is {ENOUGH_INSTANCES} now, until the next start of this machine.")


def install_packages(*names: str) -> None:
    """Install Debian packages."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update"], log="packages", env=quiet)
    run(["apt-get", "install", "--yes", "--no-install-recommends", *names], log="packages", env=quiet)


def _is_debian() -> bool:
    with contextlib.suppress(OSError):
        return "debian" in " ".join(
            value for key, value in platform.freedesktop_os_release().items() if key in ("ID", "ID_LIKE")
        )
    return False


def _lacks_resource_capability() -> bool:
    status = Path("/proc/1/status").read_text()
    bounding = next(line for line in status.splitlines() if line.startswith("CapBnd:"))
    return not int(bounding.split()[1], 16) >> CAP_SYS_RESOURCE & 1


def _install_runtime() -> None:
    say(f"This machine lacks CAP_SYS_RESOURCE: {RUNTIME} becomes Docker's default runtime (in {DAEMON_SETTINGS}).")
    shutil.copy(HERE / RUNTIME.name, RUNTIME)
    settings = json.loads(DAEMON_SETTINGS.read_text()) if DAEMON_SETTINGS.exists() else {}
    settings.setdefault("runtimes", {})[RUNTIME.name] = {"path": str(RUNTIME)}
    settings["default-runtime"] = RUNTIME.name
    DAEMON_SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    DAEMON_SETTINGS.write_text(json.dumps(settings, indent=2) + "\n")


def _start() -> None:
    if Path("/run/systemd/system").is_dir():
        run(["systemctl", "start", "docker"], log="docker")
    else:
        LOGS.mkdir(parents=True, exist_ok=True)
        # A daemon that did not end well leaves its process number behind, and the next one refuses to start.
        for file in (Path("/var/run/docker.pid"), Path("/run/docker/containerd/containerd.pid")):
            if file.exists() and not Path("/proc", file.read_text().strip()).exists():
                file.unlink()
        with (LOGS / "dockerd.log").open("ab") as log:
            subprocess.Popen(
                ["dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
    deadline = time.monotonic() + 60
    while not succeeds(["docker", "info"]):
        if time.monotonic() > deadline:
            raise TestbedError(f"Docker did not start within 60 s; see {LOGS / 'dockerd.log'}.")
        time.sleep(0.5)


def image_inputs(image: str) -> str:
    """Return the hash that one of our images was made from, an empty string where there is no such image."""
    if not succeeds(["docker", "image", "inspect", image]):
        return ""
    label = '{{index .Config.Labels "testbed.inputs"}}'
    return output(["docker", "image", "inspect", "--format", label, image]).strip()


def import_image(archive: Path, image: str, inputs: str, *changes: str) -> None:
    """Make an image of one layer from a tar file; changes are lines as in a Dockerfile."""
    options = [word for change in (*changes, f"LABEL testbed.inputs={inputs}") for word in ("--change", change)]
    run(["docker", "import", *options, archive, image], log="images")
    # What had this name before is of no use any more.
    run(["docker", "image", "prune", "--force", "--filter", "label=testbed.inputs"], log="images")

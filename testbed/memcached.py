"""Memcached on the cluster's node, for the one test that wants it: python -m testbed.memcached prints its image's name.

It is no part of the node image, which everything else waits for.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from testbed import docker, registry
from testbed.process import part, run, succeeds
from testbed.settings import BIN, CLUSTER, PRODUCTS, VERSIONS


def load() -> str:
    """Put the image on the node and return its name."""
    upstream = registry.use_upstream_images()
    name: str = VERSIONS["upstream" if upstream else "source"]["memcached"]
    if not upstream:
        _build(name)
    elif not succeeds(["docker", "image", "inspect", name]):
        run(["docker", "pull", name], log="images")
    run([BIN / "kind", "load", "docker-image", "--name", CLUSTER, name], log="kind")
    return name


def _build(name: str) -> None:
    """Make an image of Debian's memcached and the libraries it is linked to."""
    inputs = hashlib.sha256(Path(__file__).read_bytes() + VERSIONS["debian"].encode()).hexdigest()[:16]
    if docker.image_inputs(name) == inputs:
        return
    with part("image memcached"), tempfile.TemporaryDirectory(dir=PRODUCTS) as directory:
        packages, root, archive = (Path(directory, part) for part in ("packages", "root", "image.tar"))
        fetch = ["--download-only", "--variant=minbase", "--include=memcached"]
        run(["debootstrap", *fetch, VERSIONS["debian"], packages], log="memcached")
        for package in sorted(packages.glob("var/cache/apt/archives/*.deb")):
            if package.name.startswith(("memcached_", "lib")):
                run(["dpkg-deb", "--extract", package, root], log="memcached")
        run(["tar", "-cf", archive, "-C", root, "."], log="memcached")
        docker.import_image(archive, name, inputs, "USER 1001", 'ENTRYPOINT ["/usr/bin/memcached"]')


if __name__ == "__main__":
    print(load())

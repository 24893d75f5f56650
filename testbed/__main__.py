"""Command line of the testbed: python -m testbed up|build|programs|summary|down|clean."""

from __future__ import annotations

import argparse
import sys
import time

from testbed import docker, fixture, kind_cluster, registry, summary
from testbed.process import print_durations, say
from testbed.settings import KUBECONFIG, TestbedError

COMMANDS = {
    "up": "create or start the cluster with Prometheus and Grafana on it, making images where necessary",
    "build": "make the images, and no cluster",
    "programs": "make what tests need on this machine: the custom resource definitions, thanos and promtool",
    "summary": "print what runs and how to look at it",
    "down": "delete the cluster, keep the images",
    "clean": "delete the cluster, the images built here and .testbed",
}


def main() -> int:
    """Run one command; return the exit status."""
    parser = argparse.ArgumentParser(prog="testbed", description=__doc__)
    parser.add_argument(
        "command", choices=COMMANDS, help="; ".join(f"{name}: {text}" for name, text in COMMANDS.items())
    )
    command = parser.parse_args().command
    begin = time.monotonic()
    try:
        if command == "down":
            kind_cluster.delete()
        elif command == "clean":
            kind_cluster.clean()
        elif command == "summary":
            print(summary.text())
            return 0
        else:
            _make(command)
    except TestbedError as error:
        print(f"\ntestbed: {error}", file=sys.stderr)
        print("\nRun the same command again to carry on where it stopped.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ntestbed: interrupted; the same command carries on where it stopped.", file=sys.stderr)
        return 130
    print_durations()
    say(f"testbed {command}: {time.monotonic() - begin:.0f} s")
    return 0


def _make(command: str) -> None:
    docker.ensure()
    upstream = registry.use_upstream_images()
    image = kind_cluster.build_images(upstream)
    kind_cluster.prepare_programs(upstream)
    kind_cluster.write_crds()
    if command == "up":
        docker.raise_limits()
        kind_cluster.create(image)
        if not upstream:
            kind_cluster.load_missing_images()
        fixture.apply(upstream)
        say(f"The cluster is ready: kubectl --kubeconfig {KUBECONFIG}")


if __name__ == "__main__":
    sys.exit(main())

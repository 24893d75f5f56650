"""Queries to the querier's Service from inside the cluster, one after the other, while something happens to it.

Not through the API server's proxy or a port-forward, which would be what fails: from the node, by the Service's
address, with a connection for each query.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from real_cluster import kubectl, node

#: Ends when its standard input does. Prints a line for each query: when it began, and the answer.
SCRIPT = r"""
ask() {
  exec 3<>"/dev/tcp/$1/$2" && printf 'GET %s HTTP/1.0\r\nHost: querier\r\n\r\n' "$3" >&3 && cat <&3
}
export -f ask
while read -r -t 0.1; (($? > 128)); do
  started=$(date +%s.%N)
  answer=$(timeout 10 bash -c 'ask "$@"' ask "$1" "$2" "$3" 2>&1 || echo "ended with status $?")
  printf '%s %s\n' "${started}" "${answer//[$'\r\n']/ }"
done
"""


@dataclass
class Queries:
    """What the queries were answered, each with the time at which it began."""

    answers: list[tuple[float, str]] = field(default_factory=list)

    def failed(self) -> list[tuple[float, str]]:
        """Return the answers that are not right: an error, or not exactly one series."""
        return [(start, answer) for start, answer in self.answers if not is_right(answer)]

    def __str__(self) -> str:
        """Say how many failed."""
        return f"{len(self.failed())} of {len(self.answers)} queries failed"


def is_right(answer: str) -> bool:
    """Return whether an HTTP answer holds exactly one series."""
    head, _separator, body = answer.partition("{")
    if " 200 " not in head:
        return False
    return len(json.loads("{" + body)["data"]["result"]) == 1


@contextmanager
def queries(expression: str) -> Iterator[Queries]:
    """Ask the same again and again until the end of the context."""
    service = ["get", "service", "--namespace", "monitoring", "thanos-querier", "--output"]
    address = kubectl(*service, "jsonpath={.spec.clusterIP}")
    path = f"/api/v1/query?{urlencode({'query': expression})}"
    command = ["docker", "exec", "--interactive", node(), "bash", "-c", SCRIPT, "queries", address, "9090", path]
    loop = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert loop.stdin is not None
    assert loop.stdout is not None
    lines, asked = loop.stdout, Queries()

    def read() -> None:
        for line in lines:
            start, _space, answer = line.strip().partition(" ")
            asked.answers.append((float(start), answer))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield asked
    finally:
        loop.stdin.close()
        reader.join()
        loop.wait()

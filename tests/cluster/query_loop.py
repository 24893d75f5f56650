"""Queries to the querier's or the query frontend's Service from inside the cluster, while something happens to it.

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
from typing import NamedTuple
from urllib.parse import urlencode

from real_cluster import kubectl, node

#: One series, of the cluster's own stack: not what a scenario before wrote with other labels or by receive, which is
#: found for five minutes more.
EXPRESSION = 'up{job="prometheus-operator", cluster="demo", tenant_id=""}'
#: Ends when its standard input does. Prints a line for each query: when it began and ended, and the answer.
#: Grafana gives a query as long.
SCRIPT = r"""
ask() {
  exec 3<>"/dev/tcp/$1/$2" && printf 'GET %s HTTP/1.0\r\nHost: querier\r\n\r\n' "$3" >&3 && cat <&3
}
export -f ask
while read -r -t 0.1; (($? > 128)); do
  started=$(date +%s.%N)
  answer=$(timeout 30 bash -c 'ask "$@"' ask "$1" "$2" "$3" 2>&1 || echo "ended with status $?")
  printf '%s %s %s\n' "${started}" "$(date +%s.%N)" "${answer//[$'\r\n']/ }"
done
"""


class Query(NamedTuple):
    """One query: when it began and ended, and the answer."""

    start: float
    end: float
    answer: str

    def is_late(self) -> bool:
        """Return whether there was no answer in time, which says nothing about what it would have been."""
        return self.answer == "ended with status 124"


@dataclass
class Queries:
    """All that were asked."""

    asked: list[Query] = field(default_factory=list)

    def failed(self) -> list[Query]:
        """Return those whose answer is not right: an error, none in time, or not exactly one series."""
        return [query for query in self.asked if not is_right(query.answer)]

    def __str__(self) -> str:
        """Say how many failed."""
        slowest = max((query.end - query.start for query in self.asked), default=0.0)
        return f"{len(self.failed())} of {len(self.asked)} queries failed, and the slowest took {slowest:.1f} s,"


def is_right(answer: str) -> bool:
    """Return whether an HTTP answer holds exactly one series."""
    head, _separator, body = answer.partition("{")
    if " 200 " not in head:
        return False
    return len(json.loads("{" + body)["data"]["result"]) == 1


@contextmanager
def queries(name: str = "thanos-querier") -> Iterator[Queries]:
    """Ask a Service the same again and again until the end of the context."""
    service = ["get", "service", "--namespace", "monitoring", name, "--output"]
    address = kubectl(*service, "jsonpath={.spec.clusterIP}")
    path = f"/api/v1/query?{urlencode({'query': EXPRESSION})}"
    command = ["docker", "exec", "--interactive", node(), "bash", "-c", SCRIPT, "queries", address, "9090", path]
    loop = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert loop.stdin is not None
    assert loop.stdout is not None
    lines, found = loop.stdout, Queries()

    def read() -> None:
        for line in lines:
            start, end, answer = line.rstrip().split(" ", maxsplit=2)
            found.asked.append(Query(float(start), float(end), answer))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield found
    finally:
        loop.stdin.close()
        reader.join()
        loop.wait()

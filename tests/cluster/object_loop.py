"""Objects that are written and read from inside the cluster, again and again, while something happens to MinIO.

Not through a port-forward, which ends with the pod that it goes to: from the node, by the Service's address, with a
connection for each request. As a client of S3 does, a request that fails is sent again.
"""

from __future__ import annotations

import itertools
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from minio import Minio
from real_cluster import kubectl, node, secret

BUCKET = "prometheus-thanos"
PORT = 9000
#: Large enough not to be kept beside the object's name, but in parts on the drives.
SIZE = 300_000
#: As often as Thanos' client sends a request again.
TRIES = 10
#: Reads names with paths to write and to read, and ends with its standard input. Prints a line for each request.
SCRIPT = r"""
host=$1 port=$2 size=$3 tries=$4 folder=$(mktemp -d)
once() {
  yes "$2" | head -c "${size}" >"${folder}/wanted"
  if [[ $1 == PUT ]]; then sent=${folder}/wanted; else sent=/dev/null; fi
  exec 3<>"/dev/tcp/${host}/${port}" || return
  printf '%s %s HTTP/1.0\r\nHost: %s\r\n' "$1" "$3" "${host}:${port}" >&3
  printf 'Content-Length: %d\r\n\r\n' "$(wc -c <"${sent}")" >&3
  cat "${sent}" >&3
  cat <&3 >"${folder}/answer"
  read -r status <"${folder}/answer"
  if [[ ${status} != *" 200 "* ]]; then echo "${status} $(grep --only-matching '<Code>[^<]*' "${folder}/answer")"
  elif [[ $1 == PUT ]] || sed '1,/^\r$/d' "${folder}/answer" | cmp "${folder}/wanted" -; then echo ok
  fi
}
export -f once
export host port size folder
request() {
  for ((try = 1; try <= tries; try++)); do
    started=$(date +%s.%N)
    result=$(timeout 20 bash -c 'once "$@"' once "$@" 2>&1) || result+=" status $?"
    printf '%s %s %s %s %s\n' "${started}" "$(date +%s.%N)" "$1" "$2" "${result//[$'\r\n']/ }"
    if [[ ${result} == ok ]]; then return; fi
    sleep 0.5
  done
}
while read -r name put get old old_get; do
  request PUT "${name}" "${put}"
  request GET "${name}" "${get}"
  request GET "${old}" "${old_get}"
  echo next
done
rm -r "${folder}"
"""


class Request(NamedTuple):
    """One request: when it began and ended, what it asked for, and how it went."""

    start: float
    end: float
    method: str
    name: str
    result: str


@dataclass
class Requests:
    """All that were sent."""

    sent: list[Request] = field(default_factory=list)

    def refused(self) -> list[Request]:
        """Return those that failed, and had to be sent again."""
        return [request for request in self.sent if request.result != "ok"]

    def lost(self) -> set[tuple[str, str]]:
        """Return what never succeeded, by method and name."""
        asked = {(request.method, request.name) for request in self.sent}
        return asked - {(request.method, request.name) for request in self.sent if request.result == "ok"}

    def written(self) -> list[str]:
        """Return the names of the objects that were written."""
        return [request.name for request in self.sent if (request.method, request.result) == ("PUT", "ok")]

    def since(self, start: float, method: str) -> list[Request]:
        """Return the requests that began then or later, and succeeded."""
        return [each for each in self.sent if each.start >= start and each.method == method and each.result == "ok"]

    def __str__(self) -> str:
        """Say how it went."""
        slowest = max((request.end - request.start for request in self.sent), default=0.0)
        return f"{len(self.refused())} of {len(self.sent)} requests were sent again; the slowest took {slowest:.1f} s,"


def content(name: str) -> bytes:
    """Return what is in the object of that name."""
    return (f"{name}\n".encode() * SIZE)[:SIZE]


def client(namespace: str, address: str) -> Minio:
    """Return MinIO with the credentials that Thanos has."""
    keys = secret(namespace, "minio-thanos")
    # The region is named so that it is not asked for.
    return Minio(address, keys["access-key"], keys["secret-key"], secure=False, region="us-east-1")


@contextmanager
def requests(namespace: str, prefix: str, old: list[str]) -> Iterator[Requests]:
    """Write and read objects that begin with the prefix, and read old ones, until the end of the context."""
    address = kubectl("get", "service", "--namespace", namespace, "minio", "--output", "jsonpath={.spec.clusterIP}")
    thanos = client(namespace, f"{address}:{PORT}")

    def signed(method: str, name: str) -> str:
        parts = urlsplit(thanos.get_presigned_url(method, BUCKET, name, expires=timedelta(hours=1)))
        return f"{parts.path}?{parts.query}"

    numbers = itertools.count()

    def line() -> str:
        number = next(numbers)
        name, known = f"{prefix}{number}", old[number % len(old)]
        return " ".join([name, signed("PUT", name), signed("GET", name), known, signed("GET", known)]) + "\n"

    command = ["docker", "exec", "--interactive", node(), "bash", "-c", SCRIPT, "objects"]
    command += [address, str(PORT), str(SIZE), str(TRIES)]
    loop = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
    assert loop.stdin is not None
    assert loop.stdout is not None
    given, answers = loop.stdin, loop.stdout
    found, ended = Requests(), threading.Event()

    def read() -> None:
        for answer in answers:
            if answer == "next\n":
                if ended.is_set():
                    given.close()
                else:
                    given.write(line())
            else:
                start, end, method, name, result = answer.rstrip().split(" ", maxsplit=4)
                found.sent.append(Request(float(start), float(end), method, name, result))

    given.write(line())
    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield found
    finally:
        ended.set()
        reader.join()
        loop.wait()

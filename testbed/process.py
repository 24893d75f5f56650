"""Running programs: quietly, into a log file, with a line that shows progress, and errors that show the log's end."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from testbed.settings import LOGS, TestbedError

#: Seconds between the lines that say a long part is still at work.
HEARTBEAT = 20.0
_started = time.monotonic()
_print_lock = threading.Lock()
#: Seconds each finished part took, in the order they finished.
durations: dict[str, float] = {}


def say(text: str) -> None:
    """Print a line with the time since the start."""
    elapsed = int(time.monotonic() - _started)
    with _print_lock:
        print(f"[{elapsed // 60:3d}:{elapsed % 60:02d}] {text}", flush=True)


@contextmanager
def part(name: str, progress: Callable[[], str] = lambda: "") -> Iterator[None]:
    """Announce a part, say now and then how far it is, and how long it took."""
    say(f"{name} ...")
    begin = time.monotonic()
    finished = threading.Event()

    def beat() -> None:
        while not finished.wait(HEARTBEAT):
            say(f"{name} ... {progress()}{time.monotonic() - begin:.0f} s so far")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    except BaseException:
        say(f"{name}: FAILED after {time.monotonic() - begin:.0f} s")
        raise
    finally:
        finished.set()
    durations[name] = time.monotonic() - begin
    say(f"{name}: done in {durations[name]:.1f} s")


def run(
    command: Sequence[str | Path],
    *,
    log: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> None:
    """Run a program with its output in the log file of that name; on failure show the end of it."""
    LOGS.mkdir(parents=True, exist_ok=True)
    file = LOGS / f"{log}.log"
    with file.open("ab") as output:
        output.write(f"$ {' '.join(map(str, command))}\n".encode())
        output.flush()
        result = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            input=stdin.encode() if stdin is not None else None,
            stdin=None if stdin is not None else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode:
        tail = "\n".join("    " + line for line in file.read_text(errors="replace").splitlines()[-15:])
        raise TestbedError(f"{command[0]} ended with {result.returncode}; the end of {file}:\n{tail}")


def output(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Return a program's standard output."""
    try:
        return subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    except FileNotFoundError as error:
        raise TestbedError(f"{command[0]} is not installed.") from error
    except subprocess.CalledProcessError as error:
        raise TestbedError(f"{' '.join(map(str, command))} failed: {error.stderr.strip()}") from error


def succeeds(command: Sequence[str | Path]) -> bool:
    """Tell whether a program exists and ends without an error."""
    try:
        return (
            subprocess.run(
                [str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, check=False
            ).returncode
            == 0
        )
    except FileNotFoundError:
        return False


def print_durations() -> None:
    """Print where the time went, the longest part first."""
    long_parts = {name: seconds for name, seconds in durations.items() if seconds >= 1}
    for name, seconds in sorted(long_parts.items(), key=lambda item: -item[1]):
        print(f"  {seconds:7.1f} s  {name}", file=sys.stdout)

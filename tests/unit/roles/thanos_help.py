# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The flags that the pinned thanos knows, from its own help."""

from __future__ import annotations

import functools
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

THANOS = Path(os.environ.get("THANOS_BINARY", Path(__file__).parents[3] / ".testbed/bin/thanos"))
#: A flag's line once its continuations are joined to it, such as `--[no-]wait  Do ...` or `--label=LABEL ...  Label`.
_FLAG = re.compile(r"^ *(?:-\w, )?--(\[no-\])?([a-z][a-zA-Z0-9._-]*)(=[^ ]*(?: \.\.\.)?)?(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Flag:
    """What the help says about one flag."""

    takes_value: bool
    repeatable: bool
    deprecated: bool


@functools.cache
def known_flags(command: str) -> dict[str, Flag]:
    """Return the flags of a subcommand, such as `query` or `tools bucket web`, by name."""
    assert THANOS.exists(), (
        f"No {THANOS}: `make unit` builds it, or set THANOS_BINARY to a thanos of the default version."
    )
    result = subprocess.run([THANOS, *command.split(), "--help"], capture_output=True, text=True, check=True)
    text = re.sub(r"\n {20,}", " ", result.stdout + result.stderr)
    found: dict[str, Flag] = {}
    for negatable, name, value, meaning in _FLAG.findall(text):
        deprecated = bool(re.search(r"\bdeprecat", meaning, re.IGNORECASE))
        found[name] = Flag(bool(value), value.endswith("..."), deprecated)
        if negatable:
            found[f"no-{name}"] = Flag(False, False, deprecated)
    return found


@functools.cache
def is_hidden(command: str, flag: str) -> bool:
    """Return whether a subcommand takes a flag that its help leaves out: the parser names the first unknown one."""
    wrong = "--no-such-flag"
    result = subprocess.run([THANOS, *command.split(), flag, wrong], capture_output=True, text=True, check=False)
    return f"unknown long flag '{wrong}'" in result.stderr


def problems(args: list[str]) -> list[str]:
    """Return what is wrong with a command line, by flag."""
    words = [arg for arg in args if not arg.startswith("--")]
    command = " ".join(words)
    known = known_flags(command)
    found = []
    names = [arg.removeprefix("--").partition("=") for arg in args if arg.startswith("--")]
    for name, equals, value in names:
        flag = known.get(name)
        if flag is None:
            if not is_hidden(command, f"--{name}{equals}{value}"):
                found.append(f"{name} is unknown")
            continue
        if flag.takes_value != bool(equals):
            found.append(f"{name} takes {'a' if flag.takes_value else 'no'} value")
        if flag.deprecated:
            found.append(f"{name} is deprecated")
        if not flag.repeatable and [other for other, _equals, _value in names].count(name) > 1:
            found.append(f"{name} is given twice")
        if {name, f"no-{name}"} <= {other for other, _equals, _value in names}:
            found.append(f"{name} and no-{name} are both given")
    return found

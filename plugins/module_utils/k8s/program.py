# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the containers of a workload are called with, whatever form their command has."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

SHELLS = ("sh", "ash", "bash", "dash", "ksh", "zsh")
#: A shell's option that says that a script follows, such as -c or -ec.
SCRIPT_FOLLOWS = re.compile(r"-[A-Za-z]*c[A-Za-z]*")
#: What shlex takes for a part of the shell's own language.
PUNCTUATION = set("();<>|&")

Manifest = Mapping[str, Any]


def containers(workload: Manifest) -> Sequence[Mapping[str, Any]]:
    """Return the containers of a workload's pods."""
    found: Sequence[Mapping[str, Any]] = workload["spec"]["template"]["spec"]["containers"]
    return found


def program(workload: Manifest) -> str:
    """Return what a workload of ours runs: its first argument, such as `compact` or `server`."""
    return str(containers(workload)[0]["args"][0])


def runs(workload: Manifest, wanted: str) -> bool:
    """Return whether a container of the workload is called with that argument."""
    return any(container_runs(container, wanted) for container in containers(workload))


def container_runs(container: Mapping[str, Any], wanted: str) -> bool:
    """Return whether a container is called with that argument, directly or by a shell."""
    return any(wanted in command for command in commands(container))


def commands(container: Mapping[str, Any]) -> list[list[str]]:
    """Return the commands that a container runs, as words; several where a shell's script has several."""
    words = [str(word) for word in [*(container.get("command") or []), *(container.get("args") or [])]]
    script = _script(words)
    return [words] if script is None else _commands_of(script)


def _script(words: Sequence[str]) -> str | None:
    start = next((index for index, word in enumerate(words) if posixpath.basename(word) in SHELLS), None)
    rest = words[start + 1 :] if start is not None else []
    return next((script for option, script in pairwise(rest) if SCRIPT_FOLLOWS.fullmatch(option)), None)


def _commands_of(script: str) -> list[list[str]]:
    lexer = shlex.shlex(script.replace("\\\n", " ").replace("\n", " ; "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found: list[list[str]] = [[]]
    try:
        for token in lexer:
            if not set(token) <= PUNCTUATION:
                found[-1].append(token)
                continue
            if token[0] in "<>" and found[-1] and found[-1][-1].isdigit():
                found[-1].pop()  # The number of what is redirected.
            found.append([])
    except ValueError:  # A quote is not closed.
        return [script.split()]
    return [command for command in found if command]

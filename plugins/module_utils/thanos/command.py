# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a container calls Thanos' compactor: directly, behind a wrapper, or inside a shell's script."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..k8s.objects import Object

#: Thanos' own: the first of them on a command line is the one that runs.
SUBCOMMANDS = ("sidecar", "store", "query", "rule", "compact", "tools", "receive", "query-frontend")
SHELLS = ("sh", "ash", "bash", "dash", "ksh", "zsh")
#: All that Thanos may be called: a name of its own, with a version or a platform.
_PROGRAM = re.compile(r"thanos([-_][\w.-]+)?")
_OBJSTORE = re.compile(r"--objstore\.config(-file)?(=|$)")
#: A shell's option that says that a script follows, such as -c or -ec.
_SCRIPT_FOLLOWS = re.compile(r"-[A-Za-z]*c[A-Za-z]*")
#: One that has the name of a setting after it, such as -o pipefail.
_VALUE_FOLLOWS = re.compile(r"-[A-Za-z]*o[A-Za-z]*")
_COMMENT = re.compile(r"(?m)^\s*#.*$")
_POSITIONAL = ("$@", "$*", "${@}", "${*}")
#: What ends a simple command in a shell.
_SEPARATORS = "();<>|&\n"
#: A reference as Kubernetes expands it, and what stands for one dollar.
_REFERENCE = re.compile(r"\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)")
#: Stands for a dollar that was escaped, so that it is not expanded by a second look.
ESCAPED = "\0"
#: Returns the text of a file as a container sees it, empty where that is not known.
Read = Callable[[str], str]


@dataclass(frozen=True)
class Command:
    """The words of one call, and whether they come from a shell's script."""

    words: tuple[str, ...]
    is_script: bool = False

    def flag(self, name: str) -> str:
        """Return a flag's value, given as one word or as two, an empty text where it is missing."""
        found = ""
        for word, following in zip(self.words, (*self.words[1:], ""), strict=True):
            if word == f"--{name}":
                found = following
            elif word.startswith(f"--{name}="):
                found = word.partition("=")[2]
        return found


def expand(text: str, lookup: Callable[[str], str | None]) -> str:
    """Return the text with $(NAME) replaced as Kubernetes does; what is not known stays."""

    def replace(match: re.Match[str]) -> str:
        if match[1] is None:
            return ESCAPED
        value = lookup(match[1])
        return match[0] if value is None else value

    return _REFERENCE.sub(replace, text)


def compact_command(container: Object, read: Read | None = None) -> Command | None:
    """Return how the container calls Thanos' compactor, None where it does not.

    The image's name alone proves nothing, and neither does the word: other programs compact, too. Scripts in files are
    looked into where the image is one of Thanos.
    """
    known: dict[str, str | None] = {}
    for each in container.get("env") or []:
        # The last one of a name counts, and each may use those before it.
        known[each["name"]] = None if each.get("valueFrom") else expand(str(each.get("value") or ""), known.get)
    program = [str(word) for word in container.get("command") or []]
    words = [expand(word, known.get) for word in [*program, *map(str, container.get("args") or [])]]
    has_thanos = "thanos" in str(container.get("image"))
    calls = _calls(Command(tuple(words)), read if program and has_thanos else None)
    return next((each for each in calls if _compacts(each.words, has_thanos and not program)), None)


def _compacts(words: Sequence[str], is_thanos: bool) -> bool:
    programs = [index for index, word in enumerate(words) if _is_program(word)]
    if not programs and not is_thanos and not any(_OBJSTORE.match(word) for word in words):
        return False
    rest = words[programs[0] + 1 :] if programs else words
    return next((word for word in rest if word in SUBCOMMANDS), "") == "compact"


def _is_program(word: str) -> bool:
    return not word.startswith("-") and _PROGRAM.fullmatch(word.rpartition("/")[2]) is not None


def _calls(command: Command, read: Read | None = None) -> Iterator[Command]:
    """Yield the command itself, or the simple commands of the script that it is or gives to a shell."""
    script, parameters = _script(command.words)
    if script is None:
        yield command
        if read is None:
            return
        script, parameters = _script_file(command.words, read)
    for words in _simple_commands(script):
        given = [each for word in words for each in (parameters if word in _POSITIONAL else [word])]
        yield from _calls(Command(tuple(given), is_script=True))


def _script(words: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """Return the script that a shell is called with, None without one, and its positional parameters."""
    shell = next((index for index, word in enumerate(words) if word.rpartition("/")[2] in SHELLS), None)
    if shell is None:
        return None, []
    is_next = is_value = False
    for index, word in enumerate(words[shell + 1 :], start=shell + 1):
        if word.startswith("-"):
            is_next = is_next or _SCRIPT_FOLLOWS.fullmatch(word) is not None
            is_value = _VALUE_FOLLOWS.fullmatch(word) is not None
        elif is_value:
            is_value = False
        elif is_next:
            return word, words[index + 2 :]
    return None, []


def _script_file(words: Sequence[str], read: Read) -> tuple[str, Sequence[str]]:
    """Return the script in a file that is called, by itself or by a shell, empty without one, and its parameters."""
    for index, word in enumerate(words):
        if _is_program(word):
            break
        script = read(word) if "/" in word and word.rpartition("/")[2] not in SHELLS else ""
        if script:
            return script, words[index + 1 :]
    return "", []


def _simple_commands(script: str) -> Iterator[list[str]]:
    text = _COMMENT.sub("", script.replace("\\\n", " "))
    lexer = shlex.shlex(text, posix=True, punctuation_chars=_SEPARATORS)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    try:
        words = list(lexer)
    except ValueError:  # Quotes that do not match, as in a here-document.
        yield from (line.split() for line in text.splitlines())
        return
    simple: list[str] = []
    for word in [*words, "\n"]:
        if word and set(word) <= set(_SEPARATORS):
            yield simple
            simple = []
        else:
            simple.append(word)

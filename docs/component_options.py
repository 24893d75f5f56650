"""Write the options of docs/component_options.yml into the roles that ask for them.

A role asks with two comments, in its defaults/main.yml and in its meta/argument_specs.yml. What is between them is
written by docs/generate.py, under the role's own name; what the role describes itself, before them, is left out.

    # From docs/component_options.yml: component, volume
    # Until here.
"""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

SOURCE = Path(__file__).with_suffix(".yml")
REGION = re.compile(
    r"^(?P<indent> *)# From docs/component_options\.yml: (?P<groups>.+)\n"
    r"(?P<body>(?:.*\n)*?)(?P=indent)# Until here\.\n",
    re.MULTILINE,
)
MARKUP = re.compile(r"\bC\(([^()]*)\)")
WIDTH = 110
#: What PyYAML puts after a scalar alone.
_END = "...\n"


def filled(path: Path) -> str:
    """Return a file's text with its region, if it has one, as it should be."""
    text = path.read_text(encoding="utf-8")
    region = REGION.search(text)
    if not region:
        return text
    role = path.parents[1].name
    written = _spec if path.parent.name == "meta" else _defaults
    own = set(re.findall(rf"^ *({role}_\w+):", text[: region.start()], re.MULTILINE))
    options = {
        f"{role}_{name}": option
        for name, option in _options(region["groups"].split(", "), role)
        if f"{role}_{name}" not in own
    }
    body = textwrap.indent("".join(written(options)), region["indent"])
    return text[: region.start("body")] + body + text[region.end("body") :]


def _options(groups: list[str], role: str) -> Iterator[tuple[str, dict[str, Any]]]:
    source = yaml.safe_load(SOURCE.read_text(encoding="utf-8").replace("ROLE", role))
    for group in groups:
        yield from source[group].items()


def _entry(key: str, value: Any) -> str:
    """Return a key and its value in YAML, on one line where that is not too long."""
    if isinstance(value, str) and (not value or "{{" in value):
        written = f'"{value}"'
    else:
        written = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10**6)
    return textwrap.fill(f"{key}: {written.removesuffix(_END).strip()}", WIDTH, subsequent_indent="  ") + "\n"


def _spec(options: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield the options as an argument spec has them."""
    for name, option in options.items():
        yield f"{name}:\n" + textwrap.indent("".join(itertools.starmap(_entry, option.items())), "  ")


def _defaults(options: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield the options as defaults with a comment each."""
    for name, option in options.items():
        comment = textwrap.wrap(MARKUP.sub(r"\1", option["description"]), WIDTH)
        yield "".join(f"# {line}\n" for line in comment) + _entry(name, option["default"])

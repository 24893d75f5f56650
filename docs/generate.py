"""Write roles/<role>/README.md from the role's argument_specs.yml and docs/examples/<role>.yml.

Before that, write the options that components have in common into the roles: see docs/component_options.py.

With --check nothing is written; a file that is not what it should be is named and makes the exit status 1.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import component_options
import yaml

ROOT = Path(__file__).parents[1]
NOTE = "<!-- Written by docs/generate.py from meta/argument_specs.yml. Change that file, not this one. -->"
LINK = re.compile(r"\bL\(([^,()]+), *([^()]+)\)")
MARKUP = re.compile(r"\b([BCEIMOPRUV])\(((?:[^()]|\([^()]*\))*)\)")
#: Value of an option that has none.
NONE = object()


def as_markdown(text: str) -> str:
    """Turn Ansible's markup into Markdown: U(address) into a link, B(text) into bold, names and values into code."""

    def replace(match: re.Match[str]) -> str:
        kind, content = match.groups()
        return {"B": f"**{content}**", "I": f"*{content}*", "U": f"<{content}>"}.get(kind, f"`{content}`")

    return MARKUP.sub(replace, LINK.sub(r"[\1](\2)", text))


def paragraphs(description: str | list[str]) -> list[str]:
    """Return a description, which is one text or a list, as a list of Markdown paragraphs."""
    return [as_markdown(text) for text in ([description] if isinstance(description, str) else description)]


def value(default: Any) -> str:
    """Return a default as one would write it in YAML on one line."""
    if default is NONE:
        return ""
    if isinstance(default, str):
        return f"`{default}`" if default else '`""`'
    text = yaml.safe_dump(default, default_flow_style=True, width=10**6, sort_keys=False, allow_unicode=True)
    # A scalar alone ends with a line of dots.
    return "`" + text.removesuffix("...\n").strip() + "`"


def type_name(option: dict[str, Any]) -> str:
    """Return an option's type, such as `list of str`."""
    name = str(option.get("type", "str"))
    return f"{name} of {option['elements']}" if "elements" in option else name


def rows(options: dict[str, Any], defaults: dict[str, Any], parent: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Yield name, type, default and meaning of each option, and of the options in it by a dotted name."""
    for name, option in options.items():
        text = paragraphs(option["description"])
        if "choices" in option:
            text.append("One of " + ", ".join(f"`{choice}`" for choice in option["choices"]) + ".")
        if option.get("no_log"):
            text.append("Never shown in output.")
        default = option.get("default", defaults.get(name, NONE))
        shown = "**required**" if option.get("required") else value(default)
        yield f"`{parent}{name}`", type_name(option), shown, " ".join(text)
        inner = "[]." if option.get("type") == "list" else "."
        yield from rows(option.get("options") or {}, {}, f"{parent}{name}{inner}")


def table(options: dict[str, Any], defaults: dict[str, Any]) -> str:
    """Return the options as a Markdown table."""
    cells = [("Option", "Type", "Default", "Meaning"), ("---",) * 4, *rows(options, defaults)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells)


def load(path: Path) -> dict[str, Any]:
    """Return what is in a YAML file, nothing if there is no such file."""
    content = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None
    return content or {}


def example(role: str, title: str, known: set[str]) -> str:
    """Return a play that uses the role with the variables of its example."""
    path = ROOT / "docs" / "examples" / f"{role}.yml"
    unknown = set(load(path)) - known
    if unknown:
        raise SystemExit(f"{path}: not an option: {', '.join(sorted(unknown))}")
    lines = ["```yaml", f"- name: {title}", "  hosts: all", "  gather_facts: false"]
    if path.exists():
        lines.append("  vars:")
        variables = path.read_text(encoding="utf-8").removeprefix("---\n").splitlines()
        lines += [f"    {line}".rstrip() for line in variables]
    return "\n".join([*lines, "  roles:", f"    - role: observability.thanos.{role}", "```"])


def named_after(role: str, options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that bear the role's name; those of a role with a longer name have that one's."""
    roles = sorted((path.name for path in ROOT.glob("roles/*")), key=len, reverse=True)
    of = {name: next((each for each in roles if name.startswith(f"{each}_")), "") for name in options}
    return {name: value for name, value in options.items() if of[name] == role}


def readme(role: str, shared: dict[str, Any]) -> str:
    """Return the text of a role's README.md; shared are the options of the role common.

    Those of them that bear the role's name are shared since other roles read them; its own README has them, too.
    """
    folder = ROOT / "roles" / role
    main = load(folder / "meta" / "argument_specs.yml")["argument_specs"]["main"]
    options = main["options"]
    description = paragraphs(main["description"])
    parts = [NOTE, f"# {role}", *description]
    if not description[0].startswith("Internal role"):
        parts += ["## Example", example(role, main["short_description"], {*shared, *options})]
    parts += ["## Options"]
    if role != "common":
        parts.append(
            "Settings that several roles share, such as namespace and image: see [common](../common/README.md)."
        )
    defaults = load(ROOT / "roles" / "common" / "defaults" / "main.yml") | load(folder / "defaults" / "main.yml")
    parts.append(table(named_after(role, shared) | options, defaults))
    return "\n\n".join(parts) + "\n"


def main(check: bool) -> int:
    """Write all files, or check them, and return the exit status."""
    shared = load(ROOT / "roles" / "common" / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]
    stale = False
    for folder in sorted(ROOT.glob("roles/*")):
        specification = folder / "meta" / "argument_specs.yml"
        for path in (folder / "defaults" / "main.yml", specification, folder / "README.md"):
            # The README shows what the files before it say.
            text = readme(folder.name, shared) if path.suffix == ".md" else component_options.filled(path)
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            if check:
                stale = True
                print(f"{path.relative_to(ROOT)} is out of date: run docs/generate.py")
            else:
                path.write_text(text, encoding="utf-8")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))

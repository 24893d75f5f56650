# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manifests as files for a Git repository: one per object, the same bytes for the same manifests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..k8s.client import FIELD_MANAGER
from ..redaction.document import UnreadableError, load
from .report import shown_fields

#: First line of every file of ours; only files that begin with it are replaced or removed.
MARK = f"# Written by the collection {FIELD_MANAGER}."
README_MARK = f"<!-- Written by the collection {FIELD_MANAGER}. -->"
README = "README.md"
#: What others need comes first. The number depends on nothing but the kind, so that no new object renames the others.
ORDER = {"Namespace": 0, "ServiceAccount": 1, "PersistentVolumeClaim": 1, "ConfigMap": 1}
WORKLOADS = {"DaemonSet": 3, "Deployment": 3, "Job": 3, "StatefulSet": 3, "ThanosRuler": 3, "Prometheus": 4}
ELSE = 2
#: Fields that refer to a key of a Secret by name and key.
KEY_REFERENCES = ("secretKeyRef", "objectStorageConfig", "queryConfig", "alertmanagersConfig")

COMMENTS = {
    "Namespace": "Whoever removes this namespace removes all data in it: let no tool prune it.",
    "Prometheus": (
        "Only the fields of this collection, for `kubectl apply --server-side`: the object belongs to somebody else.\n"
        "Let no tool prune it (Argo CD: argocd.argoproj.io/sync-options: Prune=false;\n"
        "Flux: kustomize.toolkit.fluxcd.io/prune: disabled)."
    ),
    "PersistentVolumeClaim": "Whoever removes this claim removes its data: let no tool prune it.",
}

Manifest = Mapping[str, Any]


@dataclass
class Secret:
    """A Secret that the manifests refer to, and so has to be there."""

    namespace: str
    name: str
    keys: set[str] = field(default_factory=set)
    note: str = ""

    @property
    def title(self) -> str:
        """Return its place for people."""
        return f"Secret {self.namespace}/{self.name}"


def needed_secrets(manifests: Iterable[Manifest], known: Iterable[Secret] = ()) -> list[Secret]:
    """Return the Secrets that the manifests refer to, with what is known of them besides, in a stable order."""
    found: dict[tuple[str, str], Secret] = {}
    references = (
        (manifest["metadata"].get("namespace", ""), each) for manifest in manifests for each in _names(manifest)
    )
    for namespace, (name, keys) in references:
        found.setdefault((namespace, name), Secret(namespace, name)).keys.update(keys)
    for each in known:
        secret = found.setdefault((each.namespace, each.name), Secret(each.namespace, each.name))
        secret.keys.update(each.keys)
        secret.note = each.note
    return [found[key] for key in sorted(found)]


def _names(value: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield name and keys of each Secret that is referred to anywhere below a value."""
    if isinstance(value, list):
        for item in value:
            yield from _names(item)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key in KEY_REFERENCES and isinstance(item, dict) and "name" in item:
            yield item["name"], [item["key"]] if "key" in item else []
        elif key == "secret" and isinstance(item, dict) and "secretName" in item:
            yield item["secretName"], [each["key"] for each in item.get("items") or []]
        elif key == "imagePullSecrets":
            yield from ((each["name"], []) for each in item)
        elif key == "secrets" and isinstance(item, list):
            yield from ((each, []) for each in item if isinstance(each, str))
        else:
            yield from _names(item)


def file_name(manifest: Manifest) -> str:
    """Return <order>-<kind>-<namespace>-<name>.yaml."""
    metadata, kind = manifest["metadata"], manifest["kind"]
    order = {**ORDER, **WORKLOADS}.get(kind, ELSE)
    parts = [f"{order}0", kind.lower(), metadata.get("namespace"), metadata["name"]]
    return re.sub(r"[^A-Za-z0-9._-]", "_", "-".join(filter(None, parts))) + ".yaml"


def file_text(manifest: Manifest) -> str:
    """Return a manifest as YAML, its keys in the order that people write them in."""
    first = {key: manifest[key] for key in ("apiVersion", "kind", "metadata") if key in manifest}
    comments = [MARK, *(f"# {line}" for line in COMMENTS.get(manifest["kind"], "").splitlines())]
    comments += [f"# Needs {secret.title}, see {README}." for secret in needed_secrets([manifest])]
    return "\n".join([*comments, "---", _dump({**first, **manifest})])


def _dump(manifest: Manifest) -> str:
    """Return YAML with texts of several lines as blocks, and without anchors."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
            return True

    def represent(dumper: Dumper, text: str) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)

    Dumper.add_representer(str, represent)
    return str(yaml.dump(manifest, Dumper=Dumper, sort_keys=False, width=10**6, allow_unicode=True))


def readme(manifests: Sequence[Manifest], secrets: Sequence[Secret], notes: Sequence[str]) -> str:
    """Return what a person has to know who applies the files."""
    lines = [README_MARK, "# Thanos, as files", ""]
    lines += [
        "Apply them server-side and under the collection's own field manager. Then each field has one owner, the",
        "Prometheus resource keeps its others, and `site.yml` and `uninstall.yml` find what is theirs:",
        "",
        "```sh",
        f"kubectl apply --server-side --field-manager={FIELD_MANAGER} --filename .",
        "```",
        "",
        "## Secrets that have to be there",
        "",
        "They are not among the files. The commands read each value from a file, so that none is typed.",
        "",
    ]
    for secret in secrets:
        keys = sorted(secret.keys)
        lines.append(f"- **{secret.title}**" + (f", keys {', '.join(f'`{key}`' for key in keys)}" if keys else ""))
        lines += [f"  {line}" for line in secret.note.splitlines()]
        if keys:
            given = " ".join(f"--from-file={key}=FILE" for key in keys)
            lines += ["", "  ```sh"]
            lines += [f"  kubectl create secret generic {secret.name} --namespace {secret.namespace} {given}", "  ```"]
    if not secrets:
        lines.append("None.")
    if notes:
        lines += ["", "## What no file does", "", *(f"- {note}" for note in notes)]
    lines += ["", "## Files", "", *(f"- `{name}`" for name in sorted(map(file_name, manifests)))]
    return "\n".join(lines) + "\n"


def is_ours(text: str) -> bool:
    """Return whether a file was written here."""
    return text.startswith((MARK, README_MARK))


def differences(wanted: Mapping[str, str], present: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the files to write, and those of ours that are no longer wanted."""
    write = {name: text for name, text in wanted.items() if present.get(name) != text}
    return write, sorted(name for name, text in present.items() if name not in wanted and is_ours(text))


def shown_difference(before: str, after: str) -> dict[str, str]:
    """Return two contents of a file for --diff: of a manifest only what is known to be harmless."""
    if (before or after).startswith(README_MARK):
        return {"before": before, "after": after}
    old, new = _read(before), _read(after)
    shown = shown_fields(old, new, new or old)
    return {side: _dump(fields) if fields else "" for side, fields in zip(("before", "after"), shown, strict=True)}


def _read(text: str) -> Manifest:
    """Return the manifest in a file, empty where it is none any more."""
    try:
        found = load(text)
    except UnreadableError:
        found = None
    return found if isinstance(found, Mapping) else {}


def present_files(directory: Path) -> dict[str, str]:
    """Return the text of each file in the directory that may be one of ours."""
    if not directory.is_dir():
        return {}
    paths = [path for path in directory.iterdir() if path.is_file() and path.suffix in (".yaml", ".md")]
    return {path.name: path.read_text(encoding="utf-8", errors="replace") for path in paths}

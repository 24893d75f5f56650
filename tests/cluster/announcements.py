"""What a playbook run says it changes, and what it really changes on the cluster: both by object."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from real_cluster import BIN, ENVIRONMENT, KINDS, PATIENCE, ROOT, kubectl

#: The collection's field manager, which marks the objects that a run wrote.
MANAGER = "observability.thanos"
#: What changes by itself, or with every write.
BOOKKEEPING = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")


def run(playbook: str, *arguments: str, **variables: Any) -> tuple[dict[str, str], int]:
    """Run a playbook; return each object that it says to change, with the verb, and how many tasks it says changed."""
    program, file = str(BIN / "ansible-playbook"), f"playbooks/{playbook}.yml"
    result = subprocess.run(
        [program, "--inventory", "inventories/demo", file, *arguments, "--extra-vars", json.dumps(variables)],
        cwd=ROOT,
        env={**ENVIRONMENT, "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-2000:]
    report = json.loads(result.stdout[result.stdout.index("{") :])
    (statistics,) = report["stats"].values()
    announced: dict[str, str] = {}
    for play in report["plays"]:
        for task in play["tasks"]:
            for outcome in task["hosts"].values():
                if outcome.get("changed"):
                    # What is created and then changed is created, on the whole.
                    announced = {**announced, **_objects(outcome), **_created(announced)}
    return announced, statistics["changed"]


def _created(announced: Mapping[str, str]) -> dict[str, str]:
    return {title: verb for title, verb in announced.items() if verb == "created"}


def _objects(outcome: Mapping[str, Any]) -> dict[str, str]:
    """Return what one task says that it changed."""
    lines = dict(line.rsplit(": ", 1) for line in outcome.get("summary", []))
    # What does not know its namespace or kind yet is created with it.
    lines |= dict.fromkeys(outcome.get("pending", []), "created")
    found = outcome.get("result") or {}
    if "kind" in found:  # kubernetes.core.k8s on one object.
        lines[_title(found)] = "changed"
    return lines


def _title(item: Mapping[str, Any]) -> str:
    metadata = item["metadata"]
    return f"{item['kind']} {'/'.join(filter(None, (metadata.get('namespace'), metadata['name'])))}"


def objects(*arguments: str, kinds: str = KINDS) -> dict[str, dict[str, Any]]:
    """Return every object that a run may touch, without what changes by itself."""
    everywhere = ("--all-namespaces", "--output", "json", "--show-managed-fields")
    items = json.loads(kubectl("get", kinds, *everywhere, *arguments))["items"]
    return {_title(item): _content(item) for item in items}


def _content(item: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in item["metadata"].items() if key not in BOOKKEEPING}
    annotations = {
        key: value
        for key, value in (metadata.get("annotations") or {}).items()
        if not key.startswith(("deployment.kubernetes.io/", "pv.kubernetes.io/", "volume."))
    }
    managers = {entry["manager"] for entry in item["metadata"].get("managedFields", [])}
    rest = {key: value for key, value in item.items() if key not in ("metadata", "status")}
    return {**rest, "metadata": {**metadata, "annotations": annotations}, "is ours": MANAGER in managers}


def differences(before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]]) -> dict[str, str]:
    """Return what became of the objects that we write; what controllers make of them is theirs."""
    found: dict[str, str] = {}
    for title in before.keys() | after.keys():
        old, new = before.get(title), after.get(title)
        if not any(each and each["is ours"] for each in (old, new)):
            continue
        if old is None:
            found[title] = "created"
        elif new is None:
            found[title] = "removed"
        elif {**old, "is ours": None} != {**new, "is ours": None}:
            found[title] = "changed"
    return found

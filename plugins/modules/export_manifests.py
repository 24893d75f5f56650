#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module export_manifests."""

from __future__ import annotations

DOCUMENTATION = r"""
module: export_manifests
short_description: Write manifests to a directory, one file per object
version_added: "0.1.0"
author: The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - observability.thanos.attributes
  - observability.thanos.roles_only
description:
  - Writes each manifest to its own file, C(<order>-<kind>-<namespace>-<name>.yaml), and a C(README.md) that explains
    how to apply the files, which Secrets they need, and what no file does.
  - The same manifests produce the same bytes, and files that are already correct are left untouched. Files that this
    module wrote and that are no longer wanted are removed. Other files are neither replaced nor removed.
  - Does not contact any cluster.
attributes:
  diff_mode:
    support: full
options:
  directory:
    description: Directory for the files. It is created if it is missing.
    type: path
    required: true
  definitions:
    description: Manifests to write. A Secret is refused, because its values would be stored in the file.
    type: list
    elements: dict
    required: true
  secrets:
    description: Information about Secrets for C(README.md), in addition to what the manifests contain about them.
    type: list
    elements: dict
    default: []
    suboptions:
      namespace:
        description: Namespace of the Secret.
        type: str
        required: true
      name:
        description: Name of the Secret.
        type: str
        required: true
      keys:
        description: Keys of the Secret.
        type: list
        elements: str
        default: []
      note:
        description: Description of the content of the Secret.
        type: str
        default: ""
  notes:
    description: Notes for C(README.md) about what no file does.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Write the manifests for a Git repository
  observability.thanos.export_manifests:
    directory: rendered
    definitions: "{{ thanos_manifests }}"
"""

RETURN = r"""
directory:
  description: Directory that contains the files.
  returned: success
  type: str
written:
  description: Files that were written.
  returned: success
  type: list
  elements: str
removed:
  description: Files that were removed.
  returned: success
  type: list
  elements: str
secrets:
  description: Secrets that must exist in the cluster.
  returned: success
  type: list
  elements: str
  sample: ["Secret monitoring/thanos-objectstorage"]
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.apply.export import (
    README,
    Secret,
    differences,
    file_name,
    file_text,
    is_ours,
    needed_secrets,
    present_files,
    readme,
    shown_difference,
)
from ..module_utils.k8s import options as hidden_options
from ..module_utils.k8s.options import QuietModule, manifests_of
from ..module_utils.requests.unexpected import guarded

#: What has to be there for it to run inside Ansible's process.
LIBRARIES = ("yaml",)
ARGUMENTS: dict[str, Any] = {
    "argument_spec": {
        "directory": {"type": "path", "required": True},
        "definitions": hidden_options.manifests(required=True),
        "secrets": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "no_log": False,
            "options": {
                "namespace": {"type": "str", "required": True},
                "name": {"type": "str", "required": True},
                "keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
                "note": {"type": "str", "default": ""},
            },
        },
        "notes": {"type": "list", "elements": "str", "default": []},
    }
}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    options = module.params
    [manifests] = manifests_of(module, "definitions")
    if any(manifest["kind"] == "Secret" for manifest in manifests):
        module.fail_json(msg="definitions holds a Secret, whose values would stand in a file.")
    known = [Secret(each["namespace"], each["name"], set(each["keys"]), each["note"]) for each in options["secrets"]]
    secrets = needed_secrets(manifests, known)
    wanted = {file_name(manifest): file_text(manifest) for manifest in manifests}
    wanted[README] = readme(manifests, secrets, options["notes"])

    directory = Path(options["directory"])
    present = present_files(directory)
    write, remove = differences(wanted, present)
    foreign = sorted(name for name in write if name in present and not is_ours(present[name]))
    if foreign:
        module.fail_json(
            msg=f"{directory} already has {', '.join(foreign)}, not written by this collection: "
            "move it away, or choose another directory."
        )
    if not module.check_mode:
        try:
            _write(directory, write, remove)
        except OSError as error:
            module.fail_json(msg=f"The files cannot be written: {error}.")
    module.exit_json(
        changed=bool(write or remove),
        directory=str(directory),
        written=sorted(write),
        removed=remove,
        secrets=[secret.title for secret in secrets],
        diff=[
            {
                **shown_difference(present.get(name, ""), wanted.get(name, "")),
                "before_header": name,
                "after_header": name,
            }
            for name in [*sorted(write), *remove]
        ],
    )


def _write(directory: Path, write: dict[str, str], remove: list[str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in write.items():
        # Beside its place first, so that nobody ever reads half a file.
        part = directory / f".{name}.part"
        part.write_text(text, encoding="utf-8")
        part.replace(directory / name)
    for name in remove:
        (directory / name).unlink()


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

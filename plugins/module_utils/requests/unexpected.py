# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An error that nobody thought of: its type and its place, since its text may hold anything."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .unreachable import causes

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

#: What stands before a file's name that says something, wherever it is installed.
ROOTS = ("ansible_collections/observability/thanos/", "ansible_collections/", "site-packages/", "dist-packages/")


def unexpected(error: BaseException) -> str:
    """Return the message for an error that nobody thought of."""
    found = ", caused by ".join(dict.fromkeys(place(each) for each in causes(error)))
    return (
        f"{found}. This is a mistake in the collection or in a library: please report it with this line. "
        "What the error says is not shown, since it may hold a secret."
    )


def place(error: BaseException) -> str:
    """Return an error's type and where it arose."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f"{type(error).__name__} in {_short(last.filename)}:{last.lineno} ({last.name})"


def trace(error: BaseException) -> str:
    """Return the tracebacks of an error and of what led to it, without what they say."""
    parts = [
        f"Traceback (most recent call last):\n{''.join(traceback.format_tb(each.__traceback__))}{type(each).__name__}\n"
        for each in causes(error)
    ]
    return "\nwhich was caused by:\n\n".join(parts)


def guarded(module: AnsibleModule, work: Callable[[Any], None]) -> None:
    """Do the work of a module that runs in a process of its own."""
    try:
        work(module)
        return
    except Exception as error:
        message, where = unexpected(error), trace(error)
    # Not while the error is handled: Ansible would add what it says.
    module.fail_json(msg=message, exception=where)


def _short(filename: str) -> str:
    for root in ROOTS:
        _before, found, rest = filename.rpartition(root)
        if found:
            return rest
    return "/".join(filename.rsplit("/", 2)[-2:])

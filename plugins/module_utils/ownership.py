# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an object is this collection's, by what the object says of itself and never by its name.

Both marks count together: a label can be copied along with a manifest, and a field manager may own single fields of
somebody else's object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.observability.thanos.plugins.module_utils.cluster import FIELD_MANAGER

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.plugins.module_utils.cluster import Object

MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"


def is_ours(live: Object) -> bool:
    """Return whether the object has this collection's label and fields that this collection's field manager owns."""
    return has_our_label(live) and has_our_fields(live)


def has_our_label(live: Object) -> bool:
    """Return whether the object is labelled as managed by this collection."""
    labels = live["metadata"].get("labels") or {}
    return bool(labels.get(MANAGED_BY_LABEL) == FIELD_MANAGER)


def has_our_fields(live: Object) -> bool:
    """Return whether this collection's field manager owns a field of the object."""
    entries = live["metadata"].get("managedFields") or []
    return any(entry.get("manager") == FIELD_MANAGER for entry in entries)


def controller_of(live: Object) -> dict[str, Any] | None:
    """Return the owner reference of the object's controller, None where nothing controls it."""
    references: list[dict[str, Any]] = live["metadata"].get("ownerReferences") or []
    return next((reference for reference in references if reference.get("controller")), None)


def objection(live: Object) -> str:
    """Return why the object is not this collection's to remove, empty where it is."""
    if not has_our_label(live):
        manager = (live["metadata"].get("labels") or {}).get(MANAGED_BY_LABEL)
        return f"its label {MANAGED_BY_LABEL} is {manager or 'missing'}, so it is somebody else's"
    if not has_our_fields(live):
        return f"it has this collection's label, but field manager {FIELD_MANAGER} owns nothing of it"
    return ""

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects as the Kubernetes API gives them, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Object as the API gives it: JSON decoded into dictionaries, lists and scalars.
Object = dict[str, Any]


def title_of(manifest: Mapping[str, Any]) -> str:
    """Return the manifest's kind, namespace and name for people."""
    metadata = manifest["metadata"]
    name = f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else metadata["name"]
    return f"{manifest['kind']} {name}"

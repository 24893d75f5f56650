# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the preflight is told, and what it reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..k8s.finding import Finding
    from ..k8s.objects import Object
    from ..minio.layout import WantedLayout
    from ..objstore.endpoint import ObjectStore


@dataclass(frozen=True)
class Plan:
    """What the run is about to do."""

    manifests: list[Object] = field(default_factory=list)
    absent: list[Object] = field(default_factory=list)
    workloads: list[Mapping[str, Any]] = field(default_factory=list)
    #: Rights besides those on the manifests: namespace, group, resource, name, verbs.
    rights: list[Mapping[str, Any]] = field(default_factory=list)
    #: Objects that others make and the run needs: kind, namespace, name, key, option.
    expected: list[Mapping[str, Any]] = field(default_factory=list)
    #: A Secret with an object-store configuration that somebody else writes: namespace, name, key.
    objstore_secret: Mapping[str, str] | None = None
    object_store: ObjectStore | None = None
    #: The object-store Secret that the run writes: namespace, name, key, type, config without credentials, prefix.
    written_objstore: Mapping[str, Any] | None = None
    cluster_domain: str = "cluster.local"
    #: The MinIO that is among the manifests.
    minio: WantedLayout | None = None
    #: What was found out before.
    problems: list[str] = field(default_factory=list)
    force_conflicts: bool = False
    replace_immutable: bool = False
    adopt: bool = False
    #: What is missing may be made by what check mode does not run: then it is worth a warning only.
    check_mode: bool = False


@dataclass
class Report:
    """What was found."""

    version: str
    findings: list[Finding]
    #: Objects that could only be changed by being replaced: kind, namespace, name, fields.
    immutable: list[dict[str, Any]]

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who still writes to a Thanos receive that is to be removed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..k8s.finding import Finding
from ..k8s.objects import title_of
from ..k8s.resources import PROMETHEUS, THANOS_RULER

if TYPE_CHECKING:
    from ..k8s.objects import Object

#: Kinds that have spec.remoteWrite.
WRITERS = (PROMETHEUS, THANOS_RULER)
#: Name of the port of receive's Service that takes samples.
PORT = "remote-write"
REMEDY = (
    "Take that away first, and wait about two minutes until it is read: as long as a Prometheus has something left to "
    "send to a receive that is gone, it may answer no query and does not end."
)


def takes_samples(live: Object) -> bool:
    """Return whether an object is the Service of a receive."""
    return live["kind"] == "Service" and any(
        port.get("name") == PORT for port in (live.get("spec") or {}).get("ports") or []
    )


def writer_findings(service: Object, writers: Iterable[Object]) -> list[Finding]:
    """Return a warning for each writer that has the Service's name, in one of its forms, among its remote writes."""
    return [
        Finding(
            title_of(service),
            f"it is to be removed, but {title_of(each)} writes to it (spec.remoteWrite).",
            REMEDY,
            False,
        )
        for each in writers
        if _writes_to(each, service["metadata"]["name"], service["metadata"]["namespace"])
    ]


def _writes_to(writer: Object, name: str, namespace: str) -> bool:
    names = {f"{name}.{namespace}", f"{name}.{namespace}.svc"}
    if writer["metadata"]["namespace"] == namespace:
        names.add(name)
    hosts = [_host_of(str(each.get("url"))) for each in writer["spec"].get("remoteWrite") or []]
    return any(host in names or host.startswith(f"{name}.{namespace}.svc.") for host in hosts)


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""  # Not ours to correct: the Prometheus operator refuses it.

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check of the volumes: none is nearly full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .result import CheckResult, failed, ok, skipped

if TYPE_CHECKING:
    from ..k8s.objects import Object


@dataclass(frozen=True)
class Volume:
    """A volume that a pod keeps data on."""

    namespace: str
    pod: str
    #: The claim's name, or the volume's own in the pod where it has none: an emptyDir, on the node's disk.
    name: str
    is_claim: bool = True

    def __str__(self) -> str:
        """Return its name for people."""
        return f"{'claim' if self.is_claim else 'emptyDir'} {self.name} of pod {self.namespace}/{self.pod}"


@dataclass(frozen=True)
class Usage:
    """How full a volume is, from 0 to 1: its bytes or its inodes, whichever is scarcer."""

    share: float
    what: str


def volumes_of(pod: Object) -> dict[str, Volume]:
    """Return the volumes that a pod keeps data on, by their names in the pod."""
    found = {}
    for volume in pod["spec"].get("volumes") or []:
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        # In memory there is no disk to fill.
        on_disk = "emptyDir" in volume and (volume["emptyDir"] or {}).get("medium") != "Memory"
        if claim or on_disk:
            metadata = pod["metadata"]
            found[volume["name"]] = Volume(
                metadata["namespace"], metadata["name"], claim or volume["name"], bool(claim)
            )
    return found


def usages_of_summary(
    summary: Mapping[str, Any], wanted: Mapping[tuple[str, str], dict[str, Volume]]
) -> dict[Volume, Usage]:
    """Return the usages from a kubelet's /stats/summary; wanted has the volumes by namespace and pod."""
    found = {}
    for pod in summary.get("pods") or []:
        volumes = wanted.get((pod["podRef"]["namespace"], pod["podRef"]["name"]), {})
        for stats in pod.get("volume") or []:
            usage = _usage(stats)
            if stats["name"] in volumes and usage:
                found[volumes[stats["name"]]] = usage
    return found


def usages_of_series(series: Iterable[Mapping[str, Any]], volumes: Iterable[Volume]) -> dict[Volume, Usage]:
    """Return the usages from the result of usage_query."""
    shares = {
        (each["metric"].get("namespace"), each["metric"].get("persistentvolumeclaim")): float(each["value"][1])
        for each in series
    }
    return {
        volume: Usage(shares[volume.namespace, volume.name], "bytes")
        for volume in volumes
        if volume.is_claim and (volume.namespace, volume.name) in shares
    }


def usage_query(namespaces: Iterable[str], labels: str) -> str:
    """Return the query for how full each claim is, by namespace and claim."""
    where = f'namespace=~"{"|".join(sorted(namespaces))}"{", " if labels else ""}{labels}'
    by = "max by (namespace, persistentvolumeclaim)"
    used, capacity = (f"kubelet_volume_stats_{each}_bytes{{{where}}}" for each in ("available", "capacity"))
    return f"1 - {by} ({used}) / {by} ({capacity})"


def check_volumes(
    volumes: Iterable[Volume], usages: Mapping[Volume, Usage], full_percent: int, unknown: str
) -> CheckResult:
    """No volume is nearly full; unknown says why some are not known."""
    volumes = list(volumes)
    if not volumes:
        return skipped("no pod keeps data on a volume")
    full = {volume: usage for volume, usage in usages.items() if usage.share * 100 >= full_percent}
    if full:
        worst = sorted(full.items(), key=lambda item: -item[1].share)
        return failed(
            f"every volume less than {full_percent} % full",
            "; ".join(f"{volume}: {usage.share:.0%} of its {usage.what}" for volume, usage in worst),
            "Enlarge the claim, where its storage class allows that, or keep less: thanos_compactor_retention_* is for "
            "the bucket, spec.retention for Prometheus",
        )
    if not usages:
        return skipped(f"nobody tells how full {len(volumes)} volumes are: {unknown}")
    fullest, usage = max(usages.items(), key=lambda item: item[1].share)
    rest = f"; {len(volumes) - len(usages)} not known: {unknown}" if len(usages) < len(volumes) else ""
    return ok(f"{len(usages)} volumes; the fullest is {fullest} with {usage.share:.0%}{rest}")


def _usage(stats: Mapping[str, Any]) -> Usage | None:
    shares = []
    for what, free, total in (("bytes", "availableBytes", "capacityBytes"), ("inodes", "inodesFree", "inodes")):
        if stats.get(total):
            shares.append(Usage(1 - stats.get(free, 0) / stats[total], what))
    return max(shares, key=lambda usage: usage.share, default=None)

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check of Grafana: its datasource points at the querier."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..grafana.datasource import find
from ..grafana.document import DocumentError, decode, parse
from ..grafana.mask import shown_addresses
from ..k8s.resources import CONFIG_MAP, SECRET, Resource
from .result import CheckResult, failed, ok

if TYPE_CHECKING:
    from ..k8s.client import Cluster

GRAFANA_DATASOURCE = Resource("grafana.integreatly.org/v1beta1", "GrafanaDatasource", "grafanadatasources")
#: Not one with an @ after its host: then nobody knows what is a password.
_ADDRESS = re.compile(r"(?P<server>https?://)(?:[^/?#]*@)?(?P<place>[^/?#@]+(?:/[^?#@]*)?)(?:[?#][^@]*)?")
REMEDY = "Run site.yml, which writes it, and see whether another tool writes the same object"


@dataclass(frozen=True)
class WantedDatasource:
    """Where Grafana gets the datasource from, and what address it should have."""

    #: secret, sidecar or operator.
    method: str
    namespace: str
    #: The object that holds it, and for a Secret or ConfigMap the key in it.
    object_name: str
    key: str
    name: str
    org_id: int
    url: str


def read_datasource(cluster: Cluster, wanted: WantedDatasource) -> tuple[str, dict[str, Any] | None]:
    """Return the name of the object that holds the datasource, and its entry there; DocumentError where it is wrong."""
    if wanted.method == "operator":
        where = f"GrafanaDatasource {wanted.namespace}/{wanted.object_name}"
        found = cluster.get(GRAFANA_DATASOURCE, wanted.object_name, wanted.namespace)
        return where, found["spec"].get("datasource") if found else None
    where, text = f"Secret {wanted.namespace}/{wanted.object_name}", None
    if wanted.method == "sidecar":
        config_map = cluster.get(CONFIG_MAP, wanted.object_name, wanted.namespace)
        if config_map is not None:
            where = f"ConfigMap {wanted.namespace}/{wanted.object_name}"
            text = (config_map.get("data") or {}).get(wanted.key, "")
    if text is None:
        secret = cluster.get(SECRET, wanted.object_name, wanted.namespace)
        if secret is None:
            return where, None
        text = decode((secret.get("data") or {}).get(wanted.key))
    try:
        return where, find(parse(text)[0], wanted.name, wanted.org_id)
    except DocumentError as error:
        raise DocumentError(f"{where}, key {wanted.key}, {error}") from None


def check_grafana(wanted: WantedDatasource, where: str, entry: dict[str, Any] | None) -> CheckResult:
    """The datasource points at the querier."""
    # In a provisioning file $$ stands for $.
    live = without_credentials(str((entry or {}).get("url") or "").replace("$$", "$"))
    url = without_credentials(wanted.url)
    shown, shown_live = shown_addresses(url, live)
    expected = f"datasource {wanted.name!r} in {where} points at {shown}"
    if entry is None:
        return failed(expected, f"there is no datasource {wanted.name!r} (organisation {wanted.org_id})", REMEDY)
    if live.rstrip("/") != url.rstrip("/"):
        return failed(expected, f"it points at {shown_live if live else 'nothing'}", REMEDY)
    return ok(expected)


def without_credentials(url: str) -> str:
    """Return an address without user, password and query; whatever else it is as it is."""
    found = _ADDRESS.fullmatch(url)
    return found["server"] + found["place"] if found else url

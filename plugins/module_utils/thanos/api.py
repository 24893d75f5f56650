# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Thanos' HTTP API behind a Service: stores, queries, blocks and metrics."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..k8s.service_proxy import Backend, Parameters, ThanosError, fetch
from ..redaction.credentials import redacted

if TYPE_CHECKING:
    from ..k8s.client import Cluster

#: Times beyond these, in milliseconds (1970 and 9999), stand for "no bound" or for an endpoint that has no data yet.
_OLDEST, _NEWEST = 0, 253_402_300_799_000
_METRIC = re.compile(r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{.*\})? (?P<value>\S+)")

_REMEDIES = {
    "bad_data": "Correct the request, such as the PromQL expression",
    "timeout": "Ask for less at a time, or give queries more time (thanos_querier_timeout)",
    "canceled": "Try again: the querier was stopped, or its limit of concurrent queries is reached",
    "execution": "See which endpoint the message names, and the querier's log",
}


@dataclass(frozen=True)
class Store:
    """An endpoint that a querier knows. Times are Unix milliseconds, None where there is no bound."""

    component: str
    address: str
    error: str
    label_sets: list[dict[str, str]]
    min_time: int | None
    max_time: int | None
    last_check: str


@dataclass(frozen=True)
class Block:
    """A block in the bucket. Times are Unix milliseconds."""

    ulid: str
    min_time: int
    max_time: int
    resolution: int
    level: int
    source: str
    labels: dict[str, str]
    series: int
    samples: int


@dataclass(frozen=True)
class Blocks:
    """The blocks that a component saw when it last looked, and whether that look succeeded."""

    blocks: list[Block]
    #: Unix seconds of the last look, None before the first.
    refreshed: float | None
    has_error: bool


@dataclass(frozen=True)
class QueryResult:
    """What a query answered: Prometheus' own result type and result."""

    result_type: str
    result: list[Any]
    warnings: list[str]


def call(cluster: Cluster, backend: Backend, path: str, query: Parameters | None = None) -> tuple[Any, list[str]]:
    """Return the data and the warnings of a call of Thanos' API; ThanosError where it answers with an error."""
    answer = fetch(cluster, backend, path, query)
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    if not isinstance(body, dict) or "status" not in body:
        start = redacted(" ".join(answer.body[:200].decode("utf-8", "replace").split()))
        raise ThanosError(
            f"{backend} answers {path} with HTTP status {answer.status} and not as Thanos does: {start or 'nothing'}",
            "Check that the Service and the port are those of a Thanos component that has this API",
        )
    if body["status"] != "success":
        kind = str(body.get("errorType") or "")
        raise ThanosError(
            f"Thanos answers with an error ({kind or answer.status}): {redacted(str(body.get('error')))}",
            _REMEDIES.get(kind, "See the log of the component that answers"),
            kind,
        )
    return body.get("data"), [str(warning) for warning in body.get("warnings") or []]


def stores(cluster: Cluster, querier: Backend) -> list[Store]:
    """Return the endpoints of a querier, by component and address."""
    data, _warnings = call(cluster, querier, "/api/v1/stores")
    found = [
        Store(
            component=component,
            address=str(each["name"]),
            error=redacted(str(each["lastError"] or "")),
            label_sets=list(each.get("labelSets") or []),
            min_time=_bounded(each["minTime"]),
            max_time=_bounded(each["maxTime"]),
            last_check=str(each["lastCheck"]),
        )
        for component, endpoints in (data or {}).items()
        for each in endpoints
    ]
    return sorted(found, key=lambda store: (store.component, store.address))


def query(cluster: Cluster, querier: Backend, path: str, parameters: Parameters) -> QueryResult:
    """Return the answer to a query: path is `query` or `query_range`, parameters are Thanos' own."""
    data, warnings = call(cluster, querier, f"/api/v1/{path}", parameters)
    result = data["result"]
    # A scalar and a string are one [time, value].
    return QueryResult(data["resultType"], result if data["resultType"] in ("vector", "matrix") else [result], warnings)


def query_parameters(options: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Return a query's parameters as Thanos names them, from the options of the module thanos_query."""
    single = ("query", "time", "start", "end", "timeout")
    parameters: dict[str, str | list[str]] = {name: options[name] for name in single if options.get(name)}
    if "start" in parameters:
        parameters["step"] = options["step"]
    parameters["dedup"] = str(options["dedup"]).lower()
    if options.get("partial_response") is not None:
        parameters["partial_response"] = str(options["partial_response"]).lower()
    parameters["replicaLabels[]"] = list(options.get("replica_labels") or [])
    parameters["storeMatch[]"] = list(options.get("store_match") or [])
    return parameters


def blocks(cluster: Cluster, backend: Backend, view: str) -> Blocks:
    """Return the blocks that a component sees: view global is the whole bucket, loaded what it works with."""
    data, _warnings = call(cluster, backend, "/api/v1/blocks", {"view": view})
    found = [
        Block(
            ulid=each["ulid"],
            min_time=int(each["minTime"]),
            max_time=int(each["maxTime"]),
            resolution=int(each["thanos"]["downsample"]["resolution"]),
            level=int(each["compaction"]["level"]),
            source=str(each["thanos"].get("source") or ""),
            labels=dict(each["thanos"].get("labels") or {}),
            series=int(each.get("stats", {}).get("numSeries", 0)),
            samples=int(each.get("stats", {}).get("numSamples", 0)),
        )
        for each in data["blocks"] or []
    ]
    found.sort(key=lambda block: (block.min_time, block.ulid))
    # What kind of error it was gets lost on its way into JSON.
    return Blocks(found, _unix(data["refreshedAt"]), data.get("err") is not None)


def metrics(cluster: Cluster, backend: Backend, prefix: str) -> dict[str, float]:
    """Return a component's own metrics that begin with the prefix, the series of each added up."""
    answer = fetch(cluster, backend, "/metrics")
    if answer.status != 200:
        raise ThanosError(f"{backend} answers /metrics with HTTP status {answer.status}", "See its log")
    return parse_metrics(answer.body.decode("utf-8", "replace"), prefix)


def parse_metrics(text: str, prefix: str) -> dict[str, float]:
    """Return the metrics of Prometheus' text format that begin with the prefix, the series of each added up."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line.startswith(prefix):
            match = _METRIC.match(line)
            if match:
                found[match["name"]] = found.get(match["name"], 0.0) + float(match["value"])
    return found


def text_time(milliseconds: float | None) -> str | None:
    """Return Unix milliseconds as text, such as 2026-01-31T12:00:00Z."""
    if milliseconds is None:
        return None
    moment = datetime.datetime.fromtimestamp(milliseconds / 1000, tz=datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _bounded(milliseconds: int) -> int | None:
    return milliseconds if _OLDEST < milliseconds < _NEWEST else None


def _unix(text: str) -> float | None:
    """Return the seconds of a time as Go writes it; its zero time, in the year 1, is no time."""
    # Go writes up to nine digits of a second, more than Python reads.
    moment = datetime.datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00"))
    return None if moment.year == 1 else moment.timestamp()

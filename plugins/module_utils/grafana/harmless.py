# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a Grafana provisioning file may be shown: fields that are known, with values of the form they should have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

# Python joins classes so since 3.10; pylint takes it for an error where a parametrised class stands first.
#: Pieces of a text, each with what it is; one without that is shown.
Parts = list[tuple[str, str]]
#: Returns the pieces of a value, None if nothing of it may be shown.
Leaf = Callable[[str], Parts | None]  # pylint: disable=unsupported-binary-operation
#: What may be shown: nothing, a value, the fields of a mapping, or each element of a list.
Rule = Leaf | Mapping[str, Any] | Sequence[Any] | None  # pylint: disable=unsupported-binary-operation


def address(text: str) -> Parts | None:
    """Return an address with user, password, path and query apart; of a path only well-known words are shown."""
    scheme, separator, rest = text.partition("://")
    if scheme not in ("http", "https") or not separator:
        return None
    user, at, place = rest.rpartition("@")
    found = _PLACE.fullmatch(place)
    # A password may hold what ends an address, and a query an @: then nobody knows what is what.
    if found is None or set(user) & set("/?#"):
        return [("", f"{scheme}://"), ("address", rest)]
    parts = [("", f"{scheme}://"), ("user", user), ("", at + found["host"])]
    known = all(word in _PATH_WORDS for word in found["path"].split("/"))
    parts += [("", found["path"])] if known else [("", "/"), ("path", found["path"][1:])]
    parts += [("", found["query"][:1]), ("query", found["query"][1:])]
    return [(kind, part) for kind, part in parts if part]


def _form(pattern: str, flags: re.RegexFlag = re.ASCII) -> Leaf:
    compiled = re.compile(pattern, flags)
    return lambda text: [("", text)] if compiled.fullmatch(text) else None


def _words(*words: str) -> Leaf:
    return lambda text: [("", text)] if text in words else None


_PLACE = re.compile(
    r"(?P<host>(?:[\w.${}-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)(?P<path>(?:/[^?#]*)?)(?P<query>(?:[?#].*)?)",
    re.ASCII | re.DOTALL,
)
_PATH_WORDS = {
    *("", "api", "v1", "prom", "prometheus", "alertmanager", "graph", "grafana", "graphite", "select", "0"),
    *("thanos", "thanos-query", "thanos-querier", "query", "querier", "query-frontend", "ruler", "rule"),
    *("mimir", "cortex", "loki", "tempo"),
}

_flag = _words("true", "false", "True", "False", "TRUE", "FALSE", "t", "f", "T", "F", "1", "0")
_number = _form(r"[0-9]{1,9}")
_version = _form(r"[0-9]{1,4}(\.[0-9]{1,4}){0,2}")
_duration = _form(r"([0-9]{1,6}(ms|[smhdwy])?){1,3}")
_label = _form(r"[^\W_][\w .()/-]{0,62}", re.UNICODE)
_uid = _form(r"[\w-]{1,40}")
_plugin = _form(
    r"prometheus|loki|tempo|jaeger|zipkin|parca|elasticsearch|opensearch|influxdb|graphite|opentsdb|mysql|postgres|mssql"
    r"|cloudwatch|stackdriver|alertmanager|testdata|([a-z0-9]+-)+datasource"
)

#: The keys of a number at their end have a # instead, such as httpHeaderName1.
JSON_DATA: Mapping[str, Rule] = {
    **dict.fromkeys(("httpMethod", "httpMode"), _words("GET", "POST")),
    "prometheusType": _words("Prometheus", "Thanos", "Cortex", "Mimir"),
    "cacheLevel": _words("Low", "Medium", "High", "None"),
    "defaultEditor": _words("builder", "code"),
    "httpHeaderName#": _words("Authorization", "X-Scope-OrgID", "THANOS-TENANT", "X-Grafana-User"),
    **dict.fromkeys(("prometheusVersion", "graphiteVersion", "esVersion", "tsdbVersion"), _version),
    **dict.fromkeys(("timeInterval", "queryTimeout", "incrementalQueryOverlapWindow", "timeout"), _duration),
    **dict.fromkeys(("maxSeries", "seriesLimit", "maxLines", "maxConcurrentShardRequests", "tsdbResolution"), _number),
    **dict.fromkeys(("maxOpenConns", "maxIdleConns", "connMaxLifetime", "tlsConfigurationMethodVersion"), _number),
    **dict.fromkeys(("tlsAuth", "tlsAuthWithCACert", "tlsSkipVerify", "oauthPassThru", "sigV4Auth"), _flag),
    **dict.fromkeys(("manageAlerts", "allowAsRecordingRulesTarget", "disableRecordingRules"), _flag),
    **dict.fromkeys(
        ("incrementalQuerying", "disableMetricsLookup", "seriesEndpoint", "forwardGrafanaUserHeader"), _flag
    ),
    # Known, but their values may hold anything.
    **dict.fromkeys(("customQueryParameters", "exemplarTraceIdDestinations", "keepCookies", "alertmanagerUid")),
    **dict.fromkeys(("serverName", "httpHeaderValue#", "sigV4AuthType", "sigV4Region", "sigV4Profile")),
    **dict.fromkeys(("sigV4AssumeRoleArn", "sigV4ExternalId", "authType", "defaultRegion", "assumeRoleArn")),
}
SECURE_JSON_DATA: Mapping[str, Rule] = dict.fromkeys(
    (
        *("basicAuthPassword", "password", "httpHeaderValue#", "tlsCACert", "tlsClientCert", "tlsClientKey"),
        *("accessKey", "secretKey", "sigV4AccessKey", "sigV4SecretKey", "privateKey", "clientSecret"),
        *("token", "apiKey"),
    )
)
ENTRY: Mapping[str, Rule] = {
    **dict.fromkeys(("name", "orgName"), _label),
    **dict.fromkeys(("orgId", "version"), _version),
    **dict.fromkeys(("isDefault", "editable", "readOnly", "basicAuth", "withCredentials"), _flag),
    "uid": _uid,
    "type": _plugin,
    "access": _words("proxy", "direct", "server", "browser"),
    "url": address,
    **dict.fromkeys(("user", "password", "database", "basicAuthUser", "basicAuthPassword", "correlations")),
    "jsonData": JSON_DATA,
    "secureJsonData": SECURE_JSON_DATA,
}
DOCUMENT: Mapping[str, Rule] = {
    "apiVersion": _number,
    "prune": _flag,
    "datasources": [ENTRY],
    "deleteDatasources": [{name: ENTRY[name] for name in ("name", "orgId", "orgName")}],
}

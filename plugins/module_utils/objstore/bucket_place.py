# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which bucket, and which directory in it, an object-store configuration means, however its endpoint is written."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..redaction import document as objstore_file
from ..thanos.container_config import UnreadableError

#: One name of a server: what kind of name, and its parts. Two places with a name in common are on one server.
Name = tuple[str, ...]

#: Clouds in which a bucket's name is unique, whichever endpoint it is reached by.
CLOUDS: tuple[tuple[str, Name], ...] = (
    (".amazonaws.com.cn", ("aws", "cn")),
    (".amazonaws.com", ("aws", "")),
    (".api.aws", ("aws", "")),
    (".googleapis.com", ("gcs",)),
    (".aliyuncs.com", ("oss",)),
    (".myqcloud.com", ("cos",)),
    (".myhuaweicloud.com", ("obs",)),
    (".bcebos.com", ("bos",)),
)
SERVICE, HOST, VOLUME = "service", "host", "volume"
#: Names of these kinds say for themselves which server it is.
SELF_EVIDENT = ("aws", "gcs", "oss", "cos", "obs", "bos", "azure", VOLUME)
AZURE_ENDPOINT = "blob.core.windows.net"


@dataclass(frozen=True)
class Place:
    """A directory in a bucket on a server."""

    bucket: str
    prefix: str
    #: All names that the server is known by.
    names: frozenset[Name]
    #: Where that is, for people, without credentials.
    endpoint: str

    def __str__(self) -> str:
        """Return it for people."""
        prefix = f" with prefix {self.prefix}" if self.prefix else ""
        return f"bucket {self.bucket}{prefix} at {self.endpoint}"


@dataclass(frozen=True)
class View:
    """From where an endpoint is looked at: names may mean something else there."""

    namespace: str
    cluster_domain: str
    #: What tells a volume behind a path from others.
    volume: Callable[[str], tuple[str, ...] | None] = lambda _path: None


def place_of(text: str, view: View) -> Place:
    """Return the place that a configuration means; UnreadableError where it does not say."""
    try:
        document = objstore_file.load(text)
    except objstore_file.UnreadableError:
        raise UnreadableError("its object-store configuration is not valid YAML") from None
    config = document.get("config") if isinstance(document, Mapping) else None
    read = _READERS.get(str(document.get("type")).upper()) if isinstance(document, Mapping) else None
    if read is None or not isinstance(config, Mapping):
        raise UnreadableError("it has no object-store configuration that Thanos would take")
    bucket, names, endpoint = read({str(key): _text(value) for key, value in config.items()}, view)
    prefix = _text(document.get("prefix")).strip("/")
    if not bucket or any("$(" in each for each in (bucket, prefix, endpoint)):
        raise UnreadableError("its object-store configuration does not say which bucket")
    return Place(bucket, prefix, frozenset(names), endpoint)


def names_of(host: str, port: int, view: View) -> set[Name]:
    """Return all names that a host with a port is known by, seen from a namespace."""
    for suffix, cloud in CLOUDS:
        if host.endswith(suffix):
            return {("aws", "gov")} if cloud[0] == "aws" and "us-gov-" in host else {cloud}
    if _is_local(host):
        return set()  # Another server in each pod, or a proxy to the same one.
    plain: Name = (HOST, host, str(port))
    labels = host.removesuffix(f".{view.cluster_domain}").split(".")
    if labels[-1] == "svc" and len(labels) in (3, 4):
        return {_service(labels[-2], labels[-3], port)}
    if _is_address(host) or len(labels) > 2:
        return {plain}
    # DNS completes a short name; the shortest means another Service in each namespace.
    return {plain, _service(labels[1], labels[0], port)} if len(labels) == 2 else {_service(view.namespace, host, port)}


def split_endpoint(endpoint: str, is_insecure: bool) -> tuple[str, int, str]:
    """Return an endpoint's host, port, and both as they are written, without a scheme, a user or a path."""
    scheme, _mark, rest = endpoint.strip().rpartition("://")
    default = 80 if (scheme.lower() == "http" if scheme else is_insecure) else 443
    try:
        parts = urlsplit(f"//{rest.partition('/')[0]}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UnreadableError("its endpoint is neither host nor host:port") from None
    if not host:
        raise UnreadableError("its object-store configuration names no endpoint")
    shown = f"[{host}]" if ":" in host else host
    return _compressed(host.rstrip(".")), port or default, shown if port is None else f"{shown}:{port}"


def _service(namespace: str, name: str, port: int) -> Name:
    return SERVICE, namespace, name, str(port)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_local(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _compressed(host: str) -> str:
    return str(ipaddress.ip_address(host)) if _is_address(host) else host


def _text(value: Any) -> str:
    """Return a scalar as Go reads it into a text."""
    return "" if value is None or isinstance(value, (Mapping, list)) else str(value)


Config = Mapping[str, str]
Read = tuple[str, set[Name], str]


def _by_endpoint(config: Config, view: View) -> Read:
    host, port, shown = split_endpoint(config.get("endpoint", ""), config.get("insecure", "").lower() == "true")
    return config.get("bucket", ""), names_of(host, port, view), shown


def _gcs(config: Config, _view: View) -> Read:
    return config.get("bucket", ""), {("gcs",)}, "storage.googleapis.com"


def _azure(config: Config, _view: View) -> Read:
    account = config.get("storage_account", "").lower()
    host, _port, _shown = split_endpoint(config.get("endpoint") or AZURE_ENDPOINT, False)
    # It may stand among credentials that are not at hand.
    names: set[Name] = {("azure", account, host)} if account else set()
    return config.get("container", ""), names, f"{account}.{host}".strip(".")


def _swift(config: Config, _view: View) -> Read:
    host, port, shown = split_endpoint(config.get("auth_url", ""), False)
    keys = ("project_id", "project_name", "region_name")
    account = tuple(config.get(key, "") for key in keys)
    return config.get("container_name", ""), {("swift", host, str(port), *account)}, shown


def _cos(config: Config, view: View) -> Read:
    if not config.get("endpoint"):
        bucket = f"{config.get('bucket')}-{config.get('app_id')}"
        return bucket, {("cos",)}, f"cos.{config.get('region')}.myqcloud.com"
    host, port, _shown = split_endpoint(config["endpoint"], False)
    bucket, _dot, rest = host.partition(".")  # Here the endpoint's first part is the bucket.
    return bucket, names_of(rest, port, view), rest


def _oci(config: Config, _view: View) -> Read:
    tenancy = config.get("tenancy_ocid") or config.get("compartment_ocid", "")
    region = config.get("region", "")
    return config.get("bucket", ""), {("oci", tenancy, region)}, f"Oracle Cloud {region}".strip()


def _filesystem(config: Config, view: View) -> Read:
    directory = config.get("directory", "")
    volume = view.volume(directory)
    # What it is called in the container does not matter, only which volume it is, and where on it.
    return "on a volume", {(VOLUME, *(volume or [uuid.uuid4().hex]))}, directory


_READERS: Mapping[str, Callable[[Config, View], Read]] = {
    "S3": _by_endpoint,
    "GCS": _gcs,
    "AZURE": _azure,
    "SWIFT": _swift,
    "COS": _cos,
    "ALIYUNOSS": _by_endpoint,
    "BOS": _by_endpoint,
    "OCI": _oci,
    "OBS": _by_endpoint,
    "FILESYSTEM": _filesystem,
}

# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration of every object store that Thanos 0.42 knows: its keys, their types, what it requires.

Taken from the Config structures of github.com/thanos-io/objstore (v0.0.0-20250804093838), providers/*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Text:
    """A string; secret ones are never shown, choices are all that is allowed."""

    secret: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Address:
    """Where something answers: never with a user, a password or a query, since it is shown."""


@dataclass(frozen=True)
class Number:
    """A whole number."""

    minimum: int = 0


class Flag:
    """True or false."""


class Duration:
    """A length of time such as 90s or 1m30s."""


class Texts:
    """Names and their strings."""


Section = Mapping[str, "Kind"]
# Python joins classes so since 3.10; pylint takes it for an error where a dataclass stands first.
Kind = Text | Address | Number | Flag | Duration | Texts | Mapping[str, Any]  # pylint: disable=unsupported-binary-operation
#: Returns what is wrong with a configuration whose keys and types are right.
Rule = Callable[[Mapping[str, Any]], list[str]]

TEXT, SECRET_TEXT, NUMBER, FLAG, DURATION, TEXTS = Text(), Text(secret=True), Number(), Flag(), Duration(), Texts()
ADDRESS = Address()

TLS: Section = {
    "ca_file": TEXT,
    "cert_file": TEXT,
    "key_file": TEXT,
    "server_name": TEXT,
    "insecure_skip_verify": FLAG,
}
TRANSPORT: Section = {
    "idle_conn_timeout": DURATION,
    "response_header_timeout": DURATION,
    "insecure_skip_verify": FLAG,
    "tls_handshake_timeout": DURATION,
    "expect_continue_timeout": DURATION,
    "max_idle_conns": NUMBER,
    "max_idle_conns_per_host": NUMBER,
    "max_conns_per_host": NUMBER,
    "disable_compression": FLAG,
}
HTTP: Section = {**TRANSPORT, "tls_config": TLS}


@dataclass(frozen=True)
class Provider:
    """One type of object store."""

    keys: Section
    required: tuple[str, ...]
    #: The key whose value names the place: bucket, container or directory.
    place: str = "bucket"
    #: The keys that an access key and a secret key from a Secret go to.
    credentials: tuple[str, str] | None = None
    rules: tuple[Rule, ...] = field(default=())


def _together(*names: str) -> Rule:
    def rule(config: Mapping[str, Any]) -> list[str]:
        missing = [name for name in names if not config.get(name)]
        if not missing or len(missing) == len(names):
            return []
        given = [name for name in names if name not in missing]
        return [f"config.{', config.'.join(given)} needs config.{', config.'.join(missing)} too"]

    return rule


def _not_together(one: str, other: str) -> Rule:
    def rule(config: Mapping[str, Any]) -> list[str]:
        return [f"config.{one} and config.{other} exclude each other"] if config.get(one) and config.get(other) else []

    return rule


def _host_only(config: Mapping[str, Any]) -> list[str]:
    endpoint = config.get("endpoint", "")
    if "/" not in endpoint:
        return []
    # What is the address of a server is shown, and nothing that may be anything else.
    server = re.match(r"https?://[\w.-]+(:\d+)?(?=/|$)", endpoint)
    found = f"is {server[0]!r}; it " if server else ""
    return [
        f"config.endpoint {found}has to be host or host:port, without scheme and path "
        "(for plain HTTP set insecure to true)"
    ]


def _encryption(config: Mapping[str, Any]) -> list[str]:
    sse = config.get("sse_config", {})
    if sse.get("type") == "SSE-KMS" and not sse.get("kms_key_id"):
        return ["config.sse_config.kms_key_id is required for type SSE-KMS"]
    if sse.get("type") == "SSE-C" and not sse.get("encryption_key", "").startswith("/"):
        return ["config.sse_config.encryption_key has to be the path of a file in the container for type SSE-C"]
    return []


def _cos(config: Mapping[str, Any]) -> list[str]:
    names = ["secret_id", "secret_key", *([] if config.get("endpoint") else ["bucket", "region", "app_id"])]
    return [f"config.{name} is required" for name in names if not config.get(name)]


def _oci(config: Mapping[str, Any]) -> list[str]:
    if config.get("provider", "").lower() != "raw":
        return []
    names = ["tenancy_ocid", "user_ocid", "region", "fingerprint", "privatekey"]
    return [f"config.{name} is required for provider raw" for name in names if not config.get(name)]


PROVIDERS: Mapping[str, Provider] = {
    "S3": Provider(
        keys={
            "bucket": TEXT,
            "endpoint": ADDRESS,
            "region": TEXT,
            "disable_dualstack": FLAG,
            "aws_sdk_auth": FLAG,
            "access_key": SECRET_TEXT,
            "insecure": FLAG,
            "signature_version2": FLAG,
            "secret_key": SECRET_TEXT,
            "session_token": SECRET_TEXT,
            "put_user_metadata": TEXTS,
            "http_config": HTTP,
            "trace": {"enable": FLAG},
            "list_objects_version": Text(choices=("", "v1", "v2")),
            "bucket_lookup_type": Text(choices=("auto", "virtual-hosted", "path")),
            "send_content_md5": FLAG,
            "disable_multipart": FLAG,
            # S3 takes parts from 5 MiB on.
            "part_size": Number(minimum=5 * 1024 * 1024),
            "sse_config": {
                "type": Text(choices=("", "SSE-S3", "SSE-KMS", "SSE-C")),
                "kms_key_id": TEXT,
                "kms_encryption_context": TEXTS,
                "encryption_key": SECRET_TEXT,
            },
            "sts_endpoint": ADDRESS,
            "max_retries": NUMBER,
        },
        required=("bucket", "endpoint"),
        credentials=("access_key", "secret_key"),
        rules=(
            _host_only,
            _together("access_key", "secret_key"),
            _not_together("aws_sdk_auth", "access_key"),
            _encryption,
        ),
    ),
    "GCS": Provider(
        keys={
            "bucket": TEXT,
            "service_account": SECRET_TEXT,
            "use_grpc": FLAG,
            "grpc_conn_pool_size": NUMBER,
            "http_config": HTTP,
            "chunk_size_bytes": NUMBER,
            "max_retries": NUMBER,
        },
        required=("bucket",),
    ),
    "AZURE": Provider(
        keys={
            "az_tenant_id": TEXT,
            "client_id": TEXT,
            "client_secret": SECRET_TEXT,
            "storage_account": TEXT,
            "storage_account_key": SECRET_TEXT,
            "storage_connection_string": SECRET_TEXT,
            "storage_create_container": FLAG,
            "container": TEXT,
            "endpoint": ADDRESS,
            "user_assigned_id": TEXT,
            "max_retries": NUMBER,
            "reader_config": {"max_retry_requests": NUMBER},
            "pipeline_config": {
                "max_tries": NUMBER,
                "try_timeout": DURATION,
                "retry_delay": DURATION,
                "max_retry_delay": DURATION,
            },
            "http_config": HTTP,
            "msi_resource": ADDRESS,
        },
        required=("storage_account", "container"),
        place="container",
        credentials=("storage_account", "storage_account_key"),
        rules=(
            _together("az_tenant_id", "client_id", "client_secret"),
            _not_together("user_assigned_id", "storage_account_key"),
            _not_together("user_assigned_id", "storage_connection_string"),
            _not_together("user_assigned_id", "client_id"),
            _not_together("storage_account_key", "storage_connection_string"),
        ),
    ),
    "SWIFT": Provider(
        keys={
            "auth_version": NUMBER,
            "auth_url": ADDRESS,
            "username": TEXT,
            "user_domain_name": TEXT,
            "user_domain_id": TEXT,
            "user_id": TEXT,
            "password": SECRET_TEXT,
            "domain_id": TEXT,
            "domain_name": TEXT,
            "application_credential_id": TEXT,
            "application_credential_name": TEXT,
            "application_credential_secret": SECRET_TEXT,
            "project_id": TEXT,
            "project_name": TEXT,
            "project_domain_id": TEXT,
            "project_domain_name": TEXT,
            "region_name": TEXT,
            "container_name": TEXT,
            "large_object_chunk_size": NUMBER,
            "large_object_segments_container_name": TEXT,
            "retries": NUMBER,
            "connect_timeout": DURATION,
            "timeout": DURATION,
            "use_dynamic_large_objects": FLAG,
            "http_config": HTTP,
        },
        required=("container_name",),
        place="container_name",
        credentials=("username", "password"),
    ),
    "COS": Provider(
        keys={
            "bucket": TEXT,
            "region": TEXT,
            "app_id": TEXT,
            "endpoint": ADDRESS,
            "secret_key": SECRET_TEXT,
            "secret_id": SECRET_TEXT,
            "max_retries": NUMBER,
            "http_config": HTTP,
        },
        required=(),
        credentials=("secret_id", "secret_key"),
        rules=(_cos,),
    ),
    "ALIYUNOSS": Provider(
        keys={"endpoint": ADDRESS, "bucket": TEXT, "access_key_id": SECRET_TEXT, "access_key_secret": SECRET_TEXT},
        required=("endpoint", "bucket", "access_key_id", "access_key_secret"),
        credentials=("access_key_id", "access_key_secret"),
    ),
    "BOS": Provider(
        keys={"bucket": TEXT, "endpoint": ADDRESS, "access_key": SECRET_TEXT, "secret_key": SECRET_TEXT},
        required=("bucket", "endpoint", "access_key", "secret_key"),
        credentials=("access_key", "secret_key"),
    ),
    "OCI": Provider(
        keys={
            "provider": Text(choices=("default", "instance-principal", "raw", "oke-workload-identity")),
            "bucket": TEXT,
            "compartment_ocid": TEXT,
            "tenancy_ocid": TEXT,
            "user_ocid": TEXT,
            "region": TEXT,
            "fingerprint": TEXT,
            "privatekey": SECRET_TEXT,
            "passphrase": SECRET_TEXT,
            "part_size": NUMBER,
            "max_request_retries": NUMBER,
            "request_retry_interval": NUMBER,
            "http_config": {**TRANSPORT, "client_timeout": DURATION},
        },
        required=("provider", "bucket", "compartment_ocid"),
        rules=(_oci,),
    ),
    "OBS": Provider(
        keys={
            "bucket": TEXT,
            "endpoint": ADDRESS,
            "access_key": SECRET_TEXT,
            "secret_key": SECRET_TEXT,
            "max_retries": NUMBER,
            "http_config": HTTP,
        },
        required=("bucket", "endpoint", "access_key", "secret_key"),
        credentials=("access_key", "secret_key"),
    ),
    "FILESYSTEM": Provider(keys={"directory": TEXT}, required=("directory",), place="directory"),
}

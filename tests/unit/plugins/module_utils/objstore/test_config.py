# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.objstore import config as objstore
from ansible_collections.observability.thanos.plugins.module_utils.objstore.providers import PROVIDERS

S3 = {"bucket": "blocks", "endpoint": "s3.example.com", "access_key": "AKEY", "secret_key": "s3cret"}
KEYS = {"access_key": "AKEY", "secret_key": "s3cret"}

#: The least that each provider takes.
LEAST: dict[str, dict[str, Any]] = {
    "S3": {"bucket": "blocks", "endpoint": "s3.example.com"},
    "GCS": {"bucket": "blocks"},
    "AZURE": {"storage_account": "account", "container": "blocks"},
    "SWIFT": {"container_name": "blocks"},
    "COS": {"bucket": "blocks", "region": "r", "app_id": "1", "secret_id": "i", "secret_key": "s3cret"},
    "ALIYUNOSS": {"endpoint": "e", "bucket": "blocks", "access_key_id": "i", "access_key_secret": "s3cret"},
    "BOS": {"bucket": "blocks", "endpoint": "e", **KEYS},
    "OCI": {"provider": "default", "bucket": "blocks", "compartment_ocid": "c"},
    "OBS": {"bucket": "blocks", "endpoint": "e", **KEYS},
    "FILESYSTEM": {"directory": "/blocks"},
}


def s3_problems(**changes: Any) -> list[str]:
    return objstore.managed_problems("S3", {**S3, **changes})


def test_every_provider_is_covered() -> None:
    assert LEAST.keys() == PROVIDERS.keys()


@pytest.mark.parametrize("type_", LEAST)
def test_least_configuration(type_: str) -> None:
    assert objstore.managed_problems(type_, LEAST[type_]) == []
    assert objstore.place({"type": type_, "config": LEAST[type_]})[0] in ("blocks", "/blocks")


@pytest.mark.parametrize("type_", LEAST)
def test_required_keys(type_: str) -> None:
    for key in LEAST[type_]:
        config = {name: value for name, value in LEAST[type_].items() if name != key}
        assert any(f"config.{key} is required" in text for text in objstore.managed_problems(type_, config))


def test_s3_with_everything() -> None:
    assert (
        s3_problems(
            region="eu-1",
            disable_dualstack=True,
            insecure=False,
            signature_version2=False,
            session_token="token",
            put_user_metadata={"X-Amz-Storage-Class": "STANDARD_IA"},
            http_config={
                "idle_conn_timeout": "1m30s",
                "insecure_skip_verify": False,
                "max_idle_conns": 5,
                "tls_config": {"ca_file": "/ca.crt", "insecure_skip_verify": False},
            },
            trace={"enable": True},
            list_objects_version="v2",
            bucket_lookup_type="path",
            send_content_md5=True,
            disable_multipart=False,
            part_size=64 * 1024 * 1024,
            sse_config={"type": "SSE-KMS", "kms_key_id": "key", "kms_encryption_context": {"a": "b"}},
            sts_endpoint="https://sts.example.com",
            max_retries=3,
        )
        == []
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"bukcet": "x"}, "config: key 5 of 5 is not known to Thanos (did you mean bucket?)"),
        ({"zzz": "x"}, "config: key 5 of 5 is not known to Thanos (known are access_key, "),
        (
            {"secret_key:s3cret": None},
            "key 5 of 5 is not known to Thanos, without a space after its colon (did you mean secret",
        ),
        ({5: "s3cret"}, "config: key 5 of 5 is not known to Thanos (known are"),
        ({None: "s3cret"}, "config: key 5 of 5 is not known to Thanos (known are"),
        ({("s3cret", 1): 2}, "config: key 5 of 5 is not known to Thanos (known are"),
        ({"http_config": {"tls_config": {"ca": "x"}}}, "config.http_config.tls_config: key 1 of 1 is not known to"),
        ({"http_config": {"s3cret": 1, "tls_config": {}}}, "config.http_config: key 1 of 2 is not known to Thanos"),
        ({"region": ["s3cret"]}, "config.region has to be a text"),
        ({"region": {"s3cret": "s3cret"}}, "config.region has to be a text"),
        ({"max_retries": "s3cret"}, "config.max_retries has to be a whole number"),
        ({"put_user_metadata": {"s3cret": ["s3cret"]}}, "config.put_user_metadata has to be a mapping of texts"),
        ({"http_config": []}, "config.http_config has to be a mapping"),
        ({"http_config": {"idle_conn_timeout": 90}}, "config.http_config.idle_conn_timeout has to be a length of time"),
        ({"http_config": {"idle_conn_timeout": ""}}, "config.http_config.idle_conn_timeout has to be a length of time"),
        ({"insecure": "yes"}, "config.insecure has to be true or false"),
        ({"max_retries": True}, "config.max_retries has to be a whole number"),
        ({"max_retries": -1}, "config.max_retries is -1; it has to be at least 0"),
        ({"part_size": 1000}, "config.part_size is 1000; it has to be at least 5242880"),
        ({"region": 5}, "config.region has to be a text"),
        ({"put_user_metadata": {"a": 1}}, "config.put_user_metadata has to be a mapping of texts"),
        (
            {"bucket_lookup_type": "s3cret"},
            "config.bucket_lookup_type has to be one of auto, virtual-hosted, path",
        ),
        ({"endpoint": "https://s3.example.com"}, "config.endpoint is 'https://s3.example.com'; it has to be host"),
        ({"endpoint": "s3.example.com/path"}, "without scheme and path"),
        ({"endpoint": "s3cret/path"}, "config.endpoint has to be host or host:port, without scheme and path"),
        ({"endpoint": "https://u:s3cret@s3.example.com"}, "config.endpoint holds more than an address"),
        ({"endpoint": "u:s3cret@s3.example.com"}, "config.endpoint holds more than an address"),
        ({"endpoint": "s3.example.com?sig=s3cret"}, "config.endpoint holds more than an address"),
        ({"sts_endpoint": "https://s3cret@sts.example.com"}, "config.sts_endpoint holds more than an address"),
        ({"bucket": "s3cret_Bucket"}, "config.bucket is not a bucket name that S3 allows"),
        ({"secret_key": ""}, "config.access_key needs config.secret_key too"),
        ({"access_key": ""}, "config.secret_key needs config.access_key too"),
        ({"aws_sdk_auth": True}, "config.aws_sdk_auth and config.access_key exclude each other"),
        (
            {"sse_config": {"type": "s3cret"}},
            "config.sse_config.type has to be one of SSE-S3, SSE-KMS, SSE-C",
        ),
        ({"sse_config": {"type": "SSE-KMS"}}, "config.sse_config.kms_key_id is required"),
        ({"sse_config": {"type": "SSE-C", "encryption_key": "s3cret"}}, "has to be the path of a file"),
    ],
)
def test_s3_mistakes(changes: dict[Any, Any], problem: str) -> None:
    problems = objstore.managed_problems("S3", {**S3, **changes})
    assert problem in "; ".join(problems)
    assert len(problems) == 1
    assert "s3cret" not in str(problems)


def test_s3_without_credentials_is_workload_identity() -> None:
    assert objstore.managed_problems("S3", LEAST["S3"]) == []


def test_credentials_that_follow_are_not_missing() -> None:
    config = {"bucket": "blocks", "endpoint": "e"}
    assert objstore.managed_problems("OBS", config, check_credentials=False) == []
    assert len(objstore.managed_problems("OBS", config)) == 2


@pytest.mark.parametrize(
    ("type_", "changes", "problem"),
    [
        ("AZURE", {"client_id": "c"}, "config.client_id needs config.az_tenant_id, config.client_secret too"),
        ("AZURE", {"user_assigned_id": "u", "storage_account_key": "s3cret"}, "exclude each other"),
        ("OCI", {"provider": "raw"}, "config.tenancy_ocid is required for provider raw"),
        ("OCI", {"provider": "s3cret"}, "config.provider has to be one of default, instance-principal"),
        ("AZURE", {"endpoint": "blob.example.com?sig=s3cret"}, "config.endpoint holds more than an address"),
        ("OBS", {"endpoint": "https://u:s3cret@obs.example.com"}, "config.endpoint holds more than an address"),
        ("SWIFT", {"auth_url": "https://u:s3cret@keystone.example.com"}, "config.auth_url holds more than an address"),
        ("FILESYSTEM", {"s3cret": "b"}, "config: key 2 of 2 is not known to Thanos (known are directory)"),
    ],
)
def test_mistakes_of_other_providers(type_: str, changes: dict[str, Any], problem: str) -> None:
    problems = "; ".join(objstore.managed_problems(type_, {**LEAST[type_], **changes}))
    assert problem in problems
    assert "s3cret" not in problems


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (None, "it is not a YAML mapping"),
        ("s3cret", "it is not a YAML mapping"),
        ({}, "type is missing; it has to be one of S3, GCS"),
        ({"type": "s3cret", "config": {}}, "type is not one that Thanos knows; it has to be one of S3, GCS"),
        ({"type": ["s3cret"], "config": {}}, "type is not one that Thanos knows; it has to be one of S3, GCS"),
        ({"type": "S3", "config": ["s3cret"]}, "config has to be a mapping"),
        (["s3cret"], "it is not a YAML mapping"),
        ({"s3cret": 1}, "the document: key 1 of 1 is not known to Thanos (known are config, prefix, type)"),
        ({"type": "S3"}, "config has to be a mapping"),
        ({"type": "S3", "config": S3, "prefx": "x"}, "key 3 of 3 is not known to Thanos (did you mean prefix?)"),
        ({"type": "S3", "config": S3, "prefix": 1}, "prefix has to be a text"),
    ],
)
def test_document_mistakes(document: Any, problem: str) -> None:
    problems = "; ".join(objstore.document_problems(document))
    assert problem in problems
    assert "s3cret" not in problems


def test_the_place_of_an_unknown_key_is_the_one_that_the_user_counts() -> None:
    given = {"endpoint": "s3.example.com", "bukcet": "x", "http_config": {"tls_config": {"ca": "x"}}}
    config = {**S3, **given, "http_config": {"tls_config": {"ca_file": "/ca.crt", "ca": "x"}}}
    assert [problem.partition(" is")[0] for problem in objstore.managed_problems("S3", config, given=given)] == [
        "config: key 2 of 3",
        "config.http_config.tls_config: key 1 of 1",
    ]


def test_existing_documents_may_be_older_than_the_rules_for_names() -> None:
    # Thanos reads the type in any case, and buckets with capitals exist.
    assert objstore.document_problems({"type": "s3", "config": {**S3, "bucket": "My_Bucket"}, "prefix": "a"}) == []


def test_normalized_takes_what_templating_leaves() -> None:
    config = {"access_key": 123, "insecure": "true", "max_retries": "3", "http_config": {"max_idle_conns": "7"}, "x": 1}
    assert objstore.normalized("S3", config) == {
        "access_key": "123",
        "insecure": True,
        "max_retries": 3,
        "http_config": {"max_idle_conns": 7},
        "x": 1,
    }


def test_masked_shows_only_what_is_harmless() -> None:
    document = {
        "type": "S3",
        "config": {**S3, "unknown": "s3cret", "trace": {"enable": True, "x": "s3cret"}},
        "y": "s3cret",
    }
    shown = objstore.masked(document)
    assert "s3cret" not in str(shown)
    assert shown["config"]["bucket"] == "blocks"
    assert shown["config"]["trace"] == {"enable": True, "(hidden name 1)": objstore.MASK}
    assert objstore.masked("s3cret") == objstore.MASK
    assert objstore.masked({"type": "s3cret", "config": S3}) == {"type": objstore.MASK, "config": objstore.MASK}


@pytest.mark.parametrize(
    "config",
    [
        {"secret_key:s3cret": None},
        {"region": {"a": "s3cret"}},
        {"region": ["s3cret"]},
        {"endpoint": "https://u:s3cret@s3.example.com"},
        {"max_retries": "s3cret"},
        {"bucket_lookup_type": "s3cret"},
        {"put_user_metadata": {"s3cret": "s3cret"}},
        {"http_config": "s3cret"},
        {"http_config": {"idle_conn_timeout": "s3cret"}},
        {"region": "Bearer s3cret"},
    ],
)
def test_masked_shows_no_value_of_another_type(config: dict[str, Any]) -> None:
    assert "s3cret" not in str(objstore.masked({"type": "S3", "config": config}))
    assert "s3cret" not in objstore.harmless_values("S3", config)


def test_harmless_values_are_no_part_of_a_secret() -> None:
    config = {**S3, "region": "s3c", "max_retries": 7, "unknown": "u"}
    assert objstore.harmless_values("S3", config) == {"blocks", "s3.example.com", "7"}

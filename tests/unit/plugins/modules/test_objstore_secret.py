# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a cluster: what it writes, what it refuses, and what it never says."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from ansible_collections.observability.thanos.plugins.module_utils.apply.kubectl_fields import LAST_APPLIED
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import SECRET
from ansible_collections.observability.thanos.plugins.module_utils.objstore.secret import UNKNOWN_CHECKSUM
from ansible_collections.observability.thanos.plugins.modules import objstore_secret
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster

RunModule = Callable[..., dict[str, Any]]

NAME = "thanos-objectstorage"
CONFIG = {"bucket": "prometheus-thanos", "endpoint": "minio.minio.svc:9000", "insecure": True}
SOURCE = {"namespace": "minio", "name": "minio-thanos"}
KEYS = {"access-key": "AKEY-of-thanos", "secret-key": "s3cret-of-thanos"}
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.fixture
def objstore(run_module: RunModule) -> RunModule:
    # Nobody is asked by these tests but where they say so.
    return lambda **options: run_module(objstore_secret, **{"probe": False, **options})


def secret(namespace: str, name: str, texts: dict[str, str], **metadata: Any) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "data": {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()},
    }


def content(cluster: FakeCluster, key: str = "thanos.yaml") -> Any:
    body = cluster.get(SECRET, NAME, "monitoring")
    assert body is not None
    return yaml.safe_load(base64.b64decode(body["data"][key]))


def assert_silent(result: dict[str, Any]) -> None:
    for text in KEYS.values():
        assert text not in str(result)
        assert base64.b64encode(text.encode()).decode() not in str(result)


def test_credentials_from_a_secret(cluster: FakeCluster, objstore: RunModule) -> None:
    cluster.seed(secret("minio", "minio-thanos", KEYS))
    result = objstore(config=CONFIG, credentials_secret=SOURCE, diff=True)
    assert result["changed"] is True
    assert content(cluster) == {
        "type": "S3",
        "config": {**CONFIG, "access_key": KEYS["access-key"], "secret_key": KEYS["secret-key"]},
    }
    assert (result["bucket"], result["endpoint"], result["type"]) == ("prometheus-thanos", "minio.minio.svc:9000", "S3")
    assert 'secret_key: "********"' in result["diff"]["after"]
    assert_silent(result)

    again = objstore(config=CONFIG, credentials_secret=SOURCE, diff=True)
    assert again["changed"] is False
    assert again["checksum"] == result["checksum"]
    assert "diff" not in again


@pytest.mark.parametrize("mode", ["managed", "existing"])
def test_what_the_object_store_refuses_is_not_written(
    cluster: FakeCluster, objstore: RunModule, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    def refuse(_cluster: FakeCluster, document: Any, _ca: str, _cluster_domain: str) -> str:
        assert document["config"]["secret_key"] == KEYS["secret-key"]
        return "the secret key is not the access key's"

    cluster.seed(secret("minio", "minio-thanos", KEYS))
    if mode == "existing":
        objstore(config=CONFIG, credentials_secret=SOURCE)
    monkeypatch.setattr("ansible_collections.observability.thanos.plugins.module_utils.objstore.secret.refusal", refuse)
    options = {"mode": mode, "config": CONFIG, "credentials_secret": SOURCE, "probe": True}
    writes = len(cluster.writes)
    error = objstore(**options)["msg"]
    where = "minio/minio-thanos" if mode == "managed" else f"monitoring/{NAME}, key thanos.yaml"
    assert error.startswith(
        f"Secret {where}: the object store at minio.minio.svc:9000 refuses it for bucket prometheus-thanos: "
        "the secret key is not the access key's."
    )
    assert len(cluster.writes) == writes
    # In check mode the user may be one that the run would make.
    assert "msg" not in objstore(**options, check_mode=True)


def test_rotated_credentials_change_the_checksum(cluster: FakeCluster, objstore: RunModule) -> None:
    cluster.seed(secret("minio", "minio-thanos", KEYS))
    first = objstore(config=CONFIG, credentials_secret=SOURCE)
    cluster.seed(secret("minio", "minio-thanos", {**KEYS, "secret-key": "another"}))
    second = objstore(config=CONFIG, credentials_secret=SOURCE)
    assert second["changed"] is True
    assert second["checksum"] != first["checksum"]


def test_credentials_that_check_mode_cannot_know(cluster: FakeCluster, objstore: RunModule) -> None:
    cluster.seed(secret("minio", "minio-thanos", KEYS))
    written = objstore(config=CONFIG, credentials_secret=SOURCE)
    options = {"config": CONFIG, "credentials_secret": SOURCE, "credentials_changed": True}
    checked = objstore(**options, check_mode=True)
    assert (checked["changed"], checked["checksum"]) == (True, UNKNOWN_CHECKSUM)
    again = objstore(**options)
    assert (again["changed"], again["checksum"]) == (False, written["checksum"])


def test_replaced_credentials_are_told_of(cluster: FakeCluster, objstore: RunModule) -> None:
    given = {**CONFIG, "access_key": KEYS["access-key"], "secret_key": KEYS["secret-key"]}
    assert objstore(config=given)["credentials_replaced"] is False
    assert objstore(config={**given, "region": "eu-1"})["credentials_replaced"] is False
    rotated = objstore(config={**given, "secret_key": "an0ther-s3cret"})
    assert rotated["credentials_replaced"] is True
    assert objstore(config={**given, "secret_key": "an0ther-s3cret"})["credentials_replaced"] is False
    elsewhere = {**given, "endpoint": "s3.example.com", "secret_key": "y3t-another"}
    assert objstore(config=elsewhere)["credentials_replaced"] is False, "the old ones are good where they were before"
    cluster.seed(existing("type: [s3"))
    assert objstore(config=given, force_conflicts=True)["credentials_replaced"] is False


def test_other_fields_and_another_provider(cluster: FakeCluster, objstore: RunModule) -> None:
    cluster.seed(secret("default", "cos", {"id": "AKEY-of-thanos", "key": "s3cret-of-thanos"}))
    config = {"bucket": "blocks", "region": "r", "app_id": 1250000000}
    source = {"namespace": "default", "name": "cos", "access_key_field": "id", "secret_key_field": "key"}
    result = objstore(type="COS", config=config, credentials_secret=source, prefix="one", key="cos.yaml")
    assert content(cluster, "cos.yaml") == {
        "type": "COS",
        "config": {**config, "app_id": "1250000000", "secret_id": "AKEY-of-thanos", "secret_key": "s3cret-of-thanos"},
        "prefix": "one",
    }
    assert_silent(result)


def test_given_credentials_are_masked_and_the_rest_is_not(cluster: FakeCluster, objstore: RunModule) -> None:
    config = {**CONFIG, "access_key": KEYS["access-key"], "secret_key": KEYS["secret-key"]}
    result = objstore(config=config, diff=True)
    assert content(cluster)["config"] == config
    assert result["bucket"] == "prometheus-thanos"
    assert result["invocation"]["module_args"]["config"]["endpoint"] == "minio.minio.svc:9000"
    assert_silent(result)


def test_a_change_of_the_secret_alone_says_only_that_it_differs(objstore: RunModule) -> None:
    objstore(config={**CONFIG, "access_key": "a", "secret_key": "old-s3cret"})
    result = objstore(config={**CONFIG, "access_key": "a", "secret_key": "s3cret-of-thanos"}, diff=True)
    assert result["changed"] is True
    assert 'secret_key: "********"' in result["diff"]["before"]
    assert result["diff"]["after"] == result["diff"]["before"].replace(
        'secret_key: "********"', 'secret_key: "******** (different)"'
    )
    assert_silent(result)


@pytest.mark.parametrize(
    "text",
    [
        "{secret_key:s3cret-of-thanos}",
        "type: s3cret-of-thanos",
        "s3cret-of-thanos",
        "type: s3\nconfig: {s3cret-of-thanos: 1}",
    ],
)
def test_what_stood_there_before_is_not_shown(cluster: FakeCluster, objstore: RunModule, text: str) -> None:
    cluster.seed(existing(text))
    result = objstore(config=CONFIG, force_conflicts=True, diff=True)
    assert result["changed"] is True
    assert_silent(result)


def test_workload_identity(cluster: FakeCluster, objstore: RunModule) -> None:
    objstore(config={"bucket": "blocks"}, type="GCS")
    assert content(cluster) == {"type": "GCS", "config": {"bucket": "blocks"}}


def test_ca_stands_beside_the_configuration(cluster: FakeCluster, objstore: RunModule) -> None:
    first = objstore(config=CONFIG)
    second = objstore(config=CONFIG, ca=CERTIFICATE)
    body = cluster.get(SECRET, NAME, "monitoring")
    assert body is not None
    assert base64.b64decode(body["data"]["ca.crt"]).decode() == CERTIFICATE
    assert second["checksum"] != first["checksum"]
    objstore(config=CONFIG)
    body = cluster.get(SECRET, NAME, "monitoring")
    assert body is not None
    assert body["data"].keys() == {"thanos.yaml"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"config": {**CONFIG, "bukcet": "s3cret-of-thanos"}},
            "config: key 4 of 4 is not known to Thanos (did you mean bucket?)",
        ),
        ({"config": {**CONFIG, "bucket": "A"}}, "config.bucket is not a bucket name that S3 allows"),
        ({"config": {**CONFIG, "secret_key": "s3cret-of-thanos"}}, "config.secret_key needs config.access_key too"),
        ({"config": CONFIG, "ca": "no certificate"}, "ca holds no certificate in PEM form"),
        ({"config": CONFIG, "type": "s3"}, "value of type must be one of: S3, GCS"),
        ({}, "config is required with mode managed"),
        ({"config": CONFIG, "namespace": "nosuch"}, "Namespace nosuch does not exist."),
        ({"config": CONFIG, "credentials_secret": SOURCE}, "Secret minio/minio-thanos does not exist."),
        (
            {"config": {"bucket": "b"}, "type": "GCS", "credentials_secret": SOURCE},
            "credentials_secret is not available for type GCS",
        ),
        (
            {"config": {**CONFIG, "access_key": "AKEY-of-thanos", "secret_key": "x"}, "credentials_secret": SOURCE},
            "config.access_key and credentials_secret are both given",
        ),
    ],
)
def test_mistakes(cluster: FakeCluster, objstore: RunModule, options: dict[str, Any], message: str) -> None:
    result = objstore(**options)
    assert result["failed"] is True
    assert message in result["msg"]
    assert_silent(result)
    assert cluster.get(SECRET, NAME, "monitoring") is None


def test_source_without_the_field(cluster: FakeCluster, objstore: RunModule) -> None:
    cluster.seed(secret("minio", "minio-thanos", {"access-key": "AKEY-of-thanos"}))
    result = objstore(config=CONFIG, credentials_secret=SOURCE)
    assert result["msg"] == "Secret minio/minio-thanos has no key secret-key; its keys: access-key."


def test_written_by_somebody_else(cluster: FakeCluster, objstore: RunModule) -> None:
    cluster.seed(secret("monitoring", NAME, {"thanos.yaml": "type: s3"}))
    result = objstore(config=CONFIG)
    assert "Set force_conflicts" in result["msg"]
    assert objstore(config=CONFIG, force_conflicts=True)["changed"] is True
    assert content(cluster)["config"] == CONFIG


def test_one_of_somebody_else_with_another_key_stays_somebody_elses(cluster: FakeCluster, objstore: RunModule) -> None:
    """There is no conflict, but it would be removed with their key."""
    cluster.seed(secret("monitoring", NAME, {"theirs.yaml": "type: s3"}))
    assert objstore(config=CONFIG)["changed"] is True
    assert objstore(config=CONFIG)["changed"] is False
    assert content(cluster)["config"] == CONFIG
    result = objstore(state="absent")
    assert "managed-by is missing, so it is somebody else's" in result["kept"][0]
    assert content(cluster, "theirs.yaml") == {"type": "s3"}


def test_made_by_hand(cluster: FakeCluster, objstore: RunModule) -> None:
    live = secret("monitoring", NAME, {"thanos.yaml": "type: s3"})
    live["metadata"]["annotations"] = {LAST_APPLIED: '{"stringData":{"thanos.yaml":"secret_key: minio123"}}'}
    live["metadata"]["managedFields"] = [{"manager": "kubectl-client-side-apply", "fieldsV1": {"f:data": {}}}]
    cluster.seed(live)
    assert objstore(config=CONFIG, force_conflicts=True, adopt=True)["changed"] is True
    body = cluster.get(SECRET, NAME, "monitoring")
    assert body is not None
    assert not body["metadata"]["annotations"]
    assert objstore(config=CONFIG)["changed"] is False


def test_check_mode(cluster: FakeCluster, objstore: RunModule) -> None:
    result = objstore(config=CONFIG, credentials_secret=SOURCE, check_mode=True)
    assert (result["changed"], result["checksum"]) == (True, UNKNOWN_CHECKSUM)
    assert objstore(config=CONFIG, namespace="nosuch", check_mode=True)["changed"] is True
    assert objstore(mode="existing", check_mode=True)["checksum"] == UNKNOWN_CHECKSUM
    assert cluster.get(SECRET, NAME, "monitoring") is None
    cluster.seed(secret("minio", "minio-thanos", KEYS))
    written = objstore(config=CONFIG, credentials_secret=SOURCE)
    checked = objstore(config=CONFIG, credentials_secret=SOURCE, check_mode=True)
    assert (checked["changed"], checked["checksum"]) == (False, written["checksum"])


def existing(text: str, **others: str) -> Object:
    return secret("monitoring", NAME, {"thanos.yaml": text, **others})


def test_existing(cluster: FakeCluster, objstore: RunModule) -> None:
    text = "type: s3\nconfig: {bucket: blocks, endpoint: e, access_key: AKEY-of-thanos, secret_key: s3cret-of-thanos}"
    cluster.seed(existing(text))
    result = objstore(mode="existing", diff=True)
    assert (result["changed"], result["bucket"], result["endpoint"], result["type"]) == (False, "blocks", "e", "S3")
    assert_silent(result)
    assert cluster.writes == []
    cluster.seed(existing(f"{text} # rotated"))
    assert objstore(mode="existing")["checksum"] != result["checksum"]


def test_existing_as_we_wrote_it_has_the_same_checksum(objstore: RunModule) -> None:
    written = objstore(config=CONFIG, ca=CERTIFICATE)
    assert objstore(mode="existing")["checksum"] == written["checksum"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("type: 's3-of-thanos", "it is not valid YAML (line 1, column"),
        ("s3cret-of-thanos", "it is not a YAML mapping with type and config"),
        ("type: s3cret-of-thanos\nconfig: {}", "type is not one that Thanos knows; it has to be one of S3"),
        ("{secret_key:s3cret-of-thanos}", "key 1 of 1 is not known to Thanos, without a space after its colon"),
        ("type: s3\nconfig: {bucket: b, secret_key:s3cret-of-thanos}", "config: key 2 of 2 is not known to Thanos"),
        ("type: s3\nconfig:\n\tsecret_key: s3cret-of-thanos", "it is not valid YAML (line 3, column 1)"),
        ("- s3cret-of-thanos", "it is not a YAML mapping with type and config"),
        ("type: s3\nconfig: !!bool s3cret-of-thanos", "it is not valid YAML"),
        ("type: s3\nconfig: {endpoint: 'https://u:s3cret-of-thanos@h', bucket: b}", "config.endpoint holds more than"),
        ("type: s3", "config has to be a mapping"),
        ("type: s3\nconfig: {bucket: b}", "config.endpoint is required for type S3"),
        ("type: s3\nconfig: {acces_key: s3cret-of-thanos}", "config: key 1 of 1 is not known to Thanos (did you mean"),
        ("type: s3\nconfig: {secret_key: 12345678}", "config.secret_key has to be a text"),
        ("type: s3\ntype: s3", "the same key stands twice in one mapping (line 2)"),
        ("", "the content of key thanos.yaml is empty"),
    ],
)
def test_existing_mistakes(cluster: FakeCluster, objstore: RunModule, text: str, message: str) -> None:
    cluster.seed(existing(text))
    result = objstore(mode="existing")
    assert result["msg"].startswith(f"Secret monitoring/{NAME}")
    assert "thanos.yaml: " in result["msg"] or "key thanos.yaml" in result["msg"]
    assert message in result["msg"]
    assert_silent(result)


def test_existing_without_secret_or_key(cluster: FakeCluster, objstore: RunModule) -> None:
    assert objstore(mode="existing")["msg"] == f"The object-store Secret monitoring/{NAME} does not exist."
    cluster.seed(existing("x"))
    result = objstore(mode="existing", key="other.yaml")
    assert result["msg"] == f"Secret monitoring/{NAME} has no key other.yaml; its keys: thanos.yaml."


def test_absent_removes_only_ours(cluster: FakeCluster, objstore: RunModule) -> None:
    assert objstore(state="absent")["changed"] is False
    somebodys = existing("x")
    cluster.seed(somebodys)
    assert objstore(state="absent")["changed"] is False
    # Copied along with a manifest: another field manager applied it.
    somebodys["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "observability.thanos"}
    cluster.seed(somebodys)
    result = objstore(state="absent")
    assert result["changed"] is False
    assert result["kept"][0].startswith(f"Secret monitoring/{NAME}: it has this collection's label, but field manager")
    assert cluster.get(SECRET, NAME, "monitoring") is not None
    objstore(config=CONFIG, force_conflicts=True)
    assert objstore(state="absent", mode="existing")["changed"] is False
    assert objstore(state="absent")["changed"] is True
    assert cluster.get(SECRET, NAME, "monitoring") is None

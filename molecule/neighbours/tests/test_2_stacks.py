"""Two stacks on one cluster: not two compactors on one bucket, and a user in MinIO for each."""

from __future__ import annotations

import json
from typing import Any

import pytest
import urllib3
from announcements import objects
from minio import Minio, MinioAdmin, S3Error
from minio.credentials.providers import StaticProvider
from real_cluster import create, failed, forwarded, kubectl, playbook, secret

#: The stack of another team, which shares MinIO with the first one.
TEAM_B: dict[str, Any] = {
    "thanos_namespace": "team-b",
    "thanos_components": ["minio", "thanos_objstore"],
    "minio_bucket": "team-b",
    "minio_user_secret": "minio-team-b",
    "thanos_verify": False,
}
#: The same with the first one's bucket, written as somebody else might.
SAME_BUCKET: dict[str, Any] = {
    "thanos_namespace": "team-b",
    "thanos_components": ["thanos_objstore", "thanos_compactor"],
    "thanos_objstore_endpoint": "minio.minio:9000",
    "thanos_objstore_insecure": True,
    "thanos_objstore_bucket": "prometheus-thanos",
    "thanos_objstore_credentials_secret": {"namespace": "minio", "name": "minio-thanos"},
    "thanos_verify": False,
}
#: Of a compactor that no node takes, since it would do damage.
NOWHERE = {"nodeSelector": {"kubernetes.io/hostname": "nowhere"}}


@pytest.fixture(scope="module", autouse=True)
def namespace() -> None:
    """The other team's namespace."""
    create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-b"}})


def test_a_second_compactor_on_the_bucket_is_refused_before_anything_changes() -> None:
    before = objects()
    message = failed(SAME_BUCKET)
    assert objects() == before
    assert "StatefulSet monitoring/thanos-compactor" in message
    assert "prometheus-thanos" in message


def test_a_second_compactor_on_the_bucket_fails_the_verification() -> None:
    settings = secret("monitoring", "thanos-objectstorage")["thanos.yaml"]
    settings = settings.replace("minio.minio.svc:9000", "minio.minio.svc.cluster.local:9000")
    container = {
        "name": "compact",
        "image": "quay.io/thanos/thanos:v0.42.4",
        "args": ["compact", "--wait", "--objstore.config=$(OBJSTORE)"],
        "env": [{"name": "OBJSTORE", "valueFrom": {"secretKeyRef": {"name": "bucket", "key": "settings"}}}],
    }
    labels = {"app": "compact"}
    create(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "bucket", "namespace": "team-b"},
            "stringData": {"settings": settings},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "compact", "namespace": "team-b"},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {**NOWHERE, "containers": [container]}},
            },
        },
    )
    try:
        result = playbook("--tags", "compactor", name="playbooks/verify.yml")
        assert result.returncode != 0
        assert "Deployment team-b/compact" in result.stdout
        assert "Deployment team-b/compact" in failed({"thanos_verify": False})
    finally:
        kubectl("delete", "--namespace", "team-b", "deployment/compact", "secret/bucket")
    result = playbook("--tags", "compactor", name="playbooks/verify.yml")
    assert result.returncode == 0, result.stdout[-4000:]


def policies() -> dict[str, str]:
    """Return the policies of each user in MinIO."""
    root = secret("minio", "minio-root")
    with forwarded("minio", "minio", 9000) as address:
        provider = StaticProvider(root["root-user"], root["root-password"])
        users = json.loads(MinioAdmin(endpoint=address, credentials=provider, secure=False).user_list())
    return {name: user.get("policyName", "") for name, user in users.items()}


def can_list(user: dict[str, str], bucket: str) -> bool:
    """Return whether MinIO lets the user of a Secret list a bucket."""
    with forwarded("minio", "minio", 9000) as address:
        http = urllib3.PoolManager(retries=False)
        client = Minio(address, user["access-key"], user["secret-key"], secure=False, http_client=http)
        try:
            next(client.list_objects(bucket), None)
        except S3Error as error:
            if error.code != "AccessDenied":
                raise
            return False
    return True


def test_each_stack_has_a_user_that_reaches_its_own_bucket_only() -> None:
    first = secret("minio", "minio-thanos")
    result = playbook("--extra-vars", json.dumps(TEAM_B))
    assert result.returncode == 0, result.stdout[-4000:]
    second = secret("minio", "minio-team-b")
    assert secret("minio", "minio-thanos") == first
    assert first["access-key"] != second["access-key"]
    held = policies()
    assert held[first["access-key"]] != held[second["access-key"]]
    assert not any("," in names for names in held.values())
    assert (can_list(first, "prometheus-thanos"), can_list(first, "team-b")) == (True, False)
    assert (can_list(second, "prometheus-thanos"), can_list(second, "team-b")) == (False, True)


def test_the_first_stack_finds_nothing_to_change() -> None:
    before = objects()
    result = playbook()
    assert result.returncode == 0, result.stdout[-4000:]
    assert objects() == before


def test_the_second_stack_leaves_the_first_what_both_use() -> None:
    user, before = secret("minio", "minio-team-b"), objects()
    variables = json.dumps({**TEAM_B, "thanos_purge_data": True})
    result = playbook("--extra-vars", variables, name="playbooks/uninstall.yml")
    assert result.returncode == 0, result.stdout[-4000:]
    after = objects()
    assert before.keys() - after.keys() == {"Secret minio/minio-team-b", "Secret team-b/thanos-objectstorage"}
    assert {title: after[title] for title in after} == {title: before[title] for title in after}
    assert user["access-key"] not in policies()
    assert can_list(secret("minio", "minio-thanos"), "prometheus-thanos")

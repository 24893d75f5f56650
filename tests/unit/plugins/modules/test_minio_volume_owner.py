# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When the module stops a MinIO for its volume's sake, when it refuses, and what is left if its Job fails."""

from __future__ import annotations

import minio.minioadmin
import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import DEPLOYMENT, JOB
from ansible_collections.observability.thanos.plugins.module_utils.minio import format as minio_format
from ansible_collections.observability.thanos.plugins.module_utils.minio import volume as minio_volume
from ansible_collections.observability.thanos.plugins.module_utils.rollout.wait import WaitResult
from ansible_collections.observability.thanos.plugins.modules import minio_volume_owner
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster
from ansible_collections.observability.thanos.tests.unit.fakes.minio import FakeMinio
from ansible_collections.observability.thanos.tests.unit.fakes.old_minio import OLD_PASSWORD, old_minio, pods_of

OLD = old_minio()
CONTAINER = OLD["spec"]["template"]["spec"]["containers"][0]


@pytest.fixture
def server(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> FakeMinio:
    """The old MinIO, which stops when it is scaled to 0; the Job succeeds."""
    server = FakeMinio("minio", OLD_PASSWORD)
    monkeypatch.setattr(minio, "Minio", server.s3)
    monkeypatch.setattr(minio.minioadmin, "MinioAdmin", server.admin)
    monkeypatch.setattr(minio_format, "pod_http_client", lambda *_arguments: None)
    monkeypatch.setattr(minio_volume, "wait_for_rollout", lambda *_arguments: WaitResult("", {}))

    def before_write(verb: str, body: Object) -> None:
        if verb == "merge" and body["spec"]["replicas"] == 0:
            cluster._objects.pop(("Pod", "minio", "minio-abc-xyz"), None)

    cluster.before_write = before_write
    return server


def replicas(cluster: FakeCluster) -> int:
    live = cluster.get(DEPLOYMENT, "minio", "minio")
    assert live is not None
    return int(live["spec"]["replicas"])


@pytest.mark.usefixtures("server")
def test_the_files_of_root_are_given_away_while_minio_is_stopped(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(OLD, *pods_of(OLD))
    assert run_module(minio_volume_owner, user_id=1000)["changed"] is True
    assert [(write.verb, write.kind) for write in cluster.writes] == [
        ("merge", "Deployment"),
        ("delete", "Job"),
        ("create", "Job"),
        ("delete", "Job"),
    ]
    assert replicas(cluster) == 0


def test_the_job_may_only_change_owners() -> None:
    request = minio_volume.VolumeOwner("minio", "minio", 1000, "", 10)
    pod = minio_volume.job(OLD, CONTAINER, request)["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert container["image"] == "minio/minio:RELEASE.2020-11-06T23-17-07Z"
    assert container["command"] == ["sh", "-c", "chown -R 1000:1000 /data"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["CHOWN", "DAC_OVERRIDE", "FOWNER"]}
    assert pod["tolerations"] == [{"key": "storage"}]
    given = minio_volume.VolumeOwner("minio", "minio", 1000, "busybox:1", 10)
    assert minio_volume.job(OLD, CONTAINER, given)["spec"]["template"]["spec"]["containers"][0]["image"] == "busybox:1"


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("where", ["pod", "container"])
def test_the_right_user_already(cluster: FakeCluster, run_module: RunModule, where: str) -> None:
    context = {"runAsUser": 1000}
    container = {"securityContext": context} if where == "container" else None
    old = old_minio(container=container, securityContext=context if where == "pod" else {})
    cluster.seed(old, *pods_of(old))
    assert run_module(minio_volume_owner, user_id=1000)["changed"] is False
    assert cluster.writes == []


def test_no_minio(cluster: FakeCluster, run_module: RunModule) -> None:
    assert run_module(minio_volume_owner, user_id=1000)["changed"] is False
    assert cluster.writes == []


@pytest.mark.usefixtures("server")
def test_check_mode_stops_nothing(cluster: FakeCluster, run_module: RunModule) -> None:
    cluster.seed(OLD, *pods_of(OLD))
    assert run_module(minio_volume_owner, check_mode=True, user_id=1000)["changed"] is True
    assert cluster.writes == []


def test_a_failed_job_starts_the_old_minio_again(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    del server
    monkeypatch.setattr(minio_volume, "wait_for_rollout", lambda *_arguments: WaitResult("chown: not found", {}))
    cluster.seed(OLD, *pods_of(OLD))
    message = run_module(minio_volume_owner, user_id=1000)["msg"]
    assert "chown: not found" in message
    assert "minio_volume_owner_image" in message
    assert replicas(cluster) == 1
    assert cluster.get(JOB, "minio-volume-owner", "minio") is None


def test_credentials_that_do_not_work_are_not_shown(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule
) -> None:
    server.root = ("minio", "another-one")
    cluster.seed(OLD, *pods_of(OLD))
    result = run_module(minio_volume_owner, user_id=1000)
    assert result["failed"] is True
    assert "SignatureDoesNotMatch" in result["msg"]
    assert OLD_PASSWORD not in str(result)

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An old MinIO under our name: ours takes its place only where it finds all that the old one keeps."""

from __future__ import annotations

from typing import Any

import minio.minioadmin
import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.minio import format as minio_format
from ansible_collections.observability.thanos.plugins.module_utils.minio import volume as minio_volume
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.plugins.module_utils.rollout.wait import WaitResult
from ansible_collections.observability.thanos.plugins.modules import minio_layout, minio_volume_owner, preflight
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, ours
from ansible_collections.observability.thanos.tests.unit.fakes.minio import FakeMinio
from ansible_collections.observability.thanos.tests.unit.fakes.old_minio import (
    OLD_PASSWORD,
    claim,
    old_minio,
    pods_of,
    templates,
)
from ansible_collections.observability.thanos.tests.unit.plugins.modules.test_preflight import AskedCluster

WAY = 'docs/operations/minio.md says under "Change MinIO\'s mode"'
AS_1000 = {"runAsUser": 1000}


@pytest.fixture
def cluster() -> AskedCluster:
    """A cluster on which the user of the run may do everything."""
    return AskedCluster()


@pytest.fixture
def server(cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch) -> FakeMinio:
    """The old MinIO, whose pods go when it is scaled to 0; the Job succeeds."""
    server = FakeMinio("minio", OLD_PASSWORD)
    monkeypatch.setattr(minio, "Minio", server.s3)
    monkeypatch.setattr(minio.minioadmin, "MinioAdmin", server.admin)
    monkeypatch.setattr(minio_format, "pod_http_client", lambda *_arguments: None)
    monkeypatch.setattr(minio_volume, "wait_for_rollout", lambda *_arguments: WaitResult("", {}))

    def before_write(verb: str, body: Object) -> None:
        if verb == "merge" and body["spec"]["replicas"] == 0:
            cluster._objects = {key: each for key, each in cluster._objects.items() if key[0] != "Pod"}

    cluster.before_write = before_write
    return server


def refusals(cluster: FakeCluster, run_module: RunModule, adopt: bool = True, **wanted: Any) -> list[str]:
    """Return what each step says that comes before MinIO is applied: the look, the preflight, the volume's owner."""
    wanted = {"mode": "standalone", "replicas": 4, "drives_per_pod": 1, **wanted}
    found = [run_module(minio_layout, adopt=adopt, **wanted).get("msg", "")]
    result = run_module(preflight, adopt=adopt, minio={"namespace": "minio", **wanted})
    found.append(result.get("msg", ""))
    if adopt and wanted["mode"] == "standalone":
        found.append(run_module(minio_volume_owner, user_id=1000).get("msg", ""))
    assert [write for write in cluster.writes if not write.dry_run] == []
    assert OLD_PASSWORD not in str(found)
    return found


def shell(script: str, *options: str) -> Object:
    """Return a container's command by a shell."""
    return {"command": ["/bin/sh", *(options or ("-c",)), script], "args": None}


def variables(*more: Object) -> Object:
    """Return a container without arguments, with variables."""
    return {"args": ["server"], "env": [*old_minio()["spec"]["template"]["spec"]["containers"][0]["env"], *more]}


OTHER = [{"name": "data", "persistentVolumeClaim": {"claimName": "minio-data"}}]


@pytest.mark.parametrize("user", [{}, {"securityContext": AS_1000}], ids=["root", "1000"])
@pytest.mark.parametrize(
    ("live", "words"),
    [
        ({"volumes": OTHER}, "claim minio-data, but this collection's MinIO reads claim minio-pvc"),
        ({"volumes": [{"name": "data", "emptyDir": {}}]}, "volume data (emptyDir)"),
        ({"volumes": [{"name": "data", "hostPath": {"path": "/srv"}}]}, "volume data (hostPath)"),
        ({"volumes": [{"name": "data", "ephemeral": {}}]}, "volume data (ephemeral)"),
        ({"container": {"volumeMounts": []}}, "in no volume"),
        ({"container": {"volumeMounts": [{"name": "data", "mountPath": "/export"}]}}, "in no volume"),
        ({"container": {"volumeMounts": [{"name": "data", "mountPath": "/data", "subPath": "minio"}]}}, "subPath"),
        (
            {
                "container": {
                    "volumeMounts": [
                        {"name": "data", "mountPath": "/data"},
                        {"name": "more", "mountPath": "/data/prometheus-thanos"},
                    ]
                }
            },
            "a part of its data in another volume, at /data/prometheus-thanos",
        ),
        ({"container": {"args": ["server", "/export"]}}, "in /export"),
        ({"container": {"args": ["server", "/data", "/more"]}}, "in /data, /more"),
        ({"container": {"args": ["server", "/data{1...4}"]}}, "in /data{1...4}"),
        ({"container": {"args": ["server", "--address", ":9000"]}}, "in no directory"),
        ({"container": {"args": ["server", "$(WHERE)"]}}, "from a variable"),
        ({"container": {"args": []}}, "no container that is called with `server`"),
        ({"container": {"args": ["gateway", "nas", "/data"]}}, "no container that is called with `server`"),
        ({"container": shell("minio server /export")}, "in /export"),
        ({"container": shell('cd /data && exec minio server "$PWD"')}, "from a variable"),
        ({"container": shell("MINIO_VOLUMES=/export minio server")}, "in a script"),
        ({"container": shell("minio server /data & minio server /more")}, "several commands"),
        ({"container": shell("minio server '/data")}, "in another place"),
        ({"container": variables({"name": "MINIO_VOLUMES", "value": "/export"})}, "in /export"),
        (
            {"container": {**variables({"name": "MINIO_VOLUMES", "value": "/export"}), "args": ["server", "/data"]}},
            "in several ways where its data is (MINIO_VOLUMES, its arguments)",
        ),
        ({"container": variables({"name": "MINIO_CONFIG_ENV_FILE", "value": "/etc/minio"})}, "from a file"),
        ({"container": {"args": ["server", "--config", "/etc/minio.yaml"]}}, "from a file"),
        ({"container": {"envFrom": [{"configMapRef": {"name": "settings"}}]}}, "in several ways"),
        (
            {"container": {"args": ["server"], "envFrom": [{"prefix": "MINIO_", "secretRef": {"name": "settings"}}]}},
            "in /more",
        ),
        (
            {"containers": [{"name": "one", "args": ["server", "/data"]}, {"name": "two", "args": ["server"]}]},
            "several",
        ),
    ],
)
def test_data_that_ours_would_not_find(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule, live: Object, words: str, user: Object
) -> None:
    del server
    settings = {"metadata": {"name": "settings", "namespace": "minio"}, "apiVersion": "v1"}
    cluster.seed({**settings, "kind": "ConfigMap", "data": {"MINIO_VOLUMES": "/export"}})
    cluster.seed({**settings, "kind": "Secret", "stringData": {"VOLUMES": "/more"}})
    old = old_minio(**{**live, **user})
    cluster.seed(old, *pods_of(old))
    for message in refusals(cluster, run_module):
        assert "Deployment minio/minio: it " in message
        assert words in message
        assert "start empty beside its data" in message
        assert WAY in message


@pytest.mark.parametrize(
    "container",
    [
        {},
        {"command": ["minio"], "args": ["server", "/data", "--console-address", ":9001"]},
        {"args": ["--quiet", "server", "--address=:9000", "--certs-dir", "/tmp/certs", "/data/"]},
        {"args": ["minio", "server", "--json", "/data"]},
        shell("minio server /data"),
        shell(
            "mkdir -p /data/prometheus-thanos && exec /usr/bin/minio server /data --console-address ':9001' 2>&1", "-ec"
        ),
        {
            "command": ["tini", "--", "bash", "-o", "pipefail", "-c"],
            "args": ["set -e\nminio \\\n  server /data | tee x"],
        },
        variables({"name": "MINIO_VOLUMES", "value": "/data"}),
        {"env": [*variables()["env"], {"name": "MINIO_VOLUMES", "value": ""}]},
    ],
)
@pytest.mark.parametrize("user", [{}, {"securityContext": AS_1000}], ids=["root", "1000"])
def test_data_that_ours_finds(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule, container: Object, user: Object
) -> None:
    del server
    old = old_minio(container=container, **user)
    beside = {"name": "exporter", "args": ["--port=1"]}
    old["spec"]["template"]["spec"]["containers"].insert(0, beside)
    cluster.seed(old, *pods_of(old), claim("minio-pvc"))
    assert refusals_of_looks(run_module) == ["", ""]
    result = run_module(minio_volume_owner, user_id=1000)
    assert result["changed"] is (user == {})


def refusals_of_looks(run_module: RunModule, adopt: bool = True) -> list[str]:
    """Return what the look and the preflight say."""
    wanted = {"mode": "standalone", "replicas": 4, "drives_per_pod": 1}
    looked = run_module(minio_layout, adopt=adopt, **wanted)
    return [
        looked.get("msg", ""),
        run_module(preflight, adopt=adopt, minio={"namespace": "minio", **wanted}).get("msg", ""),
    ]


@pytest.mark.parametrize("adopt", [True, False])
def test_a_stateful_set_with_its_own_claims(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule, adopt: bool
) -> None:
    del server
    old = old_minio("StatefulSet", spec=templates("data"), volumes=[])
    cluster.seed(old, *pods_of(old), claim("data-minio-0"))
    for message in refusals(cluster, run_module, adopt):
        assert "StatefulSet minio/minio: it keeps its data in claim data-minio-0" in message
        assert WAY in message


def test_a_stateful_set_on_our_claim_needs_adopt(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule
) -> None:
    del server
    old = old_minio("StatefulSet")
    cluster.seed(old, *pods_of(old), claim("minio-pvc"))
    for message in refusals(cluster, run_module, adopt=False):
        assert "StatefulSet minio/minio: it keeps its data in claim minio-pvc, which a second MinIO must not" in message
        assert "thanos_adopt" in message
    assert refusals_of_looks(run_module) == ["", ""]
    assert run_module(minio_volume_owner, user_id=1000)["changed"] is True
    assert next((write.verb, write.kind) for write in cluster.writes) == ("merge", "StatefulSet")


@pytest.mark.parametrize("drives", ["data", "data-0"])
def test_a_distributed_minio_of_others_with_other_claims(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule, drives: str
) -> None:
    del server
    address = f"http://minio-{{0...3}}.minio.minio.svc:9000/{'export' if drives == 'data-0' else 'data-0'}"
    old = old_minio("StatefulSet", container={"args": ["server", address]}, spec={"replicas": 4, **templates(drives)})
    cluster.seed(old, *pods_of(old))
    for message in refusals(cluster, run_module, mode="distributed"):
        assert "StatefulSet minio/minio: it keeps its data otherwise than this collection's MinIO" in message
        assert WAY in message


@pytest.mark.parametrize("mode", ["standalone", "distributed"])
def test_claims_that_would_go_with_it(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule, mode: str
) -> None:
    del server
    spec: Object = {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}, **templates("data-0")}
    if mode == "standalone":
        old, name = old_minio("StatefulSet", spec={**spec, **templates("cache")}), "cache-minio-0"
    else:
        start = {"args": ["server", "http://minio-{0...3}.minio-headless.minio.svc:9000/data-0"]}
        old, name = old_minio("StatefulSet", container=start, spec={**spec, "replicas": 4}), "data-0-minio-0"
    cluster.seed(old, *pods_of(old), claim(name))
    for message in refusals(cluster, run_module, mode=mode):
        assert f"PersistentVolumeClaim {name} would go with it" in message
        assert "whenDeleted" in message
        assert "kubectl --namespace minio patch statefulset minio" in message


def test_claims_that_would_go_when_it_is_stopped(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule
) -> None:
    del server
    policy = {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Delete"}}
    old = old_minio("StatefulSet", spec={**policy, **templates("cache")})
    cluster.seed(old, *pods_of(old), claim("minio-pvc"), claim("cache-minio-0"))
    for message in refusals(cluster, run_module):
        assert "StatefulSet minio/minio: its replicas are to be 0 instead of 1, and the claims" in message
        assert "whenScaled" in message


def test_a_claim_that_the_workload_owns(cluster: FakeCluster, server: FakeMinio, run_module: RunModule) -> None:
    del server
    old = old_minio("StatefulSet")
    cluster.seed(old, *pods_of(old), claim("minio-pvc", "uid-of-minio"))
    for message in refusals(cluster, run_module):
        assert "PersistentVolumeClaim minio-pvc would go with it" in message
        assert "ownerReferences" in message


@pytest.mark.parametrize("user", [{}, {"securityContext": AS_1000}], ids=["root", "1000"])
def test_a_disk_that_ours_cannot_read(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule, user: Object
) -> None:
    server.backend = "FS"
    old = old_minio(**user)
    cluster.seed(old, *pods_of(old))
    for message in refusals(cluster, run_module):
        assert "Deployment minio/minio: it keeps its data in the format FS" in message
        assert WAY in message


def test_one_that_does_not_run_cannot_be_asked(cluster: FakeCluster, server: FakeMinio, run_module: RunModule) -> None:
    del server
    cluster.seed(old_minio(spec={"replicas": 0}))
    for message in refusals(cluster, run_module):
        assert "Deployment minio/minio: it does not run, so it cannot be asked what format its disk has" in message


def test_one_that_an_interrupted_run_stopped_was_asked_before(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule
) -> None:
    del server
    old = old_minio()
    cluster.seed(old, *pods_of(old))
    assert run_module(minio_volume_owner, user_id=1000)["changed"] is True
    assert refusals_of_looks(run_module) == ["", ""]
    assert run_module(minio_volume_owner, user_id=1000)["changed"] is True


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ([], "has no MINIO_ROOT_USER and MINIO_ROOT_PASSWORD or MINIO_ACCESS_KEY and MINIO_SECRET_KEY"),
        (
            [{"name": "MINIO_ROOT_USER", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
            "only its pods know",
        ),
    ],
)
def test_one_whose_credentials_are_not_known(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule, env: list[Object], words: str
) -> None:
    del server
    old = old_minio(container={"env": env})
    cluster.seed(old, *pods_of(old))
    for message in refusals(cluster, run_module):
        assert words in message


def test_credentials_from_a_whole_secret(cluster: FakeCluster, server: FakeMinio, run_module: RunModule) -> None:
    server.backend = "FS"
    old = old_minio(container={"env": [], "envFrom": [{"prefix": "MINIO_", "secretRef": {"name": "access"}}]})
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "access", "namespace": "minio"}}
    cluster.seed({**secret, "stringData": {"ROOT_USER": "minio", "ROOT_PASSWORD": OLD_PASSWORD}}, old, *pods_of(old))
    for message in refusals(cluster, run_module):
        assert "format FS" in message


def test_one_that_an_operator_controls(cluster: FakeCluster, server: FakeMinio, run_module: RunModule) -> None:
    del server
    old = old_minio()
    old["metadata"]["ownerReferences"] = [{"kind": "Tenant", "name": "objects", "uid": "t", "controller": True}]
    cluster.seed(old, *pods_of(old))
    for message in refusals(cluster, run_module):
        assert "Deployment minio/minio: Tenant objects controls it." in message


@pytest.mark.parametrize("is_bare", [True, False])
def test_a_minio_under_another_name_on_our_claim(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule, is_bare: bool
) -> None:
    del server
    old = old_minio()
    pods = pods_of(old)
    if is_bare:
        pods[1]["metadata"]["ownerReferences"] = []
    cluster.seed(*pods, claim("minio-pvc"))
    for message in refusals(cluster, run_module):
        assert "Pod minio/minio-abc-xyz: this pod" in message
        assert ("of ReplicaSet minio-abc" in message) is not is_bare
        assert "runs a MinIO on claim minio-pvc" in message


@pytest.mark.parametrize("mode", ["standalone", "distributed"])
@pytest.mark.parametrize("is_labelled", [True, False])
def test_a_minio_of_another_kind_that_our_service_would_select(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule, mode: str, is_labelled: bool
) -> None:
    """It has volumes of its own: without the label both have nothing to do with each other."""
    del server
    pod = pods_of(old_minio("DaemonSet", volumes=[{"name": "data", "hostPath": {"path": "/srv"}}]))[1]
    pod["metadata"]["ownerReferences"] = [{"kind": "DaemonSet", "name": "minio", "uid": "d", "controller": True}]
    pod["metadata"]["labels"] = {"app": "minio" if is_labelled else "storage"}
    cluster.seed(pod)
    wanted = {"mode": mode, "replicas": 4, "drives_per_pod": 1}
    assert ("failed" in run_module(minio_layout, **wanted)) is is_labelled
    if is_labelled:
        for message in refusals(cluster, run_module, mode=mode):
            assert "Pod minio/minio-abc-xyz: this pod of DaemonSet minio runs a MinIO, and has the label" in message


def test_servers_that_an_interrupted_run_left_are_carried_on_with(cluster: FakeCluster, run_module: RunModule) -> None:
    """Their StatefulSet was deleted, to be made again."""
    pod = pods_of(old_minio("StatefulSet", volumes=[]))[0]
    pod["metadata"] |= {
        "ownerReferences": [],
        "labels": {"app": "minio", "statefulset.kubernetes.io/pod-name": "minio-0"},
    }
    cluster.seed(pod)
    assert "failed" not in run_module(minio_layout, mode="distributed")


def test_who_only_reads_our_claim_is_left_alone(cluster: FakeCluster, server: FakeMinio, run_module: RunModule) -> None:
    del server
    pod = pods_of(old_minio(container={"args": ["backup", "/data"]}))[1]
    cluster.seed(pod, claim("minio-pvc"))
    assert refusals_of_looks(run_module) == ["", ""]


def test_our_own_is_not_asked(cluster: FakeCluster, run_module: RunModule) -> None:
    """Nothing stands in for the server here: it would be an error to talk to it."""
    own = ours(old_minio(container={"args": ["server", "/data", "--address=:9000"]}))
    cluster.seed(own, *pods_of(own), claim("minio-pvc"))
    assert refusals_of_looks(run_module, adopt=False) == ["", ""]
    assert run_module(minio_volume_owner, user_id=2000)["changed"] is False
    assert cluster.writes == []


@pytest.mark.parametrize("mark", ["label", "manager"])
def test_one_mark_alone_does_not_make_it_ours(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule, mark: str
) -> None:
    del server
    own = ours(old_minio(volumes=OTHER))
    if mark == "label":
        own["metadata"]["managedFields"] = []
    else:
        own["metadata"]["labels"] = {}
    cluster.seed(own, *pods_of(own))
    for message in refusals(cluster, run_module):
        assert "claim minio-data" in message


def test_our_distributed_minio_without_claims(cluster: FakeCluster, server: FakeMinio, run_module: RunModule) -> None:
    del server
    own = ours(old_minio("StatefulSet", spec=templates("data-0")))
    cluster.seed(own)
    for message in refusals(cluster, run_module):
        assert "StatefulSet minio/minio: it is this collection's distributed MinIO" in message


def test_a_job_of_somebody_else_has_the_name_of_ours(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule
) -> None:
    del server
    old = old_minio()
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "minio-volume-owner", "namespace": "minio"}}
    cluster.seed(old, *pods_of(old), job)
    for message in refusals(cluster, run_module):
        assert "Job minio/minio-volume-owner: it is somebody else's" in message
    cluster.seed(ours(job))
    assert run_module(minio_volume_owner, user_id=1000)["changed"] is True


def test_what_may_not_be_read_is_not_known(
    cluster: FakeCluster, server: FakeMinio, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    del server
    old = old_minio(container={"envFrom": [{"secretRef": {"name": "access"}}]})
    cluster.seed(old, *pods_of(old))
    read = cluster.get

    def get(resource: Any, *arguments: Any) -> Any:
        if resource.kind == "Secret":
            error = ClusterError('secrets "access" is forbidden')
            error.status = {"code": 403}
            raise error
        return read(resource, *arguments)

    monkeypatch.setattr(cluster, "get", get)
    for message in refusals(cluster, run_module):
        assert "has variables from Secret access, which cannot be read" in message

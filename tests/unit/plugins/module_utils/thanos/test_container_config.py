# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a compactor's object-store configuration may stand, and what is said where it cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.plugins.module_utils.thanos.command import Command, compact_command
from ansible_collections.observability.thanos.plugins.module_utils.thanos.container_config import (
    ContainerConfig,
    Contents,
    UnreadableError,
)
from ansible_collections.observability.thanos.tests.unit.fakes.compactors import (
    PASSWORD,
    GuardedCluster,
    config,
    container,
    obj,
    secret,
)

TEXT = config()
PATH = "--objstore.config-file=/etc/objstore/objstore.yml"
MOUNT = {"name": "store", "mountPath": "/etc/objstore"}


@pytest.fixture
def cluster() -> GuardedCluster:
    """A cluster with the same configuration in a Secret and in a ConfigMap."""
    found = GuardedCluster()
    found.seed(secret("a", TEXT, "store", "objstore.yml"), secret("a", TEXT, "odd", "other-key"))
    found.seed(obj("Secret", "a", "variables", stringData={"OBJSTORE": TEXT, "BUCKET": "blocks", "binary": "x"}))
    found.seed(obj("ConfigMap", "a", "plain", data={"objstore.yml": TEXT, "DIRECTORY": "/etc/objstore"}))
    found.seed(obj("Secret", "a", "broken", data={"objstore.yml": "/w=="}))
    return found


def read(
    cluster: GuardedCluster,
    *words: str,
    volume: Any = None,
    mount: Any = None,
    written: Any = None,
    command: Any = None,
    **more: Any,
) -> str:
    """Return what a container with this volume gets as its configuration."""
    body = container("compact", *words, volumeMounts=[mount or MOUNT], **more)
    if command:
        body = {**body, "command": command, "args": []}
    spec = {"volumes": [{"name": "store", **(volume or {})}]}
    found = compact_command(body)
    assert found is not None
    return ContainerConfig(Contents(cluster, written), "a", spec, body).option(found, "objstore.config")


SECRET_VOLUME = {"secret": {"secretName": "store"}}
MAP_VOLUME = {"configMap": {"name": "plain"}}
RENAMED = {"items": [{"key": "other-key", "path": "objstore.yml"}]}


@pytest.mark.parametrize(
    ("volume", "mount", "path"),
    [
        (SECRET_VOLUME, MOUNT, PATH),
        (MAP_VOLUME, MOUNT, PATH),
        (SECRET_VOLUME, {"name": "store", "mountPath": "/etc/objstore/"}, "--objstore.config-file=/etc/objstore/../objstore//objstore.yml"),  # noqa: E501
        (SECRET_VOLUME, MOUNT, "--objstore.config-file=/etc/objstore/..data/objstore.yml"),
        ({"secret": {"secretName": "odd", **RENAMED}}, MOUNT, PATH),
        ({"secret": {"secretName": "odd", "items": [{"key": "other-key", "path": "d/o.yml"}]}}, MOUNT, "--objstore.config-file=/etc/objstore/d/o.yml"),  # noqa: E501
        (SECRET_VOLUME, {"name": "store", "mountPath": "/conf.yaml", "subPath": "objstore.yml"}, "--objstore.config-file=/conf.yaml"),  # noqa: E501
        (SECRET_VOLUME, {"name": "store", "mountPath": "/conf.yaml", "subPathExpr": "$(NAME).yml"}, "--objstore.config-file=/conf.yaml"),  # noqa: E501
        ({"projected": {"sources": [{"configMap": {"name": "plain"}}, {"secret": {"name": "odd", **RENAMED}}]}}, MOUNT, PATH),  # noqa: E501
        ({"projected": {"sources": [{"secret": {"name": "store"}}, {"secret": {"name": "variables"}}]}}, MOUNT, PATH),
    ],
)  # fmt: skip
def test_a_file_is_found_behind_its_volume(cluster: GuardedCluster, volume: Any, mount: Any, path: str) -> None:
    env = [{"name": "NAME", "value": "objstore"}]
    assert read(cluster, path, volume=volume, mount=mount, env=env) == TEXT


def test_a_path_may_be_relative_or_from_a_variable(cluster: GuardedCluster) -> None:
    relative = "--objstore.config-file=objstore.yml"
    assert read(cluster, relative, volume=SECRET_VOLUME, workingDir="/etc/objstore") == TEXT
    by_variable = "--objstore.config-file=$(DIRECTORY)/objstore.yml"
    source = [{"configMapRef": {"name": "plain"}}]
    assert read(cluster, by_variable, volume=SECRET_VOLUME, envFrom=source) == TEXT


SECRET_KEY = {"secretKeyRef": {"name": "variables", "key": "OBJSTORE"}}


@pytest.mark.parametrize(
    "more",
    [
        {"env": [{"name": "X", "value": TEXT}]},
        {"env": [{"name": "X", "valueFrom": SECRET_KEY}]},
        {"env": [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "plain", "key": "objstore.yml"}}}]},
        {"env": [{"name": "Y", "valueFrom": SECRET_KEY}, {"name": "X", "value": "$(Y)"}]},
        {"env": [{"name": "X", "value": "not this one"}, {"name": "X", "valueFrom": SECRET_KEY}]},
        {
            "envFrom": [{"prefix": "", "configMapRef": {"name": "plain"}}],
            "env": [{"name": "X", "valueFrom": SECRET_KEY}],
        },
    ],
)
@pytest.mark.parametrize("words", [["--objstore.config=$(X)"], ["--objstore.config", "$(X)"]])
def test_a_variable_is_followed(cluster: GuardedCluster, more: Any, words: list[str]) -> None:
    assert read(cluster, *words, **more) == TEXT


@pytest.mark.parametrize("prefix", ["", "THANOS_"])
def test_all_variables_of_a_secret_may_be_taken(cluster: GuardedCluster, prefix: str) -> None:
    source = [{"prefix": prefix, "secretRef": {"name": "variables"}}]
    assert read(cluster, f"--objstore.config=$({prefix}OBJSTORE)", envFrom=source) == TEXT


def test_of_several_sources_the_last_one_counts(cluster: GuardedCluster) -> None:
    cluster.seed(obj("ConfigMap", "a", "first", data={"OBJSTORE": "another", "ONLY": "here"}))
    sources = [{"configMapRef": {"name": "first"}}, {"secretRef": {"name": "variables"}}]
    assert read(cluster, "--objstore.config=$(OBJSTORE)", envFrom=sources) == TEXT
    assert read(cluster, "--objstore.config=$(ONLY)", envFrom=sources) == "here"


def test_a_source_that_is_not_there_hides_no_other(cluster: GuardedCluster) -> None:
    """Such as an optional one."""
    gone = {"name": "gone", "optional": True}
    sources = [{"secretRef": {"name": "variables"}}, {"secretRef": gone}, {"configMapRef": gone}]
    assert read(cluster, "--objstore.config=$(OBJSTORE)", envFrom=sources) == TEXT
    projected = {"projected": {"sources": [{"secret": {"name": "store"}}, {"configMap": gone}, {"secret": gone}]}}
    assert read(cluster, PATH, volume=projected) == TEXT


@pytest.mark.parametrize(
    "script",
    [
        'exec thanos compact --objstore.config="$OBJSTORE"',
        'exec thanos compact --objstore.config "${OBJSTORE}"',
        'exec thanos compact --objstore.config="$(cat /etc/objstore/objstore.yml)"',
        'exec thanos compact --objstore.config="$(< $DIRECTORY/objstore.yml)"'.replace("$DIRECTORY", "/etc/objstore"),
        'exec thanos compact --objstore.config="`cat /etc/objstore/objstore.yml`"',
        "exec thanos compact --objstore.config-file=/etc/objstore/objstore.yml",
    ],
)
def test_a_shells_script_is_followed(cluster: GuardedCluster, script: str) -> None:
    env = [{"secretRef": {"name": "variables"}}]
    assert read(cluster, volume=SECRET_VOLUME, command=["sh", "-c", script], envFrom=env) == TEXT


def test_thanos_puts_variables_in_itself(cluster: GuardedCluster) -> None:
    cluster.seed(secret("a", config(bucket="$(BUCKET)", endpoint="minio.$(NS).svc"), "store", "objstore.yml"))
    env = [{"name": "NS", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}}]
    found = read(cluster, PATH, volume=SECRET_VOLUME, env=env, envFrom=[{"secretRef": {"name": "variables"}}])
    assert "bucket: blocks" in found
    assert "endpoint: minio.a.svc" in found


def test_a_variable_that_may_not_be_read_hides_only_itself(cluster: GuardedCluster) -> None:
    cluster.seed(secret("a", config(secret_key="$(KEY)"), "store", "objstore.yml"))
    env = [{"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "gone", "key": "key"}}}]
    assert "bucket: blocks" in read(cluster, PATH, volume=SECRET_VOLUME, env=env)


def test_what_the_run_is_about_to_write_goes_before_what_is_there(cluster: GuardedCluster) -> None:
    written = {("a", "store"): {"objstore.yml": "new"}}
    assert read(cluster, PATH, volume=SECRET_VOLUME, written=written) == "new"
    assert cluster.reads == []


@pytest.mark.parametrize(
    ("volume", "more", "why"),
    [
        ({"secret": {"secretName": "gone"}}, {}, "Secret a/gone does not exist"),
        ({"secret": {"secretName": "odd"}}, {}, "Secret a/odd does not have the key that it reads"),
        ({"secret": {"secretName": "broken"}}, {}, "what it reads from Secret a/broken is not text"),
        ({"emptyDir": {}}, {}, "its file is in no Secret or ConfigMap that it mounts"),
        ({"csi": {"driver": "secrets-store.csi.k8s.io"}}, {}, "its file is in no Secret or ConfigMap that it mounts"),
        (SECRET_VOLUME, {"mount": {"name": "other", "mountPath": "/etc/objstore"}}, "its file is in no Secret"),
        (SECRET_VOLUME, {"mount": {"name": "store", "mountPath": "/etc/objstore-2"}}, "its file is in no Secret"),
    ],
)
def test_what_cannot_be_read_is_named(cluster: GuardedCluster, volume: Any, more: Any, why: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(cluster, PATH, volume=volume, **more)
    assert str(caught.value).startswith(why)


def test_a_missing_right_is_named(cluster: GuardedCluster) -> None:
    cluster.forbidden = {"get configmaps a"}
    with pytest.raises(UnreadableError, match=r"ConfigMap a/plain may not be read \(get configmaps\)"):
        read(cluster, PATH, volume=MAP_VOLUME)


def test_another_error_is_no_missing_right(cluster: GuardedCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: Any) -> Any:
        error = ClusterError(f"etcdserver: {PASSWORD}")
        error.status = {"code": 500}
        raise error

    monkeypatch.setattr(cluster, "get", fail)
    with pytest.raises(UnreadableError, match=r"ConfigMap a/plain could not be read$"):
        read(cluster, PATH, volume=MAP_VOLUME)


@pytest.mark.parametrize(
    ("one", "another", "is_same"),
    [
        ({"hostPath": {"path": "/srv", "type": "Directory"}}, {"hostPath": {"path": "/srv/"}}, True),
        ({"hostPath": {"path": "/srv"}}, {"hostPath": {"path": "/mnt"}}, False),
        (
            {"persistentVolumeClaim": {"claimName": "c", "readOnly": False}},
            {"persistentVolumeClaim": {"claimName": "c"}},
            True,
        ),
        ({"persistentVolumeClaim": {"claimName": "c"}}, {"persistentVolumeClaim": {"claimName": "d"}}, False),
        ({"nfs": {"server": "nfs", "path": "/a"}}, {"nfs": {"path": "/a", "server": "nfs"}}, True),
        ({"emptyDir": {}}, {"emptyDir": {}}, None),
    ],
)
def test_a_volume_is_told_by_what_it_is(cluster: GuardedCluster, one: Any, another: Any, is_same: bool | None) -> None:
    def volume(source: Any) -> Any:
        spec = {"volumes": [{"name": "store", **source}]}
        return ContainerConfig(Contents(cluster), "a", spec, {"volumeMounts": [MOUNT]}).volume("/etc/objstore/b")

    assert (volume(one) and volume(one) == volume(another)) is is_same


def test_a_directory_of_the_node_is_one_however_it_is_mounted(cluster: GuardedCluster) -> None:
    def volume(path: str, **mount: Any) -> Any:
        spec = {"volumes": [{"name": "store", "hostPath": {"path": path}}]}
        body = {"volumeMounts": [{"name": "store", "mountPath": "/data", **mount}]}
        return ContainerConfig(Contents(cluster), "a", spec, body).volume("/data/blocks")

    assert volume("/srv") == volume("/srv/blocks", mountPath="/data/blocks") == volume("/", subPath="srv")


def test_each_object_is_read_once(cluster: GuardedCluster) -> None:
    contents = Contents(cluster)
    body = container("compact", PATH, volumeMounts=[MOUNT])
    spec = {"volumes": [{"name": "store", **SECRET_VOLUME}]}
    for _time in range(2):
        command = Command(("compact", PATH))
        assert PASSWORD in ContainerConfig(contents, "a", spec, body).option(command, "objstore.config")
    assert cluster.reads == ["get secrets a store"]

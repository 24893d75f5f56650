# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which compactors of a cluster count as others, whatever runs them and wherever their configuration stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.objstore.other_compactors import (
    OtherCompactors,
    Question,
    look_for_others,
)
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import NoAnswerError
from ansible_collections.observability.thanos.tests.unit.fakes.compactors import (
    FILE,
    PASSWORD,
    GuardedCluster,
    config,
    container,
    obj,
    owner,
    pod_spec,
    secret,
    workload,
)

OWN = workload("StatefulSet", "monitoring", "thanos-compactor")


@pytest.fixture
def cluster() -> GuardedCluster:
    """A cluster with this stack's compactor and, in another namespace, a Secret for the same bucket."""
    found = GuardedCluster()
    found.seed(secret("monitoring", config()), OWN, secret("team-b", config("minio.minio:9000")))
    return found


def look(cluster: GuardedCluster, *manifests: Object, **more: Any) -> OtherCompactors:
    answer = look_for_others(cluster, Question(list(manifests) or [OWN], "cluster.local", **more))
    assert PASSWORD not in str([(str(each.compactor), each.what) for each in answer.others]) + str(answer.gaps)
    return answer


def names(answer: OtherCompactors) -> list[str]:
    return [str(each.compactor) for each in answer.others]


KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod")


def test_a_stack_by_itself_has_no_others(cluster: GuardedCluster) -> None:
    cluster.seed(workload("Deployment", "team-b", "thanos-store", pod_spec(container("store", FILE))))
    cluster.seed(workload("CronJob", "team-b", "cleanup", pod_spec(container("tools", "bucket", "cleanup", FILE))))
    assert look(cluster) == OtherCompactors()
    assert "get secrets team-b thanos-objectstorage" not in cluster.reads, "only a compactor's Secret is read"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_found(cluster: GuardedCluster, kind: str) -> None:
    cluster.seed(workload(kind, "team-b", "compact"))
    assert names(look(cluster)) == [f"{kind} team-b/compact"]


def scripted(*words: str, **more: Any) -> Object:
    """Return a pod's spec whose container runs a script from a ConfigMap."""
    mounts = [{"name": "objstore", "mountPath": "/etc/thanos/objstore"}, {"name": "run", "mountPath": "/scripts"}]
    spec = pod_spec(container(command=list(words), volumeMounts=mounts, **more))
    spec["volumes"].append({"name": "run", "configMap": {"name": "run"}})
    return spec


@pytest.mark.parametrize(
    ("words", "script"),
    [
        (["/bin/sh", "/scripts/run.sh"], f"#!/bin/sh\nset -e\nexec thanos compact \\\n  {FILE} --wait\n"),
        (["/scripts/run.sh"], f"#!/bin/sh\nwhile true; do /bin/thanos compact {FILE}; sleep 60; done"),
        (["bash", "-e", "/scripts/run.sh", FILE], '#!/bin/bash\nexec thanos compact "$@"'),
        (["tini", "--", "/scripts/run.sh"], f"thanos compact {FILE}"),
        (["/scripts/run.sh", "compact", FILE], 'exec "$PROGRAM" "${@:1}"'),
    ],
)
def test_a_script_from_a_config_map_is_followed(cluster: GuardedCluster, words: list[str], script: str) -> None:
    cluster.seed(obj("ConfigMap", "team-b", "run", data={"run.sh": script}))
    cluster.seed(workload("StatefulSet", "team-b", "compact", scripted(*words)))
    assert names(look(cluster)) == ["StatefulSet team-b/compact"]


def test_scripts_that_run_something_else_are_none(cluster: GuardedCluster) -> None:
    cluster.seed(obj("ConfigMap", "team-b", "run", data={"run.sh": f"exec thanos store {FILE}"}))
    cluster.seed(workload("StatefulSet", "team-b", "store", scripted("sh", "/scripts/run.sh")))
    cluster.seed(workload("StatefulSet", "team-b", "own", scripted("/entrypoint.sh")))
    assert look(cluster) == OtherCompactors()
    other = scripted("sh", "/scripts/run.sh", image="registry.example.com/other:1")
    cluster.reads.clear()
    cluster.seed(workload("StatefulSet", "team-b", "store", other))
    assert look(cluster) == OtherCompactors()
    assert "get configmaps team-b run" not in cluster.reads, "only scripts of Thanos' images are read"


def test_a_script_that_may_not_be_read_is_a_gap(cluster: GuardedCluster) -> None:
    cluster.seed(workload("StatefulSet", "team-b", "compact", scripted("sh", "/scripts/run.sh")))
    cluster.forbidden = {"get configmaps team-b"}
    (gap,) = look(cluster).gaps
    assert gap == (
        "StatefulSet team-b/compact, container thanos, which runs a script: ConfigMap team-b/run may not be read "
        "(get configmaps)"
    )


@pytest.mark.parametrize("key", ["initContainers", "containers"])
def test_every_container_is_looked_at(cluster: GuardedCluster, key: str) -> None:
    spec = pod_spec(container("store", FILE))
    more = container("compact", FILE, name="second")
    spec[key] = [*spec.get(key, []), more]
    cluster.seed(workload("Deployment", "team-b", "all-in-one", spec))
    (other,) = look(cluster).others
    assert "its container second works on bucket blocks at minio.minio:9000" in other.what


@pytest.mark.parametrize(
    ("controller", "name"),
    [("ReplicaSet", "compact-5d8"), ("CloneSet", "compact"), ("Node", "worker"), ("ReplicationController", "compact")],
)
def test_pods_of_what_is_not_listed_are_found_by_themselves(
    cluster: GuardedCluster, controller: str, name: str
) -> None:
    for number in (0, 1):
        references = owner(controller, name)
        cluster.seed(workload("Pod", "team-b", f"compact-{number}", ownerReferences=references))
    assert names(look(cluster)) == [f"{controller} team-b/{name}"]


@pytest.mark.parametrize(
    ("kind", "controllers"),
    [
        ("Deployment", [("ReplicaSet", "compact-5d8")]),
        ("StatefulSet", [("StatefulSet", "compact")]),
        ("DaemonSet", [("DaemonSet", "compact")]),
        ("CronJob", [("CronJob", "compact"), ("Job", "compact-1")]),
    ],
)
def test_what_a_workload_runs_is_told_once(
    cluster: GuardedCluster, kind: str, controllers: list[tuple[str, str]]
) -> None:
    cluster.seed(workload(kind, "team-b", "compact"))
    if kind == "CronJob":
        cluster.seed(workload("Job", "team-b", "compact-1", ownerReferences=owner(*controllers[0])))
    cluster.seed(workload("Pod", "team-b", "compact-0", ownerReferences=owner(*controllers[-1])))
    assert names(look(cluster)) == [f"{kind} team-b/compact"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("Pod", {"status": {"phase": "Succeeded"}}),
        ("Pod", {"status": {"phase": "Failed"}}),
        ("Pod", {"deletionTimestamp": "2026-01-31T12:00:00Z"}),
        ("Job", {"status": {"conditions": [{"type": "Complete", "status": "True"}]}}),
        ("Job", {"status": {"conditions": [{"type": "Failed", "status": "True"}]}}),
    ],
)
def test_what_has_ended_is_none(cluster: GuardedCluster, kind: str, more: Any) -> None:
    cluster.seed(workload(kind, "team-b", "compact", **more))
    assert look(cluster) == OtherCompactors()


@pytest.mark.parametrize(("kind", "more"), [("StatefulSet", {"replicas": 0}), ("CronJob", {"suspend": True})])
def test_what_rests_is_not_certain_and_what_it_still_runs_is(cluster: GuardedCluster, kind: str, more: Any) -> None:
    cluster.seed(workload(kind, "team-b", "compact", **more))
    (resting,) = look(cluster).others
    assert not resting.is_certain
    running = "Job" if kind == "CronJob" else "Pod"
    cluster.seed(workload(running, "team-b", "compact-1", ownerReferences=owner(kind, "compact")))
    assert [each.is_certain for each in look(cluster).others].count(True) == 1


def test_a_daemon_set_without_nodes_rests(cluster: GuardedCluster) -> None:
    nowhere = workload("DaemonSet", "team-b", "compact", status={"desiredNumberScheduled": 0, "observedGeneration": 1})
    cluster.seed(nowhere)
    assert [each.is_certain for each in look(cluster).others] == [False]
    cluster.seed({**nowhere, "status": {"desiredNumberScheduled": 0}})
    assert [each.is_certain for each in look(cluster).others] == [True], "nobody has looked at it yet"


def test_pods_of_the_own_compactor_are_its_own(cluster: GuardedCluster) -> None:
    cluster.seed(
        workload("Pod", "monitoring", "thanos-compactor-0", ownerReferences=owner("StatefulSet", "thanos-compactor"))
    )
    assert look(cluster) == OtherCompactors()
    # Left behind by a StatefulSet that was deleted without its pods: it is adopted, or makes way.
    cluster.seed(workload("Pod", "monitoring", "thanos-compactor-0"))
    assert look(cluster) == OtherCompactors()
    cluster.seed(workload("Pod", "monitoring", "thanos-compactor-x"), workload("Pod", "team-b", "thanos-compactor-0"))
    assert names(look(cluster)) == ["Pod monitoring/thanos-compactor-x", "Pod team-b/thanos-compactor-0"]


@pytest.mark.parametrize(("kind", "is_adopted"), [("Deployment", True), ("CronJob", False), ("DaemonSet", False)])
def test_only_what_adopting_replaces_is_to_be_adopted(cluster: GuardedCluster, kind: str, is_adopted: bool) -> None:
    cluster.seed(workload(kind, "monitoring", "thanos-compactor"))
    (other,) = look(cluster).others
    assert ("thanos_adopt" in other.remedy) is is_adopted
    assert len(look(cluster, adopts=True).others) == (0 if is_adopted else 1)


def test_shards_of_this_stack_are_its_own(cluster: GuardedCluster) -> None:
    second = workload("StatefulSet", "monitoring", "thanos-compactor-1")
    cluster.seed(second)
    assert look(cluster, OWN, second) == OtherCompactors()
    assert names(look(cluster, OWN)) == ["StatefulSet monitoring/thanos-compactor-1"]


def rules(regex: str) -> str:
    return json.dumps([{"action": "keep", "source_labels": ["cluster"], "regex": regex}])


@pytest.mark.parametrize(("regex", "number"), [("america", 0), ("europe", 1), (".*a", 1)])
def test_compactors_that_divide_the_streams_are_no_others(cluster: GuardedCluster, regex: str, number: int) -> None:
    flag = f"--selector.relabel-config={rules('europe')}"
    own = workload("StatefulSet", "monitoring", "thanos-compactor", pod_spec(container("compact", FILE, flag)))
    spec = pod_spec(container("compact", FILE, "--selector.relabel-config-file=/etc/thanos/objstore/rules.yaml"))
    cluster.seed(secret("team-b", config()))
    data = {"thanos.yaml": config(), "rules.yaml": rules(regex)}
    cluster.seed(obj("Secret", "team-b", "thanos-objectstorage", stringData=data))
    cluster.seed(workload("StatefulSet", "team-b", "compact", spec))
    assert len(look(cluster, own).others) == number


def test_rules_that_cannot_be_read_divide_nothing(cluster: GuardedCluster) -> None:
    spec = pod_spec(container("compact", FILE, "--selector.relabel-config-file=/somewhere"))
    cluster.seed(workload("StatefulSet", "team-b", "compact", spec))
    assert names(look(cluster)) == ["StatefulSet team-b/compact"]


def test_an_own_bucket_that_is_not_known_is_a_gap(cluster: GuardedCluster) -> None:
    own = workload("StatefulSet", "nowhere", "thanos-compactor")
    answer = look(cluster, own)
    assert answer.others == []
    (gap,) = answer.gaps
    assert "Secret nowhere/thanos-objectstorage does not exist" in gap
    assert "StatefulSet monitoring/thanos-compactor" in gap


def test_only_what_is_at_work_leaves_a_gap(cluster: GuardedCluster) -> None:
    cluster.seed(workload("StatefulSet", "lost", "compact", replicas=0))
    assert look(cluster) == OtherCompactors()
    cluster.seed(workload("StatefulSet", "lost", "compact"))
    (gap,) = look(cluster).gaps
    assert gap == "StatefulSet lost/compact, container thanos: Secret lost/thanos-objectstorage does not exist"


def test_the_reason_for_a_gap_is_the_first_one(cluster: GuardedCluster) -> None:
    env = [{"name": "CONFIG", "valueFrom": {"secretKeyRef": {"name": "gone", "key": "objstore"}}}]
    spec = pod_spec(container("compact", "--objstore.config=$(CONFIG)", env=env))
    cluster.seed(workload("StatefulSet", "team-b", "compact", spec))
    (gap,) = look(cluster).gaps
    assert gap.endswith("Secret team-b/gone does not exist")


def test_an_api_that_does_not_answer_is_an_error(cluster: GuardedCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_arguments: Any, **_options: Any) -> Any:
        raise NoAnswerError("The Kubernetes API cannot be reached.")

    monkeypatch.setattr(cluster, "list", away)
    with pytest.raises(NoAnswerError):
        look(cluster)

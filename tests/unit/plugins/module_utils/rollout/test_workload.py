# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which pods belong to a workload, and what hinders it as a whole."""

from __future__ import annotations

from ansible_collections.observability.thanos.plugins.module_utils.k8s.informer import Informer, Source
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.rollout.problem import Patience, Problem
from ansible_collections.observability.thanos.plugins.module_utils.rollout.workload import (
    RESOURCES,
    Workload,
    evidence_sources,
    relevant_events,
    state_sources,
    workload_parts,
    workload_problems,
    workload_state,
)
from ansible_collections.observability.thanos.tests.unit.fakes.workloads import (
    NAMESPACE,
    WatchedCluster,
    crashed,
    deployment,
    event,
    obj,
    pod,
    pod_with,
    replica_set,
    running,
    stateful_set,
    unschedulable,
)

QUERIER = Workload("Deployment", NAMESPACE, "querier")
STORE = Workload("StatefulSet", NAMESPACE, "store")


def view_of(*objects: Object) -> Informer:
    """Return a view of a cluster with these objects."""
    cluster = WatchedCluster()
    cluster.put(*objects)
    view = Informer(cluster)
    kinds = [Workload(kind, NAMESPACE, "any") for kind in RESOURCES]
    view.refresh([*state_sources(kinds), *evidence_sources(kinds)])
    return view


def problems_of(view: Informer, workload: Workload) -> list[Problem]:
    """Return the workload's problems."""
    return list(workload_problems(view, workload, workload_state(view, workload)))


def reasons_of(view: Informer, workload: Workload) -> list[str]:
    """Return the reasons of the workload's problems."""
    return [problem.reason for problem in problems_of(view, workload)]


def pods_of(view: Informer, workload: Workload) -> list[str]:
    """Return the names of the pods that can hinder the workload."""
    return [each["metadata"]["name"] for each in workload_parts(view, workload).pods]


def test_sources_are_few_and_the_operator_is_asked_first() -> None:
    workloads = [STORE, QUERIER, Workload("Prometheus", NAMESPACE, "k8s"), Workload("StatefulSet", NAMESPACE, "other")]
    kinds = [source.resource.kind for source in state_sources(workloads)]
    assert sorted(kinds) == sorted(set(kinds))
    assert kinds.index("Prometheus") < kinds.index("StatefulSet") < kinds.index("Pod")
    assert Source(RESOURCES["Deployment"], NAMESPACE) in state_sources(workloads)
    assert state_sources([QUERIER]) == [Source(RESOURCES["Deployment"], NAMESPACE)]


def test_only_the_new_replica_set_of_a_deployment_counts() -> None:
    owner = deployment()
    owner["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "2"
    old, new = replica_set(owner, "1"), replica_set(owner, "2")
    foreign = replica_set(deployment("other"), "2")
    view = view_of(owner, old, new, foreign, pod(old, "old"), pod(new, "new"), pod(foreign, "foreign"))
    assert pods_of(view, QUERIER) == ["new"]


def test_nothing_is_blamed_on_pods_before_the_controller_has_seen_the_change() -> None:
    owner = deployment(observedGeneration=0)
    owned = replica_set(owner)
    assert problems_of(view_of(owner, owned, pod_with(owned, crashed(9))), QUERIER) == []


def test_old_pod_of_a_stateful_set_counts_only_where_it_blocks_the_others() -> None:
    labels = {"controller-revision-hash": "old"}
    ordered = stateful_set()
    problems = problems_of(view_of(ordered, pod_with(ordered, crashed(4), labels=labels)), STORE)
    assert [problem.reason for problem in problems] == ["CrashLoopBackOff"]
    assert "delete pod store-0" in problems[0].remedy
    parallel = stateful_set(spec={"podManagementPolicy": "Parallel"})
    assert problems_of(view_of(parallel, pod_with(parallel, crashed(4), labels=labels)), STORE) == []


def test_old_pods_of_a_daemon_set_do_not_count() -> None:
    status = {"observedGeneration": 1, "desiredNumberScheduled": 2}
    annotations = {"deprecated.daemonset.template.generation": "2"}
    owner = obj("DaemonSet", "node", annotations=annotations, spec={}, status=status)
    old = pod(owner, "old", labels={"pod-template-generation": "1"})
    new = pod(owner, "new", labels={"pod-template-generation": "2"})
    assert pods_of(view_of(owner, old, new), Workload("DaemonSet", NAMESPACE, "node")) == ["new"]


def test_pods_of_a_prometheus_are_those_of_its_stateful_sets() -> None:
    prometheus = obj("Prometheus", "k8s", api_version="monitoring.coreos.com/v1", spec={})
    owner = stateful_set("prometheus-k8s")
    owner["metadata"]["labels"] = {"operator.prometheus.io/name": "k8s"}
    view = view_of(prometheus, owner, pod(owner), pod(stateful_set("other")))
    assert pods_of(view, Workload("Prometheus", NAMESPACE, "k8s")) == ["prometheus-k8s-0"]


def test_pods_that_the_api_refuses() -> None:
    owner = deployment()
    owned = replica_set(owner)
    words = 'pods "querier-1-x" is forbidden: exceeded quota: small'
    problems = problems_of(view_of(owner, owned, event(owned, "FailedCreate", words)), QUERIER)
    assert [(problem.reason, problem.patience) for problem in problems] == [("FailedCreate", Patience.SHORT)]
    assert "ReplicaSet querier-1 cannot create its pods" in problems[0].message
    assert "ResourceQuota" in problems[0].remedy


def test_refusal_is_over_once_a_pod_was_created() -> None:
    owner = stateful_set(wanted=2)
    refused = event(owner, "FailedCreate", "violates PodSecurity", "12:00:00")
    created = event(owner, "SuccessfulCreate", "created pod", "12:00:01", type="Normal")
    assert problems_of(view_of(owner, refused, created), STORE) == []
    problems = problems_of(view_of(owner, refused), STORE)
    assert "pod-security.kubernetes.io" in problems[0].remedy
    both = view_of(owner, refused, pod(owner, "store-0"), pod(owner, "store-1"))
    assert problems_of(both, STORE) == []


def test_room_may_become_free_while_pods_end() -> None:
    owner = stateful_set(wanted=2)
    pending = unschedulable(owner, "1 Insufficient cpu.")
    assert problems_of(view_of(owner, pending), STORE)[0].patience is Patience.SCHEDULING
    ending = pod(owner, "store-1", deleted=True)
    assert problems_of(view_of(owner, pending, ending), STORE)[0].patience is Patience.ALL


def test_volume_that_is_being_provisioned_has_time() -> None:
    owner = stateful_set()
    pending = unschedulable(owner, "pod has unbound immediate PersistentVolumeClaims")
    pending["spec"]["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": "data-store-0"}}]
    assert problems_of(view_of(owner, pending), STORE)[0].patience is Patience.ALL
    claim = obj("PersistentVolumeClaim", "data-store-0")
    words = 'storageclass.storage.k8s.io "fast" not found'
    view = view_of(owner, pending, event(claim, "ProvisioningFailed", words))
    [problem] = problems_of(view, STORE)
    assert (problem.reason, problem.patience) == ("ProvisioningFailed", Patience.SCHEDULING)
    assert problem.message == f"PersistentVolumeClaim data-store-0: {words}"
    assert problem.remedy == "Name a storage class that the cluster has."
    assert relevant_events(view, STORE, "store-0") == [f"PersistentVolumeClaim ProvisioningFailed: {words}"]


def waiting_for_volume(owner: Object) -> Object:
    """Return a pod of which nothing tells what it waits for: its volume is made once a node is chosen."""
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data-store-0"}}]
    return pod(owner, spec={"containers": [], "volumes": volumes}, status={"phase": "Pending"})


def test_a_volume_for_which_a_node_was_chosen_and_that_is_not_made() -> None:
    owner = stateful_set()
    pending, claim = waiting_for_volume(owner), obj("PersistentVolumeClaim", "data-store-0")
    assert reasons_of(view_of(owner, pending), STORE) == ["Starting"]
    waits = event(claim, "ExternalProvisioning", "Waiting for a volume to be created by 'nobody'", "12:00:03")
    [problem] = problems_of(view_of(owner, pending, waits), STORE)
    assert (problem.reason, problem.patience) == ("ExternalProvisioning", Patience.ALL)
    failed = event(claim, "ProvisioningFailed", "the disk is full: no space left", "12:00:01")
    [problem] = problems_of(view_of(owner, pending, failed, waits), STORE)
    assert (problem.reason, problem.patience) == ("ProvisioningFailed", Patience.SCHEDULING)
    assert (problem.pod, problem.uid) == ("store-0", "Pod-store-0")
    assert "smaller volume" in problem.remedy


def test_a_volume_that_was_made_in_the_end_is_no_problem() -> None:
    owner = stateful_set()
    pending, claim = waiting_for_volume(owner), obj("PersistentVolumeClaim", "data-store-0")
    failed = event(claim, "ProvisioningFailed", "timeout", "12:00:01")
    made = event(claim, "ProvisioningSucceeded", "made", "12:00:02", type="Normal")
    assert reasons_of(view_of(owner, pending, failed, made), STORE) == ["Starting"]
    of_another = event(obj("PersistentVolumeClaim", "other"), "ProvisioningFailed", "timeout")
    assert reasons_of(view_of(owner, pending, of_another), STORE) == ["Starting"]
    pending["spec"]["nodeName"] = "node"
    assert reasons_of(view_of(owner, pending, failed), STORE) == ["Starting"]


def test_crashes_of_a_job_are_its_own_business() -> None:
    owner = obj("Job", "once", spec={"completions": 1})
    problems = problems_of(view_of(owner, pod_with(owner, crashed(9))), Workload("Job", NAMESPACE, "once"))
    assert problems[0].patience is Patience.ALL


def test_events_of_the_workload_itself() -> None:
    owner = stateful_set()
    warning = event(owner, "RecreatingFailedPod", "it failed", count=3)
    normal = event(owner, "SuccessfulCreate", "created", type="Normal")
    view = view_of(owner, warning, normal)
    assert relevant_events(view, STORE, "") == ["StatefulSet RecreatingFailedPod (3 times): it failed"]


def test_workload_that_does_not_exist() -> None:
    state = workload_state(view_of(), STORE)
    assert state.problem is not None
    assert (state.problem.reason, state.message) == ("NotFound", "does not exist")


def test_old_pods_that_do_not_end_are_named() -> None:
    parallel = stateful_set(wanted=2, spec={"podManagementPolicy": "Parallel"})
    ended = {"name": "main", "restartCount": 0, "state": {"terminated": {"exitCode": 0}}}
    new = pod_with(parallel, running(), name="store-1", labels={"controller-revision-hash": "new"})
    old = pod_with(parallel, ended, running(name="sidecar"), deleted=True, labels={"controller-revision-hash": "old"})
    old["metadata"]["deletionGracePeriodSeconds"] = 600
    (problem,) = problems_of(view_of(parallel, new, old), STORE)
    assert (problem.reason, problem.pod, problem.container, problem.log) == (
        "Terminating",
        "store-0",
        "sidecar",
        "current",
    )
    assert "Still running: sidecar." in problem.message
    assert "until 2026-11-22T12:00:00Z, 600 s after" in problem.message
    assert problem.patience is Patience.ALL
    assert f"kubectl --namespace {NAMESPACE} delete pod store-0" in problem.remedy

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the API server's answers to a dry run mean, word for word as a real one gives them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import (
    DEPLOYMENT,
    STATEFUL_SET,
    Resource,
)
from ansible_collections.observability.thanos.plugins.module_utils.preflight.dry_run import (
    DryRun,
    differing,
    dry_run_findings,
    message_of,
    pod_of,
    try_apply,
    try_pod,
)
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError, ConflictError
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster

CONFLICT: Object = {
    "reason": "Conflict",
    "message": 'Apply failed with 1 conflict: conflict with "helm" using apps/v1: .spec.replicas',
    "details": {
        "causes": [
            {
                "reason": "FieldManagerConflict",
                "message": 'conflict with "helm" using apps/v1',
                "field": ".spec.replicas",
            }
        ]
    },
}
SELECTOR = {
    "reason": "Invalid",
    "message": 'Deployment.apps "querier" is invalid: spec.selector: Invalid value: {}: field is immutable',
    "details": {
        "causes": [
            {
                "reason": "FieldValueInvalid",
                "message": "Invalid value: {}: field is immutable",
                "field": "spec.selector",
            }
        ]
    },
}
STATEFUL = {
    "reason": "Invalid",
    "message": 'StatefulSet.apps "store" is invalid: spec: Forbidden: updates to statefulset spec for fields other '
    "than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit' are forbidden",
    "details": {
        "causes": [
            {
                "reason": "FieldValueForbidden",
                "message": "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
                "field": "spec",
            }
        ]
    },
}
CLUSTER_IP = {
    "reason": "Invalid",
    "message": 'Service "querier" is invalid: spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
    "details": {
        "causes": [
            {"message": 'Invalid value: ["None"]: may not change once set', "field": "spec.clusterIPs[0]"},
        ]
    },
}
CLAIM = {
    "reason": "Invalid",
    "message": 'PersistentVolumeClaim "minio-pvc" is invalid: spec: Forbidden: spec is immutable after creation except '
    "resources.requests and volumeAttributesClassName for bound claims",
    "details": {"causes": [{"message": "Forbidden: spec is immutable after creation", "field": "spec"}]},
}
DENIED = {
    "reason": "Forbidden",
    "message": 'deployments.apps "querier" is forbidden: User "system:serviceaccount:a:b" cannot patch resource '
    '"deployments" in API group "apps" in the namespace "monitoring"',
}
POD_SECURITY = {
    "reason": "Forbidden",
    "message": 'pods "querier-preflight" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
}
QUOTA = {"reason": "Forbidden", "message": 'pods "querier-preflight" is forbidden: exceeded quota: few, used: pods=2'}
NO_DRY_RUN = {"message": 'admission webhook "a.example.com" does not support dry run'}


def manifest(kind: str = "Deployment", name: str = "querier", **spec: Any) -> Object:
    """Return a manifest."""
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "monitoring"}, "spec": spec}


class RefusingCluster(FakeCluster):
    """Refuses to apply or to create with the given answers, the one for a forced apply apart."""

    def __init__(self, answer: Object | None = None, forced: Object | None = None) -> None:
        """Keep the answers."""
        super().__init__(["monitoring"], dry_run=True)
        self._answers = {False: answer, True: forced}
        self.asked: list[str] = []
        self.bodies: list[Object] = []

    def apply(self, resource: Resource, body: Object, force: bool = False, dry_run: bool = False) -> Object:  # noqa: ARG002
        """Refuse, or return the body."""
        self.asked.append("force" if force else "apply")
        return self._answer(resource, body, self._answers[force])

    def create(self, resource: Resource, body: Object) -> Object:
        """Refuse, or return the body."""
        self.asked.append("create")
        return self._answer(resource, body, self._answers[False])

    def _answer(self, resource: Resource, body: Object, status: Object | None) -> Object:
        self.bodies.append(body)
        if status is None:
            return body
        error = (ConflictError if status["reason"] == "Conflict" else ClusterError)(f"refused: {resource.kind}")
        error.status = status
        raise error


def tried(status: Object | None, forced: Object | None = None, live: Object | None = None, **options: Any) -> DryRun:
    """Return the dry_run of a manifest that the API server answers so."""
    wanted = options.get("manifest") or manifest()
    resource = STATEFUL_SET if wanted["kind"] == "StatefulSet" else DEPLOYMENT
    return try_apply(RefusingCluster(status, forced), resource, wanted, live)


def told(dry_run: DryRun, owner: str = "", force: bool = False, replace: bool = False) -> list[str]:
    """Return the findings as texts."""
    return [str(finding) for finding in dry_run_findings(dry_run, owner, force, replace)]


def test_what_the_api_quotes_of_a_manifest_is_not_shown() -> None:
    message = (
        'Deployment.apps "x" is invalid: spec.template.spec.containers[0].image: Invalid value: "hunter2 ": no spaces'
    )
    error = ClusterError(message)
    error.status = {"reason": "Invalid", "message": message}
    assert message_of(error) == message.replace('"hunter2 "', "(hidden)")


def test_what_is_accepted_is_no_finding() -> None:
    cluster = RefusingCluster()
    dry_run = try_apply(cluster, DEPLOYMENT, manifest(), None)
    assert (told(dry_run), cluster.asked) == ([], ["apply"])


def test_a_conflict_names_field_manager_and_option() -> None:
    [finding] = told(tried(CONFLICT))
    assert finding.startswith("Deployment monitoring/querier: another field manager owns .spec.replicas (helm).")
    assert "thanos_force_conflicts" in finding


def test_a_conflict_does_not_hide_what_else_is_wrong() -> None:
    findings = told(tried(CONFLICT, forced=SELECTOR, live=manifest()))
    assert len(findings) == 2
    assert "spec.selector cannot be changed while it exists. Set thanos_replace_immutable" in findings[1]


def test_a_conflict_is_none_where_force_is_allowed() -> None:
    assert told(tried(CONFLICT), force=True) == []


def test_an_owner_and_a_conflict_are_one_finding() -> None:
    [finding] = told(tried(CONFLICT), owner="Helm release thanos")
    assert "Helm release thanos holds it; another field manager owns .spec.replicas (helm)." in finding


def test_an_owner_alone_is_a_finding() -> None:
    [finding] = told(tried(None), owner="Helm release thanos")
    assert "Helm release thanos holds it." in finding
    assert "thanos_force_conflicts" in finding
    assert told(tried(None), owner="Helm release thanos", force=True) == []


def test_immutable_fields_may_be_replaced() -> None:
    dry_run = tried(SELECTOR, live=manifest())
    assert dry_run.immutable == ["spec.selector"]
    assert told(dry_run, replace=True) == []


def test_the_immutable_fields_of_a_stateful_set_are_found_out() -> None:
    wanted = manifest(
        "StatefulSet", "store", replicas=2, serviceName="new", podManagementPolicy="Parallel", template={}
    )
    live = manifest("StatefulSet", "store", replicas=1, serviceName="old", podManagementPolicy="Parallel", other=1)
    assert tried(STATEFUL, live=live, manifest=wanted).immutable == ["spec.serviceName"]


def test_the_address_of_a_service_is_immutable() -> None:
    assert tried(CLUSTER_IP, live=manifest("Service"), manifest=manifest("Service")).immutable == ["spec.clusterIPs"]


def test_a_claim_is_never_to_be_replaced() -> None:
    wanted = manifest("PersistentVolumeClaim", "minio-pvc", storageClassName="fast", accessModes=["ReadWriteOnce"])
    live = manifest("PersistentVolumeClaim", "minio-pvc", storageClassName="slow", accessModes=["ReadWriteOnce"])
    dry_run = tried(CLAIM, live=live, manifest=wanted)
    assert dry_run.immutable == []
    [finding] = told(dry_run, replace=True)
    assert "It is there already, where spec.storageClassName is slow." in finding
    assert "a volume is never replaced" in finding


def test_a_missing_right_is_told_apart() -> None:
    assert tried(DENIED).is_denied
    assert not tried(POD_SECURITY).is_denied


def test_a_webhook_without_dry_run_is_a_warning() -> None:
    [finding] = dry_run_findings(tried({"reason": "BadRequest", **NO_DRY_RUN}), "", False, False)
    assert not finding.is_error


def with_pods(image: str = "thanos", **spec: Any) -> Object:
    """Return a StatefulSet with one container and one claim."""
    template = {"metadata": {"labels": {"app": "store"}}, "spec": {"containers": [{"image": image}], **spec}}
    claims = [{"metadata": {"name": "data"}, "spec": {}}]
    return manifest("StatefulSet", "store", template=template, volumeClaimTemplates=claims)


def test_a_pod_has_the_volumes_of_the_claims() -> None:
    pod = pod_of(with_pods())
    assert pod["metadata"] == {
        "name": "store-preflight",
        "namespace": "monitoring",
        "labels": {"app": "store"},
        "annotations": {},
    }
    assert pod["spec"]["volumes"] == [{"name": "data", "persistentVolumeClaim": {"claimName": "data-store-0"}}]


def test_pods_that_do_not_change_are_not_tried() -> None:
    cluster = RefusingCluster(POD_SECURITY)
    assert try_pod(cluster, DryRun(with_pods(), with_pods(), result=with_pods())) == ""
    assert cluster.asked == []
    assert "violates PodSecurity" in try_pod(cluster, DryRun(with_pods(), with_pods("old"), result=with_pods()))
    assert "violates PodSecurity" in try_pod(cluster, DryRun(with_pods(), None, result=with_pods()))


def test_a_quota_counts_only_for_what_is_not_there_yet() -> None:
    assert "exceeded quota" in try_pod(RefusingCluster(QUOTA), DryRun(with_pods(), None, result=with_pods()))
    assert try_pod(RefusingCluster(QUOTA), DryRun(with_pods(), with_pods("old"), result=with_pods())) == ""


@pytest.mark.parametrize("status", [DENIED, {"reason": "BadRequest", **NO_DRY_RUN}])
def test_a_pod_that_cannot_be_tried_is_no_finding(status: Object) -> None:
    assert try_pod(RefusingCluster(status), DryRun(with_pods(), None, result=with_pods())) == ""


def test_a_service_account_of_the_same_run_is_not_missed() -> None:
    wanted = with_pods(serviceAccountName="store")
    for accounts, expected in (({("monitoring", "store")}, None), ({("other", "store")}, "store")):
        cluster = RefusingCluster()
        assert try_pod(cluster, DryRun(wanted, None, result=wanted), accounts) == ""
        assert cluster.bodies[0]["spec"].get("serviceAccountName") == expected
    assert wanted["spec"]["template"]["spec"]["serviceAccountName"] == "store"


def test_differing() -> None:
    wanted = {"a": 1, "b": [{"c": 1}, {"c": 2}], "d": {"e": "x"}}
    live = {"a": 1, "b": [{"c": 1, "more": 1}, {"c": 3}], "d": None, "other": 1}
    assert differing(wanted, live, "spec") == ["spec.b[1].c", "spec.d"]


def test_what_was_made_by_hand_may_be_adopted() -> None:
    by_hand = {**CONFLICT, "details": {"causes": [{**CONFLICT["details"]["causes"][0]}]}}
    by_hand["details"]["causes"][0]["message"] = 'conflict with "kubectl-client-side-apply" using apps/v1'
    assert "thanos_adopt" in told(tried(by_hand))[0]
    assert "thanos_adopt" not in told(tried(CONFLICT))[0]

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps a namespace: every object of every kind that the API serves, and every kind that hides its objects."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.apply.namespace_contents import namespace_objection
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import Resource
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster

EVERYTHING = ["create", "delete", "get", "list"]
LISTS = "/namespaces/minio/"
FLUNDER = Resource("flunder.example.com/v1", "Flunder", "flunders")


def an(kind: str, name: str, api_version: str = "v1", **metadata: Any) -> Object:
    """Return an object in the namespace."""
    metadata = {"name": name, "namespace": "minio", "uid": name, **metadata}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def owned(kind: str, name: str, *uids: str) -> Object:
    """Return an object with owners."""
    return an(kind, name, ownerReferences=[{"kind": "Any", "name": uid, "uid": uid} for uid in uids])


def answer(cluster: FakeCluster, *objects: Object) -> None:
    """Let the API list exactly these objects, with the uids that they have, of kinds in core's v1."""
    kinds = {each["kind"] for each in objects}
    for kind in kinds:
        resource = Resource("v1", kind, f"{kind.lower()}s")
        cluster.served[resource] = EVERYTHING
        items = [each for each in objects if each["kind"] == kind]
        cluster.readings[resource.path("minio")] = {"items": items}


def refusal(reason: str) -> ClusterError:
    """Return an error of the API's."""
    error = ClusterError(f"The Kubernetes API refused to get it: {reason}")
    error.status = {"reason": reason}
    return error


def test_an_empty_namespace_is_kept_by_nothing(cluster: FakeCluster) -> None:
    assert namespace_objection(cluster, "minio", set()) == ""


def test_what_goes_keeps_nothing_and_everything_else_does(cluster: FakeCluster) -> None:
    answer(cluster, an("Service", "ours"), an("Service", "theirs"), an("Lease", "leader"))
    assert namespace_objection(cluster, "minio", {"ours"}) == ("it also holds Lease minio/leader, Service minio/theirs")


def test_it_is_told_by_its_uid_and_not_by_kind_and_name(cluster: FakeCluster) -> None:
    """As a Service of Knative beside one of the same name of Kubernetes itself."""
    answer(cluster, an("Service", "minio"))
    knative = Resource("serving.knative.dev/v1", "Service", "services")
    cluster.served[knative] = EVERYTHING
    theirs = an("Service", "minio", "serving.knative.dev/v1", uid="theirs")
    cluster.readings[knative.path("minio")] = {"items": [theirs]}
    assert namespace_objection(cluster, "minio", {"minio"}) == "it also holds Service minio/minio"


def test_one_object_of_two_groups_is_named_once(cluster: FakeCluster) -> None:
    answer(cluster, an("Ingress", "page"))
    again = Resource("networking.k8s.io/v1", "Ingress", "ingresses")
    cluster.served[again] = EVERYTHING
    cluster.readings[again.path("minio")] = {"items": [an("Ingress", "page", "networking.k8s.io/v1")]}
    assert namespace_objection(cluster, "minio", set()) == "it also holds Ingress minio/page"


@pytest.mark.parametrize("preferred", ["v1", "v1beta1"])
def test_every_version_is_looked_at_and_each_kind_once(cluster: FakeCluster, preferred: str) -> None:
    versions = [preferred, "v1" if preferred == "v1beta1" else "v1beta1"]
    for version in versions:
        cluster.served[Resource(f"flunder.example.com/{version}", "Flunder", "flunders")] = EVERYTHING
    cluster.served[Resource("flunder.example.com/v1beta1", "Fischer", "fischers")] = EVERYTHING
    group = "/apis/flunder.example.com"
    cluster.readings[f"{group}/{preferred}{LISTS}flunders"] = {"items": [an("Flunder", "one")]}
    cluster.readings[f"{group}/{versions[1]}{LISTS}flunders"] = refusal("AskedTwice")
    cluster.readings[f"{group}/v1beta1{LISTS}fischers"] = {"items": [an("Fischer", "two")]}
    assert namespace_objection(cluster, "minio", set()) == "it also holds Fischer minio/two, Flunder minio/one"


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("/api", "/api"),
        ("/apis", "/apis"),
        ("/apis/flunder.example.com/v1", "flunder.example.com/v1"),
        (f"/apis/flunder.example.com/v1{LISTS}flunders", "flunders.flunder.example.com"),
        (f"/api/v1{LISTS}services", "services"),
    ],
)
@pytest.mark.parametrize("reason", ["Forbidden", "MethodNotAllowed", "ServiceUnavailable", "NotFound"])
def test_what_is_not_told_may_be_anything(cluster: FakeCluster, path: str, hidden: str, reason: str) -> None:
    answer(cluster, an("Service", "ours"))
    cluster.served[FLUNDER] = EVERYTHING
    cluster.readings[path] = None if reason == "NotFound" else refusal(reason)
    said = namespace_objection(cluster, "minio", {"ours"})
    assert said == f"what is in it cannot all be listed: {hidden} ({reason})"


def test_half_an_answer_may_hide_the_rest(cluster: FakeCluster) -> None:
    cluster.served[FLUNDER] = EVERYTHING
    cluster.readings[FLUNDER.path("minio")] = {"items": [], "metadata": {"continue": "token"}}
    assert "flunders.flunder.example.com (more than one answer has)" in namespace_objection(cluster, "minio", set())
    cluster.readings[FLUNDER.path("minio")] = {"kind": "Status"}
    assert "flunders.flunder.example.com (an answer without objects)" in namespace_objection(cluster, "minio", set())


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [
        (["get", "list"], "it also holds Flunder minio/one"),
        (["delete", "get"], "what is in it cannot all be listed: flunders.flunder.example.com (no verb list)"),
        (["create"], ""),
    ],
    ids=["lost, though nobody may delete it alone", "not to be listed", "never kept"],
)
def test_verbs(cluster: FakeCluster, verbs: list[str], expected: str) -> None:
    cluster.served[FLUNDER] = verbs
    cluster.readings[FLUNDER.path("minio")] = {"items": [an("Flunder", "one")]}
    assert namespace_objection(cluster, "minio", set()) == expected


def test_events_and_measurements_are_nobodys(cluster: FakeCluster) -> None:
    for api_version, kind in (("v1", "Event"), ("events.k8s.io/v1", "Event"), ("metrics.k8s.io/v1beta1", "PodMetrics")):
        resource = Resource(api_version, kind, kind.lower())
        cluster.served[resource] = ["get", "list"]
        cluster.readings[resource.path("minio")] = {"items": [an(kind, "x", api_version)]}
    assert namespace_objection(cluster, "minio", set()) == ""
    argo = Resource("argoproj.example.com/v1", "Event", "events")
    cluster.served[argo] = EVERYTHING
    cluster.readings[argo.path("minio")] = {"items": [an("Event", "x", argo.api_version)]}
    assert namespace_objection(cluster, "minio", set()) == "it also holds Event minio/x", "another group's kind"


@pytest.mark.parametrize(
    ("manager", "expected"),
    [("", ""), ("kube-controller-manager", ""), ("kubectl-annotate", "it also holds ConfigMap minio/kube-root-ca.crt")],
)
def test_what_every_namespace_has_counts_where_somebody_wrote_into_it(
    cluster: FakeCluster, manager: str, expected: str
) -> None:
    entries = [{"manager": manager}] if manager else []
    answer(cluster, an("ServiceAccount", "default"), an("ConfigMap", "kube-root-ca.crt", managedFields=entries))
    assert namespace_objection(cluster, "minio", set()) == expected


def test_what_goes_with_its_owner_is_named_by_its_owner(cluster: FakeCluster) -> None:
    answer(
        cluster,
        owned("ReplicaSet", "r", "ours"),
        owned("Pod", "p", "r"),
        an("Job", "theirs"),
        owned("Pod", "q", "theirs"),
    )
    assert namespace_objection(cluster, "minio", {"ours"}) == "it also holds Job minio/theirs"


@pytest.mark.parametrize(
    "owners",
    [("of the whole cluster, or gone",), ("ours", "gone"), ("default",), ("ring",)],
    ids=["elsewhere", "one of two elsewhere", "what every namespace has", "itself"],
)
def test_what_would_outlive_what_goes_is_named(cluster: FakeCluster, owners: tuple[str, ...]) -> None:
    answer(cluster, an("ServiceAccount", "default"), owned("Secret", "ring", *owners))
    assert namespace_objection(cluster, "minio", {"ours"}) == "it also holds Secret minio/ring"


def test_endpoints_go_with_their_service(cluster: FakeCluster) -> None:
    answer(cluster, an("Service", "ours"), an("Endpoints", "ours", uid="endpoints"), an("Endpoints", "by-hand"))
    assert namespace_objection(cluster, "minio", {"ours"}) == "it also holds Endpoints minio/by-hand"


def test_of_very_many_some_are_named(cluster: FakeCluster) -> None:
    answer(cluster, *(an("Pod", f"pod-{number:02}") for number in range(30)))
    said = namespace_objection(cluster, "minio", set())
    assert said.endswith("Pod minio/pod-19 and 10 more")

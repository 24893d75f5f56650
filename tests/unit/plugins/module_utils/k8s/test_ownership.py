# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What proves that an object is ours: both of its marks, or a controller that has them."""

from __future__ import annotations

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.apply.managed_objects import resource_of
from ansible_collections.observability.thanos.plugins.module_utils.k8s.objects import Object
from ansible_collections.observability.thanos.plugins.module_utils.k8s.ownership import belongs_to_us
from ansible_collections.observability.thanos.tests.unit.fakes.claims import controlled_by
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster, ours


def an(kind: str, name: str, api_version: str = "apps/v1") -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "monitoring"}}


def stored(cluster: FakeCluster, body: Object) -> Object:
    """Store an object and return it as the API server keeps it."""
    cluster.seed(body)
    live = cluster.get(resource_of(body), body["metadata"]["name"], "monitoring")
    assert live is not None
    return live


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_chain_of_controllers_is_followed(cluster: FakeCluster, is_ours: bool) -> None:
    deployment = an("Deployment", "querier")
    top = stored(cluster, ours(deployment) if is_ours else deployment)
    replicas = stored(cluster, controlled_by(an("ReplicaSet", "querier-1"), top))
    assert belongs_to_us(cluster, controlled_by(an("Pod", "querier-1-x", "v1"), replicas)) is is_ours


def test_an_owner_that_is_no_controller_proves_nothing(cluster: FakeCluster) -> None:
    owned = controlled_by(an("ConfigMap", "theirs", "v1"), stored(cluster, ours(an("Deployment", "querier"))))
    assert belongs_to_us(cluster, owned)
    owned["metadata"]["ownerReferences"][0]["controller"] = False
    assert not belongs_to_us(cluster, owned)


def test_a_controller_of_the_same_name_that_was_made_later_is_another(cluster: FakeCluster) -> None:
    former = {**an("Deployment", "querier"), "metadata": {"name": "querier", "uid": "former"}}
    cluster.seed(ours(an("Deployment", "querier")))
    assert not belongs_to_us(cluster, controlled_by(an("ReplicaSet", "querier-1"), former))


def test_a_ring_of_controllers_ends(cluster: FakeCluster) -> None:
    one = stored(cluster, an("Deployment", "one"))
    ring = controlled_by(one, one)
    cluster.seed(ring)
    assert not belongs_to_us(cluster, ring)

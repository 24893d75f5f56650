# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An object store that takes requests and does not end its answers holds nobody up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.objstore import probe as objstore_access
from ansible_collections.observability.thanos.plugins.module_utils.objstore.endpoint import ObjectStore
from ansible_collections.observability.thanos.plugins.module_utils.objstore.probe import refusal
from ansible_collections.observability.thanos.plugins.module_utils.preflight import object_store as preflight_objstore
from ansible_collections.observability.thanos.plugins.module_utils.preflight.object_store import object_store_finding
from ansible_collections.observability.thanos.tests.unit.fakes.api_server import ApiServer, Behaviour, silence, trickles
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster

HEAD = b"HTTP/1.1 200 OK\r\nX-Slow: "
BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"


@pytest.fixture(params=[silence, trickles(HEAD), trickles(BODY)], ids=["silent", "slow head", "slow body"])
def endpoint(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Return host and port of such a store, for which nobody waits longer than a moment."""
    for module in (objstore_access, preflight_objstore):
        monkeypatch.setattr(module, "LIMIT_SECONDS", 0.2)
    slow: Behaviour = request.param
    with ApiServer(*[slow] * 9) as server:
        yield server.url.removeprefix("http://")


def test_the_keys_are_left_to_the_pods_to_try(endpoint: str, cluster: FakeCluster) -> None:
    keys = {"access_key": "thanos", "secret_key": "mellon"}
    document = {"type": "S3", "config": {"bucket": "thanos", "endpoint": endpoint, "insecure": True, **keys}}
    assert refusal(cluster, document, "", "cluster.local") == ""


def test_the_preflight_reports_it(endpoint: str, request: pytest.FixtureRequest) -> None:
    found = object_store_finding(ObjectStore(endpoint, "thanos", insecure=True))
    if "slow body" in request.node.name:
        assert found is None, "to a HEAD, the head is all of the answer"
    else:
        assert found is not None
        assert "it does not answer: no answer within" in found.what

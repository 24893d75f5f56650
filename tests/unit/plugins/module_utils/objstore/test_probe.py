# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an object store that refuses bucket or credentials is heard to say, by the real SDK over HTTP."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from ansible_collections.observability.thanos.plugins.module_utils.k8s.port_forward import http_client
from ansible_collections.observability.thanos.plugins.module_utils.objstore import probe as objstore_access
from ansible_collections.observability.thanos.plugins.module_utils.objstore.probe import refusal
from ansible_collections.observability.thanos.tests.unit.fakes.cluster import FakeCluster

SECRET_KEY = "s3cret-of-thanos"
EMPTY = '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>blocks</Name></ListBucketResult>'
INSIDE = "minio.minio.svc.cluster.local"
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "minio", "namespace": "minio"},
    "spec": {"selector": {"app": "minio"}, "ports": [{"port": port, "targetPort": "s3"} for port in (80, 443)]},
}

PODS = [
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"minio-{number}",
            "namespace": "minio",
            "labels": {"app": "minio"},
            "creationTimestamp": "2026-01-31T12:00:00Z",
        },
        "spec": {"containers": [{"name": "minio", "ports": [{"name": "s3", "containerPort": 9000}]}]},
        "status": {"conditions": [{"type": "Ready", "status": str(number > 0)}]},
    }
    for number in (0, 1)
]


class Handler(http.server.BaseHTTPRequestHandler):
    server: Store

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.headers['Host']}{self.path}")
        code = self.server.codes.pop(0) if len(self.server.codes) > 1 else self.server.codes[0]
        body = f"<Error><Code>{code}</Code><Message>{SECRET_KEY}</Message></Error>" if code else EMPTY
        self.send_response(403 if code else 200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_arguments: Any) -> None:
        pass


class Store(http.server.ThreadingHTTPServer):
    """Answers one request after the other with these codes, an empty one for a listing; the last code stays."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.codes = [""]
        self.asked: list[str] = []

    def config(self, **changes: Any) -> dict[str, Any]:
        """Return a configuration for it, from outside of the cluster."""
        endpoint = f"127.0.0.1:{self.server_address[1]}"
        keys = {"access_key": "thanos", "secret_key": SECRET_KEY}
        config = {"bucket": "blocks", "endpoint": endpoint, "region": "us-east-1", "insecure": True, **keys, **changes}
        return {"type": "S3", "config": config}

    def speak_tls(self, ca: trustme.CA) -> None:
        """Speak TLS from now on, with a certificate that this CA has signed."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("127.0.0.1", INSIDE).configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(objstore_access, "RETRY_SECONDS", 0)
    with Store() as store:
        threading.Thread(target=store.serve_forever, args=(0.01,), daemon=True).start()
        yield store
        store.shutdown()


def ask(cluster: FakeCluster, document: dict[str, Any], ca: trustme.CA | None = None) -> str:
    return refusal(cluster, document, ca.cert_pem.bytes().decode() if ca else "", "cluster.local")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", ""),
        ("SignatureDoesNotMatch", "the secret key is not the access key's (SignatureDoesNotMatch)"),
        ("InvalidAccessKeyId", "it does not know the access key (InvalidAccessKeyId)"),
        ("NoSuchBucket", "it has no such bucket (NoSuchBucket)"),
        # Thanos may be allowed more than a listing tells, and the object store may be busy.
        ("AccessDenied", ""),
        ("SlowDown", ""),
    ],
)
def test_only_what_lasts_is_refused(store: Store, cluster: FakeCluster, code: str, said: str) -> None:
    store.codes = [code]
    assert ask(cluster, store.config()) == said


def test_a_user_that_is_known_a_moment_later(store: Store, cluster: FakeCluster) -> None:
    store.codes = ["InvalidAccessKeyId", "InvalidAccessKeyId", ""]
    assert ask(cluster, store.config()) == ""


@pytest.fixture
def ways(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """The pods that were asked, each of which leads to the store."""
    found: list[tuple[str, str, int]] = []

    def connect(
        _cluster: FakeCluster, namespace: str, pod: str, port: int, seconds: float, tls: ssl.SSLContext | None
    ) -> Any:
        found.append((namespace, pod, port))
        return http_client(lambda: socket.create_connection(("127.0.0.1", store.server_port)), seconds, tls)

    monkeypatch.setattr(objstore_access, "pod_http_client", connect)
    return found


def test_a_store_in_the_cluster_is_asked_through_the_api(
    store: Store, cluster: FakeCluster, ways: list[tuple[str, str, int]]
) -> None:
    store.codes = ["SignatureDoesNotMatch"]
    document = store.config(endpoint=INSIDE)
    assert ask(cluster, document) == "", "no such Service"
    cluster.seed(SERVICE)
    assert ask(cluster, document) == "", "no ready pod"
    cluster.seed(*PODS)
    assert "SignatureDoesNotMatch" in ask(cluster, document)
    assert ways == [("minio", "minio-1", 9000)]
    # The signature holds the name by which Thanos knows it.
    assert store.asked[0].startswith(f"{INSIDE}/blocks?")


@pytest.mark.parametrize("endpoint", [{}, {"endpoint": INSIDE}])
@pytest.mark.usefixtures("ways")
def test_its_certificate_has_to_be_of_the_ca_that_is_given(
    store: Store, cluster: FakeCluster, endpoint: dict[str, str]
) -> None:
    cluster.seed(SERVICE, *PODS)
    store.codes = ["SignatureDoesNotMatch"]
    known, unknown = trustme.CA(), trustme.CA()
    store.speak_tls(known)
    document = store.config(insecure=False, **endpoint)
    assert "SignatureDoesNotMatch" in ask(cluster, document, known)
    assert ask(cluster, document, unknown) == ""
    assert ask(cluster, document) == "", "the system's own do not know it"


@pytest.mark.parametrize(
    "changes", [{"access_key": ""}, {"signature_version2": True}, {"endpoint": "127.0.0.1:1"}, {"insecure": False}]
)
def test_what_cannot_be_asked_is_left_to_the_pods(store: Store, cluster: FakeCluster, changes: dict[str, Any]) -> None:
    store.codes = ["SignatureDoesNotMatch"]
    assert ask(cluster, store.config(**changes)) == ""


def test_other_object_stores_are_not_asked(cluster: FakeCluster) -> None:
    assert ask(cluster, {"type": "FILESYSTEM", "config": {"directory": "/data"}}) == ""

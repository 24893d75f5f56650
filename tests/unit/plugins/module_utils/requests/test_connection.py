# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client that has the kubeconfig's certificates and keys, while no file has them any more."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Cluster
from ansible_collections.observability.thanos.plugins.module_utils.k8s.resources import CONFIG_MAP
from ansible_collections.observability.thanos.plugins.module_utils.requests import authentication, connection
from ansible_collections.observability.thanos.plugins.module_utils.requests.connection import connect
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError, NoAnswerError
from ansible_collections.observability.thanos.tests.unit.fakes.api_server import ApiServer
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

NAME = "kubernetes.example.com"


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    """Return the CA of servers and clients."""
    return trustme.CA()


@pytest.fixture(scope="module")
def client(ca: trustme.CA) -> trustme.LeafCert:
    """Return a client's certificate."""
    return ca.issue_cert("jane@example.com", common_name="jane")


@pytest.fixture
def server(ca: trustme.CA) -> Iterator[ApiServer]:
    """Return an API server that takes only those who have a certificate of the CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(NAME).configure_cert(context)
    ca.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with ApiServer(tls=context) as server:
        yield server


def data(blob: trustme.Blob) -> str:
    """Return what stands in a kubeconfig."""
    return base64.b64encode(blob.bytes()).decode()


def kubeconfig(server: ApiServer, ca: trustme.CA, client: trustme.LeafCert) -> dict[str, Any]:
    """Return a kubeconfig that holds everything itself."""
    user = {
        "client-certificate-data": data(client.cert_chain_pems[0]),
        "client-key-data": data(client.private_key_pem),
    }
    cluster = {"server": server.url, "certificate-authority-data": data(ca.cert_pem), "tls-server-name": NAME}
    return {
        "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "one", "user": "user"}}],
        "clusters": [{"name": "one", "cluster": cluster}],
        "users": [{"name": "user", "user": user}],
    }


def reached(directory: Path, **options: Any) -> Cluster:
    """Return a cluster to ask."""
    return Cluster(connect(dict.fromkeys(AUTH_ARG_SPEC) | options, str(directory)))


def test_no_file_is_needed_once_there_is_a_client(
    server: ApiServer, ca: trustme.CA, client: trustme.LeafCert, tmp_path: Path
) -> None:
    cluster = reached(tmp_path, kubeconfig=kubeconfig(server, ca, client))
    assert list(tmp_path.iterdir()) == []
    for _each in range(2):
        assert cluster.get(CONFIG_MAP, "a", "b") is not None
        cluster.api_client.rest_client.pool_manager.clear()
    assert server.connections == 2


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_files_of_ones_own_stay(server: ApiServer, ca: trustme.CA, client: trustme.LeafCert, tmp_path: Path) -> None:
    names = {"certificate": client.cert_chain_pems[0], "key": client.private_key_pem, "ca": ca.cert_pem}
    paths = {name: tmp_path / name for name in names}
    for name, path in paths.items():
        path.write_bytes(names[name].bytes())
    options = {"client_cert": str(paths["certificate"]), "client_key": str(paths["key"]), "ca_cert": str(paths["ca"])}
    cluster = reached(tmp_path, host=server.url, validate_certs=False, **options)
    assert cluster.get(CONFIG_MAP, "a", "b") is not None
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_a_server_of_another_ca(server: ApiServer, client: trustme.LeafCert, tmp_path: Path) -> None:
    cluster = reached(tmp_path, kubeconfig=kubeconfig(server, trustme.CA(), client))
    with pytest.raises(NoAnswerError, match="its certificate is not accepted, "):
        cluster.get(CONFIG_MAP, "a", "b")


def test_a_server_of_another_name(server: ApiServer, ca: trustme.CA, client: trustme.LeafCert, tmp_path: Path) -> None:
    given = kubeconfig(server, ca, client)
    del given["clusters"][0]["cluster"]["tls-server-name"]
    with pytest.raises(NoAnswerError, match=r"its certificate is not accepted, .*127\.0\.0\.1"):
        reached(tmp_path, kubeconfig=given).get(CONFIG_MAP, "a", "b")


def test_a_certificate_that_is_none(
    server: ApiServer, ca: trustme.CA, client: trustme.LeafCert, tmp_path: Path
) -> None:
    for section, key, words in (
        ("clusters", "certificate-authority-data", "cluster's CA"),
        ("users", "client-certificate-data", "client certificate"),
        ("users", "client-key-data", "client certificate"),
    ):
        given = kubeconfig(server, ca, client)
        given[section][0][section[:-1]][key] = base64.b64encode(b"hunter2").decode()
        with pytest.raises(ClusterError, match=rf"{words} .*cannot be used: \[?[A-Z_]+") as raised:
            reached(tmp_path, kubeconfig=given)
        assert "hunter2" not in str(raised.value)
        assert list(tmp_path.iterdir()) == []


def test_an_encrypted_key_asks_no_terminal(
    server: ApiServer, ca: trustme.CA, client: trustme.LeafCert, tmp_path: Path
) -> None:
    key = load_pem_private_key(client.private_key_pem.bytes(), None)
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hunter2"))
    given = kubeconfig(server, ca, client)
    given["users"][0]["user"]["client-key-data"] = base64.b64encode(encrypted).decode()
    with pytest.raises(ClusterError, match=r"client key .* is encrypted"):
        reached(tmp_path, kubeconfig=given)


def test_a_program_for_credentials_that_does_not_end(
    server: ApiServer, ca: trustme.CA, client: trustme.LeafCert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(authentication, "CREDENTIAL_SECONDS", 0.3)
    monkeypatch.setattr(connection, "NOTICE_SECONDS", 0.1)
    given = kubeconfig(server, ca, client)
    given["users"][0]["user"] = {
        "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sleep", "args": ["3"]}
    }
    told: list[str] = []
    with pytest.raises(ClusterError, match="names for credentials gave no answer within 0 s"):
        connect({"kubeconfig": given}, str(tmp_path), told.append)
    assert told == ["the kubeconfig's credentials are not there after 0 s"]
    assert list(tmp_path.iterdir()) == []


def test_a_kind_of_proxy_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "urllib3.contrib.socks", None)
    proxy = "socks5://jane:hunter2@proxy.example.com:1080"
    with pytest.raises(ClusterError, match=r"The proxy .* needs PySocks\.") as raised:
        reached(tmp_path, host=f"https://{NAME}", api_key="x", proxy=proxy)
    assert "hunter2" not in str(raised.value)

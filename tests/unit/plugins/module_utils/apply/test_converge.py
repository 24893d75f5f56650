# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manifests through kubernetes.core's own code, against a real HTTP server."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.apply.apply import ApplyOptions, apply_all
from ansible_collections.observability.thanos.plugins.module_utils.apply.report import apply_report
from ansible_collections.observability.thanos.plugins.module_utils.k8s.client import Cluster
from ansible_collections.observability.thanos.tests.unit.fakes.api_server import (
    ApiServer,
    Handler,
    Reply,
    client_of,
    discovery,
    reach,
    status,
)
from kubernetes.client import Configuration

HIDDEN = "hunter2"
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}}
SECRET = {**CONFIG_MAP, "kind": "Secret", "stringData": {"password": HIDDEN}}
LIVE = Reply(body=json.dumps(CONFIG_MAP).encode())


def refused(manifest: dict[str, Any], code: str, body: dict[str, Any], directory: Path) -> list[str]:
    """Return what a person reads where the API refuses to apply a manifest."""
    with ApiServer(LIVE, LIVE, Reply(code, json.dumps(body).encode())) as server:
        server.paths = discovery()
        cluster = reach(server.url, directory=directory)
        outcomes = apply_all(cluster, [manifest], ApplyOptions(), print)
    errors: list[str] = apply_report(outcomes, [manifest])["errors"]
    return errors


@pytest.mark.parametrize("wait_timeout", [0, 5])
def test_what_is_gone_before_the_answer_to_its_removal_came_is_removed(wait_timeout: int, tmp_path: Path) -> None:
    def cut(handler: Handler) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)

    gone = status("404 Not Found", 'configmaps "a" not found')
    with ApiServer(LIVE, cut, *[gone] * 3) as server:
        server.paths = discovery()
        cluster = reach(server.url, directory=tmp_path)
        (outcome,) = apply_all(cluster, [CONFIG_MAP], ApplyOptions("absent", wait_timeout=wait_timeout), print)
        assert [request.method for request in server.requests].count("DELETE") == 2
    assert "error" not in outcome
    assert outcome["changed"] is True


def test_the_kinds_are_asked_for_once_in_a_run_and_kept_for_this_user_alone(tmp_path: Path) -> None:
    with ApiServer(*[LIVE] * 100) as server:
        server.paths = discovery()
        for _each in range(3):
            cluster = reach(server.url, directory=tmp_path)
            assert "error" not in apply_all(cluster, [CONFIG_MAP, CONFIG_MAP], ApplyOptions(), print)[0]
        asked = [request.path for request in server.requests if request.path in server.paths]
        assert sorted(asked) == ["/api/v1", "/apis", "/version"]
        (file,) = tmp_path.iterdir()
        assert file.name.startswith("discovery-")


def test_another_cluster_has_other_kinds(tmp_path: Path) -> None:
    for _each in range(2):
        with ApiServer(*[LIVE] * 100) as server:
            server.paths = discovery()
            cluster = reach(server.url, directory=tmp_path)
            apply_all(cluster, [CONFIG_MAP], ApplyOptions(), print)
    assert len(list(tmp_path.iterdir())) == 2


def test_what_another_user_has_left_for_kubernetes_core_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(shared))
    own = tmp_path / "own"
    own.mkdir()
    with ApiServer(*[LIVE] * 100) as server:
        server.paths = discovery()
        cluster = reach(server.url, directory=own)
        apply_all(cluster, [CONFIG_MAP], ApplyOptions(), print)
    assert list(shared.iterdir()) == []


@pytest.mark.parametrize("code", ["400 Bad Request", "422 Unprocessable Entity", "500 Internal Server Error"])
def test_what_the_api_quotes_of_a_secret_is_not_shown(code: str, tmp_path: Path) -> None:
    causes = [{"reason": "FieldValueInvalid", "field": "stringData.password", "message": HIDDEN}]
    body = {"kind": "Status", "reason": "Invalid", "message": f"bad {HIDDEN}", "details": {"causes": causes}}
    (error,) = refused(SECRET, code, body, tmp_path)
    assert error.startswith("Secret b/a: Invalid (stringData.password)")
    assert HIDDEN not in error


def test_of_other_kinds_it_is_shown(tmp_path: Path) -> None:
    (error,) = refused(CONFIG_MAP, "422 Invalid", {"message": "data.a: Invalid value: 1"}, tmp_path)
    assert error == "ConfigMap b/a: data.a: Invalid value: 1"
    typed = {"message": f".data.a: expected string, got &value.valueUnstructured{{Value:{HIDDEN}}}"}
    (error,) = refused(CONFIG_MAP, "500 Internal Server Error", typed, tmp_path)
    assert error == "ConfigMap b/a: .data.a: expected string, got another type"


def test_a_conflict_names_who_owns_what(tmp_path: Path) -> None:
    cause = {"reason": "FieldManagerConflict", "message": 'conflict with "kubectl" using v1', "field": ".data.a"}
    body = {"kind": "Status", "reason": "Conflict", "message": "conflict", "details": {"causes": [cause]}}
    (error,) = refused(SECRET, "409 Conflict", body, tmp_path)
    assert "another field manager owns .data.a (kubectl)" in error


def test_an_unknown_kind_is_named(tmp_path: Path) -> None:
    (error,) = refused({**CONFIG_MAP, "kind": "Prometheus"}, "404 Not Found", {}, tmp_path)
    assert error == (
        "Prometheus b/a: the cluster does not know this kind. Install its custom resource definition first."
    )


def test_an_answer_that_is_no_status(tmp_path: Path) -> None:
    with ApiServer(LIVE, LIVE, Reply("418 Teapot", HIDDEN.encode())) as server:
        server.paths = discovery()
        cluster = reach(server.url, directory=tmp_path)
        (outcome,) = apply_all(cluster, [CONFIG_MAP], ApplyOptions(), print)
    assert "418 Teapot" in outcome["error"]["msg"]
    assert HIDDEN not in outcome["error"]["msg"]


def test_an_error_that_nobody_thought_of_is_not_shown(tmp_path: Path) -> None:
    with ApiServer(*[LIVE] * 9) as server:
        server.paths = discovery()
        cluster = reach(server.url, directory=tmp_path)
        apply_all(cluster, [CONFIG_MAP], ApplyOptions(), print)
        configuration = Configuration(host=server.url)
        configuration.api_key["authorization"] = f"Bearer {HIDDEN}\n"
        broken = Cluster(client_of(configuration, tmp_path))
        (outcome,) = apply_all(broken, [CONFIG_MAP], ApplyOptions(), print)
    assert outcome["error"]["msg"].startswith("CoreException in kubernetes/core/")
    assert ", caused by ValueError in http/client.py:" in outcome["error"]["msg"]
    assert HIDDEN not in str(outcome)


@pytest.mark.parametrize("path", ["/version", "/apis"])
def test_who_may_not_even_ask_for_the_kinds(path: str, tmp_path: Path) -> None:
    with ApiServer() as server:
        server.paths = {**discovery(), path: status("401 Unauthorized", "Unauthorized")}
        outcomes = apply_all(reach(server.url, directory=tmp_path), [CONFIG_MAP], ApplyOptions(), print)
    assert apply_report(outcomes, [CONFIG_MAP])["errors"] == ["ConfigMap b/a: Unauthorized"]

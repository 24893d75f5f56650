# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules that take manifests or settings: no result holds them, whatever is wrong with one of them or beside them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.modules import (
    export_manifests,
    managed_objects_info,
    manifests,
    minio_credentials,
    objstore_secret,
    preflight,
    prune,
    thanos_verify,
)
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule
from ansible_collections.observability.thanos.tests.unit.plugins.modules.test_preflight import AskedCluster

SECRET: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "access", "namespace": "monitoring", "annotations": {"note": "hunter2"}},
    "stringData": {"hunter2": "hunter2"},
}
#: Each option that takes manifests, and what the module wants beside it.
OPTIONS: list[tuple[ModuleType, str, dict[str, Any]]] = [
    (manifests, "definitions", {}),
    (prune, "definitions", {}),
    (managed_objects_info, "definitions", {}),
    (managed_objects_info, "removed", {"definitions": []}),
    (export_manifests, "definitions", {"directory": "/nowhere"}),
    (preflight, "manifests", {}),
    (preflight, "absent", {}),
    (thanos_verify, "manifests", {}),
]
NAMES = [f"{module.__name__.rpartition('.')[2]}-{option}" for module, option, _more in OPTIONS]
#: What is no manifest, and what is said of it.
WRONG: list[tuple[Any, str]] = [
    ({**SECRET, "metadata": {"namespace": "monitoring"}}, "[1] (Secret) is no manifest: "),
    ({**SECRET, "metadata": {"name": ""}}, "[1] (Secret) is no manifest: metadata.name is missing."),
    ({**SECRET, "metadata": {"name": {"hunter2": 1}}}, "[1] (Secret) is no manifest: metadata.name has to be a text."),
    ({**SECRET, "metadata": {"name": "hunter2 x"}}, "[1] (Secret) is no manifest: metadata.name is not a valid name."),
    (
        {**SECRET, "metadata": {"name": "x", "namespace": ["hunter2"]}},
        "[1] (Secret) is no manifest: metadata.namespace has to be a text.",
    ),
    ({**SECRET, "metadata": ["hunter2"]}, "[1] (Secret) is no manifest: metadata has to be a mapping."),
    ({**SECRET, "metadata": None}, "[1] (Secret) is no manifest: metadata has to be a mapping."),
    ({**SECRET, "metadata": {"name": "x", "labels": "hunter2"}}, "metadata.labels has to be a mapping."),
    ({key: value for key, value in SECRET.items() if key != "metadata"}, "[1] (Secret) is no manifest: metadata is"),
    ({**SECRET, "kind": "hunter2"}, "[1] is no manifest: kind is not a valid name."),
    ({**SECRET, "kind": {"hunter2": 1}}, "[1] is no manifest: kind has to be a text."),
    ({**SECRET, "apiVersion": "hunter2: x"}, "[1] (Secret) is no manifest: apiVersion is not a valid name."),
    ({"stringData": {"password": "hunter2"}}, "[1] is no manifest: kind is missing."),
    ({"{secret_key:hunter2}": None}, "[1] is no manifest: kind is missing."),
    ("hunter2", "[1] is no manifest: it has to be a mapping."),
    ("password=hunter2", "[1] is no manifest: it has to be a mapping."),
    (["hunter2"], "[1] is no manifest: it has to be a mapping."),
    (None, "[1] is no manifest: it has to be a mapping."),
    (5, "[1] is no manifest: it has to be a mapping."),
]


@pytest.fixture
def cluster() -> AskedCluster:
    """Return a cluster that answers reviews, too."""
    return AskedCluster()


def assert_refused(result: dict[str, Any]) -> None:
    assert result["failed"] is True
    assert "hunter2" not in str(result)


@pytest.mark.parametrize(("module", "option", "more"), OPTIONS, ids=NAMES)
@pytest.mark.parametrize(("wrong", "words"), WRONG)
def test_one_that_is_no_manifest_among_others(
    run_module: RunModule, module: ModuleType, option: str, more: dict[str, Any], wrong: Any, words: str
) -> None:
    result = run_module(module, **more, **{option: [SECRET, wrong, SECRET]})
    assert_refused(result)
    assert option + words.removesuffix(".") in result["msg"] or words in result["msg"]
    assert result["msg"].startswith(f"{option}[1]")


@pytest.mark.parametrize(("module", "option", "more"), OPTIONS, ids=NAMES)
@pytest.mark.parametrize("given", ["hunter2", {"password": "hunter2"}, "a=hunter2, b=hunter2", 5])
def test_no_list_of_manifests(
    run_module: RunModule, module: ModuleType, option: str, more: dict[str, Any], given: Any
) -> None:
    result = run_module(module, **more, **{option: given})
    assert_refused(result)
    assert result["msg"].startswith(f"{option}[0] is no manifest: ")


@pytest.mark.parametrize(("module", "option", "more"), OPTIONS, ids=NAMES)
@pytest.mark.parametrize(
    "beside",
    [{"wait_timeout": "x", "full_percent": "x", "adopt": "x", "secrets": 5}, {"no_such_option": [SECRET]}],
)
def test_what_is_wrong_beside_them(
    run_module: RunModule, module: ModuleType, option: str, more: dict[str, Any], beside: dict[str, Any]
) -> None:
    assert_refused(run_module(module, **more, **beside, **{option: [SECRET, "hunter2"]}))


@pytest.mark.parametrize(("module", "option", "more"), OPTIONS, ids=NAMES)
def test_those_that_are_right_are_named(
    run_module: RunModule, monkeypatch: pytest.MonkeyPatch, module: ModuleType, option: str, more: dict[str, Any]
) -> None:
    monkeypatch.setattr(manifests, "apply_all", lambda *_arguments: [{"changed": False}])
    result = run_module(module, check_mode=True, **more, **{option: [SECRET]})
    assert "hunter2" not in str(result)
    assert result["invocation"]["module_args"][option] == ["Secret monitoring/access"]


def test_nothing_of_them_is_in_the_systems_log(run_alone: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    monkeypatch.setattr(
        "ansible.module_utils.basic.AnsibleModule.log", lambda _self, *words, **more: logged.append(f"{words}{more}")
    )
    run_alone(manifests, definitions=[SECRET, "hunter2"])
    run_alone(objstore_secret, config={"secret_key:hunter2": None, "secret_key": "hunter2"}, ca="PRIVATE KEY hunter2")
    assert len(logged) == 2
    assert "hunter2" not in str(logged)


CREDENTIALS = {"namespace": "minio", "name": "minio-thanos"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"config": "hunter2"}, "config has to be a mapping."),
        ({"config": ["hunter2"]}, "config has to be a mapping."),
        ({"config": {"secret_key:hunter2": None}}, "config: key 1 of 1 is not known to Thanos"),
        ({"config": {"bucket": {"hunter2": "hunter2"}}}, "config.bucket has to be a text"),
        ({"config": {}, "type": "hunter2"}, "value of type must be one of: S3, GCS"),
        ({"config": {}, "credentials_secret": {**CREDENTIALS, "secret_key:hunter2": None}}, "(key 3, hidden)"),
        ({"config": {}, "credentials_secret": {**CREDENTIALS, "secret_key": "hunter2"}}, "(key 3, hidden)"),
        ({"config": {}, "credentials_secret": "hunter2"}, "dictionary requested"),
        ({"config": {}, "credentials_secret": ["hunter2"]}, "dictionary requested"),
        ({"config": {"secret_key:hunter2": None}, "force_conflicts": "x"}, "force_conflicts"),
        ({"settings": {"secret_key:hunter2": None}}, "settings"),
        (
            {"config": {"bucket": "blocks", "endpoint": "e"}, "ca": "-----BEGIN PRIVATE KEY-----\nhunter2"},
            "ca holds a private key",
        ),
        ({"config": {"bucket": "blocks", "endpoint": "https://u:hunter2@h"}}, "config.endpoint holds more than"),
    ],
)
def test_settings_of_the_object_store(run_module: RunModule, options: dict[str, Any], words: str) -> None:
    result = run_module(objstore_secret, probe=False, **options)
    assert_refused(result)
    assert words in result["msg"]


def test_an_option_of_the_credentials_under_a_wrong_name(run_module: RunModule) -> None:
    assert_refused(run_module(minio_credentials, root_pasword="hunter2"))


@pytest.mark.parametrize(
    "endpoint", ["https://u:hunter2@127.0.0.1:1", "u:hunter2@127.0.0.1:1", "127.0.0.1:1?k=hunter2"]
)
def test_the_endpoint_of_the_preflight(run_module: RunModule, endpoint: str) -> None:
    store = {"endpoint": endpoint, "bucket": "blocks", "insecure": True, "ca": "PRIVATE KEY hunter2"}
    result = run_module(preflight, object_store=store)
    assert [each["where"].startswith("Object store ") for each in result["findings"]] == [True]
    assert "hunter2" not in str(result)


def test_the_address_of_the_datasource(run_module: RunModule) -> None:
    datasource = {"namespace": "monitoring", "object_name": "x", "url": "https://u:hunter2@h?token=hunter2"}
    assert "hunter2" not in str(
        run_module(thanos_verify, manifests=[], datasource=datasource, checks=["grafana"], wait=0)
    )

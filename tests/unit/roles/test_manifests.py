# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for all manifests: valid, hardened, adoptable, and with flags that the binary knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.apply.claims import is_claim_name, templates_of
from ansible_collections.observability.thanos.tests.unit.roles.schemas import validate
from ansible_collections.observability.thanos.tests.unit.roles.thanos_help import problems

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.tests.unit.roles.conftest import Render

FULL_CASES = ["defaults", "everything", "every_option", "distributed_minio"]
Manifest = dict[str, Any]

#: The volumes that Pod Security `restricted` allows.
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def pods(manifests: list[Manifest]) -> list[tuple[str, Manifest]]:
    """Return name and spec of each workload's pods."""
    found = [each for each in manifests if each["kind"] in {"Deployment", "StatefulSet"}]
    assert {each["metadata"]["name"] for each in found} >= {
        "thanos-querier",
        "thanos-store-gateway",
        "thanos-compactor",
    }
    return [(each["metadata"]["name"], each["spec"]["template"]["spec"]) for each in found]


@pytest.mark.parametrize("case", FULL_CASES)
def test_every_manifest_is_valid(render: Render, case: str) -> None:
    manifests = [each for each in render(case)["present"] if each["kind"] != "GrafanaDatasource"]
    assert {each["kind"] for each in manifests} >= {
        "ConfigMap",
        "Deployment",
        "PodDisruptionBudget",
        "Prometheus",
        "Service",
    }
    for manifest in manifests:
        validate(manifest)


def test_an_unknown_field_is_not_valid(render: Render) -> None:
    for kind in ("Prometheus", "StatefulSet"):
        manifest = next(each for each in render("defaults")["present"] if each["kind"] == kind)
        manifest["spec"]["replica"] = 1
        with pytest.raises(Exception, match="'replica' was unexpected"):
            validate(manifest)


@pytest.mark.parametrize("case", FULL_CASES)
def test_pods_keep_to_pod_security_restricted(render: Render, case: str) -> None:
    for name, pod in pods(render(case)["present"]):
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys(), name
        assert all(set(volume) - {"name"} <= VOLUMES for volume in pod.get("volumes", [])), name
        context = pod["securityContext"]
        assert (context["runAsNonRoot"], context["seccompProfile"]) == (True, {"type": "RuntimeDefault"}), name
        assert context["runAsUser"] > 0, name
        for container in pod["containers"] + pod.get("initContainers", []):
            own = container["securityContext"]
            assert (own["allowPrivilegeEscalation"], own["capabilities"]) == (False, {"drop": ["ALL"]}), name
            assert not any("hostPort" in port for port in container.get("ports", [])), name


@pytest.mark.parametrize("case", FULL_CASES)
def test_pods_are_hardened_beyond_that(render: Render, case: str) -> None:
    for name, pod in pods(render(case)["present"]):
        assert pod["automountServiceAccountToken"] is False, name
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
            assert "memory" in container["resources"]["limits"], name
            assert re.search(r":[\w.-]*\d+[\w.-]*(@sha256:[0-9a-f]{64})?$", container["image"]), name
            assert container["readinessProbe"], name


@pytest.mark.parametrize("case", FULL_CASES)
def test_pods_are_selected_by_app_only(render: Render, case: str) -> None:
    """Selectors cannot be changed later, and those of the tutorial are adopted."""
    for manifest in render(case)["present"]:
        if manifest["kind"] in {"Deployment", "StatefulSet"}:
            app = {"app": manifest["metadata"]["name"]}
            assert manifest["spec"]["selector"] == {"matchLabels": app}
            assert app.items() <= manifest["spec"]["template"]["metadata"]["labels"].items()


@pytest.mark.parametrize("case", FULL_CASES)
def test_every_object_of_ours_says_so(render: Render, case: str) -> None:
    for manifest in render(case)["present"]:
        if manifest["kind"] == "Prometheus":
            assert manifest["metadata"].keys() == {"name", "namespace"}
        else:
            labels = manifest["metadata"]["labels"]
            assert labels["app.kubernetes.io/managed-by"] == "observability.thanos", manifest["metadata"]
            assert labels["app.kubernetes.io/part-of"] == "thanos", manifest["metadata"]


@pytest.mark.parametrize("case", [*FULL_CASES, "ruler_by_operator"])
def test_every_claim_of_ours_says_so(render: Render, case: str) -> None:
    """Only so it is known to be ours when its StatefulSet is gone."""
    templates = [each for manifest in render(case)["present"] for each in templates_of(manifest)]
    assert templates
    for template in templates:
        labels = template["metadata"]["labels"]
        assert labels["app.kubernetes.io/managed-by"] == "observability.thanos", template["metadata"]
        assert labels["app"]


@pytest.mark.parametrize("case", ["all_absent", "ruler_by_operator_absent"])
def test_uninstalling_looks_for_claims_by_names_that_are_ours(render: Render, case: str) -> None:
    wanted = [each["metadata"] for each in render(case)["data"] if "generateName" in each["metadata"]]
    assert wanted
    made = {"data-": "data-1-minio-0", "data-thanos-ruler-thanos-ruler-": "data-thanos-ruler-thanos-ruler-0"}
    for metadata in wanted:
        prefix, app = metadata["generateName"], metadata["labels"]["app"]
        assert is_claim_name(made.get(prefix, f"data-{app}-0"), prefix, app), metadata


@pytest.mark.parametrize("case", ["defaults", "every_option"])
def test_the_stack_fits_into_a_small_node(render: Render, case: str) -> None:
    requests = [
        container["resources"]["requests"]
        for _name, pod in pods(render(case)["present"])
        for container in pod["containers"]
    ]
    cpu = sum(int(each["cpu"].removesuffix("m")) for each in requests)
    memory = sum(int(each["memory"].removesuffix("Mi")) for each in requests)
    assert cpu <= 500
    assert memory <= 2048


@pytest.mark.parametrize("case", FULL_CASES)
def test_thanos_knows_every_flag_and_means_to_keep_it(render: Render, case: str) -> None:
    """The next version of Thanos is a pull request whose tests say what changed."""
    wrong = {
        name: problems(container["args"])
        for name, pod in pods(render(case)["present"])
        for container in pod["containers"]
        if container["name"] == "thanos"
    }
    assert len(wrong) >= 3
    assert not {name: found for name, found in wrong.items() if found}
    sidecar = next(each for each in render(case)["present"] if each["kind"] == "Prometheus")["spec"]["thanos"]
    additional = [
        f"--{each['name']}={each['value']}" if "value" in each else f"--{each['name']}"
        for each in sidecar["additionalArgs"]
    ]
    assert not problems(["sidecar", *additional])


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["query", "--store=a:10901"], "store is unknown"),
        (["compact", "--retention.resolution=1d"], "retention.resolution is unknown"),
        (["query", "--endpoint=a:10901"], "endpoint is deprecated"),
        (["query", "--query.timeout=1m", "--query.timeout=2m"], "query.timeout is given twice"),
        (["query", "--query.timeout"], "query.timeout takes a value"),
        (["compact", "--wait=true"], "wait takes no value"),
        (["query", "--query.partial-response", "--no-query.partial-response"], "are both given"),
        (["tools", "bucket", "web", "--wait"], "wait is unknown"),
    ],
)
def test_a_wrong_flag_is_found(args: list[str], problem: str) -> None:
    assert any(problem in found for found in problems(args)), problems(args)


def test_right_flags_are_right() -> None:
    labels = ["--query.replica-label=a", "--query.replica-label=b", "--no-query.partial-response"]
    assert problems(["query", *labels, "--query.timeout=1m", "--log.format=json"]) == []

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which fields become ours, which stay kubectl's, and what becomes of kubectl's annotation."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.apply.kubectl_fields import (
    LAST_APPLIED,
    WHOLE,
    fields_of,
    split,
    takeover_patch,
    union,
)

ANNOTATION: dict[str, Any] = {"f:annotations": {".": {}, f"f:{LAST_APPLIED}": {}}}


def live(*entries: dict[str, Any], last_applied: Any = None) -> dict[str, Any]:
    annotations = {LAST_APPLIED: json.dumps(last_applied) + "\n"} if last_applied else {}
    return {
        "apiVersion": "v1",
        "metadata": {"resourceVersion": "7", "managedFields": list(entries), "annotations": annotations},
        "spec": {"externalLabels": {}, "thanos": {"objectStorageConfig": {"name": "x"}}},
    }


def entry(manager: str, fields: dict[str, Any], operation: str = "Update", **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": fields, **more}


def managers(patch: dict[str, Any] | None) -> dict[str, Any]:
    assert patch is not None
    return {f"{each['manager']} {each['operation']}": each["fieldsV1"] for each in patch["metadata"]["managedFields"]}


def test_an_object_as_a_whole() -> None:
    controller = entry("kube-controller-manager", {"f:status": {}}, subresource="status")
    applied = entry("kubectl-client-side-apply", {"f:metadata": ANNOTATION, "f:spec": {"f:a": {}}})
    edited = entry("kubectl-edit", {"f:spec": {"f:b": {}}})
    patch = takeover_patch(live(controller, applied, edited, last_applied={"spec": {}}), WHOLE)
    assert managers(patch) == {
        "kube-controller-manager Update": {"f:status": {}},
        "observability.thanos Apply": {"f:spec": {"f:a": {}, "f:b": {}}},
    }
    assert patch is not None
    assert patch["metadata"]["annotations"] == {LAST_APPLIED: None}
    assert patch["metadata"]["resourceVersion"] == "7"


def test_our_own_fields_stay_ours() -> None:
    ours = entry("observability.thanos", {"f:spec": {"f:b": {}, "f:c": {"f:d": {}}}}, "Apply")
    theirs = entry("kubectl", {"f:spec": {"f:a": {}, "f:c": {}}}, "Apply")
    assert managers(takeover_patch(live(ours, theirs), WHOLE)) == {
        "observability.thanos Apply": {"f:spec": {"f:a": {}, "f:b": {}, "f:c": {".": {}, "f:d": {}}}}
    }


@pytest.mark.parametrize("wanted", [WHOLE, {"f:spec": {"f:a": {}}}])
def test_nothing_of_kubectl_nothing_to_do(wanted: dict[str, Any]) -> None:
    other = entry("somebody", {"f:spec": {"f:a": {}}})
    scaled = entry("kubectl", {"f:spec": {"f:a": {}}}, subresource="scale")
    ours = entry("observability.thanos", {"f:spec": {"f:a": {}}}, "Apply")
    assert takeover_patch(live(other, scaled, ours), wanted) is None
    assert takeover_patch({"apiVersion": "v1", "metadata": {"resourceVersion": "1"}}, wanted) is None


def test_an_entry_with_nothing_but_the_annotation_goes_with_it() -> None:
    applied = entry("kubectl-client-side-apply", {"f:metadata": ANNOTATION})
    patch = takeover_patch(live(applied, last_applied={"spec": {}}), WHOLE)
    assert managers(patch) == {}


#: A Prometheus object of kube-prometheus with the tutorial's lines.
SHARED = {
    "f:metadata": {**ANNOTATION, "f:labels": {"f:app": {}}},
    "f:spec": {
        "f:externalLabels": {},
        "f:image": {},
        "f:podMetadata": {".": {}, "f:labels": {".": {}, "f:app": {}, "f:thanos-store-api": {}}},
        "f:thanos": {".": {}, "f:objectStorageConfig": {}},
    },
}
MANIFEST = {
    "apiVersion": "v1",
    "kind": "Prometheus",
    "metadata": {"name": "k8s", "namespace": "monitoring"},
    "spec": {
        "externalLabels": {"cluster": "demo"},
        "podMetadata": {"labels": {"thanos-store-api": "true"}},
        "thanos": {"objectStorageConfig": {"name": "x", "key": "y"}, "image": "z"},
    },
}


def test_of_a_shared_object_only_the_fields_that_are_ours() -> None:
    last_applied: dict[str, Any] = {
        "metadata": {"labels": {"app": "k8s"}},
        "spec": {
            "externalLabels": {},
            "image": "i",
            "podMetadata": {"labels": {"app": "k8s", "thanos-store-api": "true"}},
            "thanos": {"objectStorageConfig": {"name": "x", "key": "y"}},
        },
    }
    patch = takeover_patch(
        live(entry("kubectl-client-side-apply", SHARED), last_applied=last_applied), fields_of(MANIFEST)
    )
    assert patch is not None
    assert managers(patch) == {
        "kubectl-client-side-apply Update": {
            "f:metadata": {"f:labels": {"f:app": {}}, "f:annotations": {f"f:{LAST_APPLIED}": {}}},
            "f:spec": {
                "f:externalLabels": {},
                "f:image": {},
                "f:podMetadata": {".": {}, "f:labels": {".": {}, "f:app": {}}},
            },
        },
        "observability.thanos Apply": {
            "f:spec": {
                "f:podMetadata": {"f:labels": {"f:thanos-store-api": {}}},
                "f:thanos": {".": {}, "f:objectStorageConfig": {}},
            },
        },
    }
    del last_applied["spec"]["thanos"]
    last_applied["spec"]["podMetadata"] = {"labels": {"app": "k8s"}}
    text = patch["metadata"]["annotations"][LAST_APPLIED]
    assert json.loads(text) == last_applied
    assert text.endswith("}\n")
    assert " " not in text


def test_a_map_that_was_applied_empty_stays_kubectls_when_ours_has_filled_it() -> None:
    ours = entry("observability.thanos", {"f:spec": {"f:externalLabels": {"f:cluster": {}}}}, "Apply")
    theirs = entry("kubectl-client-side-apply", {"f:spec": {"f:externalLabels": {}}})
    filled = live(ours, theirs)
    filled["spec"]["externalLabels"] = {"cluster": "demo"}
    assert takeover_patch(filled, fields_of(MANIFEST)) is None


def test_a_field_that_a_person_added_beside_ours_stays_theirs() -> None:
    theirs: dict[str, Any] = {"f:spec": {"f:thanos": {".": {}, "f:objectStorageConfig": {}, "f:listenLocal": {}}}}
    patch = takeover_patch(live(entry("kubectl-edit", theirs)), fields_of(MANIFEST))
    assert managers(patch) == {
        "kubectl-edit Update": {"f:spec": {"f:thanos": {".": {}, "f:listenLocal": {}}}},
        "observability.thanos Apply": {"f:spec": {"f:thanos": {"f:objectStorageConfig": {}}}},
    }


def test_an_annotation_that_is_no_json_is_left_alone() -> None:
    broken = live(entry("kubectl-edit", SHARED))
    broken["metadata"]["annotations"] = {LAST_APPLIED: "{"}
    patch = takeover_patch(broken, fields_of(MANIFEST))
    assert patch is not None
    assert "annotations" not in patch["metadata"]


def test_split_and_union_are_inverse() -> None:
    every: list[dict[str, Any]] = [WHOLE, fields_of(MANIFEST), {"f:spec": {"f:image": {}}}, {"f:nothing": {}}]
    for wanted in every:
        rest, taken = split(SHARED, wanted, live(), SHARED)
        assert union(rest, taken) == SHARED

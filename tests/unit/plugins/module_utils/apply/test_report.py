# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.apply.report import HIDDEN, apply_report

DIFFERENT = "(hidden, different)"
SERVICE = {"kind": "Service", "metadata": {"name": "querier", "namespace": "monitoring"}}
PROMETHEUS = {"kind": "Prometheus", "metadata": {"name": "k8s", "namespace": "monitoring"}}
NAMESPACE = {"kind": "Namespace", "metadata": {"name": "minio"}}
FINE: dict[str, Any] = {"changed": False, "result": {}}
UNKNOWN_KIND = (
    "Failed to find exact match for monitoring.coreos.com/v1.Prometheus by [kind, name, singularName, shortNames]"
)


def error(status: dict[str, Any] | None = None, text: str = "", as_bytes: bool = True) -> dict[str, Any]:
    """Return an object's outcome as kubernetes.core gives it, the API's answer being the repr of bytes or text."""
    if status is not None:
        body = json.dumps(status)
        text = f"Failed to apply object: {repr(body.encode()) if as_bytes else body}"
    return {"changed": False, "result": {}, "error": {"msg": text}}


CONFLICT = {
    "reason": "Conflict",
    "message": 'Apply failed with 1 conflict: conflict with "bob" using v1: .spec.type',
    "details": {
        "causes": [{"reason": "FieldManagerConflict", "field": ".spec.type", "message": 'conflict with "bob" using v1'}]
    },
}
NO_NAMESPACE = {
    "reason": "NotFound",
    "message": 'namespaces "x" not found',
    "details": {"name": "x", "kind": "namespaces"},
}


def test_no_error_no_report() -> None:
    assert apply_report([FINE, FINE], [SERVICE, PROMETHEUS]) == {"errors": [], "pending": [], "summary": [], "diff": []}


@pytest.mark.parametrize("as_bytes", [True, False])
def test_a_conflict_names_object_field_manager_and_remedy(as_bytes: bool) -> None:
    [text] = apply_report([FINE, error(CONFLICT, as_bytes=as_bytes)], [PROMETHEUS, SERVICE])["errors"]
    for part in ("Service monitoring/querier", ".spec.type", "bob", "thanos_force_conflicts", "thanos_adopt"):
        assert part in text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (
            error({"reason": "Invalid", "message": 'spec.x: Invalid value: "hunter2": must be a number'}),
            "spec.x: Invalid value: (hidden): must be a number",
        ),
        (error(text="Invalid header value b'Bearer hunter2\\n'"), "Invalid header value b'Bearer (hidden)"),
        (error(text="Failed to parse: https://u:hunter2@h"), "Failed to parse: https://(hidden)@h"),
    ],
)
def test_no_error_quotes_a_secret(outcome: dict[str, Any], words: str) -> None:
    [text] = apply_report([outcome], [SERVICE])["errors"]
    assert words in text
    assert "hunter2" not in text


def test_all_errors_are_reported() -> None:
    outcomes = [error(CONFLICT), FINE, error(text="boom")]
    errors = apply_report(outcomes, [SERVICE, PROMETHEUS, NAMESPACE])["errors"]
    assert [text.partition(":")[0] for text in errors] == ["Service monitoring/querier", "Namespace minio"]
    assert errors[1] == "Namespace minio: boom"


def test_what_cannot_exist_yet_is_pending_where_that_is_tolerated() -> None:
    outcomes = [error(NO_NAMESPACE), error(text=UNKNOWN_KIND), error(CONFLICT)]
    report = apply_report(outcomes, [SERVICE, PROMETHEUS, SERVICE], True)
    assert report["pending"] == ["Service monitoring/querier", "Prometheus monitoring/k8s"]
    assert len(report["errors"]) == 1
    assert len(apply_report(outcomes, [SERVICE, PROMETHEUS, SERVICE])["errors"]) == 3


def test_something_else_not_found_is_an_error() -> None:
    missing = {"reason": "NotFound", "message": 'services "x" not found', "details": {"kind": "services"}}
    assert apply_report([error(missing)], [SERVICE], True)["errors"] == [
        'Service monitoring/querier: services "x" not found'
    ]


def test_an_unknown_kind_says_what_to_install() -> None:
    [text] = apply_report([error(text=UNKNOWN_KIND)], [PROMETHEUS])["errors"]
    assert "custom resource definition" in text


def test_an_immutable_field_is_named_and_says_how_to_keep_the_data() -> None:
    cause = {"field": "spec.volumeClaimTemplates", "message": "Invalid value: [...]: field is immutable"}
    status = {"reason": "Invalid", "message": "long", "details": {"causes": [cause]}}
    [text] = apply_report([error(status)], [SERVICE])["errors"]
    assert "spec.volumeClaimTemplates cannot be changed" in text
    for part in ("--cascade=orphan", "thanos_replace_immutable", "thanos_adopt"):
        assert part in text


def test_a_claim_that_cannot_be_changed_is_never_to_be_deleted() -> None:
    message = "PersistentVolumeClaim x is invalid: spec: Forbidden: spec is immutable after creation\n  a long diff"
    status = {"reason": "Invalid", "message": message, "details": {"kind": "PersistentVolumeClaim"}}
    [text] = apply_report([error(status)], [SERVICE])["errors"]
    assert "minio_storage_class" in text
    assert "thanos_replace_immutable" not in text
    assert "a long diff" not in text


def test_an_older_api_server_says_so_in_other_words() -> None:
    message = (
        'StatefulSet.apps "x" is invalid: spec: Forbidden: updates to statefulset spec for fields other than "replicas"'
    )
    [text] = apply_report([error({"reason": "Invalid", "message": message})], [SERVICE])["errors"]
    assert "--cascade=orphan" in text


@pytest.mark.parametrize("text", ["boom {not json}", 'b\'{"half": ', "{", "b'{\\xff}'"])
def test_an_unreadable_answer_is_shown_as_it_is(text: str) -> None:
    assert apply_report([error(text=text)], [SERVICE])["errors"] == [f"Service monitoring/querier: {text}"]


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {"changed": True, "method": "apply", "diff": {"before": before, "after": after}}


def test_what_changed_is_said_without_bookkeeping() -> None:
    outcome = changed(
        {"metadata": {"generation": 1, "resourceVersion": "1"}, "spec": {"type": "a"}},
        {"metadata": {"generation": 2, "labels": {"x": "y"}}, "spec": {"type": "b"}},
    )
    report = apply_report([outcome, FINE], [SERVICE, PROMETHEUS])
    assert report["summary"] == ["Service monitoring/querier: changed"]
    assert report["diff"] == [
        {
            "before": {"spec": {"type": "a"}},
            "after": {"metadata": {"labels": {"x": "y"}}, "spec": {"type": "b"}},
            "before_header": "Service monitoring/querier",
            "after_header": "Service monitoring/querier (changed)",
        }
    ]


def test_created_and_removed() -> None:
    created = changed({}, {"spec": {}})
    removed = {"changed": True, "method": "delete", "result": {}}
    summary = apply_report([created, removed], [SERVICE, NAMESPACE])["summary"]
    assert summary == ["Service monitoring/querier: created", "Namespace minio: removed"]


def test_a_secret_shows_only_the_names_of_its_values() -> None:
    secret = {"kind": "Secret", "metadata": {"name": "x", "namespace": "monitoring"}}
    outcome = changed({"data": {"password": "b2xk"}}, {"data": {"password": "bmV3"}, "stringData": {"more": "new"}})
    [diff] = apply_report([outcome], [secret])["diff"]
    assert diff["before"] == {"data": {"password": HIDDEN}}
    assert diff["after"] == {"data": {"password": DIFFERENT}, "stringData": {"more": HIDDEN}}


def test_what_is_made_again_says_so() -> None:
    outcome = {"changed": True, "method": "recreate", "diff": {"before": {"spec": {}}, "after": {"spec": {"a": 1}}}}
    report = apply_report([outcome], [SERVICE])
    assert report["summary"] == ["Service monitoring/querier: made again, since it has fields that cannot be changed"]

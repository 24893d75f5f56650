"""Which keys have to go one by one, so that no null is left behind."""

from __future__ import annotations

from typing import Any

from ansible_collections.observability.thanos.plugins.module_utils.k8s.field_ownership import removal_from_empty_maps

OURS = {"manager": "ours", "fieldsV1": {"f:spec": {"f:externalLabels": {"f:cluster": {}}}}}


def live(labels: dict[str, str], *entries: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"managedFields": list(entries)}, "spec": {"externalLabels": labels}}


def theirs(labels: dict[str, Any]) -> dict[str, Any]:
    return {"manager": "theirs", "fieldsV1": {"f:spec": {"f:externalLabels": labels}}}


def test_a_map_that_another_manager_holds_empty() -> None:
    assert removal_from_empty_maps(live({"cluster": "a"}, OURS, theirs({})), "ours") == {
        "spec": {"externalLabels": {"cluster": None}}
    }


def test_a_map_that_nobody_else_holds_goes_by_itself() -> None:
    assert removal_from_empty_maps(live({"cluster": "a"}, OURS), "ours") == {}


def test_a_map_with_keys_of_others_stays_by_itself() -> None:
    both = live({"cluster": "a", "zone": "b"}, OURS, theirs({"f:zone": {}}))
    assert removal_from_empty_maps(both, "ours") == {}


def test_nothing_of_ours_is_there() -> None:
    assert removal_from_empty_maps(live({}, theirs({})), "ours") == {}
    assert removal_from_empty_maps({"metadata": {}, "spec": {}}, "ours") == {}


def test_several_maps_are_one_patch() -> None:
    checksum = {"observability.thanos/objstore-checksum": "c"}
    names: dict[str, Any] = {"f:observability.thanos/objstore-checksum": {}}
    maps = {"f:externalLabels": {"f:cluster": {}}, "f:podMetadata": {"f:annotations": names}}
    prometheus = {
        "metadata": {
            "managedFields": [
                {"manager": "ours", "fieldsV1": {"f:spec": maps}},
                {
                    "manager": "theirs",
                    "fieldsV1": {"f:spec": {"f:externalLabels": {}, "f:podMetadata": {"f:annotations": {}}}},
                },
            ]
        },
        "spec": {"externalLabels": {"cluster": "a"}, "podMetadata": {"annotations": checksum}},
    }
    assert removal_from_empty_maps(prometheus, "ours") == {
        "spec": {
            "externalLabels": {"cluster": None},
            "podMetadata": {"annotations": {"observability.thanos/objstore-checksum": None}},
        }
    }

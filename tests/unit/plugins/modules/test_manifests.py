# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the module makes of the outcomes. That they are right is seen on the real cluster, in molecule/default."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.modules import manifests
from ansible_collections.observability.thanos.tests.unit.conftest import RunModule

SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "access", "namespace": "monitoring"},
    "stringData": {"password": "mellon"},
}
MISSING = {"changed": False, "error": {"msg": "Failed to find exact match for v1.Secret by [kind]"}}
CREATED = {"changed": True, "method": "apply", "diff": {"before": {}, "after": {"stringData": {"password": "mellon"}}}}


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the list of outcomes, for the test to fill."""
    outcomes: list[dict[str, Any]] = []
    monkeypatch.setattr(manifests, "converge", lambda *_arguments: outcomes)
    return outcomes


def test_what_changed(answer: list[dict[str, Any]], run_module: RunModule) -> None:
    answer.append(CREATED)
    result = run_module(manifests, definitions=[SECRET])
    assert result["changed"] is True
    assert result["summary"] == ["Secret monitoring/access: created"]


def test_no_value_of_a_secret_is_shown(answer: list[dict[str, Any]], run_module: RunModule) -> None:
    answer.append(CREATED)
    result = run_module(manifests, definitions=[SECRET])
    assert result["invocation"]["module_args"]["definitions"] == ["Secret monitoring/access"]
    assert "mellon" not in str(result)


def test_an_unknown_kind_is_an_error(answer: list[dict[str, Any]], run_module: RunModule) -> None:
    answer.append(MISSING)
    result = run_module(manifests, definitions=[SECRET])
    assert result["failed"] is True
    assert len(result["errors"]) == 1


def test_in_check_mode_it_is_what_would_be_created(answer: list[dict[str, Any]], run_module: RunModule) -> None:
    answer.append(MISSING)
    result = run_module(manifests, check_mode=True, definitions=[SECRET])
    assert (result["changed"], result["pending"]) == (True, ["Secret monitoring/access"])


def test_what_is_gone_with_its_kind_is_gone(answer: list[dict[str, Any]], run_module: RunModule) -> None:
    answer.append(MISSING)
    result = run_module(manifests, definitions=[SECRET], state="absent")
    assert (result["changed"], result["pending"]) == (False, [])

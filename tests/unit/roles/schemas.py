# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strict validation of manifests: against the newest Kubernetes schemas, and against the operator's CRDs."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

ROOT = Path(__file__).parents[3]
CRDS = Path(os.environ.get("THANOS_CRDS", ROOT / ".testbed/crds"))


def validate(manifest: dict[str, Any]) -> None:
    """Raise ValidationError where the manifest has a field that its kind does not know, or a value of a wrong type."""
    if manifest["apiVersion"].startswith("monitoring.coreos.com/"):
        jsonschema.validate(manifest, _crd_schema(manifest["kind"], manifest["apiVersion"].partition("/")[2]))
    else:
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


class _Loader(yaml.SafeLoader):
    """Reads a lone = as text: YAML 1.1, which PyYAML keeps to, makes it a value of its own."""


_Loader.yaml_implicit_resolvers = {
    key: value for key, value in yaml.SafeLoader.yaml_implicit_resolvers.items() if key != "="
}


@functools.cache
def _crd_schema(kind: str, version: str) -> dict[str, Any]:
    files = sorted(CRDS.glob("*.yaml"))
    assert files, (
        f"No CRDs in {CRDS}: `make unit` generates them, or set THANOS_CRDS to a folder of the operator's CRDs."
    )
    for definition in (yaml.load(file.read_text(), _Loader) for file in files):  # noqa: S506 It is a SafeLoader.
        if definition["spec"]["names"]["kind"] != kind:
            continue
        for each in definition["spec"]["versions"]:
            if each["name"] == version:
                schema: dict[str, Any] = _strict(each["schema"]["openAPIV3Schema"])
                return schema
    raise AssertionError(f"{CRDS} has no CRD for {kind} {version}.")


def _strict(schema: Any) -> Any:
    """Return the schema with unknown fields forbidden, as the API server's own pruning would drop them silently."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _strict(value) for key, value in schema.items()}
    if "properties" in schema and "additionalProperties" not in schema and schema.get("type") == "object":
        # The schema of metadata is not part of a CRD: it holds no properties and stays open.
        result["additionalProperties"] = schema.get("x-kubernetes-preserve-unknown-fields", False)
    if schema.get("x-kubernetes-int-or-string"):
        result.pop("type", None)
    return result

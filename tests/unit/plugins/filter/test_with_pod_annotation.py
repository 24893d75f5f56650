# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.observability.thanos.plugins.filter.with_pod_annotation import with_pod_annotation


def deployment(name: str) -> dict[str, Any]:
    return {"kind": "Deployment", "metadata": {"name": name, "namespace": "minio"}, "spec": {"template": {"spec": {}}}}


def test_only_the_named_workload_is_annotated() -> None:
    manifests = [deployment("minio"), deployment("other"), {"kind": "Namespace", "metadata": {"name": "minio"}}]
    annotated = with_pod_annotation(manifests, "Deployment", "minio", "minio", "a/b", "1")
    assert annotated[0]["spec"]["template"]["metadata"]["annotations"] == {"a/b": "1"}
    assert annotated[1:] == manifests[1:]
    assert manifests[0] == deployment("minio")

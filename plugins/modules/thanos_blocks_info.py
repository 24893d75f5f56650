#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module thanos_blocks_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: thanos_blocks_info
short_description: List the blocks in the Thanos bucket
version_added: "0.1.0"
description:
  - Returns the blocks that a Thanos component saw when it last scanned the bucket. The component uses the credentials
    of the object-store Secret, so this works for every provider and needs no credentials here.
  - The compactor scans the bucket every minute, bucket web every half hour. A store gateway knows only the blocks that
    it has loaded, so it needs O(view=loaded).
author: The observability.thanos maintainers (@observability)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - observability.thanos.attributes.read_only
  - observability.thanos.thanos_service
options:
  service:
    description: Name of the component's Service.
    type: str
    default: thanos-compactor
  view:
    description:
      - V(global) is the whole bucket, which the compactor and bucket web know.
      - V(loaded) is the set of blocks that a component works with, such as the blocks that a store gateway serves.
    type: str
    choices: [global, loaded]
    default: global
  deletion_marks:
    description:
      - Whether to determine which blocks are marked for deletion. The Thanos API does not report this, so the command
        C(thanos tools bucket ls) is run in a pod of the Service, which reads the C(meta.json) of every block.
      - This requires the verbs C(get) and C(create) on C(pods/exec), and C(list) on C(pods).
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: List the blocks in the bucket
  observability.thanos.thanos_blocks_info:
    namespace: monitoring
  register: bucket

- name: Show when the newest block of each Prometheus ends
  ansible.builtin.debug:
    msg: "{{ item.0.prometheus_replica }}: {{ item.1 | map(attribute='max_time') | max }}"
  loop: "{{ bucket.blocks | groupby('labels') }}"
  loop_control:
    label: "{{ item.0 }}"

- name: List the blocks with their deletion marks
  observability.thanos.thanos_blocks_info:
    namespace: monitoring
    deletion_marks: true
"""

RETURN = r"""
blocks:
  description: The blocks, oldest first.
  returned: success
  type: list
  elements: dict
  contains:
    ulid:
      description: Identifier of the block, which is its directory in the bucket.
      type: str
    min_time:
      description: Time of the first sample.
      type: str
    max_time:
      description: Time at which the block ends.
      type: str
    resolution:
      description: Resolution as V(raw), V(5m), or V(1h).
      type: str
    level:
      description: Compaction level, 1 for a block as Prometheus cut it.
      type: int
    source:
      description: Component that created the block, such as C(sidecar), C(compactor), C(receive), or C(ruler).
      type: str
    labels:
      description: External labels of the source.
      type: dict
    series:
      description: Number of series in the block.
      type: int
    samples:
      description: Number of samples in the block.
      type: int
    marked_for_deletion:
      description: Whether the compactor will delete the block, or null without O(deletion_marks).
      type: bool
  sample:
    - ulid: 01M86HGKKET99WF2BG6R779RQM
      min_time: "2026-01-31T10:00:00Z"
      max_time: "2026-01-31T12:00:00Z"
      resolution: raw
      level: 1
      source: sidecar
      labels: {cluster: demo, prometheus: monitoring/k8s, prometheus_replica: prometheus-k8s-0}
      series: 12033
      samples: 57680
      marked_for_deletion: null
refreshed:
  description: When the component last scanned the bucket, or null if it has not done so yet.
  returned: success
  type: str
  sample: "2026-01-31T12:03:10Z"
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

from ..module_utils.k8s.module import argument_spec, run
from ..module_utils.k8s.options import QuietModule
from ..module_utils.k8s.service_proxy import Backend
from ..module_utils.requests.unexpected import guarded
from ..module_utils.thanos import api as thanos_api
from ..module_utils.thanos.bucket_tool import unmarked_blocks

if TYPE_CHECKING:
    from ..module_utils.k8s.client import Cluster

RESOLUTIONS = {0: "raw", 300_000: "5m", 3_600_000: "1h"}
ARGUMENTS: dict[str, Any] = {
    "argument_spec": argument_spec(
        namespace={"type": "str", "required": True},
        service={"type": "str", "default": "thanos-compactor"},
        port={"type": "str", "default": "http"},
        view={"type": "str", "choices": ["global", "loaded"], "default": "global"},
        deletion_marks={"type": "bool", "default": False},
    ),
}


def work(module: AnsibleModule) -> None:
    """Do the module's work."""
    params = module.params
    backend = Backend(params["namespace"], params["service"], params["port"])

    def look(cluster: Cluster) -> dict[str, Any]:
        found = thanos_api.blocks(cluster, backend, params["view"])
        if found.has_error:
            module.fail_json(
                msg=f"The last look of {backend} at the bucket failed, at {thanos_api.text_time(found.refreshed)}. "
                "Its log says why; check the object-store Secret and the object store.",
            )
        unmarked = unmarked_blocks(cluster, backend) if params["deletion_marks"] else None
        return {
            "changed": False,
            "blocks": [
                {
                    **asdict(block),
                    "min_time": thanos_api.text_time(block.min_time),
                    "max_time": thanos_api.text_time(block.max_time),
                    "resolution": RESOLUTIONS.get(block.resolution, f"{block.resolution}ms"),
                    "marked_for_deletion": None if unmarked is None else block.ulid not in unmarked,
                }
                for block in found.blocks
            ],
            "refreshed": thanos_api.text_time(found.refreshed),
        }

    run(module, look)


def main() -> None:
    """Run the module."""
    guarded(QuietModule(**ARGUMENTS, supports_check_mode=True), work)


if __name__ == "__main__":
    main()

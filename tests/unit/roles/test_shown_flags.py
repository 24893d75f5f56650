# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A diff shows every flag of the pinned thanos but those that a person could write a secret into."""

from __future__ import annotations

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.redaction.names import FLAGS
from ansible_collections.observability.thanos.tests.unit.roles.thanos_help import known_flags

#: Besides *.config.
CONTENT = {
    "alert.query-template",
    "alert.relabel-config",
    "endpoint.sd-config",
    "prometheus.http-client",
    "query-frontend.downstream-tripper-config",
    "query-range.response-cache-config",
    "labels.response-cache-config",
    "receive.grpc-service-config",
    "receive.hashrings",
    "receive.relabel-config",
    "request.logging-config",
}


@pytest.mark.parametrize(
    "command", ["query", "query-frontend", "store", "compact", "receive", "rule", "sidecar", "tools bucket web"]
)
def test_every_flag_is_either_shown_or_known_to_take_a_content(command: str) -> None:
    named = {name for name, flag in known_flags(command).items() if flag.takes_value}
    content = {name for name in named if name in CONTENT or name.endswith(".config")} - {"http.config"}
    assert named - content <= FLAGS.keys()
    assert not content & FLAGS.keys()

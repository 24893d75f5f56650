# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What helps against what Thanos says in its log before it ends."""

from __future__ import annotations

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.rollout.remedies import for_log, is_lasting

NO_FILE = (
    'err="unable to load specified CA cert /etc/thanos/objstore/ca.crt: open /etc/thanos/objstore/ca.crt: '
    'no such file or directory\\ncreate S3 client"'
)
UNKNOWN = (
    'err="BaseFetcher: iter bucket: Get \\"https://s3.example.com/metrics/\\": tls: failed to verify certificate: '
    'x509: certificate signed by unknown authority"'
)
AWAY = 'err="Get \\"https://s3.example.com/metrics/\\": dial tcp 192.0.2.1:443: connect: connection refused"'


@pytest.mark.parametrize(
    ("line", "remedy", "lasts"),
    [
        (NO_FILE, "prometheus_thanos_sidecar_mount_objstore_secret", True),
        (UNKNOWN, "thanos_objstore_ca", True),
        ("mkdir /data/meta-syncer: no space left on device", "more room", True),
        (AWAY, "cannot reach an address", False),
        ("a line that says nothing known", "", False),
    ],
)
def test_the_log_names_what_helps(line: str, remedy: str, lasts: bool) -> None:
    lines = ["level=info msg=starting", line]
    assert remedy in for_log(lines)
    assert bool(remedy) == bool(for_log(lines))
    assert is_lasting(lines) == lasts

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.objstore.bucket_name import bucket_name_problem


@pytest.mark.parametrize("name", ["prometheus-thanos", "abc", "a" * 63, "1.2.3", "a.b-c", "0aws", "1.2.3.4.5"])
def test_allowed(name: str) -> None:
    assert bucket_name_problem(name) == ""


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "a" * 64,
        "Prometheus",
        "a_b",
        "-abc",
        "abc-",
        ".abc",
        "abc.",
        "a..b",
        "192.168.5.4",
        "a b",
        "ä-bucket",
        None,
        5,
    ],
)
def test_forbidden(name: object) -> None:
    assert "3 to 63 lower-case letters" in bucket_name_problem(name)


@pytest.mark.parametrize("name", ["xn--bucket", "sthree-bucket", "bucket-s3alias", "bucket--x-s3", "bucket.mrap"])
def test_reserved(name: str) -> None:
    assert "S3 reserves names" in bucket_name_problem(name)

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the preflight is told of the object-store Secret that the run writes: which bucket, and no credentials."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible_collections.observability.thanos.tests.unit.roles.conftest import Render

SECRET = {"namespace": "monitoring", "name": "thanos-objectstorage", "key": "thanos.yaml"}


def test_the_bucket_of_our_own_minio(render: Render) -> None:
    config = {"bucket": "prometheus-thanos", "endpoint": "minio.minio.svc.cluster.local:9000", "insecure": True}
    assert render("defaults")["objstore"] == {**SECRET, "type": "S3", "config": config, "prefix": ""}


def test_keys_stay_where_they_are(render: Render) -> None:
    written = render("keys_of_an_object_store")["objstore"]
    config = {"bucket": "prometheus-thanos", "endpoint": "s3.example.com", "insecure": False}
    assert written == {**SECRET, "type": "S3", "config": config, "prefix": "demo"}
    assert "key" not in json.dumps(written["config"])


def test_an_account_is_looked_up_where_it_is_kept(render: Render) -> None:
    written = render("azure")["objstore"]
    assert written["config"] == {"container": "blocks"}
    assert written["credentials_secret"] == {"namespace": "vault", "name": "azure", "field": "access-key"}


def test_what_others_write_is_read_there(render: Render) -> None:
    assert render("existing_objstore_secret")["objstore"] == {}
    assert render("all_absent")["objstore"] == {}

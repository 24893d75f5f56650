# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.observability.thanos.plugins.filter.objstore_problems import FilterModule, objstore_problems


def test_named_as_the_user_gave_them() -> None:
    config = {"bucket": "b-1", "endpoint": "http://e", "access_key": 5, "max_retries": "x", "htp_config": {}}
    names = {"endpoint": "my_endpoint"}
    assert objstore_problems({**config, "htp_config": {}}, "S3", False, "my_config", names) == [
        "my_config.htp_config is not known to Thanos (did you mean http_config?)",
        "my_config.max_retries has to be a whole number",
    ]
    assert objstore_problems({"bucket": "b-1", "endpoint": "http://e"}, "S3", False, "my_config", names) == [
        "my_endpoint is 'http://e'; it has to be host or host:port, without scheme and path "
        "(for plain HTTP set insecure to true)"
    ]


def test_credentials_that_follow() -> None:
    config = {"bucket": "b-1", "endpoint": "e"}
    assert len(objstore_problems(config, "OBS")) == 2
    assert objstore_problems(config, "OBS", True) == []
    assert FilterModule().filters().keys() == {"objstore_problems"}

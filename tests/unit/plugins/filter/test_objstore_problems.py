# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.observability.thanos.plugins.filter.objstore_problems import FilterModule, objstore_problems


def test_named_as_the_user_gave_them() -> None:
    config = {"bucket": "b-1", "endpoint": "http://e", "access_key": 5, "max_retries": "x", "htp_config": {}}
    names = {"endpoint": "my_endpoint"}
    assert objstore_problems({**config, "htp_config": {}}, "S3", False, "my_config", names) == [
        "my_config: key 5 of 5 is not known to Thanos (did you mean http_config?)",
        "my_config.max_retries has to be a whole number",
    ]
    assert objstore_problems({"bucket": "b-1", "endpoint": "http://e"}, "S3", False, "my_config", names) == [
        "my_endpoint is 'http://e'; it has to be host or host:port, without scheme and path "
        "(for plain HTTP set insecure to true)"
    ]


def test_an_unknown_key_is_counted_where_the_user_gave_it() -> None:
    given = {"bukcet": 1}
    (problem,) = objstore_problems({"bucket": "b-1", "endpoint": "e", **given}, "S3", False, "my_config", {}, given)
    assert problem == "my_config: key 1 of 1 is not known to Thanos (did you mean bucket?)"


def test_a_type_that_is_none_is_not_shown() -> None:
    (problem,) = objstore_problems({}, "hunter2", False, "my_config", {"type": "my_type"})
    assert problem.startswith("my_type is not one that Thanos knows; it has to be one of S3, GCS")
    assert objstore_problems("hunter2", "S3", False, "my_config") == ["my_config has to be a mapping"]


def test_credentials_that_follow() -> None:
    config = {"bucket": "b-1", "endpoint": "e"}
    assert len(objstore_problems(config, "OBS")) == 2
    assert objstore_problems(config, "OBS", True) == []
    assert FilterModule().filters().keys() == {"objstore_problems"}

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
import yaml
from ansible_collections.observability.thanos.plugins.module_utils.redaction import document as objstore_file

AWKWARD = [
    "12e45",
    "0123",
    "yes",
    "null",
    "a: b",
    "#x",
    "'",
    '"',
    "\\",
    "$HOME",
    "line\nbreak",
    " space ",
    "päss€",
    "1:30",
    "",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_texts_stay_what_they_are(text: str) -> None:
    dumped = objstore_file.dump({"type": "S3", "config": {"secret_key": text, "insecure": True, "max_retries": 3}})
    assert yaml.safe_load(dumped) == {
        "type": "S3",
        "config": {"secret_key": text, "insecure": True, "max_retries": 3},
    }
    assert 'secret_key: "' in dumped


def test_order_is_kept() -> None:
    assert (
        objstore_file.dump({"type": "S3", "config": {"b": 1, "a": True}}) == 'type: "S3"\nconfig:\n  b: 1\n  a: true\n'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('type: "s3\n s3cret: [', "it is not valid YAML (line 2"),
        ("a: *s3cret", "it is not valid YAML (line 1"),
        ("a: !s3cret b", "it is not valid YAML (line 1"),
        ("a: 1\na: s3cret", "the same key stands twice in one mapping (line 2)"),
        ("\x00s3cret", "it is not valid YAML"),
        ("[s3cret]: x", "it is not valid YAML"),
        ("a: 2020-13-45", "it is not valid YAML"),
        ("a: !!bool s3cret", "it is not valid YAML"),
        ("a: !!int s3cret", "it is not valid YAML"),
        ("a:\n\ts3cret: b", "it is not valid YAML (line 2, column 1)"),
        ("? [s3cret]\n: b", "it is not valid YAML (line 1"),
        ("s3cret: " + "[" * 2000, "it is not valid YAML"),
    ],
)
def test_errors_tell_the_place_only(text: str, message: str) -> None:
    with pytest.raises(objstore_file.UnreadableError) as raised:
        objstore_file.load(text)
    assert message in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_checksum_follows_keys_and_texts() -> None:
    sums = {
        objstore_file.checksum(texts)
        for texts in ({"a": "bc"}, {"ab": "c"}, {"a": "b", "c": ""}, {"a": "b"}, {"c": "", "a": "b"})
    }
    assert len(sums) == 4
    assert {len(each) for each in sums} == {64}

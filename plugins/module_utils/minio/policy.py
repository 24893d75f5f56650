# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies of MinIO: the one that Thanos needs, and what any of them allows outside of a bucket."""

from __future__ import annotations

import json
from typing import Any


def policy_name(bucket: str) -> str:
    """Return the name of the policy for a bucket."""
    return f"thanos-{bucket}"


def bucket_policy(bucket: str) -> dict[str, Any]:
    """Return the policy: all that Thanos does in its bucket, and nothing elsewhere."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                "Resource": [f"arn:aws:s3:::{bucket}"],
            },
            {
                "Effect": "Allow",
                "Action": [
                    "s3:AbortMultipartUpload",
                    "s3:DeleteObject",
                    "s3:GetObject",
                    "s3:ListMultipartUploadParts",
                    "s3:PutObject",
                ],
                "Resource": [f"arn:aws:s3:::{bucket}/*"],
            },
        ],
    }


def policy_meaning(policy: dict[str, Any]) -> set[str]:
    """Return a policy's statements in a form in which those of the same meaning are equal."""
    return {_statement_meaning(statement) for statement in _statements(policy)}


def _statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    statements: dict[str, Any] | list[dict[str, Any]] = policy.get("Statement") or []
    return [statements] if isinstance(statements, dict) else statements


def _statement_meaning(statement: dict[str, Any]) -> str:
    meaning = {
        key: sorted(value) if isinstance(value, list) else [value] if key in ("Action", "Resource") else value
        for key, value in statement.items()
        if key != "Sid" and value not in ({}, [], None)
    }
    return json.dumps(meaning, sort_keys=True)


def outside(policy: dict[str, Any], bucket: str) -> list[str]:
    """Return what a policy allows besides the bucket, in words: actions that are not S3's, and other buckets."""
    found: dict[str, None] = {}
    for statement in _statements(policy):
        if statement.get("Effect") == "Allow":
            actions = _listed(statement, "Action") or ["every action"]
            found.update(dict.fromkeys(action for action in actions if not action.startswith("s3:")))
            if any(action.startswith("s3:") for action in actions):
                found.update(dict.fromkeys(_other_buckets(statement, bucket)))
    return list(found)


def _other_buckets(statement: dict[str, Any], bucket: str) -> list[str]:
    resources = _listed(statement, "Resource")
    if not resources or "NotResource" in statement:
        return ["every bucket"]
    names = [resource.removeprefix("arn:aws:s3:::").partition("/")[0] for resource in resources]
    return [_bucket_words(name) for name in names if name != bucket]


def _bucket_words(name: str) -> str:
    if name == "*":
        return "every bucket"
    return f"buckets {name}" if set(name) & set("*?$") else f"bucket {name}"


def _listed(statement: dict[str, Any], key: str) -> list[str]:
    value = statement.get(key) or []
    return [value] if isinstance(value, str) else [str(each) for each in value]

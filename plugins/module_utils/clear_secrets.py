# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets in settings that become arguments of pods, where everybody who may see the pods could read them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_SECRET = re.compile(r"passw(or)?d|secret|token|api_?-?key|authorization", re.IGNORECASE)
#: Such as a path, which tells nothing.
_HARMLESS = re.compile(r"_(file|path)$", re.IGNORECASE)
#: User and password in an address.
_IN_ADDRESS = re.compile(r"://[^/@\s]*:[^/@\s]*@")
_VARIABLE = re.compile(r"\$\((\w+)\)")


def clear_secrets(settings: Any, name: str, env: Sequence[Mapping[str, Any]], env_name: str) -> list[str]:
    """Return what is wrong with each secret in the settings; no text holds its value.

    A secret has to be the name of an environment variable, as in $(NAME), that comes from a Secret. The names are what
    the user calls the settings and the environment variables.
    """
    from_secrets = {each.get("name") for each in env if (each.get("valueFrom") or {}).get("secretKeyRef")}
    problems = []
    for path, value in _secrets(settings, name):
        variables = _VARIABLE.findall(str(value))
        if not variables:
            problems.append(
                f"{path} is given in clear text, and everybody who may see the pods could read it. Write $(NAME) "
                f"there, and let {env_name} take the variable NAME from a Secret (valueFrom.secretKeyRef)."
            )
        problems += [
            f"{path} is $({variable}), so {env_name} has to take the variable {variable} from a Secret "
            "(valueFrom.secretKeyRef)."
            for variable in variables
            if variable not in from_secrets
        ]
    return problems


def _secrets(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield path and value of all that is called like a secret, or is an address with one, and is not empty."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            here = f"{path}.{key}"
            if isinstance(inner, (Mapping, list)):
                yield from _secrets(inner, here)
            elif inner and _is_secret(str(key), str(inner)):
                yield here, inner
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _secrets(inner, f"{path}[{index}]")


def _is_secret(key: str, value: str) -> bool:
    return bool((_SECRET.search(key) and not _HARMLESS.search(key)) or _IN_ADDRESS.search(value))

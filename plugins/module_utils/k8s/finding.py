# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the preflight found: where, what, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that has to be put right, or, where it is no error, that should be looked at."""

    where: str
    what: str
    remedy: str
    is_error: bool = True

    @property
    def text(self) -> str:
        """Return it without its remedy."""
        return f"{self.where}: {self.what}" if self.where else self.what

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.text} {self.remedy}".strip()


def compose(errors: Sequence[Finding]) -> str:
    """Return the error message for all of them."""
    number = "One thing has" if len(errors) == 1 else f"{len(errors)} things have"
    lines = [f"{number} to be put right first. Nothing was changed."]
    for index, finding in enumerate(errors, start=1):
        lines += ["", f"{index}. {finding.text}"]
        lines += [f"   What to do: {finding.remedy}"] if finding.remedy else []
    return "\n".join(lines)

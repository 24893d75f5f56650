# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part of the check of the compactor: no other one works on its bucket."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from .result import CheckResult, Status, failed

if TYPE_CHECKING:
    from ..objstore.other_compactors import OtherCompactors

EXPECTED = "no other compactor on its bucket"


def with_others(finding: CheckResult, answer: OtherCompactors) -> CheckResult:
    """Return what was found of the compactor itself together with what was found of others."""
    at_work = [each for each in answer.others if each.is_certain]
    notes = [f"{each.compactor}: {each.what}".rstrip(".") for each in answer.others if not each.is_certain]
    if answer.gaps:
        notes.append(f"not looked at among other compactors: {'; '.join(answer.gaps)}")
    if not at_work:
        return dataclasses.replace(finding, found="; ".join([finding.found, *notes]))
    is_failed = finding.status is Status.FAILED
    named = [f"{each.compactor}: {each.what}".rstrip(".") for each in at_work]
    remedies = [each.remedy for each in at_work] + ([f"{finding.remedy}."] if is_failed else [])
    return failed(
        f"{finding.expected}, and {EXPECTED}" if is_failed else EXPECTED,
        "; ".join([*named, *([finding.found] if is_failed else []), *notes]),
        " ".join(dict.fromkeys(remedies)),
        is_lasting=True,
    )

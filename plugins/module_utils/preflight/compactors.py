# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the run would put a second compactor on a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..k8s import secrets as cluster_secret
from ..k8s.finding import Finding
from ..objstore.other_compactors import Question, look_for_others
from ..objstore.providers import PROVIDERS
from ..redaction import document as objstore_file
from ..requests.errors import ClusterError, NoAnswerError

if TYPE_CHECKING:
    from ..k8s.client import Cluster
    from ..thanos.container_config import Written

#: The key of a configuration that is credential and address at once, of Azure.
ACCOUNT = "storage_account"
UNSEEN_REMEDY = (
    "Make sure that none of them works on this bucket. Who may `list` these kinds in all namespaces, and `get` the "
    "Secrets and ConfigMaps that compactors read, has it checked."
)


def compactor_findings(cluster: Cluster, question: Question) -> list[Finding]:
    """Return an error for each other compactor on the bucket, and warnings for what may be one."""
    answer = look_for_others(cluster, question)
    findings = [Finding(str(each.compactor), each.what, each.remedy, each.is_certain) for each in answer.others]
    if answer.gaps:
        what = f"not all of them could be compared with this stack's: {'; '.join(answer.gaps)}."
        findings.append(Finding("Other compactors", what, UNSEEN_REMEDY, is_error=False))
    return findings


def written_secret(cluster: Cluster, given: Mapping[str, Any] | None) -> Written:
    """Return what the run is about to write into its object-store Secret, as far as it says which bucket it is."""
    if not given:
        return {}
    document = {
        "type": given["type"],
        "config": {**_account(cluster, given), **given["config"]},
        "prefix": given.get("prefix") or "",
    }
    return {(given["namespace"], given["name"]): {given["key"]: objstore_file.dump(document)}}


def _account(cluster: Cluster, given: Mapping[str, Any]) -> dict[str, str]:
    """Return the account that a bucket belongs to where it stands among the credentials."""
    provider, source = PROVIDERS.get(given["type"]), given.get("credentials_secret")
    if not source or provider is None or (provider.credentials or ("",))[0] != ACCOUNT:
        return {}
    try:
        secret = cluster_secret.read(cluster, source["namespace"], source["name"])
        return {ACCOUNT: cluster_secret.field(secret, source["field"])}
    except ClusterError as error:
        if isinstance(error, NoAnswerError):
            raise
        return {}  # That it is missing, or not ours to read, is told elsewhere.

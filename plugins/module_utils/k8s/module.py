# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module that uses the Kubernetes API: its options, its connection, and how it ends."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

from ..requests.connection import connect
from ..requests.errors import ClusterError
from ..requests.outage import Outage
from . import options as hidden_options
from .client import Cluster
from .options import value_of

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

#: Options for authentication that are files.
FILES = ("ca_cert", "client_cert", "client_key")


def argument_spec(**options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a module's argument spec: its own options and kubernetes.core's options for authentication."""
    own = {name: hidden_options.server() for name in ("host", "proxy")}
    own |= {name: hidden_options.file(aliases=AUTH_ARG_SPEC[name]["aliases"]) for name in FILES}
    return {**AUTH_ARG_SPEC, **own, **options}


def run(module: AnsibleModule, work: Callable[[Cluster], dict[str, Any]]) -> None:
    """Connect, do the module's work, and end the module with its result or with an error in plain words."""
    try:
        import kubernetes  # noqa: F401  # pylint: disable=unused-import
    except ImportError:
        module.fail_json(msg=missing_required_lib("kubernetes"), exception=traceback.format_exc())

    listener = getattr(module, "tell", None)
    result: dict[str, Any] = {}
    message = None
    try:
        client = connect({name: value_of(option) for name, option in module.params.items()}, module.tmpdir, listener)
        cluster = Cluster(client, dry_run=module.check_mode, outage=Outage(listener))
        cluster.listener = listener
        result = work(cluster)
    except ClusterError as error:
        message = str(error)
    # Not while the error is handled: Ansible would add what led to it, in words that may hold a secret.
    if message is not None:
        module.fail_json(msg=message)
    module.exit_json(**result)

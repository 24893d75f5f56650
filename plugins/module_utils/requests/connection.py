# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of the Kubernetes API that has not asked anything yet."""

from __future__ import annotations

import hashlib
import os
import ssl
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from .authentication import authentication, configure, impersonation, in_time
from .credential_files import passing_files
from .errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import K8SClient

#: After so long without credentials the person hears of it.
NOTICE_SECONDS = 5.0


def connect(options: Mapping[str, Any], directory: str, tell: Callable[[str], None] | None = None) -> K8SClient:
    """Return a client for a module's options; ClusterError where they, or a kubeconfig, are wrong.

    The directory is one that nobody else can read or write. What stays in it is which kinds the cluster has, once
    somebody needs them: that says where requests go.
    """
    from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import K8SClient

    given = authentication(options)
    headers = impersonation(given)
    configuration, tls = _configure(given, directory, tell)
    api_client = _api_client(configuration)
    if tls is not None:
        own = {"ssl_context": tls, "ca_certs": None, "cert_file": None, "key_file": None}
        api_client.rest_client.pool_manager.connection_pool_kw.update(own)
    for name, value in headers.items():
        api_client.set_default_header(name, value)
    return K8SClient(configuration, dynamic_client(api_client, directory))


def dynamic_client(api_client: Any, directory: str) -> Any:
    """Return a client that finds out which kinds the cluster has when it is first asked for one."""
    from ansible_collections.kubernetes.core.plugins.module_utils.k8sdynamicclient import K8SDynamicClient

    configuration = api_client.configuration
    where = f"{configuration.host} {configuration.proxy} {getattr(configuration, 'tls_server_name', None)}"
    name = f"discovery-{hashlib.sha256(where.encode()).hexdigest()}.json"
    return K8SDynamicClient(api_client, cache_file=os.path.join(directory, name), discoverer=_Later)


def tls_context(configuration: Any, is_proxy: bool = False) -> ssl.SSLContext:
    """Return how TLS is spoken to the API; its certificates and keys are read now, and their files not needed later."""
    from urllib3.util.ssl_ import create_urllib3_context

    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE)
    authorities = getattr(configuration, "ca_cert_data", None)
    what = "The certificate of the cluster's CA (option ca_cert, or certificate-authority in the kubeconfig)"
    try:
        if configuration.ssl_ca_cert or authorities:
            context.load_verify_locations(cafile=configuration.ssl_ca_cert, cadata=authorities)
        else:
            context.load_default_certs()
        what = "The client certificate (options client_cert and client_key, or client-certificate in the kubeconfig)"
        if configuration.cert_file and not is_proxy:
            context.load_cert_chain(configuration.cert_file, configuration.key_file, _no_password)
    except OSError as error:  # ssl.SSLError is one.
        reason = getattr(error, "reason", None) or error.strerror or type(error).__name__
    else:
        return context
    raise ClusterError(f"{what} cannot be used: {reason}.")


def _configure(
    given: Mapping[str, Any], directory: str, tell: Callable[[str], None] | None
) -> tuple[Any, ssl.SSLContext | None]:
    """Return the configuration, and how TLS is spoken, where it is."""

    def notice() -> None:
        if tell is not None:
            tell(f"the kubeconfig's credentials are not there after {NOTICE_SECONDS:.0f} s")

    with passing_files(directory):
        configuration = in_time(lambda: configure(given), notice, NOTICE_SECONDS)
        if str(configuration.proxy).startswith("https:"):
            configuration.proxy_ssl_context = tls_context(configuration, is_proxy=True)
        return configuration, tls_context(configuration) if configuration.host.startswith("https:") else None


def _api_client(configuration: Any) -> Any:
    import kubernetes.client
    from urllib3.exceptions import HTTPError

    library: Any = kubernetes.client  # It has no types here.
    try:
        return library.ApiClient(configuration)
    except ImportError:
        trouble = "needs PySocks"
    except (HTTPError, ValueError):  # Its text may hold the proxy's password.
        trouble = "cannot be used"
    raise ClusterError(f"The proxy to the Kubernetes API (option proxy, or proxy-url in the kubeconfig) {trouble}.")


def _no_password() -> NoReturn:
    """End where OpenSSL would ask a terminal."""
    raise ClusterError(
        "The client key (option client_key, or client-key in the kubeconfig) is encrypted. Give one that is not."
    )


class _Later:
    """Becomes kubernetes.core's discovery when it is needed: that asks the API as soon as it is there."""

    def __init__(self, client: Any, cache_file: str) -> None:
        """Keep what it needs."""
        self._arguments = (client, cache_file)
        self._lock = threading.Lock()
        self._discoverer: Any = None

    def __getattr__(self, name: str) -> Any:
        """Return what the discovery has."""
        from ansible_collections.kubernetes.core.plugins.module_utils.client.discovery import LazyDiscoverer

        with self._lock:
            self._discoverer = self._discoverer or LazyDiscoverer(*self._arguments)
        return getattr(self._discoverer, name)

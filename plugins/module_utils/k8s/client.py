# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules' way to the Kubernetes API: plain dictionaries in and out, errors that name the object."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..requests.errors import ClusterError, NotFoundError, SilentBehindError, api_error
from ..requests.outage import Outage
from ..requests.transport import limit_requests
from ..requests.unreachable import server_of
from .objects import Object
from .resources import POD, Resource

FIELD_MANAGER = "observability.thanos"
#: For what a pod or a node has to answer.
BEHIND_SECONDS = 30.0


@dataclass(frozen=True)
class Response:
    """What came back for one request, whoever answered it."""

    status: int
    body: bytes


class Cluster:
    """The Kubernetes API over one authenticated client."""

    #: Who is told what goes on, while it goes on.
    listener: Callable[[str], None] | None = None

    def __init__(self, client: Any, dry_run: bool = False, outage: Outage | None = None) -> None:
        """Wrap a kubernetes.core K8SClient; with dry_run every write is only validated by the server."""
        self.outage = outage or Outage()
        self.configuration = client.configuration
        self.dynamic = client.client
        self.api_client = client.client.client
        self.dry_run = dry_run
        limit_requests(self.api_client, self.outage)

    def tell(self, line: str) -> None:
        """Tell the person who waits what goes on, where that can be shown at once."""
        if self.listener is not None:
            self.listener(line)

    def read(self, path: str) -> Object | None:
        """Return what the API says at a path that is no object's, such as /version, or None where it has none."""
        try:
            return self._json("get", path)
        except NotFoundError:
            return None

    def get(self, resource: Resource, name: str, namespace: str | None = None) -> Object | None:
        """Return one object, or None where it, its namespace or its kind does not exist."""
        try:
            return self._json("get", resource.path(namespace, name))
        except NotFoundError:
            return None

    def list(self, resource: Resource, namespace: str | None = None, **selectors: Any) -> list[Object]:
        """Return all objects of a kind, an empty list where the kind is unknown.

        Selectors are label_selector and field_selector, in the API's own syntax.
        """
        try:
            items: list[Object] = self._json("get", resource.path(namespace), **selectors)["items"]
        except NotFoundError:
            return []
        for item in items:  # Lists leave these out of their items.
            item.setdefault("apiVersion", resource.api_version)
            item.setdefault("kind", resource.kind)
        return items

    def create(self, resource: Resource, body: Object) -> Object:
        """Create an object; ConflictError where it exists already."""
        path = resource.path(body["metadata"].get("namespace"))
        return self._json("post", path, body, field_manager=FIELD_MANAGER, **self._dry_run())

    def replace(self, resource: Resource, body: Object) -> Object:
        """Replace an object; ConflictError where its resourceVersion is no longer current."""
        metadata = body["metadata"]
        path = resource.path(metadata.get("namespace"), metadata["name"])
        return self._json("put", path, body, field_manager=FIELD_MANAGER, **self._dry_run())

    def merge(
        self,
        resource: Resource,
        name: str,
        patch: Object,
        namespace: str | None = None,
        field_manager: str = FIELD_MANAGER,
    ) -> Object:
        """Merge a patch (RFC 7396) into an object; ConflictError where a resourceVersion in it is no longer current."""
        return self._json(
            "patch",
            resource.path(namespace, name),
            patch,
            content_type="application/merge-patch+json",
            field_manager=field_manager,
            **self._dry_run(),
        )

    def apply(self, resource: Resource, body: Object, force: bool = False, dry_run: bool = False) -> Object:
        """Apply an object server-side: only the fields in body become ours; ConflictError names another owner."""
        metadata = body["metadata"]
        return self._json(
            "patch",
            resource.path(metadata.get("namespace"), metadata["name"]),
            body,
            content_type="application/apply-patch+yaml",
            field_manager=FIELD_MANAGER,
            force_conflicts=force,
            **({"dry_run": "All"} if dry_run else self._dry_run()),
        )

    def delete(self, resource: Resource, name: str, namespace: str | None = None, dependents: str = "") -> bool:
        """Delete an object; False where there was none.

        Dependents are what the API calls the propagation policy: Background, Foreground or Orphan.
        """
        policy: dict[str, Any] = {"propagation_policy": dependents} if dependents else {}
        try:
            self._json("delete", resource.path(namespace, name), **policy, **self._dry_run())
        except NotFoundError:
            return False
        return True

    def logs(self, namespace: str, pod: str, container: str, lines: int, previous: bool = False) -> str:
        """Return the last lines of a container's log, an empty string where there is none."""
        query = [("container", container), ("tailLines", lines), ("previous", str(previous).lower())]
        try:
            path = POD.path(namespace, pod) + "/log"
            return self._text("get", path, query_params=query, _request_timeout=BEHIND_SECONDS)
        except ClusterError:
            return ""

    def answer(
        self, path: str, query: Mapping[str, str | Sequence[str]] | None = None, timeout: float | None = None
    ) -> Response:
        """Return whatever is answered to a GET, errors too: through a proxy they may be those of what is behind it.

        SilentBehindError where the API answers, but not what is behind its proxy.
        """
        from kubernetes.dynamic.exceptions import DynamicApiError

        pairs = [
            (name, each)
            for name, value in (query or {}).items()
            for each in ([value] if isinstance(value, str) else value)
        ]
        try:
            response = self._exchange("get", path, query_params=pairs, _request_timeout=timeout or BEHIND_SECONDS)
        except DynamicApiError as error:
            body = error.body or b""
            return Response(error.status, body.encode() if isinstance(body, str) else body)
        return Response(response.status, response.data)

    def watch(
        self, resource: Resource, namespace: str | None, resource_version: str, timeout: float, **selectors: Any
    ) -> Iterator[Object]:
        """Yield the watch's events (type and object) until timeout, in seconds, or until the server ends it."""
        response = self._request(
            "get",
            resource.path(namespace),
            watch=True,
            resource_version=resource_version,
            timeout_seconds=max(1, int(timeout)),
            _request_timeout=timeout + 5,
            **selectors,
        )
        pending = b""
        try:
            for chunk in response.stream(amt=None, decode_content=False):
                *lines, pending = (pending + chunk).split(b"\n")
                for line in lines:
                    if line:
                        yield json.loads(line)
        finally:
            response.release_conn()
            response.close()

    def _dry_run(self) -> dict[str, Any]:
        return {"dry_run": "All"} if self.dry_run else {}

    def _json(self, method: str, path: str, body: Object | None = None, **params: Any) -> Object:
        data: bytes = self._request(method, path, body, **params).data
        try:
            answer: Object = json.loads(data)
        except ValueError:
            answer = {}
        if not isinstance(answer, dict) or not answer:
            server = server_of(self.configuration.host)
            raise ClusterError(
                f"{server} does not answer {path} as a Kubernetes API does. Check kubeconfig, context or host, and "
                "whether a proxy or a login page answers instead."
            )
        return answer

    def _text(self, method: str, path: str, **params: Any) -> str:
        data: bytes = self._request(method, path, **params).data
        return data.decode("utf-8", "replace")

    def _request(self, method: str, path: str, body: Object | None = None, **params: Any) -> Any:
        from kubernetes.dynamic.exceptions import DynamicApiError

        try:
            return self._exchange(method, path, body, **params)
        except DynamicApiError as error:
            raise api_error(error, method, path) from error

    def _exchange(
        self,
        method: str,
        path: str,
        body: Object | None = None,
        query_params: Sequence[tuple[str, Any]] = (),
        **params: Any,
    ) -> Any:
        # The client adds to what it gets, and its defaults are shared: each request needs its own.
        own = {"query_params": list(query_params), "header_params": {}}
        try:
            return self.dynamic.request(method, path, body=body, serialize=False, **own, **params)
        except SilentBehindError:
            self._require_answer()
            raise

    def _require_answer(self) -> None:
        """End with NoAnswerError where the API itself gives no answer either; whatever it answers will do."""
        from kubernetes.dynamic.exceptions import DynamicApiError

        with contextlib.suppress(DynamicApiError):
            self.dynamic.request("get", "/version", serialize=False)

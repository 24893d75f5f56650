# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong with the Kubernetes API, in words that hold no secret."""

from __future__ import annotations

import json
import re
from typing import Any

from ..redaction.credentials import redacted

#: A value of the wrong type, as the API server quotes it.
_VALUE = re.compile(r"got &value\.valueUnstructured\{.*?\}(?=$|[,;\n])", re.DOTALL)
#: Answers that may quote what was sent.
_QUOTING = (400, 422, 500)
#: What an admission webhook or policy says may quote it as well, with any status.
_BY_POLICY = re.compile(r"\bdenied (the )?request\b")


class ClusterError(Exception):
    """What went wrong, in words for the person who runs the playbook."""

    #: The API's own answer (a Status object), empty where there was none.
    status: dict[str, Any] = {}

    @property
    def is_denied(self) -> bool:
        """Return whether the user lacks a right."""
        return self.status.get("code") == 403


class ConflictError(ClusterError):
    """Another writer was faster, or owns the field (HTTP 409)."""


class InvalidError(ClusterError):
    """The object is not valid, or one of its fields cannot be changed (HTTP 422)."""


class NotFoundError(ClusterError):
    """No such object, namespace or kind (HTTP 404)."""


class NoAnswerError(ClusterError):
    """What should have answered is away, perhaps only just now."""


class SilentBehindError(NoAnswerError):
    """The pod or the node that the API passed a request on to did not answer in time."""


def api_error(error: Any, method: str, path: str) -> ClusterError:
    """Return the error for an answer of the API that is one, given as the client's DynamicApiError."""
    status = status_of(error, is_secret=re.search(r"/secrets(/|$)", path) is not None)
    kind = {404: NotFoundError, 409: ConflictError, 422: InvalidError}.get(error.status, ClusterError)
    found = kind(f"The Kubernetes API refused to {method} {path}: {redacted(str(status['message']))}")
    found.status = status
    return found


def status_of(error: Any, is_secret: bool) -> dict[str, Any]:
    """Return the Status object of an answer, without the values that it quotes, and always with a message."""
    try:
        status: dict[str, Any] = json.loads(error.body)
        message = str(status["message"])
    except (TypeError, ValueError, KeyError):
        return {"code": error.status, "message": f"{error.status} {error.reason}"}
    if is_secret and (error.status in _QUOTING or _BY_POLICY.search(message)):
        return _without_values(status)
    return {**status, "message": _VALUE.sub("got another type", message)}


def _without_values(status: dict[str, Any]) -> dict[str, Any]:
    """Return only which fields are wrong: what the API says of them may quote them."""
    details = status.get("details") or {}
    causes = [{key: cause[key] for key in ("reason", "field") if key in cause} for cause in details.get("causes") or []]
    fields = ", ".join(str(cause["field"]) for cause in causes if "field" in cause)
    said = f"{status.get('reason') or status.get('code')}{f' ({fields})' if fields else ''}"
    message = f"{said}; the rest of the answer is not shown, since it may quote the Secret"
    return {**status, "message": message, "details": {**details, "causes": causes}}

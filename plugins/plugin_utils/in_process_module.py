# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module needs of AnsibleModule, where it runs inside Ansible's own process instead of one of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from ansible import constants
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError

from ..module_utils.requests.unexpected import trace, unexpected


class EndedError(BaseException):
    """The module has ended with a result. Like SystemExit, it passes through every `except Exception`."""

    def __init__(self, result: dict[str, Any]) -> None:
        """Keep the result."""
        super().__init__()
        self.result = result


class InProcessModule:
    """Checked options in, a result without secrets out: as AnsibleModule does it, without a process and its stdout."""

    def __init__(
        self,
        name: str,
        options: Mapping[str, Any],
        check_mode: bool,
        listener: Callable[[str], None] | None,
        argument_spec: dict[str, Any],
        **rules: Any,
    ) -> None:
        """Complete and convert the options; end with the same error as a module where they are wrong."""
        self.check_mode = check_mode
        self._listener = listener
        self._warnings: list[str] = []
        self._is_checked = False
        checked = ArgumentSpecValidator(argument_spec, **rules).validate(plain(options))
        self.params: dict[str, Any] = checked.validated_parameters
        self.no_log_values: set[str] = checked._no_log_values
        for pair in checked._warnings:
            self.warn(f"Both option {pair['option']} and its alias {pair['alias']} are set.")
        if checked.error_messages:
            is_unsupported = isinstance(checked.errors[0], UnsupportedError)
            start = f"Unsupported parameters for ({name}) module: " if is_unsupported else ""
            self.fail_json(start + checked.errors.msg)
        self._is_checked = True

    def run(self, work: Callable[[InProcessModule], None]) -> NoReturn:
        """Do the work; an error that nobody thought of ends it as well, with its place."""
        try:
            work(self)
        except Exception as error:
            self._end(failed=True, msg=unexpected(error), exception=trace(error))
        self.exit_json()

    @property
    def tmpdir(self) -> str:
        """Return a directory that only this user can read and write, for as long as Ansible runs."""
        return str(constants.DEFAULT_LOCAL_TMP)

    def tell(self, line: str) -> None:
        """Show a line while the work goes on, which a module in a process of its own cannot."""
        if self._listener is not None:
            self._listener(remove_values(line, self.no_log_values))

    def warn(self, warning: str) -> None:
        """Show a warning, once."""
        if warning not in self._warnings:
            self._warnings.append(warning)

    def exit_json(self, **result: Any) -> NoReturn:
        """End successfully."""
        self._end(**result)

    def fail_json(self, msg: str, exception: str | None = None, **result: Any) -> NoReturn:
        """End with an error. The traceback of one that was thought of is of no use to anybody."""
        del exception
        self._end(**result, failed=True, msg=msg)

    def _end(self, **result: Any) -> NoReturn:
        if self._warnings:
            result["warnings"] = self._warnings
        if self._is_checked:  # Before, not all secrets are known.
            result["invocation"] = {"module_args": self.params}
        raise EndedError(remove_values(plain(result), self.no_log_values))


def plain(values: Any) -> Any:
    """Return what the values would be after their way to a module and back: Ansible's own types become Python's."""
    return json.loads(json.dumps(values, default=_text))


def _text(value: Any) -> str:
    return str(value.isoformat() if hasattr(value, "isoformat") else value)

# Copyright: (c) 2026, The observability.thanos maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command in a container, against an API server that speaks exec's websocket."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.observability.thanos.plugins.module_utils.k8s.exec import Liveness, execute
from ansible_collections.observability.thanos.plugins.module_utils.requests.errors import ClusterError, NoAnswerError
from ansible_collections.observability.thanos.tests.unit.fakes.api_server import (
    ApiServer,
    Behaviour,
    Handler,
    reach,
    trickles,
)
from ansible_collections.observability.thanos.tests.unit.fakes.websocket_server import (
    CLOSE,
    accept,
    answers_pings,
    frame,
    says,
)

LARGE = b"x" * 60_000
COMMAND = ["thanos", "tools", "bucket", "ls", "--all"]


def run(behaviour: Behaviour, timeout: float = 20, **liveness: float) -> tuple[int, str, str]:
    """Run the command where the API does this."""
    with ApiServer(behaviour) as server:
        cluster = reach(server.url)
        try:
            return execute(cluster, "b", "a", "c", COMMAND, timeout, Liveness(**liveness))
        finally:
            (request,) = server.requests
            assert request.path == (
                "/api/v1/namespaces/b/pods/a/exec?container=c&stdout=true&stderr=true&command=thanos&command=tools"
                "&command=bucket&command=ls&command=--all"
            )
            assert request.values("sec-websocket-protocol") == ["v4.channel.k8s.io"]


def result(**status: Any) -> bytes:
    return frame(3, json.dumps(status).encode())


def exit_status(number: int) -> bytes:
    causes = [{"reason": "ExitCode", "message": str(number)}]
    return result(status="Failure", message=f"exit {number}", details={"causes": causes})


def test_output_and_errors_are_apart() -> None:
    said = says(frame(1, b"one "), frame(2, b"warn"), *[frame(1, LARGE)] * 3, result(status="Success"), CLOSE)
    assert run(said) == (0, "one " + "x" * 180_000, "warn")


def test_a_status_other_than_0() -> None:
    assert run(says(frame(2, b"no such bucket\xff"), exit_status(7), CLOSE)) == (7, "", "no such bucket\ufffd")


def test_a_command_that_cannot_be_run() -> None:
    with pytest.raises(ClusterError, match="thanos tools bucket ls in pod b/a failed: no such file"):
        run(says(result(status="Failure", message="no such file"), CLOSE))


def test_an_end_without_a_result() -> None:
    with pytest.raises(NoAnswerError, match=r"at http://127\.0\.0\.1:\d+ gave no word of how thanos tools .* ended"):
        run(says(frame(1, b"one"), CLOSE))


@pytest.mark.parametrize("liveness", [{"ask": 0.05, "give_up": 0.2}])
def test_an_api_that_says_nothing_any_more(liveness: dict[str, float]) -> None:
    with pytest.raises(NoAnswerError, match="gave no word of how"):
        run(says(frame(1, b"one")), **liveness)


def test_a_command_that_is_quiet_for_long_goes_on() -> None:
    def then(handler: Handler, pings: int) -> bool:
        if pings == 10:
            handler.wfile.write(frame(1, b"at last") + result(status="Success") + CLOSE)
        return pings == 10

    assert run(answers_pings(then), ask=0.05, give_up=0.2) == (0, "at last", "")


def test_a_command_that_takes_too_long() -> None:
    with pytest.raises(ClusterError, match="thanos tools bucket ls in pod b/a did not end within 0 s") as raised:
        run(answers_pings(lambda _handler, _pings: False), timeout=0.3, ask=0.05, give_up=5)
    assert not isinstance(raised.value, NoAnswerError)


def test_a_frame_that_does_not_end() -> None:
    def trickle(handler: Handler) -> None:
        accept(handler)
        trickles(b"\x82\x7e\xff\xff\x01")(handler)

    with pytest.raises(ClusterError, match="did not end within"):
        run(trickle, timeout=0.5, ask=0.05, give_up=0.2)

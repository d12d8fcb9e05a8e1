"""Calls other services for the queries of one query process.

The engine asks an HTTP server of this same process, on the loopback and under a secret path, so that the name
behind SERVICE is resolved, checked and called in one place, and every call ends with the process.
"""

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from policytrace.graph.sparql.service_clause import Call
from policytrace.server.execution.wire import Job

if TYPE_CHECKING:
    from policytrace.server.execution.loopback_server import LoopbackServer
    from policytrace.server.execution.service_client import ServiceCallError

LARGEST = 64 * 2**20
"""Bytes of all answers of services to one query; the limit of a result where that is lower."""
SHARE = 0.9
"""Part of the time left to a query that one call may take, so that its failure can still be told."""


class Relay:
    """The calls of one query after the other. It listens once the first query calls.

    Attributes:
        allowed: IRIs of the services that the query may call.
        failure: why one that is not SILENT had no answer; empty when all had.
    """

    def __init__(self) -> None:
        self.allowed: Sequence[str] = ()
        self.failure = ""
        self._calls: Sequence[Call] = ()
        self._answers: dict[tuple[str, bytes], tuple[str, bytes] | ServiceCallError] = {}
        self._until, self._room = 0.0, 0
        self._server: LoopbackServer | None = None

    def begin(self, job: Job) -> None:
        """Forgets the last query and serves another."""
        self.allowed, self.failure = job.services, ""
        self._calls, self._answers = (), {}
        self._until, self._room = time.monotonic() + job.seconds, min(LARGEST, job.size)

    def addresses(self, calls: Sequence[Call]) -> Sequence[str]:
        """The address to be called in the place of each service."""
        if self._server is None:
            from policytrace.server.execution.loopback_server import LoopbackServer

            self._server = LoopbackServer(self.respond)
            threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._calls = calls
        return [f"{self._server.address}{at}" for at in range(len(calls))]

    def respond(self, number: str, query: bytes) -> tuple[str, bytes] | None:
        """Media type and body of the answer to the call of that number, None when there is none."""
        call = self._calls[int(number)]
        try:
            answer = self._answer(call, query)
        except BaseException:
            self.failure = f"{call.service} could not be called."
            raise
        return answer if isinstance(answer, tuple) else None

    def _answer(self, call: Call, query: bytes) -> "tuple[str, bytes] | ServiceCallError":
        """The answer to a call, or why there is none; each is asked for once."""
        from policytrace.server.execution.service_client import ServiceCallError, ask

        key = call.service, query
        if key not in self._answers:
            seconds = (self._until - time.monotonic()) * SHARE
            try:
                self._answers[key] = _, body = ask(call.service, query, seconds, self._room)
                self._room -= len(body)
            except ServiceCallError as error:
                self._answers[key] = error
        answer = self._answers[key]
        if isinstance(answer, ServiceCallError) and not call.silent:
            self.failure = str(answer)
        return answer

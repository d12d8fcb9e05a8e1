"""Keeps one client from taking the server away from the others: 429, and when to come again."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, current_app, g, request

from policytrace.server.execution.pool import PATIENCE
from policytrace.server.http.client_address import client_address, subscriber
from policytrace.server.http.request_body import MissingBody
from policytrace.server.limits.rate import ClientSlots, TokenBuckets, Turns
from policytrace.server.operations.settings import Settings
from policytrace.server.responses.responses import ProblemError, too_slow

QUERYING = frozenset(("checking", "sparql", "graph_store", "library", "paths", "releases", "since"))
"""Blueprints whose requests run queries of the client's choice, read whole releases or check a workbook."""
FREE = frozenset(("operation", None))
"""Blueprints, and static files, that are answered at any rate."""
ADMITTED = "policytrace.admitted"
"""Where the WSGI environment holds the client that was let in already, or why it was not."""
NAME = "policytrace.guard"
"""Where the application holds its guard."""
BEGUN = "policytrace.begun"
"""Where it says that a query of that client has its turn already."""


class Guard:
    """The limits of one client. Safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self._proxies, self._header = settings.proxies, settings.client_header
        self._buckets = TokenBuckets(settings.rate)
        self._turns = Turns(max(settings.query_processes // 2, 1), settings.waiting, PATIENCE)
        self._downloads = ClientSlots(max(settings.waiting // 4, 1), max(settings.waiting, 1))

    def client(self, environ: Mapping[str, Any]) -> str:
        """Who asks: the address, or for IPv6 the network a subscriber usually has (/64)."""
        return subscriber(client_address(environ, self._proxies, self._header))

    def admit(self, client: str) -> None:
        """Lets a request in.

        Raises:
            ProblemError: 429, the client asks too often.
        """
        seconds = self._buckets.wait(client)
        if seconds:
            detail = f"This server answers {self._buckets.rate:g} new requests a second of one client."
            raise _too_many(detail, seconds)

    def let_in(self, environ: dict[str, Any]) -> str | None:
        """Lets a request in before the application, which is told so; None when it is to be turned away."""
        client = self.client(environ)
        try:
            self.admit(client)
        except ProblemError as refused:
            environ[ADMITTED] = refused.again()
            return None
        environ[ADMITTED] = client
        return client

    def begin(self, client: str) -> None:
        """Waits until a query of a client may run; each that may is to be ended.

        Raises:
            ProblemError: 429, too many of its queries run or wait.
        """
        turns = self._turns
        if not turns.take(client):
            detail = f"Of one client {turns.each} queries run at once, and no more than {turns.waiting} wait."
            raise _too_many(detail, 1)

    def end(self, client: str) -> None:
        """Ends the turn of a query."""
        self._turns.give(client)

    def send(self, client: str) -> Callable[[], None]:
        """Lets a client download a file, which holds a thread for as long as the client takes.

        Returns:
            What ends the download; it may be called again.

        Raises:
            ProblemError: 429, it downloads too many; 503, all do.
        """
        held = self._downloads
        taken = held.take(client)
        if taken is False:
            raise _too_many(f"Of one client {held.each} files are sent at once.", PATIENCE)
        if taken is None:
            detail = f"{held.most} files are being sent already, and no more at once. Try again later."
            raise ProblemError(503, "Too many downloads", detail)
        ends = iter((client,))

        def end() -> None:
            for one in ends:
                held.give(one)

        return end


def begin_download() -> Callable[[], None]:
    """Begins a download for the client of the request being answered; see :meth:`Guard.send`.

    Raises:
        ProblemError: too many files are being sent.
    """
    guard: Guard = current_app.extensions[NAME]
    return guard.send(guard.client(request.environ))


def attach(app: Flask, guard: Guard) -> None:
    """Has an application keep to the limits of one client."""
    app.extensions[NAME] = guard

    @app.before_request
    def admit() -> None:
        if request.blueprint in FREE:
            return
        admitted = request.environ.pop(ADMITTED, None)
        if isinstance(admitted, ProblemError):
            raise admitted.again()
        client = guard.client(request.environ) if admitted is None else admitted
        if admitted is None:
            guard.admit(client)
        body = request.environ["wsgi.input"]
        if isinstance(body, MissingBody):
            raise too_slow(body.error)
        if request.blueprint in QUERYING:
            if not request.environ.pop(BEGUN, False):
                guard.begin(client)
            g.turn = client

    @app.teardown_request
    def abandon(error: BaseException | None) -> None:
        if request.environ.pop(BEGUN, False):  # refused before it was admitted
            guard.end(guard.client(request.environ))
        if "turn" in g:
            guard.end(g.pop("turn"))

    @app.after_request
    def release(response: Response) -> Response:
        client = g.pop("turn", None)
        if client is not None:
            response.call_on_close(lambda: guard.end(client))
        return response


def _too_many(detail: str, seconds: float) -> ProblemError:
    return ProblemError(429, "Too many requests", detail, retry_after=math.ceil(seconds))

"""Keeps one client from taking the server away from the others: 429, and when to come again."""

import ipaddress
import math
from functools import lru_cache

from flask import Flask, Response, g, request

from policytrace.server.pool import PATIENCE
from policytrace.server.rate import Buckets, Turns
from policytrace.server.replies import ProblemError
from policytrace.server.settings import Settings

QUERYING = frozenset(("sparql", "graph_store", "library", "paths"))
"""Blueprints whose requests run queries of the client's choice."""
FREE = frozenset(("operation", None))
"""Blueprints, and static files, that are answered at any rate."""


def guard(app: Flask, settings: Settings) -> None:
    """Has an application keep to the limits of one client."""
    buckets = Buckets(settings.rate)
    turns = Turns(max(settings.query_processes // 2, 1), settings.waiting, PATIENCE)

    @app.before_request
    def admit() -> None:
        if request.blueprint in FREE:
            return
        client = _client(settings.proxies)
        seconds = buckets.wait(client)
        if seconds:
            detail = f"This server answers {settings.rate:g} new requests a second of one client."
            raise _too_many(detail, seconds)
        if request.blueprint in QUERYING:
            if not turns.take(client):
                detail = (
                    f"Of one client {turns.each} queries run at once, and no more than {turns.waiting} wait."
                )
                raise _too_many(detail, 1)
            g.turn = client

    @app.teardown_request
    def abandon(error: BaseException | None) -> None:
        if "turn" in g:
            turns.give(g.pop("turn"))

    @app.after_request
    def release(response: Response) -> Response:
        client = g.pop("turn", None)
        if client is not None:
            response.call_on_close(lambda: turns.give(client))
        return response


def _too_many(detail: str, seconds: float) -> ProblemError:
    return ProblemError(429, "Too many requests", detail, retry_after=math.ceil(seconds))


def _client(proxies: int) -> str:
    """Who asks: the address, or for IPv6 the network a subscriber usually has (/64)."""
    address = request.remote_addr or ""
    if proxies:
        named = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        address = named[-proxies] if len(named) >= proxies else named[0]
    return _subscriber(address)


@lru_cache(maxsize=4096)
def _subscriber(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)

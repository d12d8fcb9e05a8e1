"""What those who run the server ask: does it live, is it ready, and what has it done?"""

import threading
import time

from flask import Blueprint, Response

from policytrace.server.execution.errors import BusyError, NoResultError
from policytrace.server.http.negotiation import JSON, JSON_RESULTS, Format
from policytrace.server.releases.current import NoReleaseError, Opened
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import opened, state

blueprint = Blueprint("operation", __name__)

PROMETHEUS = Format("prometheus", "text/plain; version=0.0.4", "Prometheus")
FRESH = {"Cache-Control": "no-store"}
LASTS = 1.0
"""Seconds for which what a query process answered is not asked again, however often the server is."""
_ASKING = threading.Lock()


@blueprint.get("/health")
def health() -> Response:
    """That this server lives, whatever it has to answer from; its release and its damage stand beside."""
    damage = state().published.damage.as_list()
    told = {"status": "damaged" if damage else "ok", **({"damage": damage} if damage else {})}
    try:
        release = opened().release
    except NoReleaseError:
        return _said({"release": None, **told})
    return _said(
        {
            "release": release.id,
            "created": release.manifest.get("created"),
            "triples": release.manifest.get("triples", {}).get("default"),
            **told,
        }
    )


@blueprint.get("/ready")
def ready() -> Response:
    """That a release is open and queries are answered, so that requests may be sent here."""
    found = opened()
    if failure := _failure(found):
        raise ProblemError(503, "Not ready", failure, headers=FRESH)
    return _said({"status": "ready", "release": found.release.id})


def _failure(found: Opened) -> str:
    """Why no query is answered; empty when one was, or when all processes are at work for others."""
    until, failure = found.memo.get("ready", (0.0, ""))
    if time.monotonic() < until or not _ASKING.acquire(blocking=not until):
        return str(failure)
    try:
        state().pool.run(found.release.store_path, "ASK {}", JSON_RESULTS.media_type)
        failure = ""
    except BusyError:
        failure = ""
    except NoResultError as error:
        failure = f"No query is answered: {error}"
    finally:
        _ASKING.release()
    found.memo["ready"] = time.monotonic() + LASTS, failure
    return str(failure)


def _said(body: dict[str, object]) -> Response:
    return responses.send(responses.as_json(body), JSON, headers=FRESH, negotiated=False)


@blueprint.get("/metrics")
def numbers() -> Response:
    """What all server processes have counted since the server started."""
    from policytrace.server.operations.metrics import metrics

    try:
        release = opened().release
    except NoReleaseError:
        release = None
    body = metrics(state().counters, release)
    return responses.send(body, PROMETHEUS, headers=FRESH, negotiated=False)

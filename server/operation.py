"""What those who run the server ask: is it well, and what has it done?"""

from flask import Blueprint, Response

from policytrace.server import replies
from policytrace.server.negotiate import Format
from policytrace.server.published import NoReleaseError
from policytrace.server.state import opened, state

blueprint = Blueprint("operation", __name__)

JSON = Format("json", "application/json", "JSON")
PROMETHEUS = Format("prometheus", "text/plain; version=0.0.4", "Prometheus")
FRESH = {"Cache-Control": "no-store"}


@blueprint.get("/health")
def health() -> Response:
    """Whether this server has a release to answer from, and which."""
    release = opened().release
    body = {
        "status": "ok",
        "release": release.id,
        "created": release.manifest.get("created"),
        "triples": release.manifest.get("triples", {}).get("default"),
    }
    return replies.send(replies.as_json(body), JSON, headers=FRESH, negotiated=False)


@blueprint.get("/metrics")
def numbers() -> Response:
    """What all server processes have counted since the server started."""
    from policytrace.server.metrics import metrics

    try:
        release = opened().release
    except NoReleaseError:
        release = None
    body = metrics(state().counters, release)
    return replies.send(body, PROMETHEUS, headers=FRESH, negotiated=False)

"""What those who run the server ask: is it well, and what has it done?"""

from flask import Blueprint, Response

from policytrace.server.http.negotiation import JSON, Format
from policytrace.server.releases.current import NoReleaseError
from policytrace.server.responses import responses
from policytrace.server.responses.state import opened, state

blueprint = Blueprint("operation", __name__)

PROMETHEUS = Format("prometheus", "text/plain; version=0.0.4", "Prometheus")
FRESH = {"Cache-Control": "no-store"}


@blueprint.get("/health")
def health() -> Response:
    """Whether this server has a release to answer from, which, and what of its files is damaged."""
    release = opened().release
    damage = state().published.damage.as_list()
    body = {
        "status": "damaged" if damage else "ok",
        "release": release.id,
        "created": release.manifest.get("created"),
        "triples": release.manifest.get("triples", {}).get("default"),
        **({"damage": damage} if damage else {}),
    }
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

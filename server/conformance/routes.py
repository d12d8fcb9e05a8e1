"""The page on which the server says how it keeps to the standards, with evidence."""

from flask import Blueprint, Response, g

from policytrace.server.conformance.report import Verdict
from policytrace.server.http.negotiation import HTML, JSON
from policytrace.server.responses import responses
from policytrace.server.responses.state import opened, state

blueprint = Blueprint("conformance", __name__)


@blueprint.get("/conformance")
def conformance() -> Response:
    """The report of the current release: a page, or JSON; begins the checks where there is none."""
    # Here, as the checks need much that no other page does.
    from policytrace.server.conformance import report_store

    form = responses.wanted((HTML, JSON))
    settings, release = state().settings, opened().release.id
    report = report_store.read(settings.home, release)
    begun = report is None and report_store.begin(settings, release)
    g.volatile = report is None
    if form is JSON:
        told = report.as_dict() if report else {"release": release, "outcomes": [], "running": begun}
        return responses.send(responses.as_json(told), form)
    return responses.page(
        "conformance/conformance.html",
        report=report,
        begun=begun,
        checks=report_store.CHECKS,
        verdicts=Verdict,
    )

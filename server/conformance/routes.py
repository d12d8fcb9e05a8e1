"""The page on which the server says how it keeps to the standards, with evidence."""

from flask import Blueprint, Response, g

from policytrace.server import replies
from policytrace.server.conformance.report import Verdict
from policytrace.server.negotiate import HTML
from policytrace.server.operation import JSON
from policytrace.server.state import opened, state

blueprint = Blueprint("conformance", __name__)


@blueprint.get("/conformance")
def conformance() -> Response:
    """The report of the current release: a page, or JSON; begins the checks where there is none."""
    from policytrace.server.conformance import kept  # here, as the checks need much that no other page does

    form = replies.wanted((HTML, JSON))
    settings, release = state().settings, opened().release.id
    report = kept.read(settings.home, release)
    begun = report is None and kept.begin(settings, release)
    g.volatile = report is None
    if form is JSON:
        told = report.as_dict() if report else {"release": release, "outcomes": [], "running": begun}
        return replies.send(replies.as_json(told), form)
    return replies.page("conformance.html", report=report, begun=begun, checks=kept.CHECKS, verdicts=Verdict)

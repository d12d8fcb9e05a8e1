"""Reports over HTTP: print-ready pages with numbered sources, their workbook, and their sources as BibTeX."""

from collections.abc import Mapping
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from policytrace.graph.library.bibliography import bibtex
from policytrace.graph.paths.answer import Answer
from policytrace.graph.vocabulary.terms import ID
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.analyses import indicators
from policytrace.server.analyses.report import ThingReport, bibliography_entries, report
from policytrace.server.analyses.report_book import gaps_of_thing, report_workbook
from policytrace.server.dossiers.transfers_of import REPORTED, onward_transfers, transfers_of
from policytrace.server.http import negotiation
from policytrace.server.http.negotiation import HTML, XLSX, Format
from policytrace.server.paths import routes
from policytrace.server.paths.form import ENDS
from policytrace.server.paths.sentences import summary
from policytrace.server.presentation.footnotes import Sources
from policytrace.server.presentation.sections import SECTIONS
from policytrace.server.responses import exports, responses
from policytrace.server.responses.exports import Given
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import known_node, links, opened, view

blueprint = Blueprint("reports", __name__)

BIB = Format("bib", "application/x-bibtex", "BibTeX", ("text/x-bibtex",))
FORMATS: tuple[Format, ...] = (XLSX, BIB)
QUESTION = "report/paths"
"""The address of the report of a question about transfer paths."""
NUMBERS = {
    "project": "transfers",
    "platform": "transfers",
    "practice": "transfers",
    "measure": "transfers",
    "instrument": "transfers",
    "event": "transfers",
    "programme": "transfers",
    "region": "transfers-with",
    "country": "transfers-with",
    "organisation": "transfers-with",
}
"""The name of the number of claims, by the kind of thing that a report is about."""
_NOTHING: dict[str, Any] = {
    "measured": None,
    "rows": (),
    "iri": "",
    "asked": None,
    "filters": {},
    "counted": 0,
    "onward": 0,
    "number": "",
}


@blueprint.get(f"/{QUESTION}")
def question() -> Response:
    """The report of a question about transfer paths."""
    form = responses.wanted((HTML, *FORMATS))
    given = routes.options()
    answer = routes.answer(given)
    found = report(view(), [ox.NamedNode(one.id) for one in answer.transfers], [answer])
    if form is XLSX:
        return report_workbook("transfer-paths", [], [answer], None, QUESTION, given)
    if form is BIB:
        return _bibliography(found, "transfer-paths", QUESTION, given)
    context = {
        "title": summary(answer),
        "kicker": gettext("Transfer paths"),
        "asked": answer.question,
        "counted": answer.counts["transfers"],
        "lead": (),
    }
    return _page(found, QUESTION, given, back=links().path("paths") + exports.query(given), **context)


@blueprint.get("/report/indicator/<name>")
def indicator(name: str) -> Response:
    """The report of an indicator."""
    stem, form = _extension(name)
    given = indicators.conditions()
    measured = indicators.measured_by_name(stem, given)
    path = f"report/indicator/{stem}"
    if form is XLSX:
        return indicators.file(measured, form, given, indicators.narrowing_of(measured.known, given))
    sources = Sources(view())
    rows = [indicators.cited_thing(measured, item, rows, sources) for item, rows in measured.counted]
    told = report(view(), sources=sources)
    if form is BIB:
        return _bibliography(told, stem, path, given)
    return _page(
        told,
        path,
        given,
        back=links().path(f"indicators/{stem}", **given),
        title=measured.known.title,
        kicker="Indicator",
        lead=(measured.summary(), measured.known.rule, measured.known.judged),
        filters=given,
        measured=measured,
        rows=rows,
    )


@blueprint.get("/report/<segment>/<path:slug>")
def thing(segment: str, slug: str) -> Response:
    """The report of a thing: every claim about it, its paths, what is missing, its sources."""
    slug, form = _extension(slug)
    node = _node(segment, slug)
    path = f"report/{segment}/{slug}"
    direct, answers = transfers_of(view().reader, node), _answers(node, segment)
    onward = onward_transfers(view().reader, node) if segment == "practice" else []
    transfers = [*direct, *onward]
    if form is XLSX:
        return report_workbook(slug, transfers, answers, node, path, {})
    found = report(view(), transfers, answers, gaps_of_thing(node))
    if form is BIB:
        return _bibliography(found, slug, path, {})
    shown = view()
    return _page(
        found,
        path,
        {},
        back=links().page(node.value),
        title=shown.thing(node).text,
        kicker=gettext(SECTIONS[segment].one),
        counted=len(direct),
        onward=len(onward),
        number=NUMBERS.get(segment, ""),
        lead=tuple(v.text for v in shown.values(node, "dct:description", "pt:statement")),
        iri=node.value,
    )


def _extension(name: str) -> tuple[str, Format]:
    """The name without extension, and the format that it or the request asks for."""
    stem, _, extension = name.rpartition(".")
    chosen = negotiation.named(extension, (HTML, *FORMATS)) if stem else None
    return (stem, chosen) if chosen else (name, responses.wanted((HTML, *FORMATS)))


def _node(segment: str, slug: str) -> ox.NamedNode:
    node = known_node(f"{ID}{segment}/{slug}") if segment in REPORTED else None
    if node is None:
        kinds = ", ".join(REPORTED)
        detail = (
            f"There is no report about “{segment}/{slug}”. Reports are about things of these kinds: {kinds}."
        )
        raise ProblemError(404, "Not found", detail)
    return node


def _answers(node: ox.NamedNode, segment: str) -> list[Answer]:
    if segment not in ENDS or not routes.has_hop_graph():
        return []
    asked = ({"question": ["forward"], "from": [node.value]}, {"question": ["backward"], "to": [node.value]})
    return [routes.answer(question) for question in asked]


def _page(found: ThingReport, path: str, given: Mapping[str, Given], **context: Any) -> Response:
    html = render_template(
        "analyses/report.html",
        report=found,
        again=exports.again(path, given),
        formats=[(form, _as(path, form, given)) for form in FORMATS],
        pinned=request.args.get("release", "").strip(),
        thing=lambda iri: view().thing(ox.NamedNode(iri)),
        **_NOTHING | context,
    )
    return responses.send(html, HTML)


def _as(path: str, form: Format, given: Mapping[str, Given]) -> str:
    """The address of the report in another format."""
    pinned = request.args.get("release", "").strip()
    if path == QUESTION:
        return links().path(path) + exports.query(given, release=pinned, format=form.name)
    return links().path(f"{path}.{form.name}") + exports.query(given, release=pinned)


def _bibliography(found: ThingReport, name: str, path: str, given: Mapping[str, Given]) -> Response:
    release = opened().release
    comment = f"Sources of {exports.again(path, given)}\nRelease {release.id}"
    comment += f", licence {release.licence}" if release.licence else ""
    headers = {"Content-Disposition": f'attachment; filename="{name}-{release.id}.bib"'}
    return responses.send(bibtex(bibliography_entries(found.sources), comment), BIB, headers=headers)

"""Lists of things, narrowed by facets: search, things of one kind, what points at one; as page or file."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from policytrace.graph.search.folding import fold
from policytrace.graph.search.index import ThingList
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.terms import BASE, ID, PT, compact, node_of, segment_of
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.http.negotiation import HTML, JSON, Format
from policytrace.server.presentation.properties import SUMMARY
from policytrace.server.presentation.sections import SECTIONS, Section
from policytrace.server.presentation.transfer_sentence import CHAIN, transfer_sentence
from policytrace.server.presentation.view import heading
from policytrace.server.responses import exports, responses
from policytrace.server.responses.exports import FORMATS, Export
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, view
from policytrace.server.search.facet_filter import Narrowing
from policytrace.server.search.index import context, search_index

blueprint = Blueprint("lists", __name__)

PER_PAGE = 50
"""Things on one page."""
PER_FILE = 10_000
"""Things in one file; the next ones are at the address in its Link header."""
LINKED = 100_000
"""Things that point at one thing which are listed at most."""
COLUMNS = {
    "iri": "The identifier of the thing",
    "label": "Its name",
    "language": "The language of the name",
    "kind": "What it is, as a code",
    "context": "What tells it apart from others of that name",
    "page": "The address of the page about it",
}
"""Columns of a list as a file."""
SHORTEST = 2
"""Letters a search needs."""
_OWN = ("id/", "scheme/", "graph/", "dataset/")
_ROWS = "X-PolicyTrace-Rows"
OFFERS: tuple[Format, ...] = (HTML, *FORMATS)


@blueprint.get("/search")
def search() -> Response:
    """Things with some words in their names, in their texts or in the names of things beside them."""
    words = " ".join(request.args.get("q", "").split())
    narrowing = Narrowing.from_request("search", {"q": words})
    if len(words) < SHORTEST and not narrowing.chosen:
        return responses.page("search/search.html", words=words)
    found = narrowing.find(words if len(words) >= SHORTEST else "")
    return _send(narrowing, found, "search/search.html", words=words)


@blueprint.get("/browse")
def kinds() -> Response:
    """All kinds of things."""
    counts = {count.code: count.things for count in search_index().find().counts["kind"]}
    for section in SECTIONS.values():
        if section.segment not in counts:
            counts[section.segment] = len(_unnamed(section))
    listed = [(s, counts[s.segment]) for s in SECTIONS.values() if counts[s.segment]]
    return responses.page("search/kinds.html", kinds=listed)


@blueprint.get("/browse/<kind>")
def browse(kind: str) -> Response:
    """Things of one kind, by name."""
    if kind not in SECTIONS:
        hints = [(s.many, links().path(f"browse/{s.segment}")) for s in SECTIONS.values() if s.main]
        raise ProblemError(404, "Not found", f"There is no list called “{kind}”.", hints=hints)
    section, narrowing = SECTIONS[kind], Narrowing.from_request(f"browse/{kind}", kind=kind)
    if not search_index().has(kind):
        if narrowing.chosen:
            hints = [("The whole list", narrowing.cleared())]
            raise ProblemError(400, "Bad filter", "Things without a name cannot be filtered.", hints=hints)
        return _browse_unnamed(section, narrowing)
    return _send(narrowing, narrowing.find(), "search/browse.html", section=section)


@blueprint.get("/linked")
def linked() -> Response:
    """All things that point at one thing by one property."""
    node, predicate = _asked("to"), _asked("by")
    pointing = view().reader.pointing(node, predicate, LINKED)
    if not pointing.subjects:
        raise ProblemError(404, "Not found", "Nothing in this release points at this thing by this property.")
    iris = [one.value for one in pointing.subjects]
    narrowing = Narrowing.from_request("linked", {"to": _short(node.value), "by": _short(predicate.value)})
    found = narrowing.among(iris)
    found = replace(found, numbers=np.sort(found.numbers))
    others = [] if narrowing.chosen else sorted(set(iris) - set(search_index().iris(found.numbers)))
    transfers = all(segment_of(iri) == "transfer" for iri in iris)
    return _send(
        narrowing,
        found,
        "search/linked.html",
        others,
        section=SECTIONS["transfer"] if transfers else None,
        thing=view().thing(node),
        heading=heading(view(), predicate),
        cut=pointing.at_least and len(iris) == LINKED,
    )


def _asked(name: str) -> ox.NamedNode:
    text = request.args.get(name, "")
    node = node_of(
        PT + text.removeprefix("pt:")
        if text.startswith("pt:")
        else BASE + text
        if text.startswith(_OWN)
        else text
    )
    if node is None:
        raise ProblemError(400, "Bad request", f"“{name}” must be an IRI, not “{text}”.")
    return node


def _short(iri: str) -> str:
    """An identifier as ``_asked`` reads it, without what all of ours begin with: a list holds it often."""
    short = iri.removeprefix(BASE)
    return short if short != iri and short.startswith(_OWN) else compact(iri) if iri.startswith(PT) else iri


def _send(
    narrowing: Narrowing, found: ThingList, template: str, others: Sequence[str] = (), **more: Any
) -> Response:
    """One page or file of a list; ``others`` are things without a name, which come last."""
    form = responses.wanted(OFFERS)
    size = PER_PAGE if form is HTML else PER_FILE
    total = len(found) + len(others)
    number = responses.page_of_list(total, size)
    start, end = (number - 1) * size, number * size
    iris = [
        *search_index().iris(found.numbers[start:end]),
        *others[max(start - len(found), 0) : max(end - len(found), 0)],
    ]
    links = _links(narrowing, total, number, size, form)
    if form is not HTML:
        return _file(narrowing, iris, total, number, form, links)
    shown = {
        "narrowing": narrowing,
        "facets": narrowing.facets(found),
        "formats": FORMATS,
        "total": total,
        "number": number,
        "per_page": PER_PAGE,
        "corrected": found.corrected,
        **_shown(iris, more.get("section"), more.get("words", "")),
        **more,
    }
    headers = {"Link": ", ".join(links), _ROWS: str(total)}
    return responses.send(render_template(template, **shown), HTML, headers=headers)


def _shown(iris: Sequence[str], section: Section | None, words: str) -> dict[str, Any]:
    """The things of one page: transfers as sentences, others with what tells them apart."""
    nodes = [ox.NamedNode(iri) for iri in iris]
    if section is not None and section.segment == "transfer":
        view().reader.prepare(nodes, *CHAIN)
        return {"told": [transfer_sentence(view(), node) for node in nodes]}
    view().reader.prepare(nodes)
    return {
        "items": [(view().thing(n), _beside(n), "" if section else _kind(n), _other(n, words)) for n in nodes]
    }


def _beside(node: ox.NamedNode) -> Sequence[Any]:
    return view().values(node, *SUMMARY.get(segment_of(node.value), ()))


def _kind(node: ox.NamedNode) -> str:
    kind = segment_of(node.value)
    return gettext(SECTIONS[kind].one) if kind in SECTIONS else kind


def _other(node: ox.NamedNode, words: str) -> Any:
    """The other name by which a thing was found, where its label has none of the words."""
    parts = fold(words).split()
    if not parts or any(part in fold(view().thing(node).text) for part in parts):
        return None
    others = view().values(node, "skos:altLabel", "dct:title", "dct:alternative")
    return next((value for value in others if any(part in fold(value.text) for part in parts)), None)


def _file(
    narrowing: Narrowing, iris: Sequence[str], total: int, number: int, form: Format, links: Sequence[str]
) -> Response:
    """One part of the list, which is nearly always the whole of it."""
    view().reader.prepare([ox.NamedNode(iri) for iri in iris])
    rows = [_row(iri) for iri in iris]
    given = {**narrowing.given, "page": str(number) if number > 1 else ""}
    if form is JSON:
        body = {
            "release": opened().release.id,
            "again": exports.again(narrowing.address, given),
            "total": total,
            "things": rows,
        }
        answer = responses.send(responses.as_json(body), form, headers={"Link": ", ".join(links)})
    else:
        start = (number - 1) * PER_FILE
        told = Rows(tuple(COLUMNS), [tuple(ox.Literal(text) for text in row.values()) for row in rows])
        about = {
            "What this is": f"Things {min(start + 1, total)} to {start + len(rows)} of a list of {total}"
        }
        export = Export(narrowing.address.replace("/", "-"), {"Data": told}, COLUMNS | exports.RELEASE, about)
        answer = exports.send(export, form, narrowing.address, given, links)
    answer.headers[_ROWS] = str(total)
    return answer


def _row(iri: str) -> dict[str, str]:
    thing = view().thing(ox.NamedNode(iri))
    page = links().absolute(f"doc/{iri[len(ID) :]}")
    return dict(
        zip(COLUMNS, (iri, thing.text, thing.language, segment_of(iri), context(iri), page), strict=True)
    )


def _links(narrowing: Narrowing, total: int, number: int, size: int, form: Format) -> list[str]:
    """Where the list goes on, and its other formats."""
    found = []
    for rel, page in (("prev", number - 1), ("next", number + 1)):
        if 1 <= page <= max(-(-total // size), 1):
            found.append(f'<{_absolute(narrowing.href(page=page, format=form.name))}>; rel="{rel}"')
    for other in OFFERS:
        if other is not form:
            address = _absolute(narrowing.href(format=other.name))
            found.append(f'<{address}>; rel="alternate"; type="{other.media_type}"')
    return found


def _absolute(path: str) -> str:
    return links().absolute(path.removeprefix(links().root))


def _browse_unnamed(section: Section, narrowing: Narrowing) -> Response:
    """Things without names, such as hops, in the order of their identifiers."""
    nodes = _unnamed(section)
    number = responses.page_of_list(len(nodes), PER_PAGE)
    some = [node.value for node in nodes[(number - 1) * PER_PAGE : number * PER_PAGE]]
    return responses.page(
        "search/browse.html",
        section=section,
        narrowing=narrowing,
        facets=[],
        formats=(),
        total=len(nodes),
        number=number,
        per_page=PER_PAGE,
        **_shown(some, section, ""),
    )


def _unnamed(section: Section) -> list[ox.NamedNode]:
    memo, key = opened().memo, f"browse/{section.segment}"
    if key not in memo:
        every = opened().reader.subjects("rdf:type", ox.NamedNode(section.cls))
        memo[key] = [node for node in every if segment_of(node.value) == section.segment]
    found: list[ox.NamedNode] = memo[key]
    return found

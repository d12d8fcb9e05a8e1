"""Lists of things: search, and things of one kind, both narrowed by facets; as page, JSON or CSV."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, render_template, request

from policytrace.graph.finding.folding import fold
from policytrace.graph.finding.index import Found
from policytrace.graph.terms import ID
from policytrace.graph.texts import gettext
from policytrace.server import replies
from policytrace.server.narrowing import Narrowing
from policytrace.server.negotiate import CSV, HTML, Format
from policytrace.server.operation import JSON
from policytrace.server.replies import ProblemError
from policytrace.server.state import links, opened, view
from policytrace.server.suggest import context, names, segment
from policytrace.server.transfer import CHAIN, tell
from policytrace.server.words import BESIDE, SECTIONS, Section

blueprint = Blueprint("lists", __name__)

PER_PAGE = 50
"""Things on one page."""
PER_FILE = 10_000
"""Things in one CSV or JSON document; the next ones are at the address in its Link header."""
SHORTEST = 2
"""Letters a search needs."""
OFFERS: tuple[Format, ...] = (HTML, JSON, CSV)


@blueprint.get("/search")
def search() -> Response:
    """Things with some words in their names, in their texts or in the names of things beside them."""
    words = " ".join(request.args.get("q", "").split())
    narrowing = Narrowing.asked("search", {"q": words})
    if len(words) < SHORTEST and not narrowing.chosen:
        return replies.page("search.html", words=words)
    found = narrowing.find(words if len(words) >= SHORTEST else "")
    return _send(narrowing, found, "search.html", words=words)


@blueprint.get("/browse")
def kinds() -> Response:
    """All kinds of things."""
    counts = {count.code: count.things for count in names().find().counts["kind"]}
    for section in SECTIONS.values():
        if section.segment not in counts:
            counts[section.segment] = len(_unnamed(section))
    listed = [(s, counts[s.segment]) for s in SECTIONS.values() if counts[s.segment]]
    return replies.page("kinds.html", kinds=listed)


@blueprint.get("/browse/<kind>")
def browse(kind: str) -> Response:
    """Things of one kind, by name."""
    if kind not in SECTIONS:
        hints = [(s.many, links().path(f"browse/{s.segment}")) for s in SECTIONS.values() if s.main]
        raise ProblemError(404, "Not found", f"There is no list called “{kind}”.", hints=hints)
    section, narrowing = SECTIONS[kind], Narrowing.asked(f"browse/{kind}", kind=kind)
    if not names().has(kind):
        return _browse_unnamed(section, narrowing)
    return _send(narrowing, narrowing.find(), "browse.html", section=section)


def _send(narrowing: Narrowing, found: Found, template: str, **more: Any) -> Response:
    form = replies.wanted(OFFERS)
    number = _page_number(len(found), PER_PAGE if form is HTML else PER_FILE)
    size = PER_PAGE if form is HTML else PER_FILE
    iris = names().iris(found.numbers[(number - 1) * size : number * size])
    headers = _headers(narrowing, len(found), number, size, form)
    if form is not HTML:
        return replies.send(_file(iris, len(found), form), form, headers=headers)
    shown = {
        "narrowing": narrowing,
        "facets": narrowing.facets(found),
        "total": len(found),
        "number": number,
        "per_page": PER_PAGE,
        "corrected": found.corrected,
        **_shown(iris, more.get("section"), more.get("words", "")),
        **more,
    }
    return replies.send(render_template(template, **shown), HTML, headers=headers)


def _shown(iris: Sequence[str], section: Section | None, words: str) -> dict[str, Any]:
    """The things of one page: transfers as sentences, others with what tells them apart."""
    nodes = [ox.NamedNode(iri) for iri in iris]
    if section is not None and section.segment == "transfer":
        view().reader.prepare(nodes, *CHAIN)
        return {"told": [tell(view(), node) for node in nodes]}
    view().reader.prepare(nodes)
    return {
        "items": [(view().thing(n), _beside(n), "" if section else _kind(n), _other(n, words)) for n in nodes]
    }


def _beside(node: ox.NamedNode) -> Sequence[Any]:
    return view().values(node, *BESIDE.get(segment(node.value), ()))


def _kind(node: ox.NamedNode) -> str:
    kind = segment(node.value)
    return gettext(SECTIONS[kind].one) if kind in SECTIONS else kind


def _other(node: ox.NamedNode, words: str) -> Any:
    """The other name by which a thing was found, where its label has none of the words."""
    parts = fold(words).split()
    if not parts or any(part in fold(view().thing(node).text) for part in parts):
        return None
    others = view().values(node, "skos:altLabel", "dct:title", "dct:alternative")
    return next((value for value in others if any(part in fold(value.text) for part in parts)), None)


def _file(iris: Sequence[str], total: int, form: Format) -> str:
    view().reader.prepare([ox.NamedNode(iri) for iri in iris])
    rows = []
    for iri in iris:
        thing = view().thing(ox.NamedNode(iri))
        rows.append(
            {
                "iri": iri,
                "label": thing.text,
                "language": thing.language,
                "kind": segment(iri),
                "context": context(iri),
                "page": links().absolute(f"doc/{iri[len(ID) :]}"),
            }
        )
    if form is JSON:
        return replies.as_json({"release": opened().release.id, "total": total, "things": rows})
    text = io.StringIO()
    writer = csv.DictWriter(text, ["iri", "label", "language", "kind", "context", "page"])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _headers(narrowing: Narrowing, total: int, number: int, size: int, form: Format) -> dict[str, str]:
    """Where the list goes on, and its other formats."""
    found = []
    for rel, page in (("prev", number - 1), ("next", number + 1)):
        if 1 <= page <= max(-(-total // size), 1):
            found.append(f'<{_absolute(narrowing.href(page=page, format=form.name))}>; rel="{rel}"')
    for other in OFFERS:
        if other is not form:
            address = _absolute(narrowing.href(format=other.name))
            found.append(f'<{address}>; rel="alternate"; type="{other.media_type}"')
    return {"Link": ", ".join(found), "X-PolicyTrace-Rows": str(total)}


def _absolute(path: str) -> str:
    return links().absolute(path.removeprefix(links().root))


def _page_number(total: int, size: int) -> int:
    pages = max(-(-total // size), 1)
    text = request.args.get("page", "1")
    if not text.isdecimal() or not 1 <= int(text) <= pages:
        raise ProblemError(
            404, "Not found", f"This list has the pages 1 to {pages}; “{text}” is not one of them."
        )
    return int(text)


def _browse_unnamed(section: Section, narrowing: Narrowing) -> Response:
    """Things without names, such as hops, in the order of their identifiers."""
    nodes = _unnamed(section)
    number = _page_number(len(nodes), PER_PAGE)
    some = [node.value for node in nodes[(number - 1) * PER_PAGE : number * PER_PAGE]]
    return replies.page(
        "browse.html",
        section=section,
        narrowing=narrowing,
        facets=[],
        total=len(nodes),
        number=number,
        per_page=PER_PAGE,
        **_shown(some, section, ""),
    )


def _unnamed(section: Section) -> list[ox.NamedNode]:
    memo, key = opened().memo, f"browse/{section.segment}"
    if key not in memo:
        every = opened().reader.subjects("rdf:type", ox.NamedNode(section.cls))
        memo[key] = [node for node in every if segment(node.value) == section.segment]
    found: list[ox.NamedNode] = memo[key]
    return found

"""The doors at which harvesters knock: VoID, the DCAT catalogue, data sets."""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pyoxigraph as ox
from flask import Blueprint, Response, current_app, g, redirect, render_template, request

from policytrace.graph.vocabulary.terms import GRAPH
from policytrace.server.catalogue import dcat, schema_org
from policytrace.server.catalogue.croissant import croissant as described
from policytrace.server.catalogue.facts import Facts
from policytrace.server.catalogue.files import GRAPHS, complete, files_of, on_request
from policytrace.server.catalogue.source import NAME, SERIES, CatalogueSource, Data, day
from policytrace.server.catalogue.void import void
from policytrace.server.catalogue.words import words
from policytrace.server.changes import dumps
from policytrace.server.execution.errors import NoResultError
from policytrace.server.http import connections, negotiation
from policytrace.server.http.negotiation import GRAPH_FORMATS, HTML, JSON_LD, PAGE_AND_GRAPH, Format
from policytrace.server.linked_data import link_header
from policytrace.server.releases.pinned_release import newest_first
from policytrace.server.responses import query_results, responses
from policytrace.server.responses.query_problems import problem
from policytrace.server.responses.responses import ProblemError, correction_address
from policytrace.server.responses.state import links, opened, state

blueprint = Blueprint("catalogue", __name__)

PER_PAGE = 100
"""Data sets on one page of the catalogue; its descriptions as RDF hold all."""
SCHEMA_DATASET = "https://schema.org/Dataset"


def source() -> CatalogueSource:
    """The release of this request as the catalogue sees it."""
    current, memo = opened().release, opened().memo
    releases = state().published.releases
    kept = newest_first(releases)
    key = f"catalogue/{','.join(one.id for one in kept)}"
    if key not in memo:
        known = kept if any(one.id == current.id for one in kept) else [current, *kept]
        contact = correction_address(links().site)
        absolute = contact if ":" in contact.partition("/")[0] else links().absolute("corrections")
        first = releases.first() or day(str(current.manifest["created"]))
        memo[key] = CatalogueSource(
            links(), current, opened().reader, known, first, absolute, not current_app.config.get("FROZEN")
        )
    found: CatalogueSource = memo[key]
    return found


@blueprint.get("/.well-known/void")
def well_known() -> Response:
    """Leads to the description of the data set, where VoID clients look for it (303)."""
    arguments = {"format": request.args["format"]} if "format" in request.args else {}
    query = f"?format={arguments['format']}" if arguments else ""
    answer = redirect(links().absolute(f"void{query}"), 303)
    return Response(answer.get_data(), 303, answer.headers)


@blueprint.get("/void")
@blueprint.get("/void.<extension>")
def about(extension: str = "") -> Response:
    """The release in numbers, as VoID."""
    found = source()
    return _described(
        "void",
        extension,
        found.release.licence,
        lambda: void(found),
        lambda: _page("catalogue/void.html", targets=words()["targets"]),
    )


@blueprint.get("/catalog")
@blueprint.get("/catalog.<extension>")
def catalogue(extension: str = "") -> Response:
    """The catalogue of data sets and services, by DCAT-AP."""
    found = source()
    number = responses.page_of_list(len(found.parts), PER_PAGE, "The catalogue has")

    def page() -> str:
        some = found.parts[(number - 1) * PER_PAGE : number * PER_PAGE]
        return _page(
            "catalogue/catalog.html",
            some=some,
            number=number,
            per_page=PER_PAGE,
            marked=schema_org.catalogue(found, some),
            services=found.services,
        )

    return _described(
        "catalog", extension, found.release.licence, lambda: dcat.catalogue(found), page, part=str(number)
    )


@blueprint.get("/dataset/<path:name>")
def dataset(name: str) -> Response:
    """A data set: a page about it, its description, or all of its statements."""
    stem, _, extension = name.rpartition(".")
    if stem and negotiation.named(extension, PAGE_AND_GRAPH):
        name = stem
    else:
        extension = ""
    folder, _, last = name.partition("/")
    if last == "data" and folder in source().manifest.get("folders", {}):
        return _rows(folder, extension)
    if name == SERIES.rpartition("/")[2]:
        found = source()
        return _described(
            "dataset/releases",
            extension,
            found.release.licence,
            lambda: dcat.series(found),
            lambda: _page("catalogue/series.html"),
        )
    return _data(_find(name), extension)


@blueprint.get("/croissant/policytrace.json")
@blueprint.get("/croissant/policytrace/<release_id>.json")
def croissant(release_id: str = "") -> Response:
    """A release by its tables, for machine learning tools."""
    form = responses.wanted((JSON_LD,))
    found, newest = source(), opened().release.id
    release = dumps.local_release(release_id or newest)
    g.volatile = not complete(found)
    body = described(found, found.version(release) if release_id else found.whole(), release)
    return responses.send(responses.as_json(body), form)


def _croissant(data: Data) -> str:
    """Where the tables of a data set are described for machine learning tools; empty for a part."""
    return "" if data.is_part else f"croissant/{data.name}.json"


def _find(name: str) -> Data:
    """The data set of that name.

    Raises:
        ProblemError: there is none.
    """
    found = source()
    if name == NAME:
        return found.whole()
    for release in found.kept:
        if name == f"{NAME}/{release.id}":
            return found.version(release)
    if name.startswith(f"{NAME}/"):
        dumps.local_release(name.removeprefix(f"{NAME}/"))
    try:
        return found.part(name)
    except KeyError:
        hints = [("All data sets", links().path("catalog"))]
        text = f"There is no data set called “{name}”."
        raise ProblemError(404, "Not found", text, hints=hints) from None


def _data(data: Data, extension: str) -> Response:
    found = source()

    def page() -> str:
        names = (found.reader.label(ox.NamedNode(country)) for country in data.countries)
        return _page(
            "catalogue/dataset.html",
            data=data,
            files=files_of(found, data),
            asked=on_request(found, data) if found.part_files(data.name) else (),
            croissant=_croissant(data),
            marked=schema_org.dataset(found, data),
            countries=sorted(name.text for name in names if name),
            publisher=words()["publisher"]["name"],
            provenance=words()["texts"]["provenance"],
        )

    items = [f'<{file.address}>; rel="item"; type="{file.form.media}"' for file in files_of(found, data)]
    return _described(
        data.path, extension, data.licence, lambda: dcat.dataset(found, data), page, data.iri, items
    )


def _page(template: str, **context: Any) -> str:
    return render_template(
        template, source=source(), graph_formats=GRAPH_FORMATS, page=links().page, **context
    )


def _described(
    path: str,
    extension: str,
    licence: str | None,
    facts: Callable[[], Facts],
    page: Callable[[], str],
    cite: str = "",
    items: list[str] | None = None,
    part: str = "",
) -> Response:
    """A description as RDF, or the page that tells the same; both made once for a release."""
    form = responses.wanted(PAGE_AND_GRAPH, _extension(path, extension))
    final = complete(source())
    key = (path, str(final), ",".join(one.id for one in source().kept), part, form.name)
    body = opened().documents.get_or_make(
        key, lambda: page().encode() if form is HTML else facts().serialised(form)
    )
    g.volatile = not final
    return responses.send(body, form, headers=_headers(path, form, cite, items or [], licence))


def _extension(path: str, extension: str) -> Format | None:
    chosen = negotiation.named(extension, PAGE_AND_GRAPH) if extension else None
    if extension and chosen is None:
        raise ProblemError(404, "Not found", f"There is no “{path}.{extension}”.")
    return chosen


def _headers(path: str, form: Format, cite: str, items: list[str], licence: str | None) -> dict[str, str]:
    types = (SCHEMA_DATASET,) if cite else ()
    found = link_header.headers(links(), path, cite or links().absolute(path), form, licence, types=types)
    if form is HTML and items:
        found["Link"] = ", ".join([found["Link"], *items])
    return found


def _rows(folder: str, extension: str) -> Response:
    """Every statement of the rows of one folder."""
    offers = tuple(form for form in GRAPH_FORMATS if form.name in GRAPHS)
    form = responses.wanted(offers, negotiation.named(extension, offers) if extension else None)
    text = (files("policytrace") / "queries" / "catalogue" / "rows.rq").read_text("utf-8")
    query = text.replace("$folder", str(ox.Literal(f"{GRAPH}{folder}/")))
    try:
        result = state().pool.open(
            opened().release.store_path,
            query,
            "",
            form.media_type,
            client_gone=connections.watch(request.environ),
        )
    except NoResultError as error:
        raise problem(error, query) from None
    stem = f"dataset/{folder}/data"
    return query_results.send(
        result,
        form,
        [*responses.alternates(stem, offers), *link_header.of_data(links(), opened().release.licence)],
    )

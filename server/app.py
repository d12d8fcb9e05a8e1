"""Puts the application together: settings, release, query processes, blueprints, errors."""

from datetime import datetime
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from policytrace.graph.sparql import QueryError
from policytrace.server import (
    about,
    analysis,
    atom,
    bundles,
    checking,
    collections,
    completion,
    dumps,
    examples,
    gaps,
    graph_store,
    home,
    indicators,
    ldes,
    library,
    lists,
    ontology,
    openapi,
    operation,
    overview_page,
    paths,
    releases,
    replies,
    reports,
    since,
    sparql,
    strength,
    suggest,
    things,
    through,
)
from policytrace.server.access_log import AccessLog
from policytrace.server.catalogue import linkset, sitemap
from policytrace.server.catalogue import routes as catalogue
from policytrace.server.conformance import routes as conformance
from policytrace.server.corrections import correction_address
from policytrace.server.counters import Counters
from policytrace.server.direct import Direct
from policytrace.server.direct_documents import DirectDocuments
from policytrace.server.front import Front
from policytrace.server.guard import Guard, guarded
from policytrace.server.language import moment, speak
from policytrace.server.links import Links
from policytrace.server.older import NotKeptError
from policytrace.server.path_form import ENDS
from policytrace.server.pictures import of_ontology, of_paths
from policytrace.server.pictures import routes as pictures
from policytrace.server.pool import Pool
from policytrace.server.published import NoReleaseError, Published
from policytrace.server.replies import ProblemError
from policytrace.server.report import REPORTED
from policytrace.server.settings import MIB, Settings
from policytrace.server.state import State, links, state, view
from policytrace.server.view import short_name
from policytrace.server.words import COVERAGE, PARAMETERS, SECTIONS


def assemble(settings: Settings, counters: Counters) -> Flask:
    """The application, the front before it."""
    app = Flask("policytrace.server", static_folder="static", template_folder="templates")
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # the redirect would name the host that the request names
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    published, pool = _source(settings)
    own = State(settings, Links(settings.site), published, pool, counters)
    app.extensions["policytrace"] = own
    for blueprint in (
        home.blueprint,
        things.blueprint,
        about.blueprint,
        ontology.blueprint,
        collections.blueprint,
        library.blueprint,
        sparql.blueprint,
        strength.blueprint,
        analysis.blueprint,
        indicators.blueprint,
        gaps.blueprint,
        graph_store.blueprint,
        checking.blueprint,
        lists.blueprint,
        suggest.blueprint,
        overview_page.blueprint,
        paths.blueprint,
        reports.blueprint,
        pictures.blueprint,
        of_paths.blueprint,
        of_ontology.blueprint,
        openapi.blueprint,
        bundles.blueprint,
        completion.blueprint,
        examples.blueprint,
        operation.blueprint,
        dumps.blueprint,
        releases.blueprint,
        catalogue.blueprint,
        sitemap.blueprint,
        linkset.blueprint,
        ldes.blueprint,
        atom.blueprint,
        since.blueprint,
        through.blueprint,
        conformance.blueprint,
    ):
        app.register_blueprint(blueprint)
    app.after_request(replies.finish)
    app.register_error_handler(ProblemError, replies.report)
    app.register_error_handler(NoReleaseError, _no_release)
    app.register_error_handler(NotKeptError, _not_kept)
    app.register_error_handler(QueryError, _no_answer)
    app.register_error_handler(HTTPException, _http_error)
    app.context_processor(_context)
    guard = Guard(settings)
    guarded(app, guard)
    speak(app, settings)
    log = AccessLog(settings.access_log) if settings.access_log else None
    direct = [Direct(own, guard).answer]
    if not settings.store:
        direct.append(DirectDocuments(own, guard).answer)
    app.wsgi_app = Front(  # type: ignore[method-assign]
        app.wsgi_app,
        direct,
        guard.client,
        published,
        settings.cache * MIB,
        settings.waiting,
        counters,
        log,
    )
    return app


def _source(settings: Settings) -> tuple[Published, Pool]:
    """Where releases are found and queries run: this machine, or the SPARQL server of the settings."""
    if settings.store:
        from policytrace.server.remote import source

        return source(settings)
    pool = Pool(
        settings.query_processes,
        settings.query_seconds,
        settings.query_memory,
        size=settings.result_size,
        rows=settings.result_rows,
        services=settings.services,
    )
    return Published(settings.home), pool


def _context() -> dict[str, Any]:
    """What every template may use."""
    release = g.opened.release if "opened" in g else None
    created = str(release.manifest.get("created", "")) if release else ""
    return {
        "path": links().path,
        "site": links().site,
        "release": release,
        "released": moment(datetime.fromisoformat(created)) if created else "",
        "coverage": COVERAGE,
        "sections": SECTIONS,
        "parameters": PARAMETERS,
        "reported": REPORTED,
        "ends": ENDS,
        "correction": correction_address,
        "bundles": bundles.bundles,
        "texts_of": bundles.texts,
        "short": short_name,
        "country": lambda iri: view().country(iri),
        "query_seconds": state().settings.query_seconds,
    }


def _no_release(error: NoReleaseError) -> Response:
    return replies.report(ProblemError(503, "No release yet", str(error)))


def _not_kept(error: NotKeptError) -> Response:
    hints = [(f"Release {known}", links().path("sparql", release=known)) for known in error.kept]
    if error.tombstone is not None:
        removed, reason = error.tombstone["removed"], error.tombstone["reason"]
        detail = f"Release {error.release_id} was removed on {removed}: {reason}."
        problem = ProblemError(
            410, "Release removed", detail, hints=hints, releases=error.kept, removed=removed
        )
    else:
        detail = f"There is no release “{error.release_id}”. Kept are: {', '.join(error.kept)}."
        problem = ProblemError(404, "No such release", detail, hints=hints, releases=error.kept)
    return replies.report(problem)


def _no_answer(error: QueryError) -> Response:
    return replies.report(ProblemError(502, "The SPARQL server did not answer", str(error)))


def _http_error(error: HTTPException) -> Response:
    problem = ProblemError(error.code or 500, error.name.capitalize(), _said(error))
    answer = replies.report(problem)
    for name, value in error.get_headers():
        if name in ("Allow", "Location"):
            answer.headers[name] = value
    return answer


def _said(error: HTTPException) -> str:
    """What is said of an address that nothing here answers, or not in this way."""
    if error.code == 404:
        return f"There is nothing at {request.path} here."
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        return f"{request.path} does not take {request.method}; it takes {allowed}."
    return error.description or ""

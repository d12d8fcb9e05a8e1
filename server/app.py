"""Puts the application together: settings, release, query processes, blueprints, errors."""

import errno
import threading
from datetime import datetime
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from policytrace.graph.releases.release import DamagedError
from policytrace.graph.sparql.syntax import QueryError
from policytrace.server import (
    analyses,
    catalogue,
    changes,
    conformance,
    dossiers,
    linked_data,
    paths,
    search,
    site,
    sparql,
    workbooks,
)
from policytrace.server.dossiers.transfers_of import REPORTED
from policytrace.server.execution.pool import Pool
from policytrace.server.front.cache_middleware import CacheMiddleware
from policytrace.server.front.document_fast_path import DocumentFastPath
from policytrace.server.front.sparql_fast_path import SparqlFastPath
from policytrace.server.language.catalogues import install_language, moment
from policytrace.server.limits import input_lengths
from policytrace.server.limits.guard import Guard, attach
from policytrace.server.operations.access_log import AccessLog
from policytrace.server.operations.counters import Counters
from policytrace.server.operations.settings import MIB, Settings
from policytrace.server.paths.form import ENDS
from policytrace.server.presentation.package_files import static_file, templates
from policytrace.server.presentation.sections import SECTIONS
from policytrace.server.presentation.urls import Links
from policytrace.server.presentation.view import short_name
from policytrace.server.presentation.wording import COVERAGE, COVERAGE_OF_OWN, PARAMETERS, licence_name
from policytrace.server.releases.current import NoReleaseError, Published
from policytrace.server.releases.pinned_release import UnknownReleaseError
from policytrace.server.releases.watch import Watch
from policytrace.server.responses import responses
from policytrace.server.responses.responses import QUOTED, ProblemError, correction_address
from policytrace.server.responses.state import State, links, opened, state, view
from policytrace.server.site import bundles
from policytrace.server.workbooks.process import sweep

PACKAGES = (
    search.blueprints,
    paths.blueprints,
    dossiers.blueprints,
    linked_data.blueprints,
    analyses.blueprints,
    changes.blueprints,
    catalogue.blueprints,
    sparql.blueprints,
    workbooks.blueprints,
    site.blueprints,
    conformance.blueprints,
)
"""What answers addresses, package by package."""
RENDERER = "policytrace.server.responses.rendition"
"""The module that makes files for people of results, in query processes."""


def assemble(settings: Settings, counters: Counters) -> Flask:
    """The application, the front before it."""
    app = Flask("policytrace.server", static_folder=None, template_folder=None)
    app.jinja_loader = templates()
    app.add_url_rule("/static/<path:name>", "static", static_file)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False  # the redirect would name the host that the request names
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    published, pool = _source(settings, counters)
    own = State(settings, Links(settings.site), published, pool, counters)
    app.extensions["policytrace"] = own
    for blueprints in PACKAGES:
        for blueprint in blueprints():
            app.register_blueprint(blueprint)
    app.before_request(responses.check_host)
    app.after_request(responses.finish)
    app.register_error_handler(ProblemError, responses.report)
    app.register_error_handler(NoReleaseError, _no_release)
    app.register_error_handler(UnknownReleaseError, _unknown_release)
    app.register_error_handler(QueryError, _no_answer)
    app.register_error_handler(DamagedError, _damaged)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OSError, _no_files)
    app.context_processor(_context)
    guard = Guard(settings)
    input_lengths.attach(app)
    attach(app, guard)
    install_language(app, settings)
    log = AccessLog(settings.access_log) if settings.access_log else None
    fast_paths = [SparqlFastPath(own, guard).reply]
    if not settings.store:
        fast_paths.append(DocumentFastPath(own, guard).reply)
    app.wsgi_app = CacheMiddleware(  # type: ignore[method-assign]
        app.wsgi_app,
        fast_paths,
        guard.client,
        published,
        settings.cache * MIB,
        settings.waiting,
        counters,
        log,
    )
    return app


def attend(app: Flask) -> None:
    """Removes what earlier processes left, and looks after the releases that this one has open."""
    sweep()
    own: State = app.extensions["policytrace"]
    if not own.settings.store:
        threading.Thread(target=Watch(own.published, own.pinned).run, daemon=True).start()


def _source(settings: Settings, counters: Counters) -> tuple[Published, Pool]:
    """Where releases are found and queries run: this machine, or the SPARQL server of the settings."""
    if settings.store:
        from policytrace.server.releases.remote import source

        return source(settings, RENDERER)
    pool = Pool(
        settings.query_processes,
        settings.query_seconds,
        settings.query_memory,
        share=settings.memory_share,
        renderer=RENDERER,
        size=settings.result_size,
        rows=settings.result_rows,
        services=settings.services,
        on_replace=lambda: counters.add("queries_replaced", 1),
    )
    return Published(settings.home), pool


def _context() -> dict[str, Any]:
    """What every template may use."""
    release = g.opened.release if "opened" in g else None
    created = str(release.manifest.get("created", "")) if release else ""
    packaged = bool(release and release.manifest.get("packaged"))
    return {
        "path": links().path,
        "site": links().site,
        "release": release,
        "released": moment(datetime.fromisoformat(created)) if created else "",
        "coverage": COVERAGE if packaged else COVERAGE_OF_OWN,
        "packaged": packaged,
        "licence": release.licence if release else None,
        "licence_name": licence_name,
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
    return responses.report(ProblemError(503, "No release", str(error)))


def _damaged(error: DamagedError) -> Response:
    release = opened().release.id if "opened" in g else ""
    state().published.damage.note(release, error.damage.file, error.damage.problem)
    told = str(error)
    detail = f"{told[0].upper()}{told[1:]} What does not need this file is answered as ever."
    return responses.report(ProblemError(503, "A file is damaged", detail))


def _unknown_release(error: UnknownReleaseError) -> Response:
    hints = [(f"Release {known}", links().path("sparql", release=known)) for known in error.available]
    if error.tombstone is not None:
        removed, reason = error.tombstone["removed"], error.tombstone["reason"]
        detail = f"Release {error.release_id} was removed on {removed}: {reason}."
        problem = ProblemError(
            410, "Release removed", detail, hints=hints, releases=error.available, removed=removed
        )
    else:
        name = error.release_id[:QUOTED]
        detail = f"There is no release “{name}”. Kept are: {', '.join(error.available)}."
        problem = ProblemError(404, "No such release", detail, hints=hints, releases=error.available)
    return responses.report(problem)


def _no_answer(error: QueryError) -> Response:
    return responses.report(ProblemError(502, "The SPARQL server did not answer", str(error)))


def _no_files(error: OSError) -> Response:
    """What is said when the system gives no more files; any other error is none of a client."""
    if error.errno not in (errno.EMFILE, errno.ENFILE):
        raise error
    detail = "The server has too many files open at this moment. Try again later."
    return responses.report(ProblemError(503, "Busy", detail))


def _http_error(error: HTTPException) -> Response:
    problem = ProblemError(error.code or 500, error.name.capitalize(), _said(error))
    answer = responses.report(problem)
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

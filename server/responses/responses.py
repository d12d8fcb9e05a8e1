"""Answers over HTTP: validators, links to the other representations, and problems people can act on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Self
from urllib.parse import urlencode, urljoin

import pyoxigraph as ox
from flask import Response, g, json, render_template, request
from werkzeug.http import http_date

from policytrace.graph.vocabulary.numerals import whole_number
from policytrace.server.http import content_coding, negotiation
from policytrace.server.http.host import names_one_host
from policytrace.server.http.links import LONGEST, shortened
from policytrace.server.http.negotiation import Format
from policytrace.server.http.request_body import BodyTooSlowError
from policytrace.server.operations.access_log import facts
from policytrace.server.responses.reply import NO_CACHE, NO_STORE, SECURITY, Reply, VerbatimResponse, tag
from policytrace.server.responses.state import links, opened, state

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match, If-Modified-Since",
    "Access-Control-Max-Age": "86400",
}
"""Headers of answers to OPTIONS, which browsers ask before they let a page of another site ask."""

PROBLEM = Format("json", "application/problem+json", "JSON", ("application/json",))
PROBLEM_FORMATS = (PROBLEM, *negotiation.GRAPH_FORMATS)
"""The formats of a problem for programs; RDF only for those that ask for it by name."""
QUOTED = 200
"""Characters of what a client sent that a problem report repeats."""
ALL_LINKS = "policytrace.links"
"""Says in the WSGI environment that all links are wanted, however long; nothing that is sent can say so."""
RETRY_AFTER = {429: 1, 503: 5}
"""Seconds after which a client that was turned away may come again, unless the problem says another time."""


class ProblemError(Exception):
    """Ends a request with a problem report (RFC 9457), as a page for browsers and as JSON for others.

    ``hints`` are (text, address) pairs that lead on; ``triples`` say the same to clients that ask for RDF.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str = "",
        *,
        hints: Iterable[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        triples: Sequence[ox.Triple] = (),
        **members: Any,
    ) -> None:
        super().__init__(title)
        self.triples = triples
        self.status, self.title, self.detail = status, title, detail
        self.hints, self.headers, self.members = tuple(hints), dict(headers or {}), members

    def again(self) -> Self:
        """The same problem, to be raised where another one was kept.

        One that was raised knows where, and so the request; kept with that, both would stay for long.
        """
        copy = type(self).__new__(type(self), *self.args)
        vars(copy).update(vars(self))
        return copy


def send(
    body: bytes | str,
    form: Format,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    negotiated: bool = True,
) -> Response:
    """An answer with a validator."""
    data = body.encode() if isinstance(body, str) else body
    own = {"Content-Type": form.content_type, "Cache-Control": NO_CACHE, **(headers or {})}
    if negotiated:
        own["Vary"] = "Accept"
    if status == 200:
        own["ETag"] = f'"{tag(data, form)}"'
    return VerbatimResponse(data, status, own)


def send_reply(reply: Reply) -> Response:
    """A reply as a response of the application."""
    facts().update(reply.facts)
    return VerbatimResponse.of(reply)


def page(
    template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
) -> Response:
    """A web page."""
    return send(render_template(template, **context), negotiation.HTML, status=status, headers=headers)


def cached_page(
    key: tuple[str, ...], make: Callable[[], str], headers: Mapping[str, str] | None = None
) -> Response:
    """A web page that depends on nothing but the release and ``key``: rendered once."""
    body = opened().documents.get_or_make((*key, negotiation.HTML.name), lambda: make().encode())
    return send(body, negotiation.HTML, headers=headers)


def wanted(offers: tuple[Format, ...], extension: Format | None = None) -> Format:
    """The representation to send: by extension, by ``?format=``, else by Accept.

    Raises:
        ProblemError: 406, naming what there is.
    """
    if extension is not None:
        return extension
    if name := request.args.get("format"):
        chosen = negotiation.named(name, offers)
        if chosen is None:
            raise not_acceptable(offers, f"There is no format called “{name}” here.")
        return chosen
    chosen = negotiation.choose(request.headers.get("Accept"), offers)
    if chosen is None:
        accepted = request.headers.get("Accept", "")
        quoted = accepted if len(accepted) <= QUOTED else accepted[:QUOTED] + "…"
        raise not_acceptable(offers, f"Nothing here is {quoted}.")
    return chosen


def page_number() -> int:
    """The page of a list that ``?page=`` asks for, the first unless it says another.

    Raises:
        ProblemError: it is no number.
    """
    text = request.args.get("page", "1")
    number = whole_number(text)
    if number is None:
        raise ProblemError(400, "Bad request", f"“page” must be a whole number from 1 on, not “{text}”.")
    return number


def page_of_list(total: int, size: int, whole: str = "This list has") -> int:
    """The page of a list of known length that ``?page=`` asks for, the first unless it says another.

    Args:
        total: things in the list.
        size: how many stand on a page.
        whole: the list, at the beginning of a sentence about its pages.

    Raises:
        ProblemError: 404, it has no such page.
    """
    pages, text = max(-(-total // size), 1), request.args.get("page", "1")
    number = whole_number(text, pages)
    if number is None:
        detail = f"{whole} the pages 1 to {pages}; “{text}” is not one of them."
        raise ProblemError(404, "Not found", detail)
    return number


def too_slow(error: BodyTooSlowError) -> ProblemError:
    """The answer to a request whose body did not come in time."""
    return ProblemError(408, "Request too slow", str(error), headers={"Connection": "close"})


def not_acceptable(offers: tuple[Format, ...], detail: str) -> ProblemError:
    """406, with the list of what there is."""
    there = [{"name": f.name, "media_type": f.media_type} for f in offers]
    hints = [(f"{f.title} ({f.media_type})", _with_format(f.name)) for f in offers]
    links_to_them = [
        f'<{urljoin(links().site, _with_format(f.name))}>; rel="alternate"; type="{f.media_type}"'
        for f in offers
    ]
    headers = {"Link": ", ".join(links_to_them)}
    return ProblemError(
        406, "No acceptable representation", detail, hints=hints, headers=headers, available=there
    )


def _with_format(name: str) -> str:
    arguments = request.args.to_dict() | {"format": name}
    return links().path(request.path.lstrip("/"), **arguments)


def alternates(path: str, offers: Iterable[Format]) -> list[str]:
    """Link header values for the representations of a document that have an extension."""
    return [
        f'<{links().absolute(f"{path}.{f.name}")}>; rel="alternate"; type="{f.media_type}"' for f in offers
    ]


def for_people() -> bool:
    """Whether a problem is told by a page, not by a machine-readable report."""
    return negotiation.wants_page(request.headers.get("Accept")) or request.args.get("format") == "html"


def report(problem: ProblemError) -> Response:
    """The answer for a problem."""
    headers = {"Vary": "Accept", **problem.headers}
    if problem.status in RETRY_AFTER:
        headers["Retry-After"] = str(problem.members.get("retry_after", RETRY_AFTER[problem.status]))
    if problem.status == 429:
        headers["Cache-Control"] = NO_STORE
    if for_people():
        html = render_template("responses/problem.html", problem=problem.again())
        return Response(html, problem.status, headers, content_type=negotiation.HTML.content_type)
    form = negotiation.choose(request.headers.get("Accept"), PROBLEM_FORMATS)
    if problem.triples and form in negotiation.GRAPH_FORMATS:
        syntax = ox.RdfFormat.from_media_type(form.media_type)
        said = ox.serialize(problem.triples, format=syntax)
        return Response(said, problem.status, headers, content_type=form.content_type)
    body = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        **problem.members,
    }
    if problem.hints:
        body["hints"] = [{"text": text, "href": href} for text, href in problem.hints]
    data = json.dumps({key: value for key, value in body.items() if value != ""}) + "\n"
    return Response(data, problem.status, headers, content_type=PROBLEM.content_type)


def check_host() -> None:
    """Answers no request that names no host, or several.

    Raises:
        ProblemError: 400, it does not name one.
    """
    if not names_one_host(request.environ):
        raise ProblemError(400, "Bad request", "A request has one Host header, which names one host.")


def as_json(body: Mapping[str, Any] | Sequence[Any]) -> str:
    """A JSON document of one line."""
    return json.dumps(body) + "\n"


def finish(response: Response) -> Response:
    """Headers of every answer, none of them too long."""
    if len(response.headers.get("Location", "")) > LONGEST:
        response.close()
        detail = f"The address to go on to would have more than {LONGEST:,} characters. Ask for less at once."
        response = report(ProblemError(414, "Address too long", detail))
    if "Link" in response.headers and ALL_LINKS not in request.environ:
        response.headers["Link"] = shortened(response.headers["Link"])
    there = {name.lower() for name, _ in response.headers}
    for name, value in SECURITY.items():
        if name.lower() not in there:
            response.headers.add(name, value)
    if g.get("volatile"):
        response.headers["Cache-Control"] = NO_STORE
    opened = g.get("opened")
    if opened is not None:
        response.headers["X-PolicyTrace-Release"] = opened.release.id
        if response.status_code in (200, 304):
            response.headers["Last-Modified"] = _date(opened.release.manifest["created"])
    if request.method == "OPTIONS":
        response.headers.update(PREFLIGHT)
    content_coding.apply(response, request.headers.get("Accept-Encoding", ""))
    return response


@lru_cache(maxsize=8)
def _date(text: str) -> str:
    return http_date(datetime.fromisoformat(text))


def correction_address(about: str = "", record: str = "") -> str:
    """The address of the correction link for a page about ``about``, whose row is described by ``record``.

    It is the page /corrections, or what the setting POLICYTRACE_CORRECTIONS says.
    """
    chosen = state().settings.corrections
    if not chosen:
        return links().path("corrections", about=about, record=record)
    if chosen.startswith("mailto:"):
        body = (
            f"About: {about or links().site}\nRecord: {record}\n\nWhat is wrong, and which source says so:\n"
        )
        query = urlencode({"subject": "Correction", "body": body}).replace("+", "%20")
        return f"{chosen}{'&' if '?' in chosen else '?'}{query}"
    return f"{chosen}{'&' if '?' in chosen else '?'}{urlencode({'about': about, 'record': record})}"

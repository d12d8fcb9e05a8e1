"""Plain queries, answered without the web framework, whose share of the time of a small one is the largest.

Only a finished result is sent from here. Whatever else becomes of a query, an error or a result in parts, is
handed on to the application, which tells it as it tells those of all other requests.
"""

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from policytrace.server.execution.errors import NoResultError
from policytrace.server.execution.wire import ResultKind
from policytrace.server.execution.worker_process import QueryResult
from policytrace.server.front.answer_cache import CachedAnswer as Finished
from policytrace.server.front.finished_reply import finished
from policytrace.server.http import connections, negotiation
from policytrace.server.http.negotiation import Format
from policytrace.server.limits.guard import ADMITTED, BEGUN, Guard
from policytrace.server.operations.access_log import digest
from policytrace.server.releases.current import NoReleaseError, Opened
from policytrace.server.responses.query_problems import ADDRESS, stated, via
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import State
from policytrace.server.sparql.endpoint import GRAPHS, OPENED, RESULTS, SHOWN, QueryOutcome
from policytrace.server.sparql.protocol import FORM_TYPE, KIB, QUERY_TYPE
from policytrace.server.sparql.volatility import is_volatile

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PARAMETER = "query="
ESCAPES = {f"%{ord(sign):02X}": sign for sign in '<>{}:/#?"();,|=\n'}
"""The signs queries are full of, as addresses write them; decoding the rest is left to the library."""


class Forms(NamedTuple):
    """The formats a client gets rows, and triples, in; None where it takes none."""

    rows: Format | None
    graph: Format | None


class Direct:
    """Answers plain queries in the place of an application.

    Args:
        state: of the application.
        guard: the limits of one client, which the application keeps to as well.
    """

    def __init__(self, state: State, guard: Guard) -> None:
        self._state, self._guard = state, guard
        self._headers = {
            "Link": via(state.links)["Link"],
            "X-PolicyTrace-Limits": stated(state.pool.limits(None)),
        }
        self._base = state.links.absolute(ADDRESS)

    def answer(self, environ: "WSGIEnvironment") -> Finished | None:
        """The whole answer to a request; None when the application is to answer it."""
        query = _query(environ, self._state.settings.query_size * KIB)
        forms = _forms(environ.get("HTTP_ACCEPT")) if query else None
        if query is None or forms is None:
            return None
        try:
            opened = self._state.published.current()
        except NoReleaseError:
            return None
        asker = self._guard.let_in(environ)
        if asker is None:
            return None
        try:
            self._guard.begin(asker)
        except ProblemError as refused:
            environ[ADMITTED] = refused
            return None
        try:
            answer = self._run(opened, query, forms, environ)
        except BaseException:
            self._guard.end(asker)
            raise
        if isinstance(answer, NoResultError) or answer.more:
            environ[BEGUN] = True
            environ[OPENED] = QueryOutcome(opened, answer)
            return None
        answer.close()
        self._guard.end(asker)
        form = forms.graph if answer.form is ResultKind.GRAPH else forms.rows
        assert form is not None
        return self._finished(opened, query, answer, form, environ)

    def _run(
        self, opened: Opened, query: str, forms: Forms, environ: "WSGIEnvironment"
    ) -> QueryResult | NoResultError:
        try:
            return self._state.pool.open(
                opened.release.store_path,
                query,
                forms.rows.media_type if forms.rows else "",
                forms.graph.media_type if forms.graph else "",
                base=self._base,
                gone=connections.watch(environ),
            )
        except NoResultError as error:
            return error

    def _finished(
        self, opened: Opened, query: str, answer: QueryResult, form: Format, environ: "WSGIEnvironment"
    ) -> Finished:
        """What is sent: the body, with the headers the application gives such an answer."""
        facts: dict[str, Any] = {"query": digest(query)}
        headers = self._headers
        if answer.form is not ResultKind.TRUTH:
            headers = {**headers, "X-PolicyTrace-Rows": str(answer.rows)}
            facts["rows"] = answer.rows
        return finished(opened, answer.first, form, environ, headers, alone=is_volatile(query), facts=facts)


def _query(environ: "WSGIEnvironment", largest: int) -> str | None:
    """The query of a request that says nothing else; None for every other request."""
    if environ["PATH_INFO"] != f"/{ADDRESS}":
        return None
    asked, method = environ.get("QUERY_STRING", ""), environ["REQUEST_METHOD"]
    if method == "POST" and not asked:
        return _posted(environ, largest)
    return _decoded(asked) if method == "GET" else None


def _posted(environ: "WSGIEnvironment", largest: int) -> str | None:
    """The query of a body that was read already, and is sent as it is or in a form."""
    body, kind = environ["wsgi.input"], environ.get("CONTENT_TYPE", "")
    if not isinstance(body, io.BytesIO) or "HTTP_CONTENT_ENCODING" in environ:
        return None
    data = body.getvalue()
    if len(data) > largest:
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    if kind == QUERY_TYPE:
        return text if text.strip() else None
    return _decoded(text) if kind == FORM_TYPE else None


def _decoded(pairs: str) -> str | None:
    if not pairs.startswith(PARAMETER) or "&" in pairs or not pairs.isascii():
        return None
    try:
        query = _unquoted(pairs[len(PARAMETER) :])
    except UnicodeDecodeError:
        return None
    return query if query.strip() else None


def _unquoted(text: str) -> str:
    """The text that an address writes so.

    Raises:
        UnicodeDecodeError: it is no UTF-8.
    """
    text = text.replace("+", " ")
    for escape, sign in ESCAPES.items():
        text = text.replace(escape, sign)
    return unquote(text, errors="strict")


@lru_cache(maxsize=1024)
def _forms(accept: str | None) -> Forms | None:
    """What a client gets; None when it takes nothing, or something that is made of the first rows."""
    forms = Forms(negotiation.choose(accept, RESULTS), negotiation.choose(accept, GRAPHS))
    return None if forms == (None, None) or not SHOWN.keys().isdisjoint(forms) else forms

"""The result of a query as a response: as one reply when it is whole, else as a stream."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

from policytrace.graph.releases.release import Release
from policytrace.server.execution.wire import ResultKind
from policytrace.server.execution.worker_process import QueryResult
from policytrace.server.http import content_coding
from policytrace.server.http.negotiation import Format
from policytrace.server.presentation.urls import Links
from policytrace.server.responses import reply, responses
from policytrace.server.responses.reply import NO_CACHE, NO_FACTS, Reply
from policytrace.server.responses.state import links, opened
from policytrace.server.responses.streaming import StreamedResult

ADDRESS = "sparql"
"""The path of the endpoint."""


def limits_header(limits: Mapping[str, float]) -> str:
    """The limits of a query as a header states them."""
    return ", ".join(f"{name}={limit:.12g}" for name, limit in limits.items() if limit)


def via(links: Links) -> dict[str, str]:
    """The header that leads from a result to the endpoint (RFC 8288; relation ``via`` of RFC 4287)."""
    return {"Link": f'<{links.absolute(ADDRESS)}>; rel="via"'}


def whole_reply(
    result: QueryResult,
    release: Release,
    form: Format,
    accept_encoding: str,
    headers: Mapping[str, str],
    *,
    private: bool = False,
    facts: Mapping[str, Any] = NO_FACTS,
) -> Reply:
    """The reply with a result that is whole, which is closed.

    Args:
        result: of a query.
        release: the release that was asked.
        form: the format the result is written in.
        accept_encoding: that header of the request.
        headers: those that are its own.
        private: nobody else may get it.
        facts: for the access log.
    """
    result.close()
    if result.form is not ResultKind.TRUTH:
        headers = {**headers, "X-PolicyTrace-Rows": str(result.rows)}
        facts = {**facts, "rows": result.rows}
    return reply.ok(release, result.first, form, accept_encoding, headers, private=private, facts=facts)


def stream(result: QueryResult, form: Format, headers: Mapping[str, str]) -> Response:
    """The response that passes a result on as it comes, which closes it in the end.

    Args:
        result: of a query.
        form: the format it is written in.
        headers: those that are its own.
    """
    coding = content_coding.choose(request.headers.get("Accept-Encoding", ""))
    response = Response(StreamedResult(result, coding), content_type=form.content_type, headers=dict(headers))
    response.vary.update(("Accept", "Accept-Encoding"))
    response.headers["Cache-Control"] = NO_CACHE
    if coding:
        response.headers["Content-Encoding"] = coding
    return response


def send(result: QueryResult, form: Format, more: Sequence[str] = ()) -> Response:
    """The response with a result of the release that is being asked, as a whole or as a stream.

    Args:
        result: of a query.
        form: the format it is written in.
        more: values of its Link header beside the one that leads to the endpoint.
    """
    headers = {"Link": ", ".join([via(links())["Link"], *more])}
    if result.more:
        return stream(result, form, headers)
    accepted = request.headers.get("Accept-Encoding", "")
    return responses.send_reply(whole_reply(result, opened().release, form, accepted, headers))

"""Asks another SPARQL service on behalf of a query, at a public address, bounded in time and size.

The name is resolved once and that address is connected to, so that it cannot change between check and use.
Nothing of the client is sent along, no redirect is followed, no cookie kept, no proxy used.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import httpx
import pyoxigraph as ox

from policytrace.graph.vocabulary import media_types
from policytrace.server.http.public_addresses import NotPublicError, public_addresses

if TYPE_CHECKING:
    import ssl

ACCEPTED = "application/sparql-results+json, application/sparql-results+xml;q=0.9"
_PORTS = {"http": 80, "https": 443}
_QUOTED = 200
"""Characters of what a service sent that a message repeats."""


class ServiceCallError(Exception):
    """The service did not answer as it should; the message names it and says why."""


@cache
def _trust() -> "ssl.SSLContext":
    return httpx.create_ssl_context()


def ask(service: str, query: bytes, seconds: float, largest: int) -> tuple[str, bytes]:
    """Media type and body of what a service answers to a SELECT query: whole, valid SPARQL results.

    Args:
        service: IRI of the service.
        query: text of the query, in UTF-8.
        seconds: time limit.
        largest: bytes of the answer at most.

    Raises:
        ServiceCallError: it does not answer, or not as it should.
    """
    with _explained(service, seconds):
        url, until = httpx.URL(service), time.monotonic() + seconds
        addresses = public_addresses(url.host, url.port or _PORTS[url.scheme])
        for address in addresses:
            try:
                kind, body = _posted(service, url, address, query, until, largest)
            except httpx.ConnectError:
                if address == addresses[-1]:
                    raise
            else:
                _check(service, kind, body)
                return kind, body
    raise ServiceCallError(f"{service} cannot be asked.")


def _posted(
    service: str, url: httpx.URL, address: str, query: bytes, until: float, largest: int
) -> tuple[str, bytes]:
    headers = {
        "Host": url.netloc.decode("ascii"),
        "Accept": ACCEPTED,
        "Accept-Encoding": "identity",
        "Content-Type": media_types.SPARQL_QUERY,
        "User-Agent": "PolicyTrace",
    }
    with (
        httpx.Client(verify=_trust(), trust_env=False, follow_redirects=False) as client,
        client.stream(
            "POST",
            url.copy_with(host=address),
            content=query,
            headers=headers,
            timeout=max(until - time.monotonic(), 0.001),
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        ) as answer,
    ):
        if answer.is_redirect:
            raise ServiceCallError(
                f"{service} redirects to {answer.headers['location'][:_QUOTED]}, which is not followed."
            )
        if answer.status_code != 200:
            raise ServiceCallError(f"{service} answered with status {answer.status_code}.")
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise ServiceCallError(f"{service} sent a compressed answer, which was not asked for.")
        body = bytearray()
        for part in answer.iter_raw():
            body += part
            if len(body) > largest:
                raise ServiceCallError(
                    f"{service} sent more than the {largest:,} bytes that are left for answers of services; "
                    "ask it for less."
                )
            if time.monotonic() > until:
                raise httpx.ReadTimeout("")
        return answer.headers.get("content-type", "").partition(";")[0].strip().lower(), bytes(body)


def _check(service: str, kind: str, body: bytes) -> None:
    form = ox.QueryResultsFormat.from_media_type(kind)
    if form not in (ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML):
        raise ServiceCallError(
            f"{service} answered with {kind[:_QUOTED] or 'no media type'}, not with SPARQL results."
        )
    try:
        results = ox.parse_query_results(body, format=form)
        if isinstance(results, ox.QueryBoolean):
            raise ValueError("a truth value instead of rows")
        for _ in results:
            pass
    except (SyntaxError, ValueError, OSError) as error:
        raise ServiceCallError(
            f"{service} sent what cannot be read as SPARQL results: {str(error)[:_QUOTED]}"
        ) from None


@contextmanager
def _explained(service: str, seconds: float) -> Iterator[None]:
    try:
        yield
    except NotPublicError as error:
        raise ServiceCallError(f"{service} is not asked: {error}.") from None
    except httpx.TimeoutException:
        raise ServiceCallError(f"{service} did not answer within {seconds:.3g} seconds.") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ServiceCallError(f"{service} cannot be asked: {error or type(error).__name__}.") from None

"""A SPARQL 1.1 server behind an address: queries and updates over HTTP, bounded in time and size.

Source: SPARQL 1.1 Protocol (W3C, 2013), 2.1.2 (queries) and 2.2.1 (updates), both by POST of a form.
Nothing is asked of any other server: redirects are not followed. Credentials come from the environment and
are neither logged nor shown in messages.
"""

import os
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx

from policytrace.graph.sparql.syntax import QueryError
from policytrace.graph.vocabulary import media_types
from policytrace.graph.vocabulary.translation import in_seconds

ROWS = media_types.JSON_RESULTS
TRIPLES = media_types.N_TRIPLES

USER, PASSWORD, TOKEN = "POLICYTRACE_STORE_USER", "POLICYTRACE_STORE_PASSWORD", "POLICYTRACE_STORE_TOKEN"
"""Environment variables that hold the credentials."""

SECONDS = 30.0
"""Time limit of one request unless told otherwise."""
LARGEST = 256 * 2**20
"""Bytes of an answer, decompressed, beyond which it is not read on."""
_SHOWN = 300


class StoreError(QueryError):
    """The SPARQL server did not answer as it should; the message names it and says why."""


class StoreTimeoutError(StoreError):
    """The SPARQL server took too long."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a server is shown: a bearer token (RFC 6750), or user and password as the server asks for them."""

    user: str = ""
    password: str = ""
    token: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Credentials":
        """The credentials of the environment; empty ones if there are none."""
        environ = os.environ if environ is None else environ
        return cls(environ.get(USER, ""), environ.get(PASSWORD, ""), environ.get(TOKEN, ""))

    def __repr__(self) -> str:
        return "Credentials(…)"


class _Challenged(httpx.Auth):
    """Basic (RFC 7617) or digest authentication (RFC 7616), whichever the server asks for."""

    requires_request_body = True

    def __init__(self, user: str, password: str) -> None:
        self.basic, self.digest = httpx.BasicAuth(user, password), httpx.DigestAuth(user, password)
        self.chosen: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self.chosen is None:
            response = yield request
            if response.status_code != 401:
                return
            challenge = response.headers.get("www-authenticate", "").lower()
            self.chosen = self.digest if challenge.startswith("digest") else self.basic
        yield from self.chosen.auth_flow(request)


class Endpoint:
    """A server's SPARQL endpoint. Safe to share between threads.

    Args:
        url: address of queries; user information in it is taken as credentials and not shown.
        update: address of updates, where it differs.
        seconds: time limit of a request.
        largest: bytes of an answer that are read at most.
    """

    def __init__(
        self,
        url: str,
        *,
        update: str = "",
        credentials: Credentials | None = None,
        seconds: float = SECONDS,
        largest: int = LARGEST,
    ) -> None:
        self.url, inside = _cleaned(url)
        self.update_url = _cleaned(update)[0] if update else self.url
        self.seconds, self.largest = seconds, largest
        result = inside or credentials or Credentials.from_environment()
        headers = {"User-Agent": "PolicyTrace"}
        if result.token:
            headers["Authorization"] = f"Bearer {result.token}"
        auth = _Challenged(result.user, result.password) if result.user and not result.token else None
        self._client = httpx.Client(headers=headers, auth=auth, follow_redirects=False)

    @property
    def name(self) -> str:
        """The server as messages name it: address without query and credentials."""
        return self.url

    def query(
        self,
        text: str,
        accept: str,
        *,
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        seconds: float | None = None,
    ) -> bytes:
        """The answer to a query, in the media type asked for.

        Raises:
            StoreTimeoutError: it took longer than the limit.
            StoreError: the server is not there, refuses, redirects, fails, cuts the answer, or says too much.
            QueryError: the server says that this is no valid query.
        """
        form = [("query", text), *(("default-graph-uri", iri) for iri in default_graphs)]
        form += [("named-graph-uri", iri) for iri in named_graphs]
        body, headers = self._post(self.url, _encoded(form), _FORM | {"Accept": accept}, seconds)
        result = headers.get("content-type", "").partition(";")[0].strip()
        if result != accept:
            raise StoreError(f"{self.name} answered with {result or 'no media type'} instead of {accept}.")
        if "x-sql-state" in headers or "x-sparql-maxrows" in headers:
            raise StoreError(
                f"{self.name} cut the answer short; raise its limit of rows or time, or ask for less."
            )
        return body

    def update(self, text: str, seconds: float | None = None) -> None:
        """Run an update.

        Raises:
            StoreError: as for ``query``.
        """
        self._post(self.update_url, _encoded([("update", text)]), _FORM, seconds)

    def _post(
        self, url: str, data: bytes, headers: Mapping[str, str], seconds: float | None
    ) -> tuple[bytes, httpx.Headers]:
        limit = seconds or self.seconds
        deadline = time.monotonic() + limit
        with (
            self._explained(limit),
            self._client.stream("POST", url, content=data, headers=headers, timeout=limit) as answer,
        ):
            body = bytearray()
            for part in answer.iter_bytes():
                body += part
                if len(body) > self.largest:
                    raise StoreError(f"{self.name} sent more than {self.largest:,} bytes; ask for less.")
                if time.monotonic() > deadline:
                    raise StoreTimeoutError(f"{self.name} took longer than {in_seconds(limit)}.")
        self._check(answer.status_code, bytes(body), answer.headers)
        return bytes(body), answer.headers

    def _check(self, status: int, body: bytes, headers: httpx.Headers) -> None:
        if 200 <= status < 300:
            return
        said = " ".join(body.decode("utf-8", "replace").split())
        shown = f": {said[:_SHOWN]}" if said and not said.startswith("<") else ""
        if 300 <= status < 400:
            raise StoreError(
                f"{self.name} redirects to {headers.get('location', 'elsewhere')}, "
                "which is not followed; name that address."
            )
        if status in (401, 403):
            raise StoreError(
                f"{self.name} refuses ({status}); set {USER} and {PASSWORD}, or {TOKEN}, "
                f"to what may do this{shown}"
            )
        if status in (408, 504):
            raise StoreTimeoutError(f"{self.name} ran into its own time limit ({status}){shown}")
        if status == 400:
            raise QueryError(f"{self.name} says the query is wrong{shown}")
        raise StoreError(f"{self.name} answered with status {status}{shown}")

    @contextmanager
    def _explained(self, limit: float) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException:
            raise StoreTimeoutError(f"{self.name} took longer than {in_seconds(limit)}.") from None
        except httpx.HTTPError as error:
            raise StoreError(f"{self.name} cannot be asked: {error or type(error).__name__}.") from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def _encoded(form: Sequence[tuple[str, str]]) -> bytes:
    return urlencode(form).encode()


def _cleaned(url: str) -> tuple[str, Credentials | None]:
    """An address without user information, and that information."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise StoreError("The address of a SPARQL server begins with http:// or https:// and names a host.")
    host = parts.netloc.rpartition("@")[2]
    inside = Credentials(parts.username or "", parts.password or "") if parts.username else None
    return urlunsplit((parts.scheme, host, parts.path, parts.query, "")), inside

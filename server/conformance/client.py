"""Asking a site: over HTTP, or the application of this process without any network."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PAUSE = 0.05
"""Seconds between two requests to a site over HTTP."""
SECONDS = 30.0
LARGEST = 256 * 2**20
"""Bytes of one answer that are read at most."""
AGENT = "PolicyTrace-conformance/1.0 (checks a site that its user names)"


class OffSiteError(Exception):
    """An address lies outside the site, or the site does not answer; the message says which."""


@dataclass(frozen=True)
class SiteReply:
    """An answer; names of headers are in lower case."""

    address: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The type of the content, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The content as text."""
        return self.body.decode("utf-8", "replace")


class Site(Protocol):
    """A site that can be asked. ``root`` is its address, with a slash at the end."""

    root: str

    def ask(
        self, address: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> SiteReply:
        """The answer to one request; redirects are not followed.

        Raises:
            OutsideError: the address cannot be asked.
        """
        ...


class HttpSite:
    """A site over HTTP: one request at a time, with a pause between two."""

    def __init__(self, root: str) -> None:
        import httpx

        self.root = root if root.endswith("/") else f"{root}/"
        self._errors = (httpx.HTTPError, httpx.InvalidURL, UnicodeError)
        self._client = httpx.Client(timeout=SECONDS, headers={"User-Agent": AGENT}, follow_redirects=False)

    def ask(
        self, address: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> SiteReply:
        """See ``Site.ask``."""
        if not address.startswith(("http://", "https://")):
            raise OffSiteError(f"{address} is no web address")
        time.sleep(PAUSE)
        try:
            with self._client.stream(method, address, headers={**(headers or {})}) as answer:
                body = bytearray()
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > LARGEST:
                        raise OffSiteError(f"{address} sends more than {LARGEST // 2**20} MiB")
                found = {name.lower(): value for name, value in answer.headers.items()}
                return SiteReply(address, answer.status_code, found, bytes(body))
        except self._errors as error:
            raise OffSiteError(f"{address} does not answer: {error or type(error).__name__}") from error

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


class AppSite:
    """An application of this process: nothing goes over the network."""

    def __init__(self, app: "WSGIApplication", root: str) -> None:
        from werkzeug.test import Client

        self.root = root
        self._client = Client(app)

    def ask(
        self, address: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> SiteReply:
        """See ``Site.ask``."""
        if not address.startswith(self.root):
            raise OffSiteError(f"{address} is not on this site")
        path, _, query = address[len(self.root) :].partition("#")[0].partition("?")
        answer = self._client.open(
            f"/{path}", base_url=self.root, query_string=query, method=method, headers=dict(headers or {})
        )
        found = {name.lower(): value for name, value in answer.headers.items()}
        return SiteReply(address, answer.status_code, found, answer.data)

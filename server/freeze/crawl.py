"""Follows the links of an application in this process, without a network."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from werkzeug.test import Client

from policytrace.server.freeze.addresses import ACCEPT, own

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_LINK = re.compile(r'<([^>]*)>\s*;[^,]*?rel="([^"]*)"')
_LOCATION = re.compile(rb"<loc>([^<]*)</loc>")
_FOLLOWED = ("alternate", "describedby", "linkset", "next", "item", "collection")
_PARSED = ("text/html", "application/xml")


@dataclass(frozen=True)
class Fetched:
    """An answer: its address without leading slash, where it redirects to, and its body in pieces."""

    address: str
    status: int
    media_type: str
    location: str
    body: Iterable[bytes]


class Crawl:
    """Fetches everything that can be reached.

    Args:
        app: the application.
        site: the address it believes to stand at.
    """

    def __init__(self, app: "WSGIApplication", site: str) -> None:
        self._client, self._site = Client(app), site
        self._waiting: deque[tuple[str, str]] = deque()
        self._seen: set[tuple[str, str]] = set()

    @property
    def waiting(self) -> int:
        """How many addresses are known and not fetched yet."""
        return len(self._waiting)

    def run(self, seeds: Iterable[tuple[str, str]]) -> Iterator[Fetched]:
        """Every answer once, the seeds first. The body has to be read before the next is asked for.

        Args:
            seeds: addresses to begin with, each with what to accept there.
        """
        for address, accept in seeds:
            self._add([address], accept)
        while self._waiting:
            yield self._fetch(*self._waiting.popleft())

    def _add(self, addresses: Iterable[str | None], accept: str = ACCEPT) -> None:
        for address in addresses:
            if address is not None and (address, accept) not in self._seen:
                self._seen.add((address, accept))
                self._waiting.append((address, accept))

    def _fetch(self, address: str, accept: str) -> Fetched:
        answer = self._client.get(f"/{address}", headers={"Accept": accept}, buffered=False)
        media_type = (answer.mimetype or "").lower()
        location = answer.headers.get("Location", "")
        if location:
            self._add([own(location, self._site)])
        found = _LINK.findall(answer.headers.get("Link", ""))
        self._add(own(_alike(link, rel, address), self._site) for link, rel in found if rel in _FOLLOWED)
        body: Iterable[bytes] = answer.iter_encoded()
        if media_type in _PARSED and answer.status_code == 200:
            data = answer.get_data()
            links = _hrefs(data) if media_type == "text/html" else map(bytes.decode, _LOCATION.findall(data))
            self._add(own(link, self._site) for link in links)
            body = (data,)
        return Fetched(address, answer.status_code, media_type, location, body)


def _alike(link: str, relation: str, address: str) -> str:
    """The next page of a list in the format of this one, where the address names that."""
    extension = re.search(r"\.[a-z]+$", address.partition("?")[0])
    if relation != "next" or not extension:
        return link
    path, _, query = link.partition("?")
    return f"{path.removesuffix(extension[0])}{extension[0]}?{query}"


class _Hrefs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value and tag in ("a", "link", "img", "script"):
                self.found.append(value)


def _hrefs(data: bytes) -> list[str]:
    reader = _Hrefs()
    reader.feed(data.decode())
    return [link for link in reader.found if link.startswith(("/", "http"))]

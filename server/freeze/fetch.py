"""A process that asks the application, without a network, and writes its answers as files."""

import os
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import render_template
from werkzeug.test import Client

from policytrace.graph.vocabulary import media_types
from policytrace.graph.vocabulary.translation import speaking
from policytrace.server import create_app
from policytrace.server.freeze.addresses import ACCEPT, EXPLAINED, file_of, frozen_address
from policytrace.server.freeze.pages import StaticPage, with_links
from policytrace.server.http.links import read_links
from policytrace.server.language.catalogues import catalogue
from policytrace.server.operations.settings import Settings
from policytrace.server.responses.responses import ALL_LINKS
from policytrace.server.responses.state import State, opened

if TYPE_CHECKING:
    from flask import Flask

MOVED = (301, 302, 303, 307, 308)
DOCUMENT = "doc/"
_LOCATION = re.compile(rb"<loc>([^<]*)</loc>")
_FOLLOWED = ("alternate", "describedby", "linkset", "next", "item", "collection")

FetchRequest = tuple[str, str]
"""An address without leading slash, and what to accept there."""


@dataclass(frozen=True)
class FetchResult:
    """What came of one address: its status, the place it redirects to, bytes written, what it leads to."""

    address: str
    status: int
    location: str
    size: int
    leads: tuple[FetchRequest, ...]


class Fetcher:
    """Asks an application that serves one release, and writes what it answers.

    Args:
        settings: of the application; its site is where the files will be served.
        release: the release to freeze, which must be the current one.
        work: the folder to write into.

    Raises:
        LookupError: another release is current.
    """

    def __init__(self, settings: Settings, release: str, work: Path) -> None:
        self.app: Flask = create_app(settings)
        self.app.config["FROZEN"] = True
        self._state: State = self.app.extensions["policytrace"]
        self._state.published.hold(release)
        self._client, self._work = Client(self.app.wsgi_app), work
        self._site, self._release = settings.site, release
        self._spoken = catalogue(settings)
        self._root = urlsplit(settings.site).path

    def fetch(self, address: str, accept: str) -> FetchResult:
        """Asks for an address, writes the answer, and says what it leads to."""
        answer = self._client.get(
            f"/{address}", headers={"Accept": accept}, environ_overrides={ALL_LINKS: True}, buffered=False
        )
        leads: dict[FetchRequest, None] = {}
        location, header = answer.headers.get("Location", ""), answer.headers.get("Link", "")
        found = ((to, parameters.get("rel", "")) for to, parameters in read_links(header))
        followed = [_alike(to, relation, address) for to, relation in found if relation in _FOLLOWED]
        self._lead(leads, [location, *followed] if location else followed)
        size, media_type = 0, (answer.mimetype or "").lower()
        if answer.status_code == 200:
            body: Iterable[bytes] = answer.iter_encoded()
            if media_type == media_types.HTML:
                text = answer.get_data(as_text=True)
                page = self._page(with_links(text, header))
                leads |= dict.fromkeys((one, ACCEPT) for one in page.leads)
                body = [page.text.encode()]
            elif media_type == media_types.XML:
                data = answer.get_data()
                self._lead(leads, map(bytes.decode, _LOCATION.findall(data)))
                body = [data]
            size = self._write(address, media_type, body)
        answer.close()
        if answer.status_code in MOVED:
            write_redirect(self._work / file_of(address, media_types.HTML), local_link(location, self._site))
        return FetchResult(address, answer.status_code, location, size, tuple(leads))

    def explain(self) -> None:
        """Writes the pages on what needs a running server, and the one for any other address."""
        for name, title in (*EXPLAINED.items(), ("404", "")):
            with self.app.test_request_context("/"), speaking(self._spoken, self._state.settings.language):
                opened()
                page = self._page(render_template("freeze/frozen.html", subject=title))
            (self._work / f"{name}.html").write_text(page.text, "utf-8")

    def close(self) -> None:
        """Ends its query processes."""
        self._state.pool.close()

    def _page(self, text: str) -> StaticPage:
        with speaking(self._spoken, self._state.settings.language):
            return StaticPage(text, self._site, self._root, self._release)

    def _lead(self, leads: dict[FetchRequest, None], links: Iterable[str]) -> None:
        addresses = (frozen_address(link, self._site, self._release) for link in links)
        leads |= dict.fromkeys((one, ACCEPT) for one in addresses if one is not None)

    def _write(self, address: str, media_type: str, body: Iterable[bytes]) -> int:
        path = self._work / file_of(address, media_type)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            size = sum(file.write(chunk) for chunk in body)
        if media_type == media_types.HTML and address.startswith(DOCUMENT) and "?" not in address:
            thing = address[len(DOCUMENT) :].removesuffix(".html")
            write_redirect(self._work / f"id/{thing}.html", f"{self._root}{DOCUMENT}{thing}")
        return size


def local_link(location: str, site: str) -> str:
    """A link to a place: a path on the same host, so that a copy elsewhere works too."""
    return urlsplit(location).path if frozen_address(location, site) is not None else location


def write_redirect(path: Path, location: str) -> None:
    """A page that leads on, for hosts without rules."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    to = escape(location, quote=True)
    path.write_text(
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Moved</title>\n'
        f'<meta http-equiv="refresh" content="0; url={to}">\n<link rel="canonical" href="{to}">\n'
        f'<p>This is described at <a href="{to}">{to}</a>.</p>\n</html>\n',
        "utf-8",
    )


def _alike(link: str, relation: str, address: str) -> str:
    """The next page of a list in the format of this one, where the address names that."""
    extension = re.search(r"\.[a-z]+$", address.partition("?")[0])
    if relation != "next" or not extension:
        return link
    path, _, query = link.partition("?")
    return f"{path.removesuffix(extension[0])}{extension[0]}?{query}"


_own: list[Fetcher] = []
"""The fetcher of this process, where it was started to be one."""


def start(settings: Settings, release: str, work: Path) -> None:
    """Makes this process a fetcher that ends with the one that started it."""
    _own.append(Fetcher(settings, release, work))
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def fetch(some: Sequence[FetchRequest]) -> list[FetchResult]:
    """Fetches addresses in a process that was started so."""
    return [_own[0].fetch(*one) for one in some]


def explain() -> None:
    """Writes the pages of explanation in a process that was started so."""
    _own[0].explain()

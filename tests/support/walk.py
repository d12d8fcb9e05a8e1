"""One page of every kind, found by following links."""

import re
from collections import deque
from collections.abc import Collection, Iterator
from html import unescape
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin, urlsplit

from flask.testing import FlaskClient

PAGE = {"Accept": "text/html"}
SITE = "http://site.example"


class Visit(NamedTuple):
    """What was answered to a path; ``text`` is empty where that is no page."""

    path: str
    status: int
    text: str


def kind(path: str) -> str:
    """What kind of page a path leads to, as the documentation writes it."""
    parts = urlsplit(path).path.strip("/").split("/")
    if parts[0] == "doc" and len(parts) > 1:
        return f"doc/{parts[1]}"
    return parts[0] + ("/…" if len(parts) > 1 else "")


def walk(client: FlaskClient, always: Collection[str] = ()) -> Iterator[Visit]:
    """Follows links from the home page until a page of every kind was seen; visits ``always`` in any case."""
    waiting = deque(["/", "/browse", *always])
    seen, tried = set[str](), set[str]()
    while waiting:
        path = waiting.popleft()
        if path in tried or (kind(path) in seen and path not in always):
            continue
        tried.add(path)
        answer = client.get(path, headers=PAGE)
        answer.close()
        is_page = answer.mimetype == "text/html"
        yield Visit(path, answer.status_code, answer.text if is_page else "")
        if not is_page or (answer.status_code != 200 and path not in always):
            continue
        seen.add(kind(path))
        for link in re.findall(r'(?:href|src|action)="([^"]+)"', answer.text):
            address = urldefrag(urljoin(SITE + path, unescape(link))).url
            if address.startswith(f"{SITE}/") and kind(address.removeprefix(SITE)) not in seen:
                waiting.append(address.removeprefix(SITE))

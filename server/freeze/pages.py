"""A page as a static host can serve it: what needs a running server is named, not offered."""

import re
from html import escape, unescape

from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.freeze.addresses import EXPLAINED, frozen_address, place_in_files
from policytrace.server.http.links import read_links

_TAG = re.compile(r"<(a|form|link|script|img)\b([^>]*)>")
_LINK = re.compile(r'\s(href|src)="([^"]*)"')
_HEAD_END = "</head>"
_SAID = ("cite-as", "describedby", "type", "license", "author", "linkset", "collection", "item")
"""Relations of the Link header that a page says itself, where no header goes with it."""


def with_links(text: str, header: str) -> str:
    """A page that has the links of its header in its head, as FAIR Signposting allows."""
    said = []
    for target, parameters in read_links(header):
        relation, media = parameters.get("rel", ""), parameters.get("type", "")
        kind = f' type="{media}"' if media else ""
        if relation in _SAID:
            said.append(f'<link rel="{relation}" href="{escape(target, quote=True)}"{kind}>')
    new = [link for link in said if link not in text]
    return text.replace(_HEAD_END, "\n".join(["", *new, _HEAD_END]), 1) if new else text


class StaticPage:
    """A page whose links lead to files.

    Args:
        text: the page as a server sends it.
        site: where the site will stand, with a slash at the end.
        root: the path of that.
        release: the release that is frozen.
    """

    def __init__(self, text: str, site: str, root: str, release: str) -> None:
        self._site, self._root, self._release = site, root, release
        self.leads: list[str] = []
        """The addresses it leads to, without leading slash."""
        self.text = _TAG.sub(self._tag, text)

    def _tag(self, found: re.Match[str]) -> str:
        name, attributes = found.groups()
        if name == "form":
            note = f'<p class="live">{escape(gettext("This form needs a running server."))}</p>\n'
            return f"{'' if 'role=' in attributes else note}<form{attributes} inert>"
        link = _LINK.search(attributes)
        if link is None:
            return found[0]
        address, _, fragment = unescape(link[2]).partition("#")
        if not address.startswith(("/", self._site)):
            return found[0]
        place = self._place(address)
        if place is None:
            return "" if name == "link" else f"<{name}{_LINK.sub('', attributes)}{_dead() * (name == 'a')}>"
        to = escape(self._root + place + (f"#{fragment}" if fragment else ""), quote=True)
        return f"<{name}{_LINK.sub(lambda _: f' {link[1]}={chr(34)}{to}{chr(34)}', attributes)}>"

    def _place(self, link: str) -> str | None:
        path = link.removeprefix(self._site).removeprefix(self._root)
        if path in EXPLAINED:
            return path
        address = frozen_address(link, self._site, self._release)
        if address is None:
            return None
        self.leads.append(address)
        return place_in_files(address)


def _dead() -> str:
    """The attributes of a link that leads nowhere here."""
    title = escape(gettext("Needs a running server"), quote=True)
    return f' role="link" aria-disabled="true" title="{title}"'

"""Identifiers and the addresses at which this server describes them."""

from urllib.parse import quote, urlencode, urlsplit

from policytrace.graph.vocabulary.terms import BASE

SECTIONS = {
    "id/": "doc/",
    "scheme/": "scheme/",
    "graph/": "graph/",
    "dataset/": "dataset/",
    "ns": "ns",
    "shapes": "shapes",
}
"""First part of an identifier's path, and of the path of the document about it."""


class Links:
    """Builds every address this server hands out.

    Addresses inside pages are paths, so pages work under whatever name they were reached by; addresses in
    headers and data are absolute and come from the settings alone, never from the request.
    """

    def __init__(self, site: str) -> None:
        self.site = site
        self.root = urlsplit(site).path

    def path(self, path: str, **query: str | int | None) -> str:
        """A path of this server, ``path`` given without leading slash."""
        chosen = {key: value for key, value in query.items() if value not in (None, "")}
        return (
            self.root + quote(path, safe="/#:@!$&'()*+,;=-._~") + (f"?{urlencode(chosen)}" if chosen else "")
        )

    def absolute(self, path: str) -> str:
        """The absolute address of a path given without leading slash."""
        return self.site + quote(path, safe="/#:@!$&'()*+,;=-._~?%")

    def page(self, iri: str) -> str | None:
        """The path of the document about one of our identifiers; None for any other."""
        document = document_path(iri)
        return None if document is None else self.path(document)

    def href(self, iri: str) -> str | None:
        """Where a link with this IRI leads: our page about it, the web address itself, or nowhere."""
        return self.page(iri) or (iri if iri.startswith(("http://", "https://")) else None)


def document_path(iri: str) -> str | None:
    """The path, without leading slash, of the document about one of our identifiers."""
    if not iri.startswith(BASE):
        return None
    rest = iri[len(BASE) :]
    for start, document in SECTIONS.items():
        if rest.startswith(start):
            return document + rest[len(start) :]
    return None


def local_name(iri: str) -> str:
    """The last part of an IRI, for want of a label."""
    return iri.rstrip("/#").rpartition("#")[2].rpartition("/")[2] or iri

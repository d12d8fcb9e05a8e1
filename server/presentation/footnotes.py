"""The sources of a page, numbered in the order in which it cites them."""

from dataclasses import dataclass

import pyoxigraph as ox

from policytrace.server.presentation.view import Value, View


@dataclass(frozen=True)
class Footnote:
    """One document that a page cites: what a footnote says of it."""

    number: int
    document: Value
    page: Value | None
    """Its own address on the web."""
    publisher: Value | None
    date: str


class Sources:
    """Numbers documents from 1 on, each once."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._found: dict[ox.NamedNode, Footnote] = {}

    def cite(self, document: ox.NamedNode, date: str = "") -> Footnote:
        """The source for a document; it gets the next number when it is cited first.

        ``date`` is the one that the citing row gives, for a document that has none of its own.
        """
        if document not in self._found:
            view = self._view
            self._found[document] = Footnote(
                len(self._found) + 1,
                view.thing(document),
                view.one(document, "foaf:page"),
                view.one(document, "dct:publisher"),
                view.date(document) or date,
            )
        return self._found[document]

    def listed(self) -> tuple[Footnote, ...]:
        """Every source cited so far."""
        return tuple(self._found.values())

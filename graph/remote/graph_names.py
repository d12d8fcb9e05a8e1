"""Where the graphs of a release lie on a SPARQL server that holds several releases.

Every graph of a release has a name of its own there, and its default graph has one too. So a release can be
loaded beside the one that is being read, and a query is placed on one of them: names of graphs become those
of the release, what is asked of the default graph is asked of the graph that stands for it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urljoin

from policytrace.graph.sparql.syntax import QueryError, Token, expand_code_points, from_clauses, tokens
from policytrace.graph.vocabulary.terms import BASE, GRAPH

RELEASES = BASE + "release/"
"""What the names of all graphs of all releases on a server begin with."""

_FORMS = ("SELECT", "CONSTRUCT", "ASK", "DESCRIBE")
_ESCAPED = re.compile(r"\\(.)")
_Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Placement:
    """The names of the graphs of one release on a server."""

    release_id: str

    @property
    def base(self) -> str:
        """What the names of all its graphs begin with; also the identifier of the release there."""
        return f"{RELEASES}{self.release_id}"

    @property
    def default(self) -> str:
        """The graph that stands for its default graph."""
        return f"{self.base}/default"

    @property
    def named_prefix(self) -> str:
        """What the names of its named graphs begin with."""
        return f"{self.base}/graph/"

    def to_server(self, iri: str) -> str:
        """An IRI as it is written on the server."""
        return self.named_prefix + iri[len(GRAPH) :] if iri.startswith(GRAPH) else iri

    def from_server(self, iri: str) -> str:
        """An IRI of the server as the release knows it."""
        return GRAPH + iri[len(self.named_prefix) :] if iri.startswith(self.named_prefix) else iri

    def graph(self, iri: str) -> str:
        """A graph that a request chooses: one of this release, or one that does not exist."""
        return self.to_server(iri) if iri.startswith(GRAPH) else f"{self.base}/none"

    def query(self, text: str, *, chosen: bool = False) -> str:
        """A query over the release as a query over the server.

        Args:
            text: any SPARQL 1.1 query.
            chosen: the request names the dataset, so that patterns outside GRAPH stay as they are.

        Raises:
            QueryError: it describes everything a pattern finds (``DESCRIBE *``).
        """
        text = expand_code_points(text)
        if not chosen and not from_clauses(text):
            text = _describe_as_construct(text)
        pieces = list(tokens(text))
        edits = [*self._names(pieces), *self._graph_variables(pieces)]
        if not chosen and not from_clauses(text):
            edits += self._default_patterns(text, pieces)
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def _names(self, pieces: Sequence[Token]) -> Iterator[_Edit]:
        base, prefixes = "", dict[str, str]()
        for before, token in pairwise([Token("", "", 0), *pieces]):
            if token.kind == "iri":
                iri = urljoin(base, token.text[1:-1]) if base else token.text[1:-1]
                if before.is_word("BASE"):
                    base = iri
                elif before.kind == "name" and before.text.endswith(":"):
                    prefixes.setdefault(before.text[:-1], iri)
                if before.is_word("FROM", "NAMED"):
                    yield token.start, token.end, f"<{self.graph(iri)}>"
                elif iri.startswith(GRAPH):
                    yield token.start, token.end, f"<{self.to_server(iri)}>"
            elif token.kind == "name":
                prefix, _, local = token.text.partition(":")
                iri = prefixes.get(prefix, "") + _ESCAPED.sub(r"\1", local)
                if before.is_word("FROM", "NAMED"):
                    yield token.start, token.end, f"<{self.graph(iri)}>"
                elif iri.startswith(GRAPH) and not prefixes[prefix].startswith(GRAPH):
                    yield token.start, token.end, f"<{self.to_server(iri)}>"

    def _graph_variables(self, pieces: Sequence[Token]) -> Iterator[_Edit]:
        """GRAPH with a variable ranges over the graphs of this release only."""
        for at, (token, after) in enumerate(pairwise(pieces)):
            if token.is_word("GRAPH") and after.kind == "variable":
                end = _closing(pieces, at + 2).end
                yield end, end, f' FILTER (STRSTARTS(STR({after.text}), "{self.named_prefix}")) '

    def _default_patterns(self, text: str, pieces: Sequence[Token]) -> Iterator[_Edit]:
        """Every outermost pattern asks the graph that stands for the default graph."""
        for opening, closing in _outermost(pieces):
            yield opening.end, opening.end, f" GRAPH <{self.default}> {{ "
            yield closing.start, closing.start, " } "
        for token, after in pairwise(pieces):
            if token.is_word("CONSTRUCT") and after.text != "{":
                opening, closing = next(_outermost(pieces))
                yield token.end, token.end, f" {{ {text[opening.end : closing.start]} }} "


def _closing(pieces: Sequence[Token], at: int) -> Token:
    """The brace that closes the one at a place."""
    depth = 0
    for token in pieces[at:]:
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        if depth == 0:
            return token
    raise QueryError("The query ends too early.", hint="Is a closing brace missing?")


def _outermost(pieces: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """The braces of each outermost group of patterns; not those of a template or of data."""
    data = False
    depth = 0
    for at, (before, token) in enumerate(pairwise([Token("", "", 0), *pieces])):
        if token.is_word("VALUES") and not depth:
            data = True
        elif token.text == "{":
            if not depth and not data and not before.is_word("CONSTRUCT"):
                yield token, _closing(pieces, at)
            depth += 1
        elif token.text == "}":
            depth -= 1
            data = data and depth > 0


def _describe_as_construct(text: str) -> str:
    """DESCRIBE as the CONSTRUCT of all statements about what it names; other queries as they are."""
    pieces = list(tokens(text))
    at = next((n for n, token in enumerate(pieces) if token.is_word(*_FORMS)), None)
    if at is None or not pieces[at].is_word("DESCRIBE"):
        return text
    rest = at + 1
    while rest < len(pieces) and pieces[rest].kind in ("iri", "name", "variable"):
        rest += 1
    named = [token.text for token in pieces[at + 1 : rest]]
    if not named:
        raise QueryError(
            "DESCRIBE needs the things or variables to describe.", hint="Name them instead of *."
        )
    where = text[pieces[rest].start :] if rest < len(pieces) else ""
    groups = [
        f"{{ SELECT DISTINCT ({name} AS ?thing) {where} }}"
        if name[0] in "?$"
        else f"{{ VALUES ?thing {{ {name} }} }}"
        for name in named
    ]
    return (
        f"{text[: pieces[at].start]} CONSTRUCT {{ ?thing ?property ?value }} "
        f"WHERE {{ {' UNION '.join(groups)} ?thing ?property ?value }}"
    )

"""Calls of other SPARQL services in a query: which are allowed, and what is called in their place.

Source: SPARQL 1.1 Federated Query (W3C, 2013), section 2.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from policytrace.graph.sparql.syntax import (
    QueryRefusedError,
    Token,
    check_no_service,
    is_doubtful,
    may_call_service,
    offset,
    place,
    tokens,
)

MOST = 8
"""Calls that one query may hold."""
ALLOWING = "Whoever runs this server can allow calls of services that it names (POLICYTRACE_SERVICES)."
"""The way out where no service may be called."""


@dataclass(frozen=True, slots=True)
class Call:
    """A SERVICE clause: IRI of the service, whether it is SILENT, where its name stands in the text."""

    service: str
    silent: bool
    start: int
    end: int


class Relay(Protocol):
    """What calls other services for a query."""

    @property
    def allowed(self) -> Collection[str]:
        """The IRIs of the services that may be called."""
        ...

    def addresses(self, calls: Sequence[Call]) -> Sequence[str]:
        """The address to be called in the place of each service."""
        ...


@dataclass(frozen=True, slots=True)
class RelayedQuery:
    """A query whose calls go to a relay.

    Attributes:
        text: as it is asked.
        written: as it was written.
        edits: start and end of what was replaced in it, and the new text.
    """

    text: str
    written: str
    edits: tuple[tuple[int, int, str], ...] = ()

    def original_position(self, line: int, column: int) -> tuple[int, int]:
        """Line and column in the text as written, of a place in the text as asked."""
        at, grown = offset(self.text, line, column), 0
        for start, end, new in self.edits:
            if at <= start + grown:
                break
            if at < start + grown + len(new):
                return place(self.written, start)
            grown += len(new) - (end - start)
        return place(self.written, at - grown)


def relay_services(text: str, relay: Relay | None) -> RelayedQuery:
    """A query whose calls go to a relay; without one, none may call.

    Raises:
        QueryRefusedError: it calls what may not be called, or how it does is doubtful; with the place.
    """
    if relay is None:
        check_no_service(text)
        return RelayedQuery(text, text)
    if not relay.allowed:
        try:
            check_no_service(text)
        except QueryRefusedError as error:
            hint = f"{error.hint} {ALLOWING}"
            raise QueryRefusedError(error.message, error.line, error.column, hint) from None
        return RelayedQuery(text, text)
    result = calls(text, relay.allowed)
    if not result:
        return RelayedQuery(text, text)
    addresses = relay.addresses(result)
    edits = tuple((call.start, call.end, f"<{new}>") for call, new in zip(result, addresses, strict=True))
    relayed = text
    for start, end, new in reversed(edits):
        relayed = relayed[:start] + new + relayed[end:]
    return RelayedQuery(relayed, text, edits)


def calls(text: str, allowed: Collection[str]) -> list[Call]:
    """The calls of a query, in order.

    Raises:
        QueryRefusedError: see ``relay_services``.
    """
    if "\\u" in text.lower():
        try:
            check_no_service(text)
        except QueryRefusedError as error:
            message = "SERVICE is refused in a query with escaped characters (\\u)."
            hint = "Write the characters themselves."
            raise QueryRefusedError(message, error.line, error.column, hint) from None
    if "service" not in text.lower():
        return []
    pieces = list(tokens(text))
    result: list[Call] = []
    depth, called_at = 0, None
    for at, token in enumerate(pieces):
        if token.kind == "sign" and token.text in "{}":
            depth += 1 if token.text == "{" else -1
            called_at = None if called_at is not None and depth <= called_at else called_at
        elif is_doubtful(token):
            message = f"{token.text} is refused beside the word SERVICE: it can be read in two ways."
            raise _refused(text, token, message, "Write an IRI with its scheme, a space after the sign <.")
        elif may_call_service(token):
            if called_at is not None:
                message = "SERVICE within SERVICE is refused: the other server would have to ask for you."
                raise _refused(text, token, message, "Put them beside each other.")
            if len(result) == MOST:
                message = f"A query may hold SERVICE {MOST} times."
                raise _refused(text, token, message, "Ask in several queries.")
            result.append(_call(text, pieces, at, allowed))
            called_at = depth
    return result


def _call(text: str, pieces: list[Token], at: int, allowed: Collection[str]) -> Call:
    token, rest = pieces[at], pieces[at + 1 : at + 3]
    silent = bool(rest) and rest[0].is_word("SILENT")
    name = rest[1:] if silent else rest[:1]
    known = f"This server asks {', '.join(allowed)} and no other."
    if not token.is_word("SERVICE") or not name or name[0].kind not in ("iri", "name"):
        message = "SERVICE is refused unless the IRI of the service, or a prefixed name, stands behind it."
        raise _refused(text, token, message, known)
    service = _resolved(pieces, name[0])
    if service not in allowed:
        message = f"SERVICE {name[0].text} is refused: it is not on the list."
        raise _refused(text, token, message, known)
    return Call(service, silent, name[0].start, name[0].end)


def _resolved(pieces: list[Token], name: Token) -> str:
    if name.kind == "iri":
        return name.text[1:-1]
    prefix, _, local = name.text.partition(":")
    declared = [
        iri.text[1:-1]
        for (word, label), (_, iri) in pairwise(pairwise(pieces))
        if word.is_word("PREFIX") and label.text == f"{prefix}:" and iri.kind == "iri"
    ]
    return declared[-1] + local if declared else ""


def _refused(text: str, token: Token, message: str, hint: str) -> QueryRefusedError:
    return QueryRefusedError(message, *place(text, token.start), hint=hint)

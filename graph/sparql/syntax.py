"""The text of a SPARQL query: its tokens, what it may not do, and where it is wrong.

Source: SPARQL 1.1 Query (W3C, 2013), section 19, and SPARQL 1.1 Update (W3C, 2013) for the words that write.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from policytrace.graph.vocabulary.problems import UnanswerableError
from policytrace.graph.vocabulary.terms import PREFIXES

# SPARQL 1.1 Query, 19.8, terminals [139] to [173], a little wider: an engine parses the query in earnest.
# The length of a prefix is bounded, or each letter of `a.a.a…` would be read up to the end of the text.
_SPACE = r"(?P<space>\s+ | \#[^\r\n]*)"
_STRING = r"""
    | (?P<string>\"{3}(?:\"{0,2}(?:[^"\\] | \\.))*\"{3} | '{3}(?:'{0,2}(?:[^'\\] | \\.))*'{3}
        | "(?:[^"\\\r\n] | \\.)*" | '(?:[^'\\\r\n] | \\.)*')
"""
_OTHERS = r"""
    | (?P<iri><(?:[^<>"{}|^`\\\x00-\x20] | \\u[0-9A-Fa-f]{4} | \\U[0-9A-Fa-f]{8})*>)
    | (?P<variable>[?$]\w+)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<blank>_:[\w.\-]+)
    | (?P<name>(?:[^\W\d_][\w.\-]{0,250})?:(?:(?!\.)[\w.:%\-]*(?:\\[_~.\-!$&'()*+,;=/?\#@%][\w.:%\-]*)*)?)
    | (?P<word>[^\W\d]\w*)
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<sign>.)
"""
_TOKEN = re.compile(_SPACE + _STRING + _OTHERS, re.VERBOSE | re.DOTALL)
_HIDING_NOTHING = re.compile(r"(?P<space>\s+)" + _OTHERS, re.VERBOSE | re.DOTALL)
_LONG = 20_000
"""Letters of a query from which on nothing is taken for a string or comment behind a sign that makes these
doubtful: from each further quotation mark the text would be read up to its end."""
_DOUBTFUL_IRI = re.compile(r"<(?![a-z][a-z0-9+.\-]*://)[^'#]*['#]", re.IGNORECASE)
# SPARQL 1.1 Query, 19.2: code point escapes.
_CODE_POINT = re.compile(r"(\\\\)|\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
_NAIVE_CODE_POINT = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
_WRITES = {"INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"}
_FORMS = {"SELECT", "CONSTRUCT", "ASK", "DESCRIBE"}
# SPARQL 1.1 Query, 19.7.
STRING_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LAST_CODE_POINT = 0x10FFFF
_SHOWN = 40


class QueryError(UnanswerableError):
    """A query that cannot be answered; ``line`` and ``column`` count from 1, 0 when there is no one place."""

    def __init__(self, message: str, line: int = 0, column: int = 0, hint: str = "") -> None:
        self.message = message
        self.line = line
        self.column = column
        self.hint = hint
        place = f"Line {line}, column {column}: " if line else ""
        super().__init__(f"{place}{message}" + (f" {hint}" if hint else ""))


class QueryRefusedError(QueryError):
    """A query that asks for something this service does not do."""


class UnsupportedQueryError(QueryError):
    """A query that is SPARQL, and asks for something the engine cannot evaluate."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query that means something, and where it begins in the text."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the next piece may begin."""
        return self.start + len(self.text)

    def is_word(self, *words: str) -> bool:
        """Whether this is one of the given keywords."""
        return self.kind == "word" and self.text.upper() in words


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a query, without white space and comments; what is no SPARQL comes as signs."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup and match.lastgroup != "space":
            token = Token(match.lastgroup, match.group(), match.start())
            yield token
            if token.kind == "sign" and len(text) > _LONG and is_doubtful(token):
                yield from _rest(text, token.end)
                return


def _rest(text: str, start: int) -> Iterator[Token]:
    """The tokens from a place on, where no string and no comment is seen."""
    for match in _HIDING_NOTHING.finditer(text, start):
        if match.lastgroup and match.lastgroup != "space":
            yield Token(match.lastgroup, match.group(), match.start())


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset into a text."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def check_read_only(text: str) -> None:
    """Refuse what writes, and what would make the engine ask another server.

    ``FROM`` may stand: no engine here fetches it, it only chooses among the graphs of the release.

    Raises:
        QueryRefusedError: with what was found, where, and what to do instead.
    """
    check_no_service(text)
    check_no_update(text)


def check_no_service(text: str) -> None:
    """Refuse a query that calls another server. Fast on a text that does not even hold the word.

    Raises:
        QueryRefusedError: with the place of the call.
    """
    if "\\u" in text.lower():
        _check_service(_NAIVE_CODE_POINT.sub(_character, text))
    _check_service(text)


def _check_service(text: str) -> None:
    if "service" not in text.lower():
        return
    for token in tokens(text):
        if may_call_service(token):
            raise QueryRefusedError(
                "SERVICE is refused: this server does not query other servers.",
                *place(text, token.start),
                hint="Query the other server yourself and join the answers.",
            )
        if is_doubtful(token):
            raise QueryRefusedError(
                f"{token.text} is refused beside the word SERVICE: it can be read in two ways.",
                *place(text, token.start),
                hint="Write an IRI with its scheme, and a space after the sign <.",
            )


def check_no_update(text: str) -> None:
    """Refuse an update, however its keyword is written.

    Raises:
        QueryRefusedError: with the place of the keyword.
    """
    for written in (text, _NAIVE_CODE_POINT.sub(_character, text)):
        token = next((token for token in tokens(written) if token.is_word(*_WRITES, *_FORMS)), None)
        if token is not None and token.is_word(*_WRITES):
            raise QueryRefusedError(
                f"{token.text.upper()} is refused: nothing is written here, only SELECT, CONSTRUCT, ASK and "
                "DESCRIBE.",
                *place(written, token.start),
                hint="Data are changed in the tables, by a new release.",
            )


def is_doubtful(token: Token) -> bool:
    """Whether a parser may find a string or a comment where there is none, or none where there is one.

    It may read an IRI as the sign ``<`` and what follows, or know more characters of names before an escape.
    """
    if token.kind == "iri":
        return _DOUBTFUL_IRI.match(token.text) is not None
    return token.kind == "sign" and token.text in "\\'\""


def may_call_service(token: Token) -> bool:
    """Whether a parser may read a token as the keyword of a call."""
    # Parsers that need no white space after a keyword read `SERVICE:x` and `trueSERVICE` as a call.
    if token.kind == "word":
        return "SERVICE" in token.text.upper()
    return token.kind == "name" and "SERVICE" in token.text.partition(":")[0].upper()


def from_clauses(text: str) -> bool:
    """Whether a query chooses its own dataset by FROM."""
    return "from" in text.lower() and any(token.is_word("FROM") for token in tokens(text))


def default_graph_clauses(text: str) -> list[str]:
    """What the FROM clauses of a query name, as written: IRIs and prefixed names, without FROM NAMED."""
    return _after_from(text, named=False)


def named_graph_clauses(text: str) -> list[str]:
    """What the FROM NAMED clauses of a query name, as written."""
    return _after_from(text, named=True)


def _after_from(text: str, *, named: bool) -> list[str]:
    if "from" not in text.lower():
        return []
    pieces = list(tokens(text))
    result = []
    for at, token in enumerate(pieces[:-1]):
        if token.is_word("FROM"):
            is_named = pieces[at + 1].is_word("NAMED")
            source = pieces[at + 2 if is_named else at + 1 :][:1]
            if is_named == named and source and source[0].kind in ("iri", "name"):
                result.append(source[0].text)
    return result


def starred(text: str) -> tuple[str, ...]:
    """The variables of a query that begins SELECT *, as they appear in it; none of any other query.

    SPARQL leaves the order of such columns open (SPARQL 1.1 Query, 16.1), and Oxigraph sorts them by name.
    """
    result = list(tokens(text))
    at = next((n for n, token in enumerate(result) if token.is_word(*_FORMS)), len(result))
    after = [token for token in result[at + 1 : at + 3] if not token.is_word("DISTINCT", "REDUCED")]
    if not (result[at:] and result[at].is_word("SELECT") and after and after[0].text == "*"):
        return ()
    return tuple(dict.fromkeys(token.text[1:] for token in result if token.kind == "variable"))


def prologue(text: str) -> str:
    """What stands before the form of a query: its BASE and PREFIX declarations (SPARQL 1.1 Query, 4.1.1)."""
    form = next((token for token in tokens(text) if token.is_word(*_FORMS)), None)
    return text[: form.start] if form else ""


def expand_code_points(text: str) -> str:
    """The query with the code point escapes of its strings and IRIs replaced by what they stand for."""
    if "\\" not in text:
        return text
    parts, end = [], 0
    for token in tokens(text):
        if token.kind in ("string", "iri") and "\\" in token.text:
            parts += [text[end : token.start], _CODE_POINT.sub(_in_string, token.text)]
            end = token.end
    return "".join((*parts, text[end:]))


def _in_string(match: re.Match[str]) -> str:
    if match[1]:
        return match[1]
    char = chr(int(match[2] or match[3], 16))
    return {**STRING_ESCAPES, "'": "\\'"}.get(char, char)


def _character(match: re.Match[str]) -> str:
    number = int(match[1] or match[2], 16)
    return chr(number) if number <= _LAST_CODE_POINT else match[0]


def undeclared_prefix(text: str, line: int = 0, column: int = 0) -> QueryError:
    """The error for a prefix that is used and not declared, at the first such place."""
    pieces = list(tokens(text))
    declared = {name.text[:-1] for keyword, name in pairwise(pieces) if keyword.is_word("PREFIX")}
    for token in pieces:
        prefix = token.text.partition(":")[0]
        if token.kind == "name" and prefix not in declared:
            known = PREFIXES.get(prefix)
            hint = f"Add: PREFIX {prefix}: <{known}>" if known else "Declare it with PREFIX at the top."
            return QueryError(f"The prefix {prefix}: is not declared.", *place(text, token.start), hint)
    return QueryError("A prefix is not declared.", line, column, "Declare it with PREFIX at the top.")


def unexpected(text: str, line: int, column: int) -> QueryError:
    """The error for a query that stops being SPARQL at a line and column."""
    at = offset(text, line, column)
    result = next((token for token in tokens(text) if token.end > at), None)
    if result is None:
        return _unfinished(text, line, column)
    shown = result.text if len(result.text) <= _SHOWN else result.text[:_SHOWN] + "…"
    return QueryError(f"“{shown}” is not expected here.", line, column, "Look there and just before it.")


_CLOSING = {"}": "{", ")": "(", "]": "["}


def _unfinished(text: str, line: int, column: int) -> QueryError:
    open_signs = []
    for token in tokens(text):
        if token.text in _CLOSING.values():
            open_signs.append(token)
        elif token.text in _CLOSING and open_signs:
            open_signs.pop()
    if not open_signs:
        hint = "All brackets are closed: is every triple complete, with subject, property and object?"
        return QueryError("The query cannot end like this.", line, column, hint)
    last = open_signs[-1]
    opened = "line {}, column {}".format(*place(text, last.start))
    hint = f"Is something closing missing? “{last.text}” is opened at {opened} and never closed."
    return QueryError("The query ends too early.", line, column, hint)


def offset(text: str, line: int, column: int) -> int:
    """The offset into a text of a line and column, counted from 1."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start + column - 1

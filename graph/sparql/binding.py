"""Terms bound to the variables of a query, never spliced as text.

Terms are bound by ``VALUES``, which every SPARQL 1.1 engine understands in the same way, sub-selects and
aggregates included (SPARQL 1.1 Query, 10.2). A query marks the places with ``VALUES ?name { UNDEF }``; as
it stands it asks for all.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise

import pyoxigraph as ox

from policytrace.graph.sparql.syntax import STRING_ESCAPES, Token, tokens
from policytrace.graph.vocabulary.terms import XSD

Term = ox.NamedNode | ox.BlankNode | ox.Literal


def bind(text: str, bindings: Mapping[str, Term | None]) -> str:
    """The query with terms bound to its variables.

    Every ``VALUES ?name { UNDEF }`` of a bound variable gets its term, or goes away where it is ``None``.
    A variable without such a place is bound in the outermost group. Lines keep their numbers.

    Raises:
        ValueError: a variable is bound to a blank node, which has no meaning outside its own graph.
    """
    if not bindings:
        return text
    pieces = list(tokens(text))
    edits: list[tuple[int, int, str]] = []
    placed: set[str] = set()
    for at in range(len(pieces) - 4):
        words = pieces[at : at + 5]
        name = words[1].text[1:]
        if _is_marker(words) and name in bindings:
            term = bindings[name]
            edits.append((words[0].start, words[4].end, values(name, term) if term is not None else ""))
            placed.add(name)
    rest = {name: term for name, term in bindings.items() if name not in placed and term is not None}
    if rest:
        clause = " ".join(values(name, term) for name, term in rest.items())
        group = _outer_group(pieces)
        edits.append(
            (group, group, f" {clause} ") if group is not None else (len(text), len(text), f"\n{clause}")
        )
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _is_marker(words: list[Token]) -> bool:
    return (
        words[0].is_word("VALUES")
        and words[1].kind == "variable"
        and words[2].text == "{"
        and words[3].is_word("UNDEF")
        and words[4].text == "}"
    )


def values(name: str, *terms: Term) -> str:
    """The clause that binds one variable to any of some terms."""
    return f"VALUES ?{name} {{ {' '.join(map(serialise, terms))} }}"


def bind_any(text: str, name: str, terms: Iterable[Term]) -> str:
    """The query with one variable bound to any of some terms, wherever it has ``VALUES ?name { UNDEF }``.

    Raises:
        ValueError: a term is a blank node.
    """
    clause, pieces = values(name, *terms), list(tokens(text))
    marked = (pieces[at : at + 5] for at in reversed(range(len(pieces) - 4)))
    for words in marked:
        if _is_marker(words) and words[1].text[1:] == name:
            text = text[: words[0].start] + clause + text[words[4].end :]
    return text


def _outer_group(pieces: list[Token]) -> int | None:
    """Where the group of the WHERE clause begins, if a clause can be put there."""
    parentheses = braces = 0
    template = False
    for token, after in pairwise(pieces):
        if token.text in ("(", ")"):
            parentheses += 1 if token.text == "(" else -1
        elif token.is_word("CONSTRUCT") and not braces:
            if after.is_word("WHERE"):
                return None
            template = True
        elif token.text == "{" and not parentheses:
            if not template and not braces:
                return None if after.is_word("SELECT") else token.end
            braces += 1
        elif token.text == "}" and not parentheses:
            braces -= 1
            template = template and braces > 0
    return None


def serialise(term: Term) -> str:
    """A term as SPARQL text that every parser reads back as the same term, whatever characters it holds.

    Raises:
        ValueError: the term is a blank node.
    """
    if isinstance(term, ox.NamedNode):
        return str(term)
    if not isinstance(term, ox.Literal):
        raise ValueError(f"A blank node cannot be bound to a variable: {term}")
    text = f'"{_escaped(term.value)}"'
    if term.language:
        return f"{text}@{term.language}"
    plain = term.datatype.value == XSD + "string"
    return text if plain else f"{text}^^{term.datatype}"


def _escaped(text: str) -> str:
    # A `u` after a backslash is itself escaped: some parsers expand code points before they see strings.
    out = []
    for before, char in zip("\0" + text, text, strict=False):
        if (before == "\\" and char in "uU") or (char < " " and char not in STRING_ESCAPES):
            out.append(f"\\u{ord(char):04x}")
        else:
            out.append(STRING_ESCAPES.get(char, char))
    return "".join(out)

"""Statements as Turtle: those about one thing together, names short where a prefix fits."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from policytrace.graph.lookup.reader import StatementTexts
from policytrace.graph.vocabulary.terms import ID, PREFIXES, RDF

UNPREFIXED = frozenset(("id", "graph", "scheme", "country", "nuts"))
"""Prefixes whose names would need escapes."""
SPACES: Mapping[str, str] = {
    namespace: prefix
    for prefix, namespace in PREFIXES.items()
    if prefix not in UNPREFIXED and not namespace.startswith(ID)
}
"""Namespace to prefix, of those that are abbreviated."""
_LOCAL = re.compile(r"[A-Za-z_](?:[\w-]*\w)?", re.ASCII)
_TYPE = f"<{RDF}type>"


def turtle(statements: Iterable[StatementTexts]) -> bytes:
    """The statements, those about one thing next to each other already; terms of vocabularies are short."""
    used: set[str] = set()
    lines: list[str] = []
    about = last = ""
    for subject, predicate, value in statements:
        if value[0] == '"' and value[-1] == ">":
            text, _, datatype = value.rpartition("^^")
            short, space = _short(datatype)
            value = f"{text}^^{short}"
            used.add(space)
        elif predicate == _TYPE:
            value, space = _short(value)
            used.add(space)
        if subject != about:
            lines.append(f"{' .' if about else ''}\n{subject} " if about else f"{subject} ")
        elif predicate == last:
            lines.append(f" , {value}")
            continue
        else:
            lines.append(" ;\n\t")
        about, last = subject, predicate
        if predicate == _TYPE:
            lines.append(f"a {value}")
        else:
            short, space = _short(predicate)
            used.add(space)
            lines.append(f"{short} {value}")
    spaces = sorted(used - {""})
    prefixes = "".join(f"@prefix {SPACES[space]}: <{space}> .\n" for space in spaces)
    return f"{prefixes}{''.join(lines)}{' .' if about else ''}\n".encode()


@lru_cache(maxsize=4096)
def _short(term: str) -> tuple[str, str]:
    """An IRI with a prefix, and the namespace that stands for; as it is, and nothing, where none fits."""
    iri = term[1:-1]
    space = iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]
    local = iri[len(space) :]
    if space not in SPACES or _LOCAL.fullmatch(local) is None:
        return term, ""
    return f"{SPACES[space]}:{local}", space

"""Indicators as tables, for the command line and for exports: one row for each number, or for each thing."""

from collections.abc import Callable, Sequence

import pyoxigraph as ox

from policytrace.graph.indicators.measure import Measurement
from policytrace.graph.indicators.numbers import Number, span
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.terms import XSD

Label = Callable[[str], str]
"""The name of a thing by its IRI."""

NUMBERS = {
    "indicator": "Name of the indicator",
    "title": "What it says",
    "project": "The project; empty for all",
    "number": "How many things count under the conditions asked for",
    "sums": "Sums of money by currency; empty for indicators that are no sums",
    "median": "Median of days; empty where none is known exactly enough, and for indicators that are no lags",
    "of": "The denominator: all things that were looked at",
    "denominator": "What these are",
    "moderate": "How many count when only evidence of at least moderate strength does",
    "undisputed": "How many count without claims and sums that sources dispute",
    "unknown": "How many more would count, if sources named all that tells them apart",
}
"""Columns of the table of all indicators."""

SENSITIVITY = {
    "by": "What the number is broken down by; empty for the whole",
    "group": "The group",
    "groupLabel": "Its name",
    "min_strength": "The weakest evidence that counts; empty is any",
    "disputed": "Whether disputed claims and sums count",
    "number": "How many things count",
    "sums": "Sums of money by currency",
    "shortest": "The fewest days that any can have taken",
    "longest": "The most days that any can have taken",
    "exact": "How many lags are known exactly enough for the median",
    "median": "The median of these, in days",
}
"""Columns of the table of what remains."""


_LITERALS = frozenset(("amount", "currency"))
"""Columns of keys that hold no things."""
_DATES = frozenset(("eventEarliest", "eventLatest", "measureEarliest", "measureLatest"))


def overview(measured: Sequence[Measurement]) -> Rows:
    """One row for each indicator, with the columns ``NUMBERS``."""
    lines = []
    for one in measured:
        whole, number = one.sensitivity(), one.number
        project = one.chosen.project
        cells: list[Term | None] = [
            ox.Literal(one.known.name),
            ox.Literal(one.known.title),
            project,
            _integer(number.count),
            _text(_sums(number)),
            _decimal(number.median),
            _integer(one.total),
            ox.Literal(one.known.denominator),
            _integer(whole[3].every.count),
            _integer(whole[0].undisputed.count),
            _integer(len(one.gathered.unknown)) if one.known.unknown else None,
        ]
        lines.append(tuple(cells))
    return Rows(tuple(NUMBERS), lines)


def sensitivity(one: Measurement, label: Label) -> Rows:
    """One row for each threshold, with and without disputed claims, for the whole and for each group."""
    parts = [("", "", one.sensitivity())]
    parts += [(by.name, g.value, g.thresholds) for by in one.known.by for g in one.groups(by.name)]
    lines: list[tuple[Term | None, ...]] = []
    for by, group, thresholds in parts:
        for threshold in thresholds:
            for disputed, number in (("with", threshold.every), ("without", threshold.undisputed)):
                named = label(group) if group else "not known" if by else ""
                head = (_text(by), _term(group), _text(named), _text(threshold.min_strength))
                lines.append((*head, ox.Literal(disputed), *_number(number)))
    return Rows(tuple(SENSITIVITY), lines)


def _number(number: Number) -> tuple[Term | None, ...]:
    days = (number.shortest, number.longest, number.exact if number.longest is not None else None)
    whole = tuple(_integer(value) for value in days)
    return (_integer(number.count), _text(_sums(number)), *whole, _decimal(number.median))


def meanings(one: Measurement) -> dict[str, str]:
    """What the columns of ``things`` hold."""
    known = one.known
    found: dict[str, str] = {}
    for name in known.key:
        found[name] = f"What counts once: {known.key_words}"
        if name not in _LITERALS:
            found[f"{name}Label"] = "Its name"
    found |= {"strength": f"The best evidence. {known.judged}", "disputes": "Why sources dispute it"}
    if known.statistic == "median":
        found |= {"shortest": "The fewest days that it can have taken", "longest": "The most days"}
    for by in known.by:
        found[f"{by.name}Label"] = by.title
    for name in known.evidence:
        if name not in known.key:
            found |= {name: f"What it rests on: {name}, several apart by spaces", f"{name}Label": "Its name"}
    return found


def things(one: Measurement, label: Label) -> Rows:
    """One row for each thing that counts."""
    names = list(meanings(one))
    lines = []
    for item, rows in one.counted:
        cells: dict[str, Term | None] = {}
        for name, value in zip(one.known.key, item.key, strict=True):
            cells |= {name: _term(value, name), f"{name}Label": _text(label(value))}
        cells |= {"strength": _text(item.strength), "disputes": _text(" ".join(item.disputes))}
        if one.known.statistic == "median":
            cells |= dict(zip(("shortest", "longest"), map(_integer, span(rows[0])), strict=True))
        for by in one.known.by:
            groups = sorted({label(row.values[by.name]) for row in rows if by.name in row.values})
            cells[f"{by.name}Label"] = _text(", ".join(groups))
        for name in one.known.evidence:
            iris = sorted({row.values[name] for row in rows if name in row.values})
            cells.setdefault(name, _text(" ".join(iris)))
            cells.setdefault(f"{name}Label", _text("; ".join(map(label, iris))))
        lines.append(tuple(cells[name] for name in names))
    return Rows(tuple(names), lines)


def chains(one: Measurement, label: Label) -> Rows:
    """One row for each chain of facts that makes a thing count: what the query found."""
    columns = dict.fromkeys(name for _, rows in one.counted for row in rows for name in row.values)
    names = [name for name in columns if name not in one.known.strength]
    variables = [
        each for name in names for each in ((name, f"{name}Label") if _named(one, name) else (name,))
    ]
    lines: list[tuple[Term | None, ...]] = []
    for _, rows in one.counted:
        for row in rows:
            cells: list[Term | None] = []
            for name in names:
                value = row.values.get(name, "")
                cells.append(_term(value, name))
                if _named(one, name):
                    cells.append(_text(label(value)) if value else None)
            lines.append((*cells, _text(row.strength), _text(" ".join(row.disputes))))
    return Rows((*variables, "strength", "disputes"), lines)


def _named(one: Measurement, name: str) -> bool:
    values = (row.values.get(name, "") for _, rows in one.counted for row in rows)
    return any(value.startswith("http") for value in values)


def _sums(number: Number) -> str:
    return ", ".join(f"{name} {total:f}" for name, total in number.sums.items())


def _term(value: str, name: str = "") -> Term | None:
    if name == "amount" and value:
        return ox.Literal(value, datatype=ox.NamedNode(XSD + "decimal"))
    if name in _DATES and value:
        return ox.Literal(value, datatype=ox.NamedNode(XSD + "date"))
    return ox.NamedNode(value) if value.startswith(("http://", "https://")) else _text(value)


def _text(value: str) -> Term | None:
    return ox.Literal(value) if value else None


def _integer(value: int | None) -> Term | None:
    return None if value is None else ox.Literal(str(value), datatype=ox.NamedNode(XSD + "integer"))


def _decimal(value: float | None) -> Term | None:
    return None if value is None else ox.Literal(f"{value:g}", datatype=ox.NamedNode(XSD + "decimal"))

"""What an indicator counts: the rows of its query, gathered into things that count once each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox

from policytrace.graph.indicators.definitions import Definition
from policytrace.graph.library import answer_store
from policytrace.graph.library.answer_store import AnswerKey, AnswerWriter
from policytrace.graph.library.gc_pause import gc_paused
from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.sparql.query_text import query_text
from policytrace.graph.vocabulary.scales import LEVELS

Disputes = Mapping[str, set[str]]
"""Why a thing is disputed, as codes, by its IRI."""
SUMS_DIFFER = "sums-differ"
RANK = {code: rank for rank, code in enumerate(("", *LEVELS))}
"""Levels of strength by rank; what was not judged comes before the weakest."""
COUNTS = ""
"""Stands in the column ``lacks`` of a row that counts."""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One row behind a thing."""

    values: Mapping[str, str]
    """IRIs and texts by column; what is not known is left out."""
    lacks: str
    strength: str
    """Code of the weakest strength it rests on, empty if nothing of it was judged."""
    disputes: tuple[str, ...]
    """Why it is disputed, as codes; empty if it is not."""

    def passes(self, min_strength: str, *, disputes: bool) -> bool:
        """Whether the row counts when only evidence that good counts, with or without disputed claims."""
        if self.lacks or (self.disputes and not disputes):
            return False
        return not min_strength or RANK[self.strength] >= RANK[min_strength]


@dataclass(slots=True)
class Item:
    """A thing that counts once, with all rows behind it."""

    key: tuple[str, ...]
    rows: list[ItemRow] = field(default_factory=list)

    @property
    def strength(self) -> str:
        """The strength of the best row that counts, empty if none was judged."""
        return max((row.strength for row in self.rows if not row.lacks), key=RANK.__getitem__, default="")

    @property
    def disputes(self) -> tuple[str, ...]:
        """Why it would not count without disputed claims, as codes; empty if it would, or does not anyway."""
        rows = [row for row in self.rows if not row.lacks]
        if any(not row.disputes for row in rows):
            return ()
        return tuple(sorted({why for row in rows for why in row.disputes}))

    def lacks(self, known: Definition) -> str:
        """Why it does not count, the nearest to counting; empty if it does."""
        own = {row.lacks for row in self.rows}
        if COUNTS in own:
            return COUNTS
        return next(lack.code for lack in known.lacks if lack.code in own)


@dataclass(frozen=True, slots=True)
class ItemSet:
    """Everything an indicator looks at in one project or in all."""

    items: Sequence[Item]
    unknown: Sequence[str]
    """IRIs of what would count, if all of its key were known."""


def collect(engine: Engine, known: Definition, project: ox.NamedNode | None, disputes: Disputes) -> ItemSet:
    """The things of an indicator in the order of their keys, the rows of each in that of their values.

    Args:
        engine: the release to ask.
        known: the indicator.
        project: only this project; None means all.
        disputes: what ``read_disputes`` gives for the release.
    """
    answer = engine.query(known.text, bindings={"project": project})
    assert isinstance(answer, Rows)
    items: dict[tuple[str, ...], Item] = {}
    unknown: set[str] = set()
    for terms in answer.rows:
        bound = {name: term for name, term in zip(answer.variables, terms, strict=True) if term is not None}
        values = {name: _plain(name, term) for name, term in bound.items() if name != "lacks"}
        lacks = bound["lacks"].value
        key = tuple(values.get(name, "") for name in known.key)
        if all(key):
            row = ItemRow(values, lacks, _weakest(known, values), _disputes(known, values, disputes))
            items.setdefault(key, Item(key)).rows.append(row)
        elif known.unknown and lacks == COUNTS and known.unknown.record in values:
            unknown.add(values[known.unknown.record])
    for item in items.values():
        item.rows.sort(key=lambda row: [row.values.get(name, "") for name in answer.variables])
    return ItemSet([items[key] for key in sorted(items)], sorted(unknown))


def _plain(name: str, term: Term) -> str:
    return f"{Decimal(term.value).normalize():f}" if name == "amount" else term.value


def _weakest(known: Definition, values: Mapping[str, str]) -> str:
    levels = (values[name].rpartition("/")[2] for name in known.strength if name in values)
    return min(levels, key=RANK.__getitem__, default="")


def read_disputes(engine: Engine) -> Disputes:
    """What sources dispute in a release: claims, and things on whose sums they differ, with why, as codes."""
    answer = engine.query(query_text("indicators/shared/disputed"))
    assert isinstance(answer, Rows)
    found: dict[str, set[str]] = {}
    for thing, why in answer.rows:
        if thing is not None and why is not None:
            found.setdefault(thing.value, set()).add(why.value)
    return found


def _disputes(known: Definition, values: Mapping[str, str], disputes: Disputes) -> tuple[str, ...]:
    claims = {why for name in known.claims for why in disputes.get(values.get(name, ""), ())}
    money = {why for name in known.money for why in disputes.get(values.get(name, ""), ())}
    return tuple(sorted((claims - {SUMS_DIFFER}) | (money & {SUMS_DIFFER})))


def key(known: Definition) -> AnswerKey:
    """The key of what an indicator looks at in all projects, in the store of precomputed answers."""
    rule = answer_store.digest_of(known.text, query_text("indicators/shared/disputed"))
    return AnswerKey(f"indicator/{known.name}", rule)


def add_to(store: AnswerWriter, known: Definition, gathered: ItemSet) -> None:
    """Store what an indicator looks at in all projects."""
    items = [
        (item.key, [(row.values, row.lacks, row.strength, row.disputes) for row in item.rows])
        for item in gathered.items
    ]
    store.add_json(key(known), (items, gathered.unknown))


@gc_paused()
def read(release: Path, known: Definition) -> ItemSet | None:
    """What an indicator looks at in all projects of a release; None if it is not precomputed."""
    found = answer_store.read_json(release, key(known))
    if found is None:
        return None
    items, unknown = found
    return ItemSet([Item(tuple(item), [_row(*row) for row in rows]) for item, rows in items], unknown)


def _row(values: Mapping[str, str], lacks: str, strength: str, disputes: Sequence[str]) -> ItemRow:
    return ItemRow(values, lacks, strength, tuple(disputes))

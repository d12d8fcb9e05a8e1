"""The number an indicator gives for some things: a count, sums by currency, or a median of days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from policytrace.graph.analyses.lag import EXACT, FEWEST
from policytrace.graph.indicators.definitions import Definition
from policytrace.graph.indicators.items import Item, ItemRow
from policytrace.graph.vocabulary.translation import gettext


@dataclass(frozen=True, slots=True)
class Number:
    """What was counted. Sums stand by currency; days are given only for a median."""

    count: int
    sums: Mapping[str, Decimal] = field(default_factory=dict)
    shortest: int | None = None
    """The fewest days that any can have taken; below zero, the measure may have begun before the event."""
    longest: int | None = None
    exact: int = 0
    """How many lags are known to within ``EXACT`` days."""
    median: float | None = None
    """Of the lags that are exact, where these are at least ``FEWEST``."""

    def as_dict(self, known: Definition) -> dict[str, Any]:
        """The number as JSON has it."""
        found: dict[str, Any] = {"count": self.count}
        if known.statistic == "sum":
            found["sums"] = {name: _json(total) for name, total in self.sums.items()}
        if known.statistic == "median":
            found |= {
                "shortest": self.shortest,
                "longest": self.longest,
                "exact": self.exact,
                "median": self.median,
            }
        return found

    def words(self, known: Definition) -> str:
        """The number as people read it; nothing found is said so, and is no zero."""
        if known.statistic == "sum" and self.sums:
            sums = gettext(" and ").join(f"{name} {_money(total)}" for name, total in self.sums.items())
            return gettext("{sums} ({cases})").format(sums=sums, cases=known.counted(self.count))
        if known.statistic == "median" and self.count:
            return self._days(known)
        return f"{self.count:,}" if self.count else gettext("none known")

    def _days(self, known: Definition) -> str:
        """Days with the cases they rest on; of few cases only how many there are."""
        cases = known.counted(self.count)
        if self.count < FEWEST:
            return gettext("too few to say: {cases}").format(cases=cases)
        if self.median is None:
            between = gettext("between {shortest:,} and {longest:,} days ({cases})")
            return between.format(shortest=self.shortest, longest=self.longest, cases=cases)
        return gettext("{n:,g} days ({exact} of {cases})").format(
            n=self.median, exact=self.exact, cases=cases
        )


def _money(total: Decimal) -> str:
    return f"{total:,.0f}" if total == total.to_integral_value() else f"{total:,.2f}"


def _json(total: Decimal) -> int | float:
    return int(total) if total == total.to_integral_value() else float(total)


def number(known: Definition, items: Sequence[tuple[Item, Sequence[ItemRow]]]) -> Number:
    """The number for things with the rows of each that count."""
    if known.statistic == "sum":
        return _sum(known, items)
    if known.statistic == "median":
        return _days([row for _, rows in items for row in rows[:1]])
    return Number(len(items))


def _sum(known: Definition, items: Sequence[tuple[Item, Sequence[ItemRow]]]) -> Number:
    sums: dict[str, Decimal] = {}
    for item, _ in items:
        key = dict(zip(known.key, item.key, strict=True))
        sums[key["currency"]] = sums.get(key["currency"], Decimal()) + Decimal(key["amount"])
    return Number(len(items), dict(sorted(sums.items())))


def span(row: ItemRow) -> tuple[int, int]:
    """The fewest and the most days from the event to the measure of a row."""
    days = {name: date.fromisoformat(row.values[name]) for name in _DATES}
    return (
        (days["measureEarliest"] - days["eventLatest"]).days,
        (days["measureLatest"] - days["eventEarliest"]).days,
    )


_DATES = ("eventEarliest", "eventLatest", "measureEarliest", "measureLatest")


def _days(rows: Sequence[ItemRow]) -> Number:
    spans = [span(row) for row in rows]
    exact = [(low + high) / 2 for low, high in spans if high - low <= EXACT]
    return Number(
        len(rows),
        shortest=min((low for low, _ in spans), default=None),
        longest=max((high for _, high in spans), default=None),
        exact=len(exact),
        median=median(exact) if len(exact) >= FEWEST else None,
    )

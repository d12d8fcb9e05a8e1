"""What lists of indicators show of each one, and the same for all projects, precomputed for a release."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from policytrace.graph.indicators import items
from policytrace.graph.indicators.definitions import Definition, definitions
from policytrace.graph.indicators.measure import THRESHOLDS, Measurement
from policytrace.graph.indicators.numbers import Number
from policytrace.graph.library import answer_store
from policytrace.graph.library.answer_store import AnswerKey, AnswerWriter

MODERATE = THRESHOLDS.index("moderate")


@dataclass(frozen=True, slots=True)
class Headline:
    """An indicator: its number, of how many, and what remains of it."""

    known: Definition
    number: Number
    total: int
    moderate: Number
    """What remains when only evidence that is at least moderate counts."""
    undisputed: Number
    """What remains without disputed claims."""
    unknown: int
    """How many things cannot be counted, because something of them is not known."""


def headline(found: Measurement) -> Headline:
    """The headline of an indicator that was measured."""
    whole = found.sensitivity()
    return Headline(
        found.known,
        found.number,
        found.total,
        whole[MODERATE].every,
        whole[0].undisputed,
        len(found.gathered.unknown),
    )


def key() -> AnswerKey:
    """The key of the headlines for all projects in the store of precomputed answers."""
    rules = (items.key(known).digest for known in definitions().values())
    return AnswerKey("indicators", answer_store.digest_of(*rules))


def add_to(store: AnswerWriter, headlines: Iterable[Headline]) -> None:
    """Store the headlines of all indicators for all projects."""
    numbers = ("number", "moderate", "undisputed")
    found = {
        one.known.name: {name: _plain(getattr(one, name)) for name in numbers}
        | {"total": one.total, "unknown": one.unknown}
        for one in headlines
    }
    store.add_json(key(), found)


def read(release: Path) -> list[Headline] | None:
    """The headlines for all projects of the release in a folder; None if they are not precomputed."""
    found = answer_store.read_json(release, key())
    if found is None:
        return None
    headlines = []
    for known in definitions().values():
        one = found[known.name]
        number, moderate, undisputed = (_number(one[name]) for name in ("number", "moderate", "undisputed"))
        headlines.append(Headline(known, number, one["total"], moderate, undisputed, one["unknown"]))
    return headlines


def _plain(number: Number) -> dict[str, Any]:
    return asdict(number) | {"sums": {name: str(total) for name, total in number.sums.items()}}


def _number(found: dict[str, Any]) -> Number:
    return Number(**(found | {"sums": {name: Decimal(total) for name, total in found["sums"].items()}}))

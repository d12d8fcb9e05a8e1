"""The time from a learning event to the measure that came of it, as far as dates say."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from policytrace.graph.analyses.rows import AnalysisRow, Support, with_label
from policytrace.graph.analyses.transfers import Claim, days
from policytrace.graph.paths.answer import NamedThing
from policytrace.graph.paths.narrate import labels
from policytrace.graph.sparql.engine import Engine
from policytrace.graph.vocabulary.translation import N_, gettext

EXACT = 92
"""Days: a lag is exact enough for a median when its shortest and longest value differ by no more."""

FEWEST = 5
"""Cases of which a median is told at least."""

GROUPS = {"all": "", "project": "project", "region": "to_region", "country": "to_country", "transfer": ""}
"""By what to group: what tells the group of a transfer."""

COLUMNS = {
    "group": N_("Whose transfers these are."),
    "transfers": N_("Transfers that name both an event and a measure."),
    "unknown": N_("Of these, the ones whose event or measure has no date; they count in no other number."),
    "shortest": N_(
        "The fewest days that any can have taken: from the last day of its event to the first of its "
        "measure. Below zero, the measure may have begun before the event."
    ),
    "longest": N_(
        "The most days that any can have taken: from the first day of its event to the last of its measure."
    ),
    "exact": N_("How many are known to within 92 days."),
    "median": N_(
        "The median of these, each taken in the middle of what is possible; empty where there are fewer "
        "than five."
    ),
}


@dataclass(frozen=True)
class Lag(AnalysisRow):
    """The lags of a group of transfers, in days."""

    group: NamedThing
    transfers: int
    unknown: int
    shortest: int | None
    longest: int | None
    exact: int
    median: float | None
    support: Support


def lags(engine: Engine, every: Sequence[Claim], by: str) -> list[Lag]:
    """The lags of transfers that name an event and a measure, by group, the largest group first."""
    dated = days(engine)
    result: dict[str, dict[str, tuple[int, int] | None]] = defaultdict(dict)
    for claim in every:
        if "event" in claim.values and "measure" in claim.values:
            spans = [
                _between(dated.get(event) or dated.get(claim.transfer), dated.get(measure))
                for event in claim.values["event"]
                for measure in claim.values["measure"]
            ]
            known = [span for span in spans if span is not None]
            lag = (min(s for s, _ in known), max(e for _, e in known)) if known else None
            for group in (
                [claim.transfer] if by == "transfer" else claim.get(GROUPS[by]) if GROUPS[by] else [""]
            ):
                result[group][claim.transfer] = lag
    names = labels(engine, (iri for iri in result if iri))
    rows = [
        _lag(
            NamedThing("", gettext("all transfers"), "") if by == "all" else with_label(iri, names, by),
            iri or by,
            lags,
        )
        for iri, lags in result.items()
    ]
    rows.sort(key=lambda row: (-row.transfers, row.group.label, row.group.id))
    return rows


def _between(event: tuple[date, date] | None, measure: tuple[date, date] | None) -> tuple[int, int] | None:
    if event is None or measure is None:
        return None
    return (measure[0] - event[1]).days, (measure[1] - event[0]).days


def _lag(group: NamedThing, key: str, lags: dict[str, tuple[int, int] | None]) -> Lag:
    known = [lag for lag in lags.values() if lag is not None]
    exact = [(low + high) / 2 for low, high in known if high - low <= EXACT]
    return Lag(
        group,
        len(lags),
        len(lags) - len(known),
        min((low for low, _ in known), default=None),
        max((high for _, high in known), default=None),
        len(exact),
        median(exact) if len(exact) >= FEWEST else None,
        Support(key, tuple(sorted(lags)), ()),
    )

"""Who and what stands in the middle of transfers, counted from the tables alone."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from oracle import Oracle, Row, Transfer, listed

KINDS = ("organisation", "practice", "event")
_BEHIND = {
    "good_practices": ("owner_id", "presented_by_id"),
    "measures": ("responsible_id",),
    "proposals": ("proposer_ids",),
}
"""Columns that name the organisations behind what was learned from, or behind a measure."""


@dataclass
class Broker:
    """The realised transfers of one broker, by their ids."""

    came: dict[str, frozenset[str]] = field(default_factory=dict)
    """What it received, with those from whom, or the measure to which, it came."""
    went: dict[str, frozenset[str]] = field(default_factory=dict)
    """What it gave, with those to whom it went."""
    every: set[str] = field(default_factory=set)

    @property
    def received(self) -> set[str]:
        """What it received and did not only give back to where it came from."""
        return {key for key, one in self.came.items() if any(one.isdisjoint(o) for o in self.went.values())}

    @property
    def passed_on(self) -> set[str]:
        """What it gave and did not only receive from there."""
        return {key for key, one in self.went.items() if any(one.isdisjoint(o) for o in self.came.values())}

    def numbers(self) -> dict[str, int | None]:
        """Its numbers, by the columns of the analysis."""
        return {
            "through": len(self.received | self.passed_on),
            "received": len(self.received),
            "passed_on": len(self.passed_on),
            "touching": len(self.every),
        }


class Brokers:
    """All brokers of some tables."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle
        self._rows = {table: oracle.tables.by_id(table) for table in _BEHIND}
        self._described = defaultdict[str, set[str]](set)
        practices = oracle.tables.by_id("good_practices")
        for link in oracle.tables.rows("links"):
            for measure, practice in _describes(link):
                if measure in self._rows["measures"] and practice in practices:
                    self._described[measure].add(f"practice/{practice}")

    def counts(self) -> dict[str, Broker]:
        """Organisations, practices and events by the realised transfers they have to do with."""
        found: dict[str, Broker] = defaultdict(Broker)
        for t in self._oracle.transfers.values():
            if t.layer == "realised":
                self._add(t, found)
        return {thing: broker for thing, broker in found.items() if thing.startswith(KINDS)}

    def _add(self, t: Transfer, found: dict[str, Broker]) -> None:
        givers, receivers = (_organisations(party) for party in (t.giver, t.receiver))
        measure = frozenset({t.measure} - {""})
        source = {f"{kind}/{key}" for kind, key in t.source.items()}
        for one in receivers:
            found[one].came[t.id] = givers
        for one in givers:
            found[one].went[t.id] = receivers
        for one in source:
            if one.startswith("practice/"):
                found[one].went[t.id] = measure
        described = self._described.get(t.measure, set())
        for one in described:
            found[one].came[t.id] = measure
            found[one].every.add(t.id)
        event = {f"event/{t.event}"} if t.event else set()
        for one in {*receivers, *givers, *source, *event, *self._behind(t)}:
            found[one].every.add(t.id)

    def _behind(self, t: Transfer) -> set[str]:
        """The organisations that own, presented, proposed or are responsible for source or measure."""
        tables = {"practice": "good_practices", "measure": "measures", "proposal": "proposals"}
        named = [(tables[kind], key) for kind, key in t.source.items() if kind in tables]
        named += [("measures", t.measure)] if t.measure else []
        return {one for table, key in named for one in self._of_row(table, self._rows[table].get(key, {}))}

    def _of_row(self, table: str, row: Row) -> Iterable[str]:
        for column in _BEHIND[table]:
            for key in listed(row, column):
                yield f"organisation/{self._oracle.places.organisation(key)}"


def _describes(link: Row) -> Iterable[tuple[str, str]]:
    """The measure and the practice that describes it, if a link is between these."""
    start, end = link["from_id"], link["to_id"]
    if link["kind"] in ("documented-as", "same-thing"):
        yield start, end
    if link["kind"] in ("builds-on", "same-thing"):
        yield end, start


def _organisations(party: set[str]) -> frozenset[str]:
    return frozenset(one for one in party if one.startswith("organisation/"))

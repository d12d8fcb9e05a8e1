"""The indicators that a programme reports, counted from the tables alone by their published rules."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from oracle import Oracle, Row, Transfer, listed


class Indicators:
    """The indicators of one project, or of all.

    Args:
        oracle: the tables.
        project: id of a project, ``""`` for all.
        disputed: whether transfers that sources dispute count.
    """

    def __init__(self, oracle: Oracle, project: str = "", *, disputed: bool = True) -> None:
        self._oracle, self._project = oracle, project
        self._counting = [t for t in oracle.transfers.values() if disputed or not t.disputed]
        self._realised = [t for t in self._counting if t.layer == "realised"]
        self._own = [t for t in self._realised if project in ("", t.project)]

    def numbers(self) -> dict[str, int]:
        """Every indicator by its name; of sums, how many there are."""
        rules: dict[str, Callable[[], Iterable[object]]] = {
            "practices-presented": self._presented,
            "practices-taken-up": lambda: self._rows_in(
                "good_practices", {t.source.get("practice") for t in self._realised}
            ),
            "transfers": lambda: [t.id for t in self._counting if self._project in ("", t.project)],
            "transfers-realised": lambda: [t.id for t in self._own],
            "measures-inspired": lambda: self._rows_in("measures", {t.measure for t in self._realised}),
            "instruments-improved": lambda: {
                row["instrument_id"] for row in self._changes() if row.get("instrument_id")
            },
            "funds-influenced": self.sums,
            "regions-learned": lambda: _all(self._own, lambda t: t.receiver_regions),
            "regions-taught": lambda: _all(self._own, lambda t: t.giver_regions),
            "organisations-learned": lambda: _all(self._own, lambda t: _organisations(t.receiver)),
            "organisations-taught": lambda: _all(self._own, lambda t: _organisations(t.giver)),
        }
        return {name: len(set(rule())) for name, rule in rules.items()}

    def totals(self) -> dict[str, int]:
        """Of how many each indicator counts, where that is a number of rows."""
        every = {"good_practices", "measures", "policy_instruments", "transfers"}
        count = {name: len(self._rows_in(name)) for name in every}
        return {
            "practices-presented": count["good_practices"],
            "practices-taken-up": count["good_practices"],
            "transfers": count["transfers"],
            "transfers-realised": count["transfers"],
            "measures-inspired": count["measures"],
        }

    def sums(self) -> set[tuple[str, Decimal, str]]:
        """Place, amount and currency of each sum that counts once."""
        money = {row["id"]: row for row in self._oracle.tables.rows("measures")}
        changes = {row["id"]: row for row in self._oracle.tables.rows("policy_changes")}
        found = set()
        for row in self._changes():
            same = row.get("same_money_as_id", "")
            stated = changes.get(same) or money.get(same) or row
            amount = stated.get("amount") or stated.get("cost", "")
            if amount:
                place = row.get("instrument_id") or row["measure_id"]
                found.add((place, Decimal(amount), stated.get("currency", "")))
        return found

    def _presented(self) -> set[str]:
        shown = {p for row in self._oracle.tables.rows("events") for p in listed(row, "practices_shown_ids")}
        return self._rows_in("good_practices", shown)

    def _changes(self) -> list[Row]:
        """The recorded changes that were made, by measures that were and to which a realised transfer led."""
        measures = self._oracle.tables.by_id("measures")
        led = {t.measure for t in self._realised}
        return [
            row
            for row in self._in_project("policy_changes")
            if row["measure_id"] in led
            and row.get("state") != "intended"
            and not _considered(measures.get(row["measure_id"], {}))
        ]

    def _in_project(self, table: str) -> list[Row]:
        rows = self._oracle.tables.rows(table)
        return [row for row in rows if self._project in ("", self._oracle.project_of(row))]

    def _rows_in(self, table: str, keys: Iterable[str | None] | None = None) -> set[str]:
        chosen = None if keys is None else set(keys)
        return {row["id"] for row in self._in_project(table) if chosen is None or row["id"] in chosen}


def _considered(measure: Row) -> bool:
    stage, outcome = measure.get("stage", ""), measure.get("outcome", "")
    realised = {"committed", "piloted", "implemented", "sustained"}
    return bool(stage) and (stage not in realised or outcome in ("rejected", "blocked"))


def _organisations(party: set[str]) -> set[str]:
    return {one for one in party if one.startswith("organisation/")}


def _all(transfers: Iterable[Transfer], what: Callable[[Transfer], set[str]]) -> set[str]:
    return set().union(*map(what, transfers))

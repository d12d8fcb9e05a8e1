"""Where the parties of a transfer are: the places they are in, and what these lie within."""

from collections.abc import Iterable
from functools import cache

from policytrace.graph.tables.documents import rows
from policytrace.graph.tables.tables import TableSet

Place = tuple[str, str]
"""A table, ``regions`` or ``countries``, and an id."""


class PartyPlaces:
    """Which places contain which, as the tables of regions and organisations say.

    A region lies within those that ``within`` names and those that ``cover`` it, from step to step, and in
    the countries of all these. Where none of them has a country, it lies in those of the regions that it
    covers, so that a border region lies in several; what it covers does not lie in the country of its
    neighbour.

    An organisation that is the same as another is that one, and the seat of either name counts.
    """

    def __init__(self, dataset: TableSet) -> None:
        self._country: dict[str, str] = {}
        self._covered: dict[str, list[str]] = {}
        self._around: dict[str, set[str]] = {}
        for row in rows(dataset, "regions"):
            key = row["id"]
            self._country[key] = row.get("country", "")
            self._covered[key] = _listed(row, "covers")
            self._around.setdefault(key, set()).update(_listed(row, "within"))
            for covered in self._covered[key]:
                self._around.setdefault(covered, set()).add(key)
        self._same: dict[str, str] = {}
        self._names: dict[str, list[str]] = {}
        self._seat: dict[str, tuple[str, str]] = {}
        for row in rows(dataset, "organisations"):
            self._same[row["id"]] = row.get("same_as", "")
            self._seat[row["id"]] = row.get("region_id", ""), row.get("country", "")
        for key in self._same:
            self._names.setdefault(self._canonical(key), []).append(key)
        self.containing = cache(self._containing)

    def of(self, regions: Iterable[str], organisations: Iterable[str]) -> frozenset[Place]:
        """All places that a party is in: the regions and the seats of the organisations it is named by."""
        found: set[Place] = set()
        for region in filter(None, regions):
            found |= self.containing(region)
        for organisation in filter(None, organisations):
            for region, country in self._seats(organisation):
                if region:
                    found |= self.containing(region)
                if country:
                    found.add(("countries", country))
        return frozenset(found)

    def own(self, region: str, organisations: Iterable[str]) -> dict[str, None]:
        """The regions that a party itself is: the one named, else the seats of its organisations."""
        seats = (seat for one in organisations for seat, _ in self._seats(one))
        return dict.fromkeys(filter(None, [region] if region else seats))

    def _seats(self, organisation: str) -> list[tuple[str, str]]:
        """The region and the country of an organisation, under each of its names."""
        return [self._seat[name] for name in self._names.get(self._canonical(organisation), ())]

    def _canonical(self, organisation: str) -> str:
        seen = set()
        while organisation not in seen and self._same.get(organisation):
            seen.add(organisation)
            organisation = self._same[organisation]
        return organisation

    def _containing(self, region: str) -> frozenset[Place]:
        found, waiting = {region}, [region]
        while waiting:
            for around in self._around.get(waiting.pop(), ()):
                if around not in found:
                    found.add(around)
                    waiting.append(around)
        countries = {self._country.get(one, "") for one in found} - {""} or self._beneath(region, set())
        return frozenset([("regions", one) for one in found] + [("countries", one) for one in countries])

    def _beneath(self, region: str, seen: set[str]) -> set[str]:
        """The countries of what a region covers, from step to step."""
        if country := self._country.get(region):
            return {country}
        if region in seen:
            return set()
        seen.add(region)
        return {country for one in self._covered.get(region, ()) for country in self._beneath(one, seen)}


def countries(places: Iterable[Place]) -> set[str]:
    """The countries among some places."""
    return {key for table, key in places if table == "countries"}


def giver_kind(
    giver: frozenset[Place], receiver: frozenset[Place], own: Iterable[str], *, onward: bool
) -> str:
    """The code of the scheme ``giver-kind``: where the giver of a transfer is, as seen from its receiver.

    Args:
        giver: the places of the giver.
        receiver: those of the receiver.
        own: the regions that the giver itself is.
        onward: whether the source is a measure of the receiver's own region.
    """
    if not giver:
        return "own-region" if onward else "not-named"
    if any(("regions", region) in receiver for region in own):
        return "own-region"
    return "several-countries" if len(countries(giver)) > 1 else "country"


def _listed(row: dict[str, str], column: str) -> list[str]:
    return [part.strip() for part in row.get(column, "").split("|") if part.strip()]

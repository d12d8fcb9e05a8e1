"""Lists narrowed by facets: what the address chooses, and the choices a page offers next.

Any list can have them: ``Narrowing.asked`` reads the address; ``find`` narrows the things of the release,
``among`` some of them, ``rows`` the rows of a table that are about things; ``facets`` gives what the macro
``narrowing`` shows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

import numpy as np
import pyoxigraph as ox
from flask import request

from policytrace.graph.search.facet_schema import PLACES, YEARS, Facet, facet_schema
from policytrace.graph.search.facets import NOT_RECORDED, FacetCount, Facets, Selection, UnknownCodeError
from policytrace.graph.search.index import ThingList
from policytrace.graph.vocabulary.scales import LEVELS
from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.http.negotiation import Format
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, view
from policytrace.server.search.facet_names import code_name, facet_iri, meant_code, surrounds
from policytrace.server.search.index import search_index

FIRST = 6
"""Choices of a facet shown at once."""
MORE = 60
"""Choices of a facet that are offered at most."""


@dataclass(frozen=True)
class FacetChoice:
    """One value of a facet: how many things have it, and the address with it chosen, or no longer chosen."""

    code: str
    text: str
    things: int
    chosen: bool
    href: str


@dataclass(frozen=True)
class ShownFacet:
    """A facet with its choices; ``left_off`` says how many there are beyond those offered."""

    name: str
    title: str
    choices: tuple[FacetChoice, ...]
    left_off: int

    @property
    def first(self) -> tuple[FacetChoice, ...]:
        """The choices shown at once."""
        return self.choices[:FIRST]

    @property
    def more(self) -> tuple[FacetChoice, ...]:
        """Those shown when asked for."""
        return self.choices[FIRST:]


@dataclass(frozen=True)
class Own:
    """A facet that only one list has: what it is called, and its codes with their names."""

    title: str
    names: Mapping[str, str]


@dataclass(frozen=True)
class Narrowing:
    """What an address chooses from a list.

    Attributes:
        address: path of the list, without leading slash.
        rest: other parameters of the address, which stay.
        chosen: codes by facet.
        fixed: facets that the list itself fixes; they are not offered.
        own: facets of this list alone, which come first.
        single: facets of which one code can be chosen, and by which the rows were found already.
        extensions: whether the formats of the list have addresses of their own, by extension.
    """

    address: str
    rest: Mapping[str, str]
    chosen: Selection
    fixed: Selection
    own: Mapping[str, Own] = field(default_factory=dict)
    single: Collection[str] = ()
    extensions: bool = False

    @classmethod
    def from_request(
        cls,
        address: str,
        rest: Mapping[str, str] | None = None,
        own: Mapping[str, Own] | None = None,
        single: Collection[str] = (),
        *,
        extensions: bool = False,
        **fixed: str,
    ) -> "Narrowing":
        """What the address of this request chooses: ``?theme=…&region=…``, any of them several times.

        Raises:
            ProblemError: 400, several codes of a facet that takes one.
        """
        chosen = {}
        for name in (*(own or {}), *facet_schema().facets):
            values = [text.strip() for text in request.args.getlist(name) if text.strip()]
            if values and name not in fixed:
                chosen[name] = list(dict.fromkeys(meant_code(name, text) for text in values))
                if name in single and len(chosen[name]) > 1:
                    raise ProblemError(400, "Bad filter", f"“{name}” takes one value here.", parameter=name)
        release = request.args.get("release", "").strip()
        rest = {**(rest or {}), "release": release}
        of_list = {n: [v] for n, v in fixed.items()}
        return cls(address, rest, chosen, of_list, own or {}, single, extensions)

    def find(self, text: str = "") -> ThingList:
        """Things of the release with some words, narrowed.

        Raises:
            ProblemError: 400, a choice that no thing has.
        """
        try:
            return search_index().find(text, {**self.chosen, **self.fixed})
        except UnknownCodeError as error:
            raise self._unknown(error) from None

    def among(self, iris: Iterable[str]) -> ThingList:
        """Some things, narrowed.

        Raises:
            ProblemError: 400, a choice that no thing has.
        """
        try:
            return search_index().among(iris, {**self.chosen, **self.fixed})
        except UnknownCodeError as error:
            raise self._unknown(error) from None

    def rows(self, facets: Facets) -> ThingList:
        """The rows of a table, narrowed; what is found are their numbers.

        Raises:
            ProblemError: 400, a choice that nothing has.
        """
        try:
            chosen = {name: codes for name, codes in self.chosen.items() if name not in self.single}
            kept, counts = facets.narrow(np.ones(facets.size, np.bool_), {**chosen, **self.fixed})
        except UnknownCodeError as error:
            raise self._unknown(error) from None
        return ThingList(np.flatnonzero(kept).astype(np.int32), counts)

    @property
    def given(self) -> dict[str, str | Sequence[str]]:
        """What the address says of the list, but for the release."""
        found: dict[str, str | Sequence[str]] = {}
        found.update({name: value for name, value in self.rest.items() if value and name != "release"})
        found.update({name: self.chosen[name] for name in self._facets if name in self.chosen})
        return found

    @property
    def _facets(self) -> dict[str, Facet]:
        """All facets of this list, in order."""
        return {name: Facet(name, one.title) for name, one in self.own.items()} | facet_schema().facets

    def _name(self, facet: Facet, code: str) -> str:
        own = self.own.get(facet.name)
        return gettext(own.names.get(code, code)) if own else code_name(facet, code)

    def _unknown(self, error: UnknownCodeError) -> ProblemError:
        hints = [("The list without it", self.href({error.facet: ()}))]
        return ProblemError(400, "Unknown choice", str(error), hints=hints, parameter=error.facet)

    def href(self, changes: Selection | None = None, **more: str | int) -> str:
        """The address of the list; ``changes`` replace the codes of facets, ``more`` adds parameters."""
        return self._at(self.address, changes or {}, more)

    def file(self, form: Format) -> str:
        """The address of the list, narrowed, in a format."""
        if self.extensions:
            return self._at(f"{self.address}.{form.name}", {}, {})
        return self.href(format=form.name)

    def _at(self, path: str, changes: Selection, more: Mapping[str, str | int]) -> str:
        chosen = {**self.chosen, **changes}
        pairs = [(name, value) for name, value in self.rest.items() if value and name not in more]
        pairs += [(name, code) for name in self._facets for code in chosen.get(name, ())]
        pairs += [(name, str(value)) for name, value in more.items()]
        return links().path(path) + (f"?{urlencode(pairs)}" if pairs else "")

    def cleared(self) -> str:
        """The address of the list with nothing chosen."""
        return self.href(dict.fromkeys(self.chosen, ()))

    def facets(self, found: ThingList) -> list[ShownFacet]:
        """The facets by which a list can be narrowed or widened: those with more than one choice."""
        shown = []
        for facet in self._facets.values():
            counts = found.counts.get(facet.name, [])
            chosen = self.chosen.get(facet.name, ())
            if facet.name not in self.fixed and (chosen or _tells(counts)):
                shown.append(self._facet(facet, counts, chosen))
        return shown

    def _facet(self, facet: Facet, counts: Sequence[FacetCount], chosen: Sequence[str]) -> ShownFacet:
        known = {count.code for count in counts}
        every = [*counts, *(FacetCount(code, 0) for code in chosen if code not in known)]
        every = sorted(every, key=lambda count: _order(facet, count, chosen))
        offered = every[:MORE]
        view().reader.prepare_names([ox.NamedNode(iri) for c in offered if (iri := facet_iri(facet, c.code))])
        choices = tuple(
            FacetChoice(
                count.code,
                self._name(facet, count.code),
                count.things,
                count.code in chosen,
                self.href({facet.name: self._toggled(facet, chosen, count.code)}),
            )
            for count in offered
        )
        return ShownFacet(facet.name, facet.title, choices, len(every) - len(offered))

    def _toggled(self, facet: Facet, chosen: Sequence[str], code: str) -> list[str]:
        if facet.name in self.single:
            return [] if code in chosen else [code]
        return _toggled(facet, chosen, code)

    def chips(self) -> list[FacetChoice]:
        """What is chosen, each with the address without it."""
        return [
            FacetChoice(
                code,
                f"{gettext(facet.title)}: {self._name(facet, code)}",
                0,
                True,
                self.href({facet.name: [c for c in codes if c != code]}),
            )
            for facet in self._facets.values()
            for codes in (self.chosen.get(facet.name, ()),)
            for code in codes
        ]


def _tells(counts: Sequence[FacetCount]) -> bool:
    return len(counts) > 1


def _order(facet: Facet, count: FacetCount, chosen: Sequence[str]) -> tuple[object, ...]:
    last, first = count.code == NOT_RECORDED, count.code not in chosen
    if facet.rolls == YEARS:
        return last, first, -int(count.code) if count.code.isdecimal() else 0
    if facet.scheme == "strength" and count.code in LEVELS:
        return last, False, -LEVELS.index(count.code)
    inside = any(surrounds(code, count.code) for code in chosen) if facet.rolls == PLACES else False
    return last, first, not inside, -count.things, count.code


def _toggled(facet: Facet, chosen: Sequence[str], code: str) -> list[str]:
    """The codes with one more, or without it; a place takes the place of those around it and inside it."""
    if code in chosen:
        return [one for one in chosen if one != code]
    if facet.rolls == PLACES:
        chosen = [one for one in chosen if not surrounds(one, code) and not surrounds(code, one)]
    return [*chosen, code]

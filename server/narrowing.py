"""Lists narrowed by facets: what the address chooses, and the choices a page offers next.

Any list of things can have them: ``Narrowing.asked`` reads the address, ``find`` or ``among`` narrows, and
``facets`` gives what the macro ``narrowing`` shows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import pyoxigraph as ox
from flask import request

from policytrace.graph.finding.declared import PLACES, YEARS, Facet, declared
from policytrace.graph.finding.facets import NOT_RECORDED, Chosen, Count, UnknownCodeError
from policytrace.graph.finding.index import Found
from policytrace.graph.strength import LEVELS
from policytrace.graph.terms import ID, SCHEME
from policytrace.graph.texts import gettext
from policytrace.server.replies import ProblemError
from policytrace.server.state import links, opened, view
from policytrace.server.suggest import names
from policytrace.server.words import SECTIONS

FIRST = 6
"""Choices of a facet shown at once."""
MORE = 60
"""Choices of a facet that are offered at most."""
_COUNTRY = 2
"""Letters of the code of a country."""


@dataclass(frozen=True)
class Choice:
    """One value of a facet: how many things have it, and the address with it chosen, or no longer chosen."""

    code: str
    text: str
    things: int
    chosen: bool
    href: str


@dataclass(frozen=True)
class FacetShown:
    """A facet with its choices; ``left_off`` says how many there are beyond those offered."""

    name: str
    title: str
    choices: tuple[Choice, ...]
    left_off: int

    @property
    def first(self) -> tuple[Choice, ...]:
        """The choices shown at once."""
        return self.choices[:FIRST]

    @property
    def more(self) -> tuple[Choice, ...]:
        """Those shown when asked for."""
        return self.choices[FIRST:]


@dataclass(frozen=True)
class Narrowing:
    """What an address chooses from a list.

    Attributes:
        address: path of the list, without leading slash.
        rest: other parameters of the address, which stay.
        chosen: codes by facet.
        fixed: facets that the list itself fixes; they are not offered.
    """

    address: str
    rest: Mapping[str, str]
    chosen: Chosen
    fixed: Chosen

    @classmethod
    def asked(cls, address: str, rest: Mapping[str, str] | None = None, **fixed: str) -> "Narrowing":
        """What the address of this request chooses: ``?theme=…&region=…``, any of them several times."""
        chosen = {}
        for name in declared().facets:
            values = [text.strip() for text in request.args.getlist(name) if text.strip()]
            if values and name not in fixed:
                chosen[name] = list(dict.fromkeys(_code(name, text) for text in values))
        release = request.args.get("release", "").strip()
        return cls(address, {**(rest or {}), "release": release}, chosen, {n: [v] for n, v in fixed.items()})

    def find(self, text: str = "") -> Found:
        """Things of the release with some words, narrowed.

        Raises:
            ProblemError: 400, a choice that no thing has.
        """
        try:
            return names().find(text, {**self.chosen, **self.fixed})
        except UnknownCodeError as error:
            raise self._unknown(error) from None

    def among(self, iris: Iterable[str]) -> Found:
        """Some things, narrowed.

        Raises:
            ProblemError: 400, a choice that no thing has.
        """
        try:
            return names().among(iris, {**self.chosen, **self.fixed})
        except UnknownCodeError as error:
            raise self._unknown(error) from None

    def _unknown(self, error: UnknownCodeError) -> ProblemError:
        hints = [("The list without it", self.href({error.facet: ()}))]
        return ProblemError(400, "Unknown choice", str(error), hints=hints, parameter=error.facet)

    def href(self, changes: Chosen | None = None, **more: str | int) -> str:
        """The address of the list; ``changes`` replace the codes of facets, ``more`` adds parameters."""
        chosen = {**self.chosen, **(changes or {})}
        pairs = [(name, value) for name, value in self.rest.items() if value]
        pairs += [(name, code) for name in declared().facets for code in chosen.get(name, ())]
        pairs += [(name, str(value)) for name, value in more.items()]
        return links().path(self.address) + (f"?{urlencode(pairs)}" if pairs else "")

    def cleared(self) -> str:
        """The address of the list with nothing chosen."""
        return self.href(dict.fromkeys(self.chosen, ()))

    def facets(self, found: Found) -> list[FacetShown]:
        """The facets by which a list can be narrowed or widened: those with more than one choice."""
        shown = []
        for facet in declared().facets.values():
            counts = found.counts.get(facet.name, [])
            chosen = self.chosen.get(facet.name, ())
            if facet.name not in self.fixed and (chosen or _tells(counts)):
                shown.append(self._facet(facet, counts, chosen))
        return shown

    def _facet(self, facet: Facet, counts: Sequence[Count], chosen: Sequence[str]) -> FacetShown:
        known = {count.code for count in counts}
        every = [*counts, *(Count(code, 0) for code in chosen if code not in known)]
        every = sorted(every, key=lambda count: _order(facet, count, chosen))
        offered = every[:MORE]
        view().reader.prepare_names([ox.NamedNode(iri) for c in offered if (iri := _iri(facet, c.code))])
        choices = tuple(
            Choice(
                count.code,
                name(facet, count.code),
                count.things,
                count.code in chosen,
                self.href({facet.name: _toggled(facet, chosen, count.code)}),
            )
            for count in offered
        )
        return FacetShown(facet.name, facet.title, choices, len(every) - len(offered))

    def chips(self) -> list[Choice]:
        """What is chosen, each with the address without it."""
        return [
            Choice(
                code,
                f"{gettext(facet.title)}: {name(facet, code)}",
                0,
                True,
                self.href({facet.name: [c for c in codes if c != code]}),
            )
            for facet in declared().facets.values()
            for codes in (self.chosen.get(facet.name, ()),)
            for code in codes
        ]


def name(facet: Facet, code: str) -> str:
    """The name of a code for people."""
    if code == NOT_RECORDED:
        return gettext("not recorded")
    if facet.rolls == YEARS:
        return code
    if facet.name == "kind":
        return gettext(SECTIONS[code].many) if code in SECTIONS else code
    iri = _iri(facet, code)
    if not iri:
        return gettext("NUTS area {code}").format(code=code)
    text = view().thing(ox.NamedNode(iri)).text
    return f"{text} ({code})" if facet.rolls == PLACES and code.isupper() and len(code) > _COUNTRY else text


def _iri(facet: Facet, code: str) -> str:
    """The thing or concept a code stands for, if any does."""
    if code == NOT_RECORDED:
        return ""
    if facet.scheme:
        return f"{SCHEME}{facet.scheme}/{code}"
    if facet.of:
        return f"{ID}{facet.of}/{code}"
    if facet.rolls != PLACES:
        return ""
    if not code.isupper():
        return f"{ID}region/{code}"
    return f"{ID}country/{code}" if len(code) == _COUNTRY else _areas().get(code, "")


def _areas() -> dict[str, str]:
    """The regions that are NUTS areas, by their codes."""
    memo, key = opened().memo, "narrowing/areas"
    if key not in memo:
        reader = opened().reader
        exact = reader.subjects("pt:nutsMatch", ox.NamedNode(f"{SCHEME}nuts-match/exact"))
        reader.prepare(exact)
        memo[key] = {code: node.value for node in exact if (code := reader.text(node, "pt:nutsCode"))}
    found: dict[str, str] = memo[key]
    return found


def _code(facet: str, text: str) -> str:
    """The code that was meant: regions may also be given by the end of their identifier."""
    if declared().facets[facet].rolls != PLACES or text.isupper():
        return text
    meant = {iri: code for code, iri in _areas().items()}
    return meant.get(f"{ID}region/{text}", text)


def _tells(counts: Sequence[Count]) -> bool:
    return len(counts) > 1


def _order(facet: Facet, count: Count, chosen: Sequence[str]) -> tuple[object, ...]:
    last, first = count.code == NOT_RECORDED, count.code not in chosen
    if facet.rolls == YEARS:
        return last, first, -int(count.code) if count.code.isdecimal() else 0
    if facet.scheme == "strength" and count.code in LEVELS:
        return last, False, -LEVELS.index(count.code)
    inside = any(_around(code, count.code) for code in chosen) if facet.rolls == PLACES else False
    return last, first, not inside, -count.things, count.code


def _toggled(facet: Facet, chosen: Sequence[str], code: str) -> list[str]:
    """The codes with one more, or without it; a place takes the place of those around it and inside it."""
    if code in chosen:
        return [one for one in chosen if one != code]
    if facet.rolls == PLACES:
        chosen = [one for one in chosen if not _around(one, code) and not _around(code, one)]
    return [*chosen, code]


def _around(code: str, other: str) -> bool:
    """Whether the NUTS area or country of one code is around that of the other."""
    return code.isupper() and other.isupper() and code != other and other.startswith(code)

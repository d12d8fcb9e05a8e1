"""The indicators: one file for each in ``queries/indicators``, its rule in words above its query."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from policytrace.graph.library.queries import header
from policytrace.graph.vocabulary.problems import UnanswerableError
from policytrace.graph.vocabulary.translation import N_, ngettext

Statistic = Literal["count", "sum", "median"]


class UnknownIndicatorError(UnanswerableError, LookupError):
    """There is no indicator of that name; the message names those that come near, or all."""

    def __init__(self, name: str) -> None:
        near = get_close_matches(name, definitions(), 3, 0.4) or list(definitions())
        super().__init__(f"There is no indicator called “{name}”. There are: {', '.join(near)}.")


@dataclass(frozen=True, slots=True)
class Breakdown:
    """By what a number is broken down: a column of the query and its heading.

    A thing can stand in several groups, so the groups need not add up to the whole.
    """

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a thing is in the denominator and is not counted."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """What would count, if all of its key were known."""

    record: str
    """The column that names it."""
    words: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One indicator, as its file declares it. Names in tuples are columns of the query."""

    name: str
    title: str
    order: int
    unit: Mapping[str, str]
    """What is counted: ``one`` and ``many``."""
    rule: str
    key: tuple[str, ...]
    """What is counted once: rows with equal values here are one thing."""
    key_words: str
    denominator: str
    by: tuple[Breakdown, ...]
    lacks: tuple[Exclusion, ...]
    """The nearest to counting first."""
    unknown: UnknownKey | None
    statistic: Statistic
    strength: tuple[str, ...]
    """The strengths a row rests on; the weakest is its own."""
    claims: tuple[str, ...]
    """The claims that sources may dispute."""
    money: tuple[str, ...]
    """Things on whose sums of money sources may differ."""
    evidence: tuple[str, ...]
    """What a row rests on, to be shown with its sources."""
    judged: str
    text: str
    """The whole file: header and SPARQL."""

    @property
    def sparql(self) -> str:
        """The text below the header."""
        lines = self.text.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("#+")).lstrip()

    def counted(self, number: int) -> str:
        """A number with what it counts."""
        return f"{number:,} {ngettext(self.unit['one'], self.unit['many'], number)}"


STRENGTH_NOTE = N_("The strength is that of the learning transfer.")


def _definition(name: str, text: str) -> Definition:
    fields: dict[str, Any] = header(text)
    unknown = fields.get("unknown")
    return Definition(
        name=name,
        title=fields["title"],
        order=fields["order"],
        unit=fields["unit"],
        rule=fields["rule"],
        key=tuple(fields["key"]),
        key_words=fields["key_words"],
        denominator=fields["denominator"],
        by=tuple(Breakdown(**row) for row in fields["by"]),
        lacks=tuple(Exclusion(**row) for row in fields.get("lacks", ())),
        unknown=UnknownKey(**unknown) if unknown else None,
        statistic=fields.get("statistic", "count"),
        strength=tuple(fields["strength"]),
        claims=tuple(fields.get("claims", ())),
        money=tuple(fields.get("money", ())),
        evidence=tuple(fields["evidence"]),
        judged=fields.get("judged", STRENGTH_NOTE).strip(),
        text=text,
    )


@cache
def definitions() -> dict[str, Definition]:
    """All indicators by name, in the order in which they are listed."""
    folder = files("policytrace") / "queries" / "indicators"
    found = [
        _definition(file.name.removesuffix(".rq"), file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".rq")
    ]
    return {one.name: one for one in sorted(found, key=lambda one: one.order)}


def definition(name: str) -> Definition:
    """The indicator of a name.

    Raises:
        UnknownIndicatorError: there is none.
    """
    if name not in definitions():
        raise UnknownIndicatorError(name)
    return definitions()[name]

"""A question about transfer paths as people ask it: options that are read, or say what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from policytrace.graph.hops.table import scales
from policytrace.graph.paths.choices import DEFAULT_LIMITS, Limits, Question, Time, declared_limits
from policytrace.graph.tables.dates import interval
from policytrace.graph.vocabulary.numerals import whole_number
from policytrace.graph.vocabulary.problems import UnanswerableError
from policytrace.graph.vocabulary.scales import INFLUENCE, LAYERS
from policytrace.graph.vocabulary.terms import ID, PREFIXES, SCHEME, kind, node_of
from policytrace.graph.vocabulary.translation import N_

Options = Mapping[str, Sequence[str]]
"""What was given for each option, as texts."""


class QuestionError(UnanswerableError, ValueError):
    """An option that cannot be used; the message names it and the way out."""

    def __init__(self, option: str, message: str) -> None:
        self.option = option
        super().__init__(f"{option}: {message}")


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name on the command line and in an address, and what it means."""

    name: str
    meaning: str
    many: bool = False
    codes: tuple[str, ...] = ()
    """The only values allowed; empty means any that can be read."""
    default: str = ""


def _scale(name: str) -> tuple[str, ...]:
    return scales()[name]


OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        Option(
            "question",
            N_(
                "What to find: where something went (forward), where it came from (backward), how two ends "
                "are linked (between: each end touched once; all: every path; shortest; best: the strongest "
                "of all)."
            ),
            codes=tuple(Question),
        ),
        Option(
            "from",
            N_("Where paths begin: an identifier, its end such as practice/gp-ergo, or several."),
            many=True,
        ),
        Option("to", N_("Where paths end, written in the same way."), many=True),
        Option(
            "expand",
            N_("Whether a region, country, project, organisation or theme stands for its things too."),
            codes=("yes", "no"),
            default="yes",
        ),
        Option(
            "layer",
            N_("How firm a hop must be: only realised ones are influence."),
            many=True,
            codes=LAYERS,
            default=INFLUENCE,
        ),
        Option("kind", N_("Kinds of hop to take; any when not given."), many=True, codes=_scale("kind")),
        Option("min_strength", N_("The weakest evidence a hop may have."), codes=_scale("strength")),
        Option(
            "stage",
            N_("How far a transfer must have come; hops that are no transfer pass."),
            many=True,
            codes=_scale("stage"),
        ),
        Option(
            "status",
            N_("Status that the claim of a transfer must have; hops that are no transfer pass."),
            many=True,
            codes=_scale("status"),
        ),
        Option("project", N_("Projects a hop must belong to, as identifier or its end."), many=True),
        Option("region", N_("Regions a hop must give or receive in, those within included."), many=True),
        Option("since", N_("Leave out hops that certainly happened before: a year, month or day.")),
        Option("until", N_("Leave out hops that certainly happened after: a year, month or day.")),
        Option(
            "time",
            N_("Order of dates along a path: any; possible, so that none is certainly broken; certain."),
            codes=tuple(Time),
            default=Time.ANY,
        ),
        Option(
            "prefixes",
            N_("Forward and backward: every path, not only those that cannot go on."),
            codes=("yes", "no"),
            default="no",
        ),
        *(
            Option(
                name,
                f"{row['meaning']} From 1 to {row['most']:,} {row['unit']}.",
                default=str(row["default"]),
            )
            for name, row in declared_limits().items()
        ),
    )
}
"""Every option, in the order in which they are explained."""


@dataclass(frozen=True, slots=True)
class PathRequest:
    """A question whose options can be used. Identifiers are whole; nothing has been looked up yet."""

    question: Question
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    expand: bool = True
    layers: frozenset[str] = frozenset({INFLUENCE})
    kinds: frozenset[str] = frozenset()
    min_strength: str = ""
    stages: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    projects: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    period: tuple[date | None, date | None] = (None, None)
    time: Time = Time.ANY
    prefixes: bool = False
    limits: Limits = DEFAULT_LIMITS
    given: dict[str, list[str]] = field(default_factory=dict)
    """The options as they were written, without those that are defaults."""


def identifier(text: str, option: str, segment: str = "") -> str:
    """The identifier meant by a whole one, a compact one, ``segment/id``, or a bare id of a known segment.

    Raises:
        QuestionError: it can be none.
    """
    text = text.strip().removeprefix("<").removesuffix(">")
    prefix, colon, local = text.partition(":")
    if "://" in text:
        result = text
    elif colon and prefix in PREFIXES:
        result = PREFIXES[prefix] + local
    elif text.startswith("theme/"):
        result = SCHEME + text
    elif "/" in text:
        result = ID + text
    elif segment and text:
        result = f"{ID}{segment}/{text}"
    else:
        raise QuestionError(option, f"“{text}” is no identifier; write it like practice/gp-ergo.")
    if node_of(result) is None or not result.isprintable():
        raise QuestionError(option, f"“{text}” has a character that no identifier has.")
    return result


def _codes(given: Options, name: str) -> list[str]:
    option = OPTIONS[name]
    values = [v for text in given.get(name, ()) for v in text.replace(",", " ").split()]
    if not option.many and len(values) > 1:
        raise QuestionError(name, f"takes one value, not {len(values)}.")
    for value in values:
        if option.codes and value not in option.codes:
            suggestions = get_close_matches(value, option.codes, 1)
            hint = (
                f"Did you mean {suggestions[0]}?"
                if suggestions
                else f"Use one of: {', '.join(option.codes)}."
            )
            raise QuestionError(name, f"“{value}” is not allowed. {hint}")
    return values or ([option.default] if option.default else [])


def _one(given: Options, name: str) -> str:
    return next(iter(_codes(given, name)), "")


def _ends(given: Options, name: str, segment: str = "") -> tuple[str, ...]:
    texts = [text for value in given.get(name, ()) for text in value.split()]
    return tuple(dict.fromkeys(identifier(text, name, segment) for text in texts))


def _limit(given: Options, name: str) -> int:
    text, most = _one(given, name), declared_limits()[name]["most"]
    number = whole_number(text, most)
    if number is None:
        raise QuestionError(name, f"is a whole number from 1 to {most:,}, not “{text}”.")
    return number


def _day(given: Options, name: str, *, last: bool) -> date | None:
    text = " ".join(given.get(name, ())).strip()
    if not text:
        return None
    try:
        result = interval(text)
    except ValueError:
        message = f"“{text}” is no date; write it like 2019, 2019-06 or 2019-06-30."
        raise QuestionError(name, message) from None
    return date.fromisoformat(result.latest if last else result.earliest)


def _check(question: Question, starts: tuple[str, ...], ends: tuple[str, ...]) -> None:
    if question is Question.FORWARD and ends:
        raise QuestionError("to", "forward asks where something went; to name both ends ask between.")
    if question is Question.BACKWARD and starts:
        raise QuestionError("from", "backward asks where something came from; to name both ends ask between.")
    if question is not Question.BACKWARD and not starts:
        raise QuestionError("from", f"{question} needs a beginning, for example practice/gp-ergo.")
    if question is not Question.FORWARD and not ends:
        raise QuestionError("to", f"{question} needs an end, for example measure/me-gavleborg-export-centre.")
    if starts == ends and len(starts) == 1 and starts[0].startswith(ID) and not _stands_for_more(starts[0]):
        raise QuestionError("to", "is the same thing as from; a path needs two ends.")


def _stands_for_more(iri: str) -> bool:
    return kind(iri) in SETS


SETS = ("region", "country", "project", "organisation", "theme")
"""Kinds of ends that stand for their things; for each there is a query in ``queries/ends``."""


def parse_request(given: Options) -> PathRequest:
    """The question meant by some options.

    Without ``question``, both ends mean ``between``, one end ``forward`` or ``backward``.

    Raises:
        QuestionError: an option is unknown, cannot be read, or contradicts another.
    """
    for name in given:
        if name not in OPTIONS:
            suggestions = get_close_matches(name, OPTIONS, 1)
            hint = f"Did you mean {suggestions[0]}?" if suggestions else f"Options are: {', '.join(OPTIONS)}."
            raise QuestionError(name, f"there is no such option. {hint}")
    starts, ends = _ends(given, "from"), _ends(given, "to")
    kind_of_question = _one(given, "question")
    if not kind_of_question:
        kind_of_question = (
            Question.BETWEEN if starts and ends else Question.BACKWARD if ends else Question.FORWARD
        )
    question = Question(kind_of_question)
    _check(question, starts, ends)
    period = (_day(given, "since", last=False), _day(given, "until", last=True))
    if period[0] and period[1] and period[0] > period[1]:
        raise QuestionError("until", f"lies before since ({period[1]} is before {period[0]}).")
    return PathRequest(
        question,
        starts,
        ends,
        _one(given, "expand") == "yes",
        frozenset(_codes(given, "layer")),
        frozenset(_codes(given, "kind")),
        _one(given, "min_strength"),
        frozenset(_codes(given, "stage")),
        frozenset(_codes(given, "status")),
        _ends(given, "project", "project"),
        _ends(given, "region", "region"),
        period,
        Time(_one(given, "time")),
        _one(given, "prefixes") == "yes",
        Limits(**{name: _limit(given, name) for name in declared_limits()}),
        {name: list(values) for name, values in given.items() if any(text.strip() for text in values)},
    )

"""The page that explains the rule of strength and shows what survives at each level."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template

from policytrace.graph.reasoning.strength import rule
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.scales import INFLUENCE, LEVELS
from policytrace.graph.vocabulary.terms import PREFIXES, SCHEME
from policytrace.graph.vocabulary.translation import N_
from policytrace.server.execution.errors import NoResultError
from policytrace.server.presentation.view import Value, concept
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import engine, links, opened, view

blueprint = Blueprint("strength", __name__)

_PREFIX = f"PREFIX pt: <{PREFIXES['pt']}>\n"
_BEST = "SELECT ?claim (MAX(?of) AS ?rank) WHERE {{ {pattern} ?level pt:rank ?of }} GROUP BY ?claim"
_COUNT = f"SELECT ?rank (COUNT(?claim) AS ?count) WHERE {{{{ {{{{ {_BEST} }}}} }}}} GROUP BY ?rank"
_ROWS = """# {title}, at least {level}
SELECT ?claim (MAX(?of) AS ?rank) WHERE {{
  {pattern}
  ?level pt:rank ?of FILTER (?of >= {rank})
}} GROUP BY ?claim ORDER BY DESC(?rank) ?claim"""
_OVERRULED = "?claim a pt:LearningTransfer ; pt:computedStrength ?level ."


@dataclass(frozen=True)
class Counted:
    """Something that is counted by strength: each ``?claim`` of the pattern, by its best ``?level``."""

    title: str
    about: str
    pattern: str
    number: str = ""
    """What the number is called, if it is one of transfers."""
    layer: str = ""
    """The layer of the transfers, if only one."""


COUNTED = (
    Counted(
        N_("Transfers"),
        N_("every claim that somebody learned from something"),
        "?claim a pt:LearningTransfer ; pt:strength ?level .",
        "transfers",
    ),
    Counted(
        N_("Realised transfers"),
        N_("those that were at least committed to"),
        "?claim a pt:LearningTransfer ; pt:strength ?level ; pt:layer ?layer . "
        f"VALUES ?layer {{ <{SCHEME}layer/{INFLUENCE}> }}",
        "transfers",
        INFLUENCE,
    ),
    Counted(
        N_("Measures"),
        N_("those that a realised transfer led to, by the best evidenced"),
        "?transfer pt:toMeasure ?claim ; pt:strength ?level ; pt:layer ?layer . "
        f"VALUES ?layer {{ <{SCHEME}layer/{INFLUENCE}> }}",
        "measures",
        INFLUENCE,
    ),
    Counted(
        N_("Stated links"),
        N_("rows of measures, plans and links that state a step of influence"),
        "?hop a pt:Hop ; pt:hopRecord ?claim ; pt:strength ?level .",
    ),
)


@dataclass(frozen=True)
class Number:
    """How many survive a threshold, and the address of the rows behind it, if there is one."""

    count: int
    href: str | None = None
    name: str = ""
    layer: str = ""


@dataclass(frozen=True)
class Threshold:
    """A level and what survives when only claims at least as strong count, in the order of columns."""

    level: Value
    code: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True)
class Survival:
    """The table of what survives, and how many claims people have overruled."""

    columns: tuple[tuple[str, str], ...]
    thresholds: tuple[Threshold, ...]
    overruled: Number


@blueprint.get("/strength")
def strength() -> Response:
    """The rule in words, and how many claims and steps survive each threshold."""
    return responses.cached_page(("strength",), _page)


def _page() -> str:
    try:
        survival = _survival()
    except NoResultError as error:
        raise ProblemError(503, "The page could not be made", str(error)) from None
    rules = opened().release.manifest.get("rules", {})
    return render_template(
        "analyses/strength.html", rule=rule(), judged_by=rules.get("strength", ""), survival=survival
    )


def _counts(pattern: str) -> dict[str, int]:
    answer = engine().query(_PREFIX + _COUNT.format(pattern=pattern))
    assert isinstance(answer, Rows)
    return {
        LEVELS[int(rank.value) - 1]: int(count.value)
        for rank, count in answer.rows
        if rank is not None and count is not None
    }


def _rows_of(title: str, pattern: str, code: str) -> str:
    text = _ROWS.format(
        title=title, pattern=pattern, level=code.replace("-", " "), rank=LEVELS.index(code) + 1
    )
    return links().path("sparql", query=_PREFIX + text)


def _survival() -> Survival:
    counts = [_counts(counted.pattern) for counted in COUNTED]
    columns = [(counted.title, counted.about) for counted in COUNTED]
    thresholds = []
    for at, code in enumerate(LEVELS):
        numbers = [
            Number(
                sum(by_level.get(level, 0) for level in LEVELS[at:]),
                _rows_of(c.title, c.pattern, code),
                c.number,
                c.layer,
            )
            for c, by_level in zip(COUNTED, counts, strict=True)
        ]
        thresholds.append(Threshold(view().thing(concept("strength", code)), code, tuple(numbers)))
    overruled = sum(_counts(_OVERRULED).values())
    shown = Number(overruled, _rows_of("Transfers whose computed strength", _OVERRULED, LEVELS[0]))
    return Survival(tuple(columns), tuple(thresholds), shown)

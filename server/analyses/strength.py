"""The page that explains the rule of strength and shows what survives at each level."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyoxigraph as ox
from flask import Blueprint, Response, render_template

from policytrace.graph.reasoning.strength import rule
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.vocabulary.scales import LEVELS, REALISED
from policytrace.graph.vocabulary.terms import PREFIXES, SCHEME
from policytrace.graph.vocabulary.translation import N_
from policytrace.server.execution.errors import NoResultError
from policytrace.server.paths.routes import path_graph
from policytrace.server.presentation.view import Value, code_of, concept
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import engine, links, opened, view

blueprint = Blueprint("strength", __name__)

_PREFIX = f"PREFIX pt: <{PREFIXES['pt']}>\n"
_COUNT = "SELECT ?level (COUNT(DISTINCT ?claim) AS ?count) WHERE {{ {pattern} }} GROUP BY ?level"
_ROWS = """# {title}, at least {level}
SELECT DISTINCT ?claim ?level WHERE {{
  {pattern}
  ?level pt:rank ?rank FILTER (?rank >= {rank})
}} ORDER BY DESC(?rank) ?claim"""
_OVERRULED = "?claim a pt:LearningTransfer ; pt:computedStrength ?level ."


@dataclass(frozen=True)
class Counted:
    """Something that is counted by strength: each ``?claim`` of the pattern has one ``?level``."""

    title: str
    about: str
    pattern: str


COUNTED = (
    Counted(
        N_("Transfers"),
        N_("every claim that somebody learned from something"),
        "?claim a pt:LearningTransfer ; pt:strength ?level .",
    ),
    Counted(
        N_("Realised transfers"),
        N_("those that were at least committed to"),
        "?claim a pt:LearningTransfer ; pt:strength ?level ; pt:realisation ?realisation . "
        f"VALUES ?realisation {{ {' '.join(f'<{SCHEME}realisation/{code}>' for code in REALISED)} }}",
    ),
    Counted(
        N_("Stated links"),
        N_("rows of measures, plans and links that state a step of influence"),
        "?hop a pt:Hop ; pt:hopRecord ?claim ; pt:strength ?level .",
    ),
    Counted(
        N_("Steps of influence"),
        N_("the hops that realised transfers and stated links give"),
        "?claim a pt:Hop ; pt:strength ?level .",
    ),
)


@dataclass(frozen=True)
class Number:
    """How many survive a threshold, and the address of the rows behind it, if there is one."""

    count: int
    href: str | None = None


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


def paths_by_strength() -> Mapping[str, int] | None:
    """How many realised paths remain at each threshold, by code of the level; None if that takes long."""
    # Loaded here: the compiled loops take longer to load than the rest of the server.
    from policytrace.graph.paths.choices import DEFAULT_LIMITS
    from policytrace.graph.paths.search import counts as analysis
    from policytrace.graph.paths.search.view import View

    rows = analysis.paths_by_strength(View(path_graph().arrays), DEFAULT_LIMITS)
    return None if any(row.bound for row in rows) else {row.strength: row.paths for row in rows}


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
        code_of(level): int(count.value)
        for level, count in answer.rows
        if isinstance(level, ox.NamedNode) and count is not None
    }


def _rows_of(title: str, pattern: str, code: str) -> str:
    text = _ROWS.format(
        title=title, pattern=pattern, level=code.replace("-", " "), rank=LEVELS.index(code) + 1
    )
    return links().path("sparql", query=_PREFIX + text)


def _survival() -> Survival:
    counts = [_counts(counted.pattern) for counted in COUNTED]
    paths = paths_by_strength()
    columns = [(counted.title, counted.about) for counted in COUNTED]
    if paths is not None:
        columns.append((N_("Realised paths"), N_("chains of up to six steps, each as strong as its weakest")))
    thresholds = []
    for at, code in enumerate(LEVELS):
        numbers = [
            Number(sum(by_level.get(level, 0) for level in LEVELS[at:]), _rows_of(c.title, c.pattern, code))
            for c, by_level in zip(COUNTED, counts, strict=True)
        ]
        if paths is not None:
            numbers.append(Number(paths[code], links().path("analysis/reach", min_strength=code)))
        thresholds.append(Threshold(view().thing(concept("strength", code)), code, tuple(numbers)))
    overruled = sum(_counts(_OVERRULED).values())
    shown = Number(overruled, _rows_of("Transfers whose computed strength", _OVERRULED, LEVELS[0]))
    return Survival(tuple(columns), tuple(thresholds), shown)

"""The analyses by name: their options, what they answer, and the one way in for all who ask."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from policytrace.graph.analyses import brokers, lag, loops, matrix
from policytrace.graph.analyses.rows import AnalysisReport, AnalysisRow
from policytrace.graph.analyses.transfers import claims
from policytrace.graph.paths.choices import Limit
from policytrace.graph.paths.path_graph import PathGraph
from policytrace.graph.paths.request import OPTIONS, QuestionError
from policytrace.graph.paths.search.view import Filters, View
from policytrace.graph.vocabulary.numerals import whole_number
from policytrace.graph.vocabulary.scales import INFLUENCE, LAYERS
from policytrace.graph.vocabulary.terms import kind
from policytrace.graph.vocabulary.translation import N_, gettext

MAX_HOPS = 12
_LAYERS = LAYERS[:2]

AnalysisResult = tuple[Sequence[AnalysisRow], tuple[Limit, ...]]


@dataclass(frozen=True)
class Analysis:
    """One analysis: its title, what it counts, its options with their defaults, and its columns."""

    name: str
    title: str
    description: str
    by: tuple[str, ...]
    """What it can be counted by, the default first."""
    columns: Mapping[str, str]
    run: Callable[[PathGraph, "AnalysisOptions"], AnalysisResult]
    hops: bool = True
    """Whether it counts chains of hops, up to ``max_hops``."""

    @property
    def options(self) -> dict[str, str]:
        """The options that can be given, with their defaults."""
        result = {"by": self.by[0], "layer": INFLUENCE, "min_strength": ""}
        return result | ({"max_hops": OPTIONS["max_hops"].default} if self.hops else {})


@dataclass(frozen=True)
class AnalysisOptions:
    """The options of one question, read."""

    by: str
    layer: str
    min_strength: str
    max_hops: int

    @property
    def all_influence(self) -> bool:
        """Whether all influence counts."""
        return (self.layer, self.min_strength) == (INFLUENCE, "")

    def view(self, graph: PathGraph) -> View:
        """The hops that count."""
        return View(graph.arrays, Filters(frozenset({self.layer}), min_strength=self.min_strength))


def _brokers(graph: PathGraph, chosen: AnalysisOptions) -> AnalysisResult:
    kinds, records = brokers.KINDS if chosen.by == "all" else (chosen.by,), graph.arrays.records
    kept = brokers.read(graph.folder) if chosen.all_influence and graph.folder is not None else None
    if kept is not None:
        found = [one for one in kept if kind(one.iri) in kinds]
    else:
        found = brokers.count_brokers(graph.engine, records, kinds, chosen.layer, chosen.min_strength)
    return brokers.broker_rows(graph.engine, records, found), ()


def _reach(graph: PathGraph, chosen: AnalysisOptions) -> AnalysisResult:
    return brokers.reach_rows(graph.engine, claims(graph.engine, {chosen.layer}, chosen.min_strength)), ()


def _matrix(graph: PathGraph, chosen: AnalysisOptions) -> AnalysisResult:
    every = claims(graph.engine, {chosen.layer}, chosen.min_strength)
    return matrix.cells(graph.engine, every, chosen.by), ()


def _loops(graph: PathGraph, chosen: AnalysisOptions) -> AnalysisResult:
    return loops.loops(graph.engine, chosen.view(graph), chosen.max_hops)


def _lag(graph: PathGraph, chosen: AnalysisOptions) -> AnalysisResult:
    every = claims(graph.engine, {chosen.layer}, chosen.min_strength)
    return lag.lags(graph.engine, every, chosen.by), ()


ANALYSES = {
    analysis.name: analysis
    for analysis in (
        Analysis(
            "brokers",
            N_("Brokers of learning"),
            N_(
                "Organisations, good practices and events by the number of transfers that are chained "
                "through them: what they received, and what they passed on to somebody else."
            ),
            ("all", *brokers.KINDS),
            brokers.BROKER_COLUMNS,
            _brokers,
            hops=False,
        ),
        Analysis(
            "reach",
            N_("How far practices reach"),
            N_(
                "Every good practice by the number of transfers that took it up, and of those that came of "
                "the measures these led to."
            ),
            ("practice",),
            brokers.REACH_COLUMNS,
            _reach,
            hops=False,
        ),
        Analysis(
            "matrix",
            N_("Who learned from whom"),
            N_(
                "Learning transfers by giver and receiver. A receiver counts whether or not its giver is "
                "named: givers of several countries, within the receiver's own region, or not named stand "
                "under these kinds. A pair without transfer is empty, which means none is known. By project, "
                "the giver is the project that the source of the transfer comes from."
            ),
            tuple(matrix.SIDES),
            matrix.COLUMNS,
            _matrix,
            hops=False,
        ),
        Analysis(
            "loops",
            N_("Knowledge that came back"),
            N_(
                "Chains that begin at a thing of a region, lead through at least one other region, and "
                "end in a measure of the first. The region must be the same one, not one within it. The "
                "query learning_loops has what transfers alone say: local and other knowledge that met in "
                "one region."
            ),
            ("region",),
            loops.COLUMNS,
            _loops,
        ),
        Analysis(
            "lag",
            N_("From event to measure"),
            N_(
                "Days from a learning event to the measure that came of it. Dates are often known by year "
                "or month only, so that each lag has a shortest and a longest possible value."
            ),
            tuple(lag.GROUPS),
            lag.COLUMNS,
            _lag,
            hops=False,
        ),
    )
}
"""Every analysis, in the order in which they are listed."""


class UnknownAnalysisError(QuestionError):
    """There is no analysis of that name; the message names those there are."""

    def __init__(self, name: str) -> None:
        super().__init__("analysis", f"“{name}” is none. There are: {', '.join(ANALYSES)}.")


def analysis(name: str) -> Analysis:
    """The analysis of a name.

    Raises:
        UnknownAnalysisError: there is none.
    """
    if name not in ANALYSES:
        raise UnknownAnalysisError(name)
    return ANALYSES[name]


def choose(entry: Analysis, given: Mapping[str, str]) -> AnalysisOptions:
    """The options of a question; an empty one has its default.

    Raises:
        QuestionError: an option is unknown or has a value it cannot have.
    """
    for name in given:
        if name not in entry.options:
            raise QuestionError(name, f"is no option here. There are: {', '.join(entry.options)}.")
    values = entry.options | {name: value for name, value in given.items() if value}
    codes = {"by": entry.by, "layer": _LAYERS, "min_strength": ("", *OPTIONS["min_strength"].codes)}
    for name, allowed in codes.items():
        if values[name] not in allowed:
            suggestions = get_close_matches(values[name], [code for code in allowed if code], 1)
            hint = (
                f"Did you mean {suggestions[0]}?"
                if suggestions
                else f"Use one of: {', '.join(filter(None, allowed))}."
            )
            raise QuestionError(name, f"“{values[name]}” is not allowed. {hint}")
    hops = values.get("max_hops", OPTIONS["max_hops"].default)
    most = whole_number(hops, MAX_HOPS)
    if most is None:
        raise QuestionError("max_hops", f"is a whole number from 1 to {MAX_HOPS}, not “{hops}”.")
    return AnalysisOptions(values["by"], values["layer"], values["min_strength"], most)


def report(graph: PathGraph, name: str, given: Mapping[str, str]) -> AnalysisReport:
    """The answer of an analysis.

    Raises:
        UnknownAnalysisError: there is none of that name.
        QuestionError: an option cannot be used.
    """
    entry = analysis(name)
    chosen = choose(entry, given)
    rows, bound = entry.run(graph, chosen)
    notes = []
    if chosen.layer != INFLUENCE:
        notes.append(gettext("These transfers were considered and not realised: none of this is influence."))
    if bound:
        notes.append(gettext("The count was ended by a limit, so numbers are too small; lower max_hops."))
    if not rows:
        notes.append(
            gettext(
                "Nothing in this release matches; that no transfer is known does not mean there was none."
            )
        )
    values = {name: str(getattr(chosen, name)) for name in entry.options}
    return AnalysisReport(name, graph.release, values, entry.columns, rows, tuple(notes), bound)

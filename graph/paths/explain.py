"""Why there is no path: told apart by searching again with one thing changed at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from policytrace.graph.hops.arrays import HopArrays
from policytrace.graph.paths.choices import Limit, Limits, Question, Time
from policytrace.graph.paths.search.counts import closure
from policytrace.graph.paths.search.search import SearchRequest, search
from policytrace.graph.paths.search.view import Filters, View
from policytrace.graph.vocabulary.scales import LAYERS
from policytrace.graph.vocabulary.translation import N_, gettext

NEAREST = 5
"""How many of the things reached are named."""
_FURTHER = Limits(max_hops=64, max_paths=1, max_ms=300, max_edges=5_000_000)
_FILTERS = {
    "min_strength": N_("the minimum strength"),
    "stages": N_("the choice of stages"),
    "statuses": N_("the choice of claim statuses"),
    "kinds": N_("the choice of kinds of hop"),
    "projects": N_("the choice of projects"),
    "regions": N_("the choice of regions"),
    "period": N_("the period"),
}
_ORDER = N_("the order of dates")
_EMPTY = Filters(layers=frozenset(LAYERS))


@dataclass(frozen=True, slots=True)
class NoPath:
    """Why there is none."""

    code: str
    """unreachable, beyond-hop-limit, excluded-by-filter, only-considered, only-opportunity, no-hops or
    not-settled."""
    sentence: str
    filters: tuple[str, ...] = ()
    """The filters that exclude it."""
    reached: tuple[int, ...] = ()
    """Places that can be reached from the beginning, the nearest first."""
    reaching: tuple[int, ...] = ()
    """Places from which the end can be reached, the nearest first."""
    reversed: bool = False
    """Whether there is a path the other way round."""

    def as_dict(self, arrays: HopArrays, names: dict[str, str]) -> dict[str, Any]:
        """The same with identifiers and names."""

        def named(places: Sequence[int]) -> list[dict[str, str]]:
            iris = dict.fromkeys(arrays.thing(place) for place in places)
            return [{"id": iri, "label": names[iri]} for iri in iris]

        return {
            "code": self.code,
            "sentence": self.sentence,
            "filters": list(self.filters),
            "reached": named(self.reached),
            "reaching": named(self.reaching),
            "reversed": self.reversed,
        }


def explain(view: View, request: SearchRequest) -> NoPath:
    """Why a question that found nothing, and was not cut short, found nothing."""
    if request.question in (Question.FORWARD, Question.BACKWARD):
        return _one_end(view, request)
    reached = closure(view, request.starts).places[:NEAREST]
    reaching = closure(view, request.targets, backward=True).places[:NEAREST]
    for why in _reasons(view, request):
        return replace(why, reached=reached, reaching=reaching)
    reverse = replace(request, starts=request.targets, targets=request.starts)
    back = _exists(view, reverse) is True
    sentence = gettext("No chain of hops of any layer leads from the beginning to the end.")
    if back:
        sentence += " " + gettext("There is a path the other way round.")
    return NoPath("unreachable", sentence, (), reached, reaching, back)


def _one_end(view: View, request: SearchRequest) -> NoPath:
    for why in _reasons(view, request):
        return why
    if request.question is Question.FORWARD:
        return NoPath("no-hops", gettext("No hop of any layer leads on from it."))
    return NoPath("no-hops", gettext("No hop of any layer leads to it."))


def _reasons(view: View, request: SearchRequest) -> Iterator[NoPath]:
    limit = request.limits.max_hops
    further = replace(request, question=_single(request.question), limits=_FURTHER)
    if (result := _exists(view, further)) is not False:
        yield _settled(
            result,
            "beyond-hop-limit",
            gettext("There is a path, but of more than {limit} hops; raise max_hops.").format(limit=limit),
        )
    yield from _relaxed(view, further)
    for code, layers, words in (
        ("excluded-by-filter", view.filters.layers, ""),
        (
            "only-considered",
            frozenset(LAYERS[:2]),
            gettext("It is linked, but only over hops that were considered and not realised."),
        ),
        (
            "only-opportunity",
            frozenset(LAYERS),
            gettext("It is linked, but only over hops of mere opportunity, which are no influence."),
        ),
    ):
        wider = View(view.arrays, replace(_EMPTY, layers=layers | view.filters.layers))
        if (result := _exists(wider, replace(further, time=Time.ANY))) is not False:
            if not words:
                names = tuple(_set(view.filters)) + (("time",) if request.time is not Time.ANY else ())
                yield _settled(
                    result, code, gettext("There is a path, but several filters together exclude it."), names
                )
            else:
                yield _settled(result, code, words)


def _relaxed(view: View, request: SearchRequest) -> Iterator[NoPath]:
    """Each filter that alone excludes every path."""
    blank, excluding = Filters(), []
    for name in _set(view.filters):
        wider = View(view.arrays, replace(view.filters, **{name: getattr(blank, name)}))
        if _exists(wider, request):
            excluding.append(name)
    if request.time is not Time.ANY and _exists(view, replace(request, time=Time.ANY)):
        excluding.append("time")
    if excluding:
        words = gettext(" or ").join(gettext(_FILTERS.get(name, _ORDER)) for name in excluding)
        yield NoPath(
            "excluded-by-filter",
            gettext("There is a path, but {words} excludes it.").format(words=words),
            tuple(excluding),
        )


def _set(filters: Filters) -> list[str]:
    blank = Filters()
    return [name for name in _FILTERS if getattr(filters, name) != getattr(blank, name)]


def _single(question: Question) -> Question:
    return question if question in (Question.FORWARD, Question.BACKWARD) else Question.SHORTEST


def _exists(view: View, request: SearchRequest) -> bool | None:
    """Whether there is any path; ``None`` when the search was ended before that was settled."""
    result = search(view, request)
    if result.paths:
        return True
    return None if {Limit.MS, Limit.EDGES} & set(result.bound) else False


def _settled(exists: bool | None, code: str, sentence: str, filters: tuple[str, ...] = ()) -> NoPath:
    if exists is None:
        return NoPath(
            "not-settled", gettext("Whether there is a path under wider conditions was not settled in time.")
        )
    return NoPath(code, sentence, filters)

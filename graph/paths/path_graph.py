"""From options to an answer: the one way in for the command line, the server and notebooks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policytrace.graph.hops.arrays import FOLDER, HopArrays
from policytrace.graph.paths.answer import Answer
from policytrace.graph.paths.choices import Limit, declared_limits
from policytrace.graph.paths.ends import Ends, find_ends, regions_within
from policytrace.graph.paths.explain import explain
from policytrace.graph.paths.narrate import labels, narrate
from policytrace.graph.paths.permalink import HopChange, compare, parse
from policytrace.graph.paths.request import Options, PathRequest, parse_request
from policytrace.graph.paths.search.search import SearchRequest, search
from policytrace.graph.paths.search.view import Filters, View
from policytrace.graph.paths.transfers import chains, direct, gathered, on_hops
from policytrace.graph.releases.release import Release
from policytrace.graph.sparql.engine import Engine
from policytrace.graph.vocabulary.translation import gettext

_VIEWS = 16


@dataclass(frozen=True)
class PathGraph:
    """The hop graph of one release, with the engine that knows the names and evidence of its things."""

    arrays: HopArrays
    engine: Engine
    release: str
    rules: Mapping[str, str] = field(default_factory=dict)
    """Versions of the rules that made the release."""
    views: dict[Filters, View] = field(default_factory=dict, compare=False, repr=False)
    """The views used last."""
    folder: Path | None = None
    """Folder of the release, which may hold what was counted of it."""
    licence: str | None = None
    """The licence of the release, where it names one."""

    @classmethod
    def open(cls, release: Release, engine: Engine) -> "PathGraph":
        """The hop graph of a release.

        Raises:
            HopArraysError: an older or a newer version built it.
            DamagedError: a file of it is not as it was written.
        """
        arrays = HopArrays.open(release.verified(FOLDER))
        return cls(arrays, engine, release.id, release.manifest["rules"], {}, release.path, release.licence)

    def answer(self, options: Options) -> Answer:
        """The answer to a question.

        Raises:
            QuestionError: an option cannot be used.
            UnknownThingError: an end is not known.
        """
        return self.answer_request(parse_request(options))

    def answer_request(self, request: PathRequest) -> Answer:
        """The answer to a question whose options were read; raises as ``answer`` does."""
        starts = find_ends(self.engine, self.arrays, "from", request.starts, expand=request.expand)
        ends = find_ends(self.engine, self.arrays, "to", request.ends, expand=request.expand)
        view = self._view(request)
        question = SearchRequest(
            request.question, starts.places, ends.places, request.time, request.prefixes, request.limits
        )
        result = search(view, question)
        paths = narrate(self.engine, self.arrays, result.paths, self.release)
        named, linked = direct(self.engine, view, request), on_hops(view, result.hops)
        transfers = gathered(self.engine, named, linked, paths, request.limits.max_paths)
        alone = [one for one in transfers.told if one.id not in linked]
        left_out = transfers.total > len(transfers.told)
        bound = [limit for limit in Limit if limit in result.bound or (limit is Limit.PATHS and left_out)]
        no_path = None
        if not transfers.total and not result.paths and not {Limit.MS, Limit.EDGES} & set(result.bound):
            why = explain(view, question)
            iris = {self.arrays.thing(place) for place in (*why.reached, *why.reaching)}
            no_path = why.as_dict(self.arrays, labels(self.engine, iris))
        return Answer(
            self._restated(request, starts, ends),
            self.release,
            dict(self.rules),
            request.limits.as_dict(),
            transfers.told,
            transfers.counts,
            chains(paths, alone),
            paths,
            result.total,
            bool(bound),
            (*_reasons(bound, complete=result.complete), *([no_path["sentence"]] if no_path else [])),
            tuple(bound),
            {"hops": result.edges, "hops_that_pass": view.hop_count, "ms": round(result.ms, 3)},
            no_path,
            licence=self.licence,
        )

    def cited(
        self, path_id: str, since: str, states: Sequence[str], older: Callable[[], HopArrays | None]
    ) -> tuple[Answer, list[HopChange]]:
        """A path that was cited, as it stands now, and what became of each of its hops.

        Args:
            path_id: identifier of the path.
            since: the release it was cited from, empty if not known.
            states: states of its hops at that time, empty if not known.
            older: opens the hop graph of that release, if it is still kept.

        Returns:
            An answer with the path, or with none when a hop is gone; and the changes.

        Raises:
            PathIdError: this is no path, or one of another graph.
        """
        hops = parse(path_id)
        changes = compare(self.arrays, hops, states, older)
        gone = [change.hop for change in changes if change.now is None]
        numbers = [self.arrays.find_hop(hop) for hop in hops]
        paths = () if gone else narrate(self.engine, self.arrays, [numbers], self.release)
        transfers = gathered(self.engine, (), (), paths, len(hops))
        words = (
            gettext("{gone} of {hops} hops of this path are gone.").format(gone=len(gone), hops=len(hops))
            if gone
            else ""
        )
        answer = Answer(
            {"question": "path", "id": path_id},
            self.release,
            dict(self.rules),
            {},
            transfers.told,
            transfers.counts,
            chains(paths, ()),
            paths,
            len(paths),
            False,
            (words,) if words else (),
            (),
            {},
            since={"release": since or None, "hops": [change.as_dict() for change in changes]},
            licence=self.licence,
        )
        return answer, changes

    def _view(self, request: PathRequest) -> View:
        filters = Filters(
            request.layers,
            request.kinds,
            request.min_strength,
            request.stages,
            request.statuses,
            frozenset(request.projects),
            regions_within(self.engine, request.regions),
            request.period,
        )
        return self.view(filters)

    def view(self, filters: Filters) -> View:
        """The hops that pass some filters; the views used last are cached.

        Raises:
            DamagedError: a file was written to since it was opened.
        """
        self.arrays.check()
        view = self.views.pop(filters, None) or View(self.arrays, filters)
        self.views[filters] = view
        for oldest in list(self.views)[:-_VIEWS]:
            self.views.pop(oldest, None)
        return view

    def _restated(self, request: PathRequest, starts: Ends, ends: Ends) -> dict[str, Any]:
        """The question as the answer repeats it."""
        names = labels(self.engine, (*request.starts, *request.ends))

        def things_of(end: Ends) -> list[dict[str, Any]]:
            return [{"id": iri, "label": names[iri]} for iri in end.given]

        return {
            "question": str(request.question),
            "from": things_of(starts),
            "to": things_of(ends),
            "things": {"from": len(starts.places), "to": len(ends.places)},
            "options": request.given,
        }


def _reasons(bound: Sequence[Limit], *, complete: bool) -> list[str]:
    words = {
        Limit.HOPS: gettext("There are longer paths than max_hops allows."),
        Limit.PATHS: gettext(
            "There are more transfers, or ways to chain them, than max_paths allows; the strongest are given."
        ),
        Limit.MS: gettext("The time limit max_ms ended the search"),
        Limit.EDGES: gettext("The limit max_edges of hops looked at ended the search"),
    }
    after = gettext("{ended}; other paths may be stronger, and there may be more.")
    if complete:
        after = gettext(
            "{ended} after all paths within max_hops were found; whether there are longer ones is open."
        )
    for limit in (Limit.MS, Limit.EDGES):
        words[limit] = after.format(ended=words[limit])
    most = gettext("At most {most:,} can be asked for.")
    return [f"{words[limit]} {most.format(most=declared_limits()[limit]['most'])}" for limit in bound]

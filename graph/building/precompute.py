"""Precompute for a published release what everybody asks: of all projects at once it takes seconds."""

from collections.abc import Iterator
from pathlib import Path

from policytrace.graph.analyses import brokers, transfers
from policytrace.graph.gaps import place
from policytrace.graph.gaps.find import find
from policytrace.graph.hops.arrays import FOLDER, HopArrays
from policytrace.graph.indicators import headline, items
from policytrace.graph.indicators.definitions import definitions
from policytrace.graph.indicators.measure import IndicatorOptions, measurement
from policytrace.graph.library import answer_store, answers, overviews
from policytrace.graph.library.answer_store import AnswerKey, AnswerWriter, PrecomputedEngine
from policytrace.graph.lookup.mapped_reader import open_reader
from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.sparql.engine import Engine, OxigraphEngine
from policytrace.graph.vocabulary.progress import Progress, silent


def write(releases: Releases, release: Release, progress: Progress = silent) -> bool:
    """Answer queries of the library, the work list, indicators and what analyses and overviews read.

    The answers appear by one rename. Those of other versions of the rules are replaced.

    Returns:
        False: they were there already.

    Raises:
        ReleaseError: the release was pruned meanwhile.
        OSError: the disk is full or cannot be written.
    """

    def make(work: Path) -> None:
        engine = OxigraphEngine.open(release.store_path)
        with answer_store.new_store(work) as store:
            answers.write(engine, store, progress)
            progress("count", 0, 4)
            place.add_to(store, place.place(open_reader(release), find(engine, None)))
            progress("count", 1, 4)
            _add_indicators(store, engine, release)
            progress("count", 2, 4)
            for query in _analysis_queries():
                store.add_rows(engine, query)
            progress("count", 3, 4)
            for query in overviews.queries_of_all():
                store.add_rows(engine, query)
            arrays = HopArrays.open(release.verified(FOLDER))
            brokers.add_to(store, PrecomputedEngine(engine, work), arrays.records)
            progress("count", 4, 4)

    return releases.add(
        release, answer_store.FILE, make, lambda path: path.is_file() and answer_store.holds(path, keys())
    )


def keys() -> Iterator[AnswerKey]:
    """The keys of everything that is precomputed."""
    yield from answers.keys()
    yield place.key()
    yield from map(items.key, definitions().values())
    yield headline.key()
    yield from map(answer_store.rows_key, (*_analysis_queries(), *overviews.queries_of_all()))
    yield brokers.key()


def _analysis_queries() -> list[str]:
    """The queries of which analyses read all rows."""
    return [transfers.analysis_query(name) for name in transfers.QUERIES]


def _add_indicators(store: AnswerWriter, engine: Engine, release: Release) -> None:
    disputes = items.read_disputes(engine)
    headlines = []
    for known in definitions().values():
        gathered = items.collect(engine, known, None, disputes)
        items.add_to(store, known, gathered)
        headlines.append(headline.headline(measurement(known, release.id, IndicatorOptions(), gathered)))
    headline.add_to(store, headlines)

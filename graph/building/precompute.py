"""Count once for a published release what pages ask of all projects."""

from pathlib import Path

from policytrace.graph.analyses import broker_store, transfers
from policytrace.graph.gaps import gap_store as gaps_kept
from policytrace.graph.hops.arrays import FOLDER, HopArrays
from policytrace.graph.indicators import headline
from policytrace.graph.indicators import indicator_store as indicators_kept
from policytrace.graph.indicators.measure import IndicatorOptions, measured
from policytrace.graph.library import overviews
from policytrace.graph.library.count_store import COUNTED, CountedEngine, save_rows
from policytrace.graph.lookup.mapped_reader import open_reader
from policytrace.graph.paths.search.view import Filters, View
from policytrace.graph.releases.release import Release, Releases
from policytrace.graph.sparql.engine import OxigraphEngine, Rows
from policytrace.graph.vocabulary.progress import Progress, silent
from policytrace.graph.vocabulary.scales import INFLUENCE


def write(releases: Releases, release: Release, progress: Progress = silent) -> bool:
    """Count the work list, the indicators and what analyses and overviews read; they appear by one rename.

    Returns:
        False: they were there already.

    Raises:
        ReleaseError: the release was pruned meanwhile.
        OSError: the disk is full or cannot be written.
    """

    def make(work: Path) -> None:
        made = work / COUNTED
        made.mkdir()
        progress("count", 0, 4)
        engine = OxigraphEngine.open(release.store_path)
        gaps_kept.write(engine, open_reader(release), made)
        progress("count", 1, 4)
        gathered = indicators_kept.write(engine, made)
        headline.write(
            [
                headline.headline(measured(known, release.id, IndicatorOptions(), found))
                for known, found in gathered
            ],
            made,
        )
        progress("count", 2, 4)
        for name in transfers.QUERIES:
            rows = engine.query(transfers.asked(name))
            assert isinstance(rows, Rows)
            save_rows(made, transfers.asked(name), rows)
        progress("count", 3, 4)
        for query in overviews.of_all():
            rows = engine.query(query)
            assert isinstance(rows, Rows)
            save_rows(made, query, rows)
        arrays = HopArrays.open(release.path / FOLDER)
        broker_store.write(CountedEngine(engine, work), View(arrays, Filters(frozenset({INFLUENCE}))), made)
        progress("count", 4, 4)

    return releases.add(release, COUNTED, make)

"""Count once for a published release what pages ask of all projects."""

from pathlib import Path

from policytrace.graph import overviews
from policytrace.graph.counted import COUNTED, CountedEngine, save_rows
from policytrace.graph.gaps import kept as gaps_kept
from policytrace.graph.hop_arrays import FOLDER, HopArrays
from policytrace.graph.hops import INFLUENCE
from policytrace.graph.indicators import headline
from policytrace.graph.indicators import kept as indicators_kept
from policytrace.graph.indicators.measure import Chosen, measured
from policytrace.graph.lookups import open_reader
from policytrace.graph.paths import brokers_kept, claims
from policytrace.graph.paths.view import Filters, View
from policytrace.graph.progress import Progress, silent
from policytrace.graph.release import Release, Releases
from policytrace.graph.store import OxigraphEngine, Rows


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
            [headline.headline(measured(known, release.id, Chosen(), found)) for known, found in gathered],
            made,
        )
        progress("count", 2, 4)
        for name in claims.QUERIES:
            rows = engine.query(claims.asked(name))
            assert isinstance(rows, Rows)
            save_rows(made, claims.asked(name), rows)
        progress("count", 3, 4)
        for query in overviews.of_all():
            rows = engine.query(query)
            assert isinstance(rows, Rows)
            save_rows(made, query, rows)
        arrays = HopArrays.open(release.path / FOLDER)
        brokers_kept.write(CountedEngine(engine, work), View(arrays, Filters(frozenset({INFLUENCE}))), made)
        progress("count", 4, 4)

    return releases.add(release, COUNTED, make)

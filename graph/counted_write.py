"""Count once for a published release what pages ask of all projects."""

import shutil
import tempfile
from pathlib import Path

from policytrace.graph.counted import COUNTED, save_rows
from policytrace.graph.gaps import kept as gaps_kept
from policytrace.graph.indicators import kept as indicators_kept
from policytrace.graph.lookups import open_reader
from policytrace.graph.paths import claims
from policytrace.graph.release import Release, ReleaseError, Releases, flush
from policytrace.graph.store import OxigraphEngine, Rows
from policytrace.graph.tables import Progress, silent

_STAGING = "counting-"


def write(releases: Releases, release: Release, progress: Progress = silent) -> bool:
    """Count the work list, the indicators and what analyses read; they appear by one rename.

    Returns:
        False: they were there already.

    Raises:
        ReleaseError: the release was pruned meanwhile.
        OSError: the disk is full or cannot be written.
    """
    with releases.beside():
        target = release.path / COUNTED
        if target.is_dir():
            return False
        for left in releases.home.glob(_STAGING + "*"):
            shutil.rmtree(left, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix=_STAGING, dir=releases.home))
        try:
            made = work / COUNTED
            made.mkdir()
            progress("count", 0, 3)
            engine = OxigraphEngine.open(release.store_path)
            gaps_kept.write(engine, open_reader(release), made)
            progress("count", 1, 3)
            indicators_kept.write(engine, made)
            progress("count", 2, 3)
            for name in claims.QUERIES:
                rows = engine.query(claims.asked(name))
                assert isinstance(rows, Rows)
                save_rows(made, claims.asked(name), rows)
            progress("count", 3, 3)
            flush(made)
            made.rename(target)
        except OSError as error:
            if not release.path.is_dir():
                raise ReleaseError(f"release {release.id} was removed while it was counted.") from error
            raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return True

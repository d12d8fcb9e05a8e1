"""Writes what follows publication."""

from pathlib import Path

from policytrace.commands.errors import explained
from policytrace.commands.progress_bars import progress_bars
from policytrace.graph.releases.release import Release, Releases


def write_after_publication(home: Path, release: Release, *, dumps: bool = True) -> bool:
    """Write what follows publication, where that is not done yet; whether dumps were written.

    It is the look-ups, the precomputed answers, and unless they are not wanted
    the dumps, with an entry in the feed of changes.
    """
    from policytrace.graph.building import precompute
    from policytrace.graph.distribution import dump_write, feed
    from policytrace.graph.lookup import mapped_writer

    releases = Releases(home)
    with explained(), progress_bars() as progress:
        mapped_writer.write(releases, release, progress)
        precompute.write(releases, release, progress)
        new = dumps and dump_write.write(releases, release, progress)
        if dumps:
            feed.append(releases, release)
    return new

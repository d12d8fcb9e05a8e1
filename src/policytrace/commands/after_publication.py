"""Writes what follows publication."""

from pathlib import Path

from policytrace.commands.common import bars, explained
from policytrace.graph.releases.release import Release, Releases


def write_beside(home: Path, release: Release, *, dumps: bool = True) -> bool:
    """Write what follows publication, where that is not done yet; whether dumps were written.

    It is the look-ups, the precomputed answers, and unless they are not wanted
    the dumps, with an entry in the feed of changes.
    """
    from policytrace.graph.building import precompute
    from policytrace.graph.distribution import dump_write, feed
    from policytrace.graph.lookup import mapped_writer

    releases = Releases(home)
    with explained(), bars() as progress:
        mapped_writer.write(releases, release, progress)
        precompute.write(releases, release, progress)
        new = dumps and dump_write.write(releases, release, progress)
        if dumps:
            feed.append(releases, release)
    return new

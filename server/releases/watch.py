"""Looks after the releases that a server process has open, beside the requests it answers."""

import gc
import os
import threading
import time
from contextlib import suppress

from policytrace.graph.releases.release import DamagedError, Release, ReleaseError, forget_compared
from policytrace.server.releases.current import NoReleaseError, Published
from policytrace.server.releases.pinned_release import PinnedReleases

EVERY = 3.0
"""Seconds between looks."""
AGAIN = 24 * 3600.0
"""Seconds after which all files are read again, whether or not they were written to."""
LOWEST = 19
"""The priority of a thread that lets all others pass."""


class Watch:
    """Compares the current release with its checksums, whole, and lets go of what was pruned.

    Args:
        published: knows the current release.
        pinned: older ones that are open.
    """

    def __init__(self, published: Published, pinned: PinnedReleases) -> None:
        self._published, self._pinned = published, pinned
        self._served = ""

    def run(self) -> None:
        """Looks again and again, and does not return."""
        with suppress(AttributeError, OSError):  # only on Linux a thread has a priority of its own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST)
        read_again = time.monotonic() + AGAIN
        while True:
            time.sleep(EVERY)
            if time.monotonic() > read_again:
                forget_compared()
                read_again = time.monotonic() + AGAIN
            with suppress(NoReleaseError, ReleaseError, OSError):
                self.look()

    def look(self) -> None:
        """Looks once: files that were read before are read again only if they were written to.

        Raises:
            NoReleaseError: there is none.
        """
        releases, report = self._published.releases, self._published.damage
        release = self._published.current().release
        there = {one.id for one in releases.newest_first()}
        report.keep(there)
        closed = self._pinned.close_all_but(there)
        if closed or self._served != release.id:
            self._served = release.id
            gc.collect()  # what was open is closed with the last object that refers to it
        self._compare(release)

    def _compare(self, release: Release) -> None:
        report, sound = self._published.damage, True
        published = release.published()
        for name in (*published, *release.added()):
            try:
                release.verified(name)
                report.forget(release.id, name)
            except DamagedError as error:
                if not release.path.is_dir():
                    return
                sound = False
                if name in published:
                    self._published.refuse(release, error)
                else:
                    report.note(release.id, error.damage.file, error.damage.problem)
        if sound:
            report.forget(release.id)

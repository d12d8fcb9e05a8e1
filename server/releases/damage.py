"""What of the releases was found damaged: told by ``/health``, and by one line in the log for each file."""

import json
import logging
import threading

log = logging.getLogger("policytrace.damage")


class DamageReport:
    """Files that are not as they were written, by release. Safe to share between threads."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def note(self, release: str, file: str, problem: str) -> None:
        """Takes note of a file, or of the whole release where none is named; logged when it is new."""
        with self._lock:
            if self._found.get((release, file)) == problem:
                return
            self._found[release, file] = problem
        log.error(json.dumps({"damaged": release, "file": file, "problem": problem}))

    def forget(self, release: str, file: str | None = None) -> None:
        """A file is as it was written again; without one, all of a release may be."""
        with self._lock:
            for known in [*self._found]:
                if known[0] == release and file in (None, known[1]):
                    del self._found[known]

    def keep(self, releases: set[str]) -> None:
        """Forgets releases that are no more."""
        with self._lock:
            for known in [*self._found]:
                if known[0] not in releases:
                    del self._found[known]

    def as_list(self) -> list[dict[str, str]]:
        """What was found, by release and file."""
        with self._lock:
            found = sorted(self._found.items())
        return [{"release": release, "file": file, "problem": problem} for (release, file), problem in found]

    def lines(self) -> list[str]:
        """What was found, as sentences."""
        return [
            f"{one['release']}: {one['file']} {one['problem']}.".replace(":  ", ": ")
            for one in self.as_list()
        ]

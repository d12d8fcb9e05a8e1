"""Builds and opens releases in forks of a process that never opened a store itself.

Reads one job a line: {"work": "build" or "open", "home": …, "data": …, "kill_after": seconds or null}.
Answers one line: {"code": exit code, negative for a signal, "stage": where the build was}.
A store starts threads, which a fork does not take along; hence a process of its own.
"""

import gc
import json
import mmap
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from policytrace.graph.building.build import build
from policytrace.graph.reasoning.axioms import axioms
from policytrace.graph.releases.release import Releases

STAGES = ("", "read", "load", "infer", "store", "strength", "hops", "validate", "publish")


def _work(job: dict[str, Any], stage: mmap.mmap) -> None:
    home = Path(job["home"])
    if job["work"] == "build":
        build(
            [Path(job["data"])],
            home,
            lambda name, done, total: stage.__setitem__(0, STAGES.index(name)),
            keep=1_000,
        )
        return
    release = Releases(home).current()
    assert release is not None
    assert release.damaged() == []
    assert len(release.open()) > 500


def _forked(job: dict[str, Any], stage: mmap.mmap) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            _work(job, stage)
        except BaseException as error:
            os.write(2, repr(error).encode())
            os._exit(1)
        os._exit(0)
    if job["kill_after"] is not None:
        time.sleep(job["kill_after"])
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def main() -> None:
    """Serve jobs until standard input ends."""
    axioms()  # read once, so that more of the kills strike while files are written
    gc.freeze()
    stage = mmap.mmap(-1, 1)
    for line in sys.stdin:
        stage[0] = 0
        code = _forked(json.loads(line), stage)
        print(json.dumps({"code": code, "stage": STAGES[stage[0]]}), flush=True)


if __name__ == "__main__":
    main()

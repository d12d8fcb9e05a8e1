"""Builds and opens releases in forks of a process that never opened a store itself.

Reads one job a line: {"work": "build" or "open", "home": …, "data": …, "moment": null or [stage, seconds]}.
A build is killed so many seconds after it entered the stage; with none it kills itself as it enters.
Answers one line: {"code": exit code, negative for a signal, "stage": where the build was, "entered": when it
entered each stage, in seconds from its begin}.
A store starts threads, which a fork does not take along; hence a process of its own.
"""

import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from policytrace.graph.building.build import build
from policytrace.graph.reasoning.axioms import axioms
from policytrace.graph.releases.release import Releases

Entered = Callable[[str], None]


def _work(job: dict[str, Any], entered: Entered) -> None:
    home = Path(job["home"])
    if job["work"] == "build":
        build([Path(job["data"])], home, lambda name, done, total: entered(name), keep=1_000)
        return
    release = Releases(home).current()
    assert release is not None
    assert release.damaged() == []
    assert len(release.open()) > 500


def _forked(job: dict[str, Any]) -> dict[str, Any]:
    reader, writer = os.pipe()
    begin, moment = time.monotonic(), job["moment"]
    pid = os.fork()
    if pid == 0:
        seen = set[str]()

        def entered(name: str) -> None:
            if name not in seen:
                seen.add(name)
                os.write(writer, f"{name}\n".encode())
                if moment == [name, 0]:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            entered("begin")
            _work(job, entered)
        except BaseException as error:
            os.write(2, repr(error).encode())
            os._exit(1)
        os._exit(0)
    os.close(writer)
    stages: dict[str, float] = {}
    with os.fdopen(reader) as told:
        for line in told:
            stage = line.strip()
            stages[stage] = time.monotonic() - begin
            if moment is not None and moment[0] == stage and moment[1]:
                time.sleep(moment[1])
                os.kill(pid, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return {"code": code, "stage": [*stages][-1], "entered": stages}


def main() -> None:
    """Serve jobs until standard input ends."""
    axioms()  # read once, so that more of the kills strike while files are written
    gc.freeze()
    for line in sys.stdin:
        print(json.dumps(_forked(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()

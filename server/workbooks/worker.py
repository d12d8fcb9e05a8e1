"""Checks one workbook in a process of its own, under limits:
``python -m policytrace.server.workbooks.worker``.

It runs in a folder that the server removes afterwards, whatever becomes of the process; it removes the folder
itself if the server process is gone before.
"""

import json
import resource
import shutil
import sys
import threading
from functools import partial
from pathlib import Path

from policytrace.graph.releases.release import Release
from policytrace.server.execution.confinement import MIB, confine
from policytrace.server.operations.parent_watch import end_with

RESULT, MARKED = "result.json", "marked.xlsx"
WRITTEN = 512
"""MiB of one file it may write."""


def main(memory: int, parent: int, file: str, release: str) -> None:
    """Checks a file of this folder and leaves the result, and a marked copy if there is one, beside it.

    Args:
        memory: address space, MiB.
        parent: the server process, which may be gone already.
        file: name of the workbook.
        release: folder of the release it stands beside, empty for none.
    """
    confine(memory, memory)
    resource.setrlimit(resource.RLIMIT_FSIZE, (WRITTEN * MIB,) * 2)
    own = Path.cwd()
    gone = partial(shutil.rmtree, own, ignore_errors=True)
    threading.Thread(target=partial(end_with, parent, before=gone), daemon=True).start()
    from policytrace.graph.workbooks import annotate
    from policytrace.graph.workbooks.check import check

    folder = Path(release) if release else None
    checked = check(Path(file), Release(folder.name, folder) if folder else None)
    if checked.readable:
        annotate.write(Path(file), MARKED, checked.findings)
    Path(RESULT).write_text(json.dumps(checked.as_dict()), "utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])

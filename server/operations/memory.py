"""How much memory processes hold, as Linux tells it; other systems tell nothing here."""

import os
from contextlib import suppress
from pathlib import Path

_PROCESSES = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident(process: int) -> int:
    """Bytes of a process that are in memory, those it shares with others too; 0 when it is gone."""
    with suppress(OSError, ValueError):
        return int((_PROCESSES / str(process) / "statm").read_text("ascii").split()[1]) * _PAGE
    return 0


def children(process: int) -> list[int]:
    """The processes that a process started."""
    found = []
    for tasks in _PROCESSES.glob(f"{process}/task/*/children"):
        with suppress(OSError):
            found += [int(one) for one in tasks.read_text("ascii").split()]
    return found


def is_sibling(process: int) -> bool:
    """Whether a process is this one, or was started by the same."""
    with suppress(OSError, IndexError):
        after_name = (_PROCESSES / str(process) / "stat").read_text("utf-8", "replace").rpartition(")")[2]
        return int(after_name.split()[1]) == os.getppid()
    return False

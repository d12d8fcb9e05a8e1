"""What keeps a process that works for a client from harming the others, as far as the system can."""

import os
import resource
from contextlib import suppress
from pathlib import Path

MIB = 2**20
SACRIFICE = "1000"
"""How readily the system ends such a process when memory runs out: before all others (proc(5))."""
YIELDING = 5
"""How much the priority of long work is lowered, so that short work passes."""


def confine(memory: int, most: int) -> None:
    """Limits this process, and offers it to be ended first when the machine has no memory left.

    Args:
        memory: address space, MiB.
        most: address space that another process may give it later.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory * MIB, most * MIB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text(SACRIFICE)


def step_back(process: int) -> None:
    """Has a process let others pass; for good."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process, os.getpriority(os.PRIO_PROCESS, process) + YIELDING)

"""How much of a long proof is run: a sample of it by ``make test``, all of it by ``make thorough``."""

import os

THOROUGH = bool(os.environ.get("POLICYTRACE_THOROUGH"))
"""Whether every long proof is run as a whole."""


def share(whole: int, sample: int) -> int:
    """How many examples of a proof are tried."""
    return whole if THOROUGH else sample

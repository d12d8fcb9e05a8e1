"""What becomes of a header is remembered, within bounds whatever clients send."""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar, TypeVarTuple

LONGEST = 1024
"""Characters of a header up to which it is remembered; nothing that people use sends longer ones."""

H = TypeVar("H", str, str | None)
Ts = TypeVarTuple("Ts")
R = TypeVar("R")


def cached_by_header(entries: int) -> Callable[[Callable[[H, *Ts], R]], Callable[[H, *Ts], R]]:
    """Has a function remember its results for so many headers, its first argument, unless they are long."""

    def decorate(function: Callable[[H, *Ts], R]) -> Callable[[H, *Ts], R]:
        cached = lru_cache(maxsize=entries)(function)

        def look_up(header: H, *more: *Ts) -> R:
            if header is None or len(header) <= LONGEST:
                return cached(header, *more)
            return function(header, *more)

        look_up.__name__, look_up.__doc__ = function.__name__, function.__doc__
        return look_up

    return decorate

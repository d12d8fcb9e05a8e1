"""Seeded random draws and made-up wording."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import TypeVar

import numpy as np

_BATCH = 65_536
_WORDS = (
    *("regional", "advice", "exports", "innovation", "voucher", "cluster", "mentoring", "network", "digital"),
    *("circular", "tourism", "skills", "seed", "fund", "village", "harbour", "library", "mobility", "energy"),
    *(
        "heritage",
        "food",
        "craft",
        "health",
        "start-up",
        "supplier",
        "training",
        "campus",
        "incubator",
        "desk",
    ),
    *("platform", "pilot", "exchange", "council", "agency", "small", "firms", "young", "people", "rural"),
    *("urban", "coastal", "mountain", "shared", "open"),
)
_PHRASES = 900

T = TypeVar("T")


class Draws:
    """A stream of random choices that a seed decides wholly; one stream of numbers feeds them all."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._numbers: Iterator[float] = iter(())
        self._tables: dict[int, tuple[list[str], list[float]]] = {}
        self._phrases = [
            " ".join(self.pick(_WORDS) for _ in range(2 + self.below(5))) for _ in range(_PHRASES)
        ]

    def number(self) -> float:
        """A number in [0, 1)."""
        for number in self._numbers:
            return number
        self._numbers = iter(self._random.random(_BATCH).tolist())
        return next(self._numbers)

    def chance(self, share: float) -> bool:
        """True in ``share`` of all draws."""
        return self.number() < share

    def below(self, limit: int) -> int:
        """A whole number from 0 to ``limit`` - 1."""
        return int(self.number() * limit)

    def count(self, mean: float) -> int:
        """A whole number whose mean is ``mean``."""
        return int(mean + self.number())

    def pick(self, choices: Sequence[T], skew: float = 1.0) -> T:
        """One of the choices; with a skew over 1 the first are taken more often, as in a power law."""
        return choices[int(len(choices) * self.number() ** skew)]

    def some(self, choices: Sequence[T], mean: float, skew: float = 1.0) -> list[T]:
        """One or more different choices, about ``mean`` of them."""
        wanted = 1
        while wanted < len(choices) and self.number() < 1 - 1 / mean:
            wanted += 1
        return list(dict.fromkeys(self.pick(choices, skew) for _ in range(wanted)))

    def weighted(self, weights: Mapping[str, float]) -> str:
        """One of the keys, as often as its weight says."""
        names, bounds = self._tables.get(id(weights)) or self._tables.setdefault(
            id(weights), (list(weights), list(accumulate(weights.values())))
        )
        number = self.number() * bounds[-1]
        return next(name for name, bound in zip(names, bounds, strict=True) if number < bound)

    def wording(self, length: int) -> str:
        """Made-up words, about ``length`` characters of them."""
        text = self.pick(self._phrases).capitalize()
        while len(text) < length:
            text += ", " + self.pick(self._phrases)
        return text

    def size(self, spread: float) -> float:
        """A size relative to the mean of 1, unevenly spread as projects are."""
        return float(self._random.lognormal(-spread * spread / 2, spread))

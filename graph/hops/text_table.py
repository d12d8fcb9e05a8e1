"""Distinct texts in a file that all processes map into memory."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

ENDINGS = (".text.npy", ".starts.npy")
"""Of the two files of a table: the bytes of all texts, and where each begins."""


class TextTable(Sequence[str]):
    """Distinct texts in the order of their UTF-8 bytes, found by binary search."""

    def __init__(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> None:
        self._data, self._starts = data, starts

    @classmethod
    def of(cls, texts: Iterable[str]) -> "TextTable":
        """The distinct texts of an iterable."""
        encoded = sorted({text.encode() for text in texts})
        starts = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(text) for text in encoded], out=starts[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), starts)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def bytes(self, number: int) -> bytes:
        """A text in UTF-8."""
        return self._data[self._starts[number] : self._starts[number + 1]].tobytes()

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return [self[at] for at in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        return self.bytes(number % len(self)).decode()

    def find(self, text: str) -> int:
        """The number of a text, -1 if it is not there."""
        wanted = text.encode()
        at = bisect_left(range(len(self)), wanted, key=self.bytes)
        return at if at < len(self) and self.bytes(at) == wanted else -1

    def numbers(self) -> dict[str, int]:
        """Text to number, for bulk work."""
        return {text: number for number, text in enumerate(self)}

    def save(self, stem: Path) -> None:
        """Write the two files of this table."""
        np.save(stem.with_suffix(ENDINGS[0]), self._data)
        np.save(stem.with_suffix(ENDINGS[1]), self._starts)

    @property
    def is_sound(self) -> bool:
        """Whether the texts stand one after the other, from the first byte to the last."""
        starts = self._starts
        return (
            self._data.dtype == np.uint8
            and starts.dtype == np.int64
            and len(starts) > 0
            and int(starts[0]) == 0
            and int(starts[-1]) == len(self._data)
            and bool((starts[1:] >= starts[:-1]).all())
        )

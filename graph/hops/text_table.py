"""Distinct texts in a file that all processes map into memory."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray


def mapped_array(path: Path) -> NDArray[Any]:
    """A saved array, mapped into memory and not to be written to."""
    # An empty array cannot be mapped.
    result = np.load(path, mmap_mode="r") if path.stat().st_size > 128 else np.load(path)
    array = np.asarray(result)
    array.setflags(write=False)
    return array


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
        np.save(stem.with_suffix(".text.npy"), self._data)
        np.save(stem.with_suffix(".starts.npy"), self._starts)

    @classmethod
    def open(cls, stem: Path) -> "TextTable":
        """Map the two files of a table."""
        return cls(mapped_array(stem.with_suffix(".text.npy")), mapped_array(stem.with_suffix(".starts.npy")))

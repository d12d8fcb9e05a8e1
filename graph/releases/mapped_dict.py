"""Texts by key in files that every process maps into memory: written once, found without a system call.

Keys stand as 64-bit digests (BLAKE2b, RFC 7693) in order, so that one is found by binary search.
"""

import mmap
from array import array
from bisect import bisect_left
from hashlib import blake2b
from pathlib import Path

import numpy as np

TEXTS, INDEX = "texts.bin", "index.npy"


def _digest(key: bytes) -> int:
    return int.from_bytes(blake2b(key, digest_size=8).digest(), "big")


class TextsWriter:
    """Writes texts into a folder, in any order.

    Args:
        folder: takes the files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = (folder / TEXTS).open("wb")
        self._digests, self._starts = array("Q"), array("Q", [0])

    def add(self, key: bytes, text: bytes) -> None:
        """Adds the text of a key; each key once."""
        self._digests.append(_digest(key))
        self._starts.append(self._starts[-1] + self._file.write(text))

    def close(self) -> None:
        """Ends the files.

        Raises:
            ValueError: a key was added twice, or two keys have one digest.
        """
        self._file.close()
        digests, starts = np.array(self._digests), np.array(self._starts)
        order = np.argsort(digests)
        digests = digests[order]
        if (digests[1:] == digests[:-1]).any():
            raise ValueError("two texts have one key, or their keys one digest.")
        np.save(self._folder / INDEX, np.stack((digests, starts[:-1][order], starts[1:][order])))


class MappedDict:
    """The texts of a folder. Safe to share between threads; its files may be removed meanwhile.

    Raises:
        OSError: there are none.
    """

    def __init__(self, folder: Path) -> None:
        index = np.load(folder / INDEX, mmap_mode="r")
        self._digests, self._starts, self._ends = (memoryview(row) for row in index)
        with (folder / TEXTS).open("rb") as file:
            self._texts = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def get(self, key: bytes) -> bytes | None:
        """The text of a key; None where it has none."""
        digest = _digest(key)
        place = bisect_left(self._digests, digest)
        if place == len(self._digests) or self._digests[place] != digest:
            return None
        return self._texts[self._starts[place] : self._ends[place]]

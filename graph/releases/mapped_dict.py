"""Texts by key in files that every process maps into memory: written once, found without a system call.

Keys stand as 64-bit digests (BLAKE2b, RFC 7693) in order, so that one is found by binary search; with each
stands the CRC-32 of its text, so that a text that was damaged is never taken for one.
"""

from array import array
from bisect import bisect_left
from hashlib import blake2b
from pathlib import Path
from zlib import crc32

import numpy as np

from policytrace.graph.releases.checksums import Damage
from policytrace.graph.releases.mapped_file import MappedFile
from policytrace.graph.releases.release import DamagedError

TEXTS, INDEX = "texts.bin", "index.npy"
_ROWS = 4
"""Of the index: digest of the key, begin and end of the text, CRC-32 of the text."""


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
        self._codes = array("Q")

    def add(self, key: bytes, text: bytes) -> None:
        """Adds the text of a key; each key once."""
        self._digests.append(_digest(key))
        self._starts.append(self._starts[-1] + self._file.write(text))
        self._codes.append(crc32(text))

    def close(self) -> None:
        """Ends the files.

        Raises:
            ValueError: a key was added twice, or two keys have one digest.
        """
        self._file.close()
        digests, starts, codes = (np.array(one) for one in (self._digests, self._starts, self._codes))
        order = np.argsort(digests)
        digests = digests[order]
        if (digests[1:] == digests[:-1]).any():
            raise ValueError("two texts have one key, or their keys one digest.")
        rows = (digests, starts[:-1][order], starts[1:][order], codes[order])
        np.save(self._folder / INDEX, np.stack(rows))


class MappedDict:
    """The texts of a folder. Safe to share between threads; its files may be removed meanwhile.

    Raises:
        FileNotFoundError: there are none.
        DamagedError: the files do not belong together, or an earlier version wrote them.
    """

    def __init__(self, folder: Path) -> None:
        self._files = MappedFile(folder / INDEX), MappedFile(folder / TEXTS)
        self._place, index = folder.name, self._files[0].array()
        texts = self._files[1].data
        if len(index) != _ROWS or index.dtype != np.uint64 or int(index[2].max(initial=0)) != len(texts):
            raise DamagedError(self._place, Damage(INDEX, f"does not belong to {TEXTS}"))
        self._digests, self._starts, self._ends, self._codes = (memoryview(row) for row in index)
        self._texts = texts

    def get(self, key: bytes) -> bytes | None:
        """The text of a key; None where it has none.

        Raises:
            DamagedError: a file was written to meanwhile, or the text is not as it was written.
        """
        for file in self._files:
            file.check()
        digest = _digest(key)
        place = bisect_left(self._digests, digest)
        if place == len(self._digests) or self._digests[place] != digest:
            return None
        text = self._texts[self._starts[place] : self._ends[place]]
        if crc32(text) != self._codes[place]:
            raise DamagedError(self._place, Damage(TEXTS, "is not as it was written"))
        return text

"""Files that are mapped into memory: header and length are checked first, and later whether they changed.

What lies beyond the end of a mapped file that was cut ends the process that reads it. So each use asks first
whether the file is still the one that was opened.
"""

import mmap
import os
import weakref
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from policytrace.graph.releases.checksums import Damage, Signature, signature_of
from policytrace.graph.releases.release import DamagedError

_KINDS = "iu"
"""Kinds of arrays that are mapped: whole numbers."""


class MappedFile:
    """A file in memory. Safe to share between threads; it may be removed meanwhile.

    Attributes:
        data: what it holds.

    Raises:
        FileNotFoundError: there is none.
        DamagedError: it is empty.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._file)
        self._signature = self._now()
        if not self._signature[1]:
            raise self._error("is empty")
        self.data = mmap.mmap(self._file, 0, access=mmap.ACCESS_READ)

    def _now(self) -> Signature:
        return signature_of(os.fstat(self._file))

    def _error(self, problem: str) -> DamagedError:
        return DamagedError(self.path.parent.name, Damage(self.path.name, problem))

    def check(self) -> None:
        """That nobody wrote to the file since it was opened.

        Raises:
            DamagedError: somebody did.
        """
        if self._now() != self._signature:
            raise self._error("was written to while it was in use")

    def array(self) -> NDArray[Any]:
        """The array of a file in NumPy's format (NEP 1), which cannot be written to.

        Raises:
            DamagedError: the header cannot be read, or the file has not the length it tells of.
        """
        try:
            with self.path.open("rb") as file:
                version = npy.read_magic(file)
                if version != (1, 0):
                    raise ValueError(f"the version of the format is {version}")
                shape, by_column, kind = npy.read_array_header_1_0(file)
                start = file.tell()
            size = prod(shape) * kind.itemsize
            if by_column or kind.kind not in _KINDS or start + size != len(self.data):
                raise ValueError("the header does not fit the file")
        except ValueError as error:
            raise self._error(f"is no such array: {error}") from None
        return np.frombuffer(self.data, kind, prod(shape), start).reshape(shape)

"""Read the statements of chosen properties from large files of canonical N-Triples.

Source: RDF 1.1 N-Triples (W3C, 2014), section 4.
"""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

Statement = tuple[bytes, bytes, bytes]
"""Subject, property and object as they are written."""

_CHUNK = 1 << 22
"""Bytes looked at together."""
_NEWLINE, _SPACE, _DOT = b"\n ."
_TAIL = 8
"""Last bytes of a property by which lines are chosen before they are compared in full."""


class NotCanonical(ValueError):  # noqa: N818
    """A line is no statement in canonical N-Triples: its terms and the full stop each after one space."""


def statements(path: Path, properties: Collection[bytes], read: Callable[[int], None]) -> Iterator[Statement]:
    """The statements of ``properties`` (written as in the file, ``<iri>``), in the order of the file.

    ``read`` is called with the number of bytes read each time some were.

    Raises:
        NotCanonical: with the line.
    """
    wanted = frozenset(properties)
    tails = _tails(wanted)
    line = 0
    with path.open("rb") as file:
        while chunk := _chunk(file):
            starts, firsts, seconds, ends = _cut(chunk, path, line)
            line += len(ends)
            if tails is not None:
                window = np.ndarray(len(chunk) - _TAIL + 1, "<u8", chunk, strides=(1,))
                selected = np.isin(window[np.maximum(seconds - _TAIL, 0)], tails)
                starts, firsts, seconds, ends = (
                    starts[selected],
                    firsts[selected],
                    seconds[selected],
                    ends[selected],
                )
            places = zip(starts.tolist(), firsts.tolist(), seconds.tolist(), ends.tolist(), strict=True)
            for start, first, second, end in places:
                predicate = chunk[first + 1 : second]
                if predicate in wanted:
                    yield chunk[start:first], predicate, chunk[second + 1 : end - 2]
            read(len(chunk))


def _tails(properties: Collection[bytes]) -> npt.NDArray[np.uint64] | None:
    """The last bytes of the properties as numbers, or nothing when one is too short for that."""
    if any(len(name) < _TAIL for name in properties):
        return None
    return np.frombuffer(b"".join(name[-_TAIL:] for name in properties), "<u8")


def _chunk(file: BinaryIO) -> bytes:
    """The next whole lines, the last one closed."""
    chunk = file.read(_CHUNK) + file.readline()
    return chunk if not chunk or chunk.endswith(b"\n") else chunk + b"\n"


Places = npt.NDArray[np.int64]


def _cut(chunk: bytes, path: Path, line: int) -> tuple[Places, Places, Places, Places]:
    """Where each line starts, where its first and second space are, and where it ends."""
    buffer = np.frombuffer(chunk, np.uint8)
    ends = np.flatnonzero(buffer == _NEWLINE)
    starts = np.concatenate(([0], ends[:-1] + 1))
    spaces = np.flatnonzero(buffer == _SPACE)
    at = np.searchsorted(spaces, starts)
    spaces = np.append(spaces, [len(chunk)] * 2)
    firsts, seconds = spaces[at], spaces[at + 1]
    good = (seconds < ends - 2) & (buffer[ends - 1] == _DOT) & (buffer[ends - 2] == _SPACE)
    good &= (firsts > starts) & (seconds > firsts + 1)
    if not good.all():
        wrong = int(np.argmin(good))
        shown = chunk[starts[wrong] : ends[wrong]][:200].decode(errors="replace")
        raise NotCanonical(f"{path}, line {line + wrong + 1}: not a statement in canonical form: {shown!r}")
    return starts, firsts, seconds, ends

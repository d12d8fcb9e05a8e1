"""What the files of a folder are to hold: the size and SHA-256 digest of each, and a CRC-32 of each block.

Checksums are written once, with the files: into a folder as ``CHECKSUMS``, beside a single file under its
name. The first line is the digest of the others. Blocks let a part be checked without reading the whole:
a sample when a release is opened, what is sent while a file is sent.
"""

import hashlib
import os
import random
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

SUMS = "CHECKSUMS"
BLOCK = 1 << 18
"""Bytes of a block."""
SAMPLE = 16
"""Blocks that are checked in a sample, beside the last one of each file."""
_HEAD = f"policytrace checksums 1 {BLOCK}"
_WIDTH = 8

Signature = tuple[int, int, int]
"""What changes when a file is replaced or written to: inode, size, time of change (ns)."""


class FileSum(NamedTuple):
    """What a file is to hold; ``blocks``: the CRC-32 of each block, eight hexadecimal digits each."""

    size: int
    sha256: str
    blocks: str

    @property
    def block_count(self) -> int:
        """How many blocks it has; an empty file has none."""
        return len(self.blocks) // _WIDTH

    def fits(self, number: int, data: bytes) -> bool:
        """Whether a block, counted from 0, holds what it is to hold."""
        return self.blocks[number * _WIDTH : (number + 1) * _WIDTH] == code(data)


class Damage(NamedTuple):
    """A file that is not as it was written, and how it differs."""

    file: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file} {self.problem}"


def place(made: Path) -> Path:
    """Where the checksums of a folder, or of a single file, stand."""
    return made / SUMS if made.is_dir() else made.with_name(f"{made.name}.{SUMS}")


def measure(path: Path) -> FileSum:
    """The checksums of a file as it is."""
    digest, codes = hashlib.sha256(), []
    with path.open("rb", buffering=0) as file:
        while data := file.read(BLOCK):
            digest.update(data)
            codes.append(code(data))
        return FileSum(file.tell(), digest.hexdigest(), "".join(codes))


def of_folder(folder: Path) -> dict[str, FileSum]:
    """The checksums of all files below a folder as they are, but that of checksums, by path."""
    return {
        path.relative_to(folder).as_posix(): measure(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / SUMS
    }


def write(made: Path, sums: Mapping[str, FileSum] | None = None) -> None:
    """Write the checksums of a folder or file.

    Args:
        made: what they are of.
        sums: these, where they are known already.
    """
    if sums is None:
        sums = of_folder(made) if made.is_dir() else {made.name: measure(made)}
    lines = (f"{one.sha256}\t{one.size}\t{one.blocks}\t{name}\n" for name, one in sums.items())
    body = "".join([f"{_HEAD}\n", *lines])
    place(made).write_text(f"{_digest(body)}\n{body}", "utf-8")


def read(path: Path) -> Mapping[str, FileSum]:
    """What checksums say.

    Raises:
        FileNotFoundError: there are none.
        ValueError: they are damaged, or of a later version.
    """
    return _read(path, signature_of(path.stat()))


@lru_cache(maxsize=64)
def _read(path: Path, signature: Signature) -> Mapping[str, FileSum]:
    digest, _, body = path.read_text("utf-8").partition("\n")
    if digest != _digest(body):
        raise ValueError("is damaged")
    head, *lines = body.splitlines()
    if head != _HEAD:
        raise ValueError("was written by a later version")
    fields = (line.split("\t", 3) for line in lines)
    return {name: FileSum(int(size), sha256, blocks) for sha256, size, blocks, name in fields}


def signature(path: Path) -> Signature | None:
    """What changes when a file changes; None where there is none."""
    try:
        return signature_of(path.stat())
    except OSError:
        return None


def signature_of(found: os.stat_result) -> Signature:
    """The same, of what the system told of a file."""
    return found.st_ino, found.st_size, found.st_mtime_ns


def problem(
    path: Path, expected: FileSum, blocks: Iterable[int] | None = None, *, whole: bool = False
) -> str:
    """How a file differs from what it is to hold; empty where it does not.

    Args:
        path: the file.
        expected: what it is to hold.
        blocks: only these are read, counted from 0; all of them otherwise.
        whole: compare the digest of all of it too.
    """
    try:
        size = path.stat().st_size
        if size != expected.size:
            return f"has {size:,} bytes, not {expected.size:,}"
        if whole and measure(path) == expected:
            return ""
        wanted = range(expected.block_count) if blocks is None else blocks
        if wanted:
            with path.open("rb", buffering=0) as file:
                for number in wanted:
                    if not expected.fits(number, os.pread(file.fileno(), BLOCK, number * BLOCK)):
                        return f"is not as it was written, at byte {number * BLOCK:,} or after"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return ""


def damages(
    root: Path, sums: Mapping[str, FileSum], *, sampled: bool = False, whole: bool = False
) -> Iterator[Damage]:
    """The files below a folder that differ from what they are to hold.

    Args:
        root: the folder.
        sums: what is expected.
        sampled: compare all sizes, but read only the last block of each file and some others.
        whole: compare the digests of whole files too.
    """
    chosen = _sample(sums) if sampled else {}
    for name, expected in sums.items():
        if found := problem(root / name, expected, chosen[name] if sampled else None, whole=whole):
            yield Damage(name, found)


def of_written(folder: Path) -> list[Damage]:
    """The files of a folder that differ from its own checksums; none where an earlier version wrote it."""
    try:
        return list(damages(folder, read(folder / SUMS), whole=True))
    except FileNotFoundError:
        return []
    except ValueError as error:
        return [Damage(SUMS, str(error))]


def _sample(sums: Mapping[str, FileSum]) -> dict[str, set[int]]:
    result = {name: {one.block_count - 1} if one.size else set[int]() for name, one in sums.items()}
    rest = [(name, number) for name, one in sums.items() for number in range(one.block_count - 1)]
    for name, number in random.sample(rest, min(SAMPLE, len(rest))):
        result[name].add(number)
    return result


def code(data: bytes) -> str:
    """The CRC-32 of a block, as it is written."""
    return f"{crc32(data):0{_WIDTH}x}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

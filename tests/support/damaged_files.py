"""Files damaged as disks, copies and accidents damage them, and mended again."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WAYS = ("cut in half", "emptied", "flipped", "removed")


def damage(path: Path, way: str) -> bool:
    """Damages a file where it lies; whether that could be done."""
    data = path.read_bytes()
    if not data and way != "removed":
        return False
    match way:
        case "cut in half":
            os.truncate(path, len(data) // 2)
        case "emptied":
            os.truncate(path, 0)
        case "removed":
            path.unlink()
        case _:
            middle = len(data) // 2
            with path.open("r+b") as file:
                file.seek(middle)
                file.write(bytes(byte ^ 0x5A for byte in data[middle : middle + 8]))
    return True


@contextmanager
def damaged(path: Path, way: str) -> Iterator[bool]:
    """A file that is damaged meanwhile; gives whether that could be done."""
    data = path.read_bytes()
    try:
        yield damage(path, way)
    finally:
        with path.open("r+b" if path.exists() else "wb") as file:
            file.write(data)


def files_of(folder: Path) -> list[str]:
    """The paths of all files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())

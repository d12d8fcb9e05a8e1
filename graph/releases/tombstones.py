"""Things that went away: an index that every release hands on to the next.

A thing that a release described and the next does not is gone from the latter on, until a later one describes
it again. An organisation that now stands as another (``same_as``) was replaced by that one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path

from policytrace.graph.releases import change_dates

INDEX = "gone.tsv"
"""The file in a release, in the order of paths."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A thing by the path of its identifier.

    ``last`` is the release that described it last, ``removed`` the time of the first without it (ISO 8601),
    ``replacement`` the path of the thing that stands in its place, or ``""``.
    """

    path: str
    last: str
    removed: str
    replacement: str


def things(folder: Path) -> Iterator[str]:
    """The paths of the things of a release, from its index of changes."""
    return (thing.path for thing in change_dates.read(folder))


def write(
    folder: Path,
    parent: Path | None,
    replaced: Mapping[str, str],
    now: str,
    paths_of: Callable[[Path], Iterable[str]] = things,
) -> None:
    """Write the index of a release into its folder.

    Args:
        folder: the release.
        parent: the release before, if there is one; its folder has its id as name.
        replaced: path of what is another thing now, to the path of that.
        now: when this release was made.
        paths_of: the paths of the identifiers that a release, given by its folder, describes.
    """
    result: dict[str, Tombstone] = {}
    if parent:
        went = set(paths_of(parent))
        result |= {one.path: one for one in read(parent)}
        for path in paths_of(folder):
            went.discard(path)
            result.pop(path, None)
        result |= {path: Tombstone(path, parent.name, now, "") for path in went}
    with (folder / INDEX).open("w", encoding="utf-8", newline="\n") as file:
        for path, one in sorted(result.items()):
            entry = replace(one, replacement=replaced.get(path, one.replacement))
            file.write("\t".join(astuple(entry)) + "\n")


def read(folder: Path) -> Iterator[Tombstone]:
    """The index of a release; nothing where a release has none."""
    return (Tombstone(*fields) for fields in change_dates.rows(folder / INDEX))

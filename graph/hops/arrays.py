"""The hop graph as compact arrays in files, which all processes share by mapping them into memory."""

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from policytrace.graph.hops.text_table import ENDINGS, TextTable
from policytrace.graph.releases.checksums import Damage
from policytrace.graph.releases.mapped_file import MappedFile
from policytrace.graph.releases.release import DamagedError, ReleaseError

FORMAT = 1
"""Version of the layout on disk; files of a newer one are refused."""

FOLDER = "hops"
PASSED_ON = frozenset(("gives-to",))
"""Kinds that say who passed something on to whom, not what. They are joined with each other only: what a
region or an organisation passes on need not be what it was taught."""

NEVER, ALWAYS = -(2**31), 2**31 - 1
"""Days that stand for an unknown beginning and an unknown end."""
NONE = 255
"""Code of a hop that has no value on a scale."""

_META = "hops.json"
_DIGEST = 10
"""Bytes of the identifier of a hop."""
_EPOCH = date(1970, 1, 1).toordinal()

Int32 = NDArray[np.int32]
UInt8 = NDArray[np.uint8]


class HopArraysError(ReleaseError):
    """The arrays of a release cannot be used; the message says why and what to do."""


class Hop(NamedTuple):
    """One hop as the graph states it; ``None`` is unknown or does not apply."""

    id: str
    start: str
    end: str
    kind: str
    layer: str
    record: str
    earliest: date | None = None
    latest: date | None = None
    strength: str | None = None
    stage: str | None = None
    status: str | None = None
    project: str | None = None
    from_region: str | None = None
    to_region: str | None = None


def day(value: date) -> int:
    """Days since 1970-01-01, negative before."""
    return value.toordinal() - _EPOCH


def from_day(number: int) -> date | None:
    """The date of a number of days; ``None`` for an unknown end of an interval."""
    return None if number in (NEVER, ALWAYS) else date.fromordinal(number + _EPOCH)


@dataclass(frozen=True)
class Columns:
    """What is known of each hop, in the order of hop identifiers; all arrays of shape (hops,)."""

    start: Int32
    """Place where the hop begins."""
    end: Int32
    """Place where it ends."""
    kind: UInt8
    layer: UInt8
    strength: UInt8
    stage: UInt8
    status: UInt8
    earliest: Int32
    """First day it can have happened, days since 1970."""
    latest: Int32
    """Last day it can have happened, days since 1970."""
    record: Int32
    """Number of the transfer or record that states it, in ``records``."""
    project: Int32
    """Number of its project in ``projects``, -1 if unknown."""
    from_region: Int32
    """Number of the giving region in ``regions``, -1 if unknown."""
    to_region: Int32
    """Number of the receiving region in ``regions``, -1 if unknown."""


@dataclass(frozen=True)
class HopArrays:
    """A hop graph in compressed sparse rows. A place is a thing, once for what was learned and once for who
    passed something on.

    Hops that leave a place are ``out_hops[out_starts[p]:out_starts[p + 1]]``, ascending; likewise those that
    enter it.
    """

    names: TextTable
    """IRIs of things: place ``p`` below ``len(names)`` is thing ``p``."""
    actors: Int32
    """Thing of each place from ``len(names)`` on, ascending."""
    records: TextTable
    projects: TextTable
    regions: TextTable
    ids: NDArray[np.uint8]
    """Identifiers of hops, ten bytes each: shape (hops, 10), ascending."""
    columns: Columns
    out_starts: Int32
    out_hops: Int32
    in_starts: Int32
    in_hops: Int32
    codes: dict[str, tuple[str, ...]]
    """Codes by scale: kind, layer, strength (weakest first), stage, status."""
    files: tuple[MappedFile, ...] = ()
    """The files they lie in; none of those in memory."""

    def check(self) -> None:
        """That nobody wrote to the files since they were opened; to be asked before each use.

        Raises:
            DamagedError: somebody did.
        """
        for file in self.files:
            file.check()

    @property
    def hop_count(self) -> int:
        """Number of hops of all layers."""
        return len(self.columns.start)

    @property
    def place_count(self) -> int:
        """Number of places."""
        return len(self.names) + len(self.actors)

    def places(self, iri: str) -> list[int]:
        """The places of a thing; none if no hop of any layer touches it."""
        number = self.names.find(iri)
        if number < 0:
            return []
        at = int(np.searchsorted(self.actors, number))
        result = at < len(self.actors) and int(self.actors[at]) == number
        return [number, len(self.names) + at] if result else [number]

    def thing(self, place: int) -> str:
        """The IRI of the thing at a place."""
        known = len(self.names)
        return self.names[place if place < known else int(self.actors[place - known])]

    def hop_id(self, hop: int) -> str:
        """The identifier of a hop."""
        digest: bytes = self.ids[hop].tobytes()
        return digest.hex()

    def find_hop(self, hop_id: str) -> int:
        """The number of a hop, -1 if there is none of that identifier."""
        try:
            wanted = bytes.fromhex(hop_id)
        except ValueError:
            return -1
        at = bisect_left(range(self.hop_count), wanted, key=lambda hop: self.ids[hop].tobytes())
        return at if at < self.hop_count and self.ids[at].tobytes() == wanted else -1

    def code(self, scale: str, number: int) -> str | None:
        """The code behind a number on a scale."""
        return None if number == NONE else self.codes[scale][number]

    def hop(self, number: int) -> Hop:
        """Everything the arrays know of a hop."""
        c = self.columns

        def name(table: TextTable, at: int) -> str | None:
            return None if at < 0 else str(table[at])

        return Hop(
            self.hop_id(number),
            self.thing(int(c.start[number])),
            self.thing(int(c.end[number])),
            self.codes["kind"][c.kind[number]],
            self.codes["layer"][c.layer[number]],
            str(self.records[int(c.record[number])]),
            from_day(int(c.earliest[number])),
            from_day(int(c.latest[number])),
            self.code("strength", int(c.strength[number])),
            self.code("stage", int(c.stage[number])),
            self.code("status", int(c.status[number])),
            name(self.projects, int(c.project[number])),
            name(self.regions, int(c.from_region[number])),
            name(self.regions, int(c.to_region[number])),
        )

    @classmethod
    def of(cls, hops: Iterable[Hop], codes: Mapping[str, Sequence[str]]) -> "HopArrays":
        """Arrays of hops, in memory.

        Args:
            hops: in any order; a hop given twice counts once.
            codes: the closed lists of codes by scale, strength from weakest to strongest.

        Raises:
            ValueError: a hop has a code that is not in the lists.
        """
        rows = sorted({row.id: row for row in hops}.values(), key=lambda row: row.id)
        names = TextTable.of(end for row in rows for end in (row.start, row.end))
        of_name = names.numbers()
        passed = {of_name[e] for row in rows if row.kind in PASSED_ON for e in (row.start, row.end)}
        actors = np.array(sorted(passed), np.int32)
        actor_place = {thing: len(names) + at for at, thing in enumerate(actors.tolist())}

        def place(row: Hop, iri: str) -> int:
            return actor_place[of_name[iri]] if row.kind in PASSED_ON else of_name[iri]

        tables = {
            table: TextTable.of(v for row in rows for c in named if (v := getattr(row, c)) is not None)
            for table, named in _TABLES.items()
        }
        number_of = {name: table.numbers() for name, table in tables.items()}
        columns: dict[str, NDArray[Any]] = {
            "start": np.array([place(row, row.start) for row in rows], np.int32),
            "end": np.array([place(row, row.end) for row in rows], np.int32),
            "earliest": np.array([NEVER if r.earliest is None else day(r.earliest) for r in rows], np.int32),
            "latest": np.array([ALWAYS if r.latest is None else day(r.latest) for r in rows], np.int32),
        }
        for table, named in _TABLES.items():
            for column in named:
                values = [number_of[table].get(getattr(row, column), -1) for row in rows]
                columns[column] = np.array(values, np.int32)
        for scale in ("kind", "layer", "strength", "stage", "status"):
            known = {code: number for number, code in enumerate(codes[scale])}
            try:
                numbers = [NONE if (v := getattr(row, scale)) is None else known[v] for row in rows]
            except KeyError as error:
                raise ValueError(f"{error.args[0]!r} is no code of the scale {scale}.") from None
            columns[scale] = np.array(numbers, np.uint8)
        ids = np.frombuffer(b"".join(bytes.fromhex(row.id) for row in rows), np.uint8).reshape(-1, _DIGEST)
        places = len(names) + len(actors)
        pairs = (*_rows(columns["start"], places), *_rows(columns["end"], places))
        arrays: list[NDArray[Any]] = [ids, actors, *columns.values(), *pairs]
        for array in arrays:
            array.setflags(write=False)
        return cls(
            names,
            actors,
            tables["records"],
            tables["projects"],
            tables["regions"],
            ids,
            Columns(**columns),
            *pairs,
            codes={scale: tuple(values) for scale, values in codes.items()},
        )

    def save(self, folder: Path) -> None:
        """Write the arrays into a folder, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in _NAME_TABLES:
            getattr(self, name).save(folder / name)
        for name in _ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))
        for column in fields(Columns):
            np.save(folder / f"hop_{column.name}.npy", getattr(self.columns, column.name))
        meta = {"format": FORMAT, "codes": self.codes, "hops": self.hop_count, "places": self.place_count}
        (folder / _META).write_text(json.dumps(meta, indent=1, sort_keys=True) + "\n", "utf-8")

    @classmethod
    def open(cls, folder: Path) -> "HopArrays":
        """Map the arrays of a folder.

        Raises:
            HopArraysError: there are none, or a newer version wrote them.
            DamagedError: a file is missing, or what it holds cannot be.
        """
        try:
            meta = json.loads((folder / _META).read_text("utf-8"))
            newer = meta["format"] > FORMAT
            codes = {scale: tuple(values) for scale, values in meta["codes"].items()}
        except FileNotFoundError:
            raise HopArraysError(
                f"{folder} holds no hop arrays: the release was built by an older version. Build it anew."
            ) from None
        except (ValueError, LookupError, TypeError, AttributeError):
            raise DamagedError(FOLDER, Damage(_META, "cannot be read")) from None
        if newer:
            raise HopArraysError(
                f"The hop arrays in {folder} have format {meta['format']}; this version reads {FORMAT}. "
                "Install the version of PolicyTrace that built the release, or build it anew."
            )
        files: list[MappedFile] = []

        def mapped(name: str) -> NDArray[Any]:
            try:
                files.append(MappedFile(folder / name))
            except FileNotFoundError:
                raise DamagedError(FOLDER, Damage(name, "is missing")) from None
            return files[-1].array()

        tables: dict[str, Any] = {
            name: TextTable(*(mapped(f"{name}{ending}") for ending in ENDINGS)) for name in _NAME_TABLES
        }
        arrays: dict[str, Any] = {name: mapped(f"{name}.npy") for name in _ARRAYS}
        columns = Columns(**{c.name: mapped(f"hop_{c.name}.npy") for c in fields(Columns)})
        result = cls(**tables, **arrays, columns=columns, codes=codes, files=tuple(files))
        if wrong := next(_misfits(result), ""):
            raise DamagedError(FOLDER, Damage(wrong, "holds numbers that cannot be"))
        return result


_TABLES = {"records": ("record",), "projects": ("project",), "regions": ("from_region", "to_region")}
_NAME_TABLES = ("names", "records", "projects", "regions")
_ARRAYS = ("actors", "ids", "out_starts", "out_hops", "in_starts", "in_hops")


def _misfits(arrays: HopArrays) -> Iterator[str]:
    """What does not fit the rest: nothing is read beyond the end of arrays that all fit."""
    hops, places = arrays.hop_count, arrays.place_count
    yield from (name for name in _NAME_TABLES if not getattr(arrays, name).is_sound)
    whole = {"start": (0, places), "end": (0, places), "record": (0, len(arrays.records))}
    known = whole | {"project": (-1, len(arrays.projects))}
    known |= {side: (-1, len(arrays.regions)) for side in ("from_region", "to_region")}
    for column in fields(Columns):
        values, name = getattr(arrays.columns, column.name), column.name
        if name in arrays.codes:
            codes = values[values != NONE]
            fits = values.dtype == np.uint8 and _within(codes, 0, len(arrays.codes[name]))
        else:
            fits = values.dtype == np.int32 and _within(values, *known.get(name, (NEVER, ALWAYS + 1)))
        if not fits or values.shape != (hops,):
            yield name
    if arrays.ids.shape != (hops, _DIGEST) or arrays.ids.dtype != np.uint8:
        yield "ids"
    if arrays.actors.dtype != np.int32 or not _within(arrays.actors, 0, len(arrays.names)):
        yield "actors"
    for starts, some in ((arrays.out_starts, arrays.out_hops), (arrays.in_starts, arrays.in_hops)):
        if not (
            starts.dtype == some.dtype == np.int32
            and some.shape == (hops,)
            and starts.shape == (places + 1,)
            and _within(some, 0, hops)
            and (starts[0], starts[-1]) == (0, hops)
            and (starts[1:] >= starts[:-1]).all()
        ):
            yield "out_hops and in_hops"


def _within(values: NDArray[Any], least: int, end: int) -> bool:
    """Whether all numbers lie in a range; without a number they do."""
    return not len(values) or bool(least <= int(values.min()) and int(values.max()) < end)


def _rows(ends: Int32, places: int) -> tuple[Int32, Int32]:
    """Compressed rows: where the hops of each place begin, and the hops, ascending within a place."""
    starts = np.zeros(places + 1, np.int32)
    np.cumsum(np.bincount(ends, minlength=places), out=starts[1:])
    return starts, np.argsort(ends, kind="stable").astype(np.int32)

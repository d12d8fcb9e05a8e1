"""The dumps of a release: which files there are, their sizes and digests."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pyoxigraph as ox

from policytrace.graph.releases.release import Release
from policytrace.graph.vocabulary import media_types

DUMPS = "dumps"
"""Folder of a release that holds its dumps; it appears whole, some time after the release."""
INDEX, PARTS_INDEX = "index.json", "parts.json"
PARTS = "parts"
"""Folder of the dumps of parts: what the rows of one folder of tables state, one file for each format."""
STEM = "policytrace"
"""What the files of a whole release are called, before what tells their format."""
SUMS = "SHA256SUMS"
GZIP, ZSTD = "gzip", "zstd"


@dataclass(frozen=True, slots=True)
class Form:
    """A format of dumps; ``whole``: with all named graphs, not the default graph alone."""

    extension: str
    title: str
    media_type: str
    whole: bool

    @property
    def file(self) -> str:
        """The name of the file, before compression."""
        return f"{STEM}.{self.extension}"

    @property
    def syntax(self) -> ox.RdfFormat:
        """The format as the engine knows it."""
        result = ox.RdfFormat.from_media_type(self.media_type)
        assert result is not None
        return result


FORMS = (
    Form("nt", "N-Triples", media_types.N_TRIPLES, whole=False),
    Form("nq", "N-Quads", media_types.N_QUADS, whole=True),
    Form("ttl", "Turtle", media_types.TURTLE, whole=False),
    Form("trig", "TriG", media_types.TRIG, whole=True),
    Form("jsonld", "JSON-LD", media_types.JSON_LD, whole=False),
)
"""The formats; the first two are sorted lines, from which the others are made."""
PART_FORMS = (
    Form("nt", "N-Triples", media_types.N_TRIPLES, whole=False),
    Form("ttl", "Turtle", media_types.TURTLE, whole=False),
    Form("jsonld", "JSON-LD", media_types.JSON_LD, whole=False),
    Form("rdf", "RDF/XML", media_types.RDF_XML, whole=False),
)
"""The formats of a part; the others are made from the first, which is sorted lines."""
COMPRESSIONS = {GZIP: ".gz", ZSTD: ".zst"}
MEDIA_TYPES = {GZIP: media_types.GZIP, ZSTD: media_types.ZSTD}
"""What a compressed file is sent as, so that nobody unpacks it on the way and its digest holds."""


@dataclass(frozen=True, slots=True)
class DumpFile:
    """A file to download.

    ``media_type`` is that of the content, ``bytes`` and ``sha256`` are those of the file as it is sent,
    ``content_bytes`` and ``content_sha256`` those of what is inside. ``statements`` counts the triples or
    quads, ``rows`` the rows of a table; the other is 0.
    """

    name: str
    title: str
    media_type: str
    compression: str
    bytes: int
    sha256: str
    content_bytes: int
    content_sha256: str
    statements: int = 0
    rows: int = 0
    whole: bool = False

    @property
    def sent_as(self) -> str:
        """The media type of the file as it is sent."""
        return MEDIA_TYPES.get(self.compression, self.media_type)


def folder(release: Release) -> Path:
    """Where the dumps of a release lie, or will."""
    return release.path / DUMPS


def dump_files(release: Release) -> tuple[DumpFile, ...]:
    """The files of a whole release, tables last; none while its dumps are not written."""
    return _read(release, INDEX)


def part_files(release: Release) -> tuple[DumpFile, ...]:
    """The files of the parts of a release; none where its dumps were written before there were such."""
    return _read(release, PARTS_INDEX)


def part_of(name: str) -> str:
    """The folder of tables that a file of a part tells of, from the name of the file."""
    return name.removeprefix(f"{PARTS}/").partition(".")[0]


def _read(release: Release, index: str) -> tuple[DumpFile, ...]:
    """The list of files in an index.

    Raises:
        DamagedError: it is not as it was written.
    """
    try:
        result = json.loads(release.verified(f"{DUMPS}/{index}").read_text("utf-8"))
    except FileNotFoundError:
        return ()
    known = {field.name for field in fields(DumpFile)}
    return tuple(DumpFile(**{k: v for k, v in one.items() if k in known}) for one in result["files"])


def write_index(target: Path, files: list[DumpFile], parts: list[DumpFile]) -> None:
    """Write the lists of files, and their digests in the form that ``sha256sum --check`` reads."""
    for name, some in ((INDEX, files), (PARTS_INDEX, parts)):
        body = {"files": [asdict(file) for file in some]}
        (target / name).write_text(json.dumps(body, indent=1, sort_keys=True) + "\n", "utf-8")
    sums = "".join(f"{file.sha256}  {file.name}\n" for file in (*files, *parts))
    (target / SUMS).write_text(sums, "utf-8")


DEFAULT_FIRST = b" "
"""Stands where the graph does, in lines of the default graph while they are sorted: before all others."""


def graph_first(line: bytes) -> bytes:
    """A line of N-Quads with its graph at the beginning: lines are sorted by graph, then by statement."""
    statement, _, name = line[:-3].rpartition(b" ")
    if name.startswith(b"<") and b'"' not in name and statement.count(b" ") > 1:
        return name + b" " + statement + b" .\n"
    return DEFAULT_FIRST + line

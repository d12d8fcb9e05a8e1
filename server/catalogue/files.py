"""The files in which a data set can be had."""

from collections.abc import Iterator
from dataclasses import dataclass

from policytrace.graph.distribution import dumps
from policytrace.server.catalogue.source import CatalogueSource, Data
from policytrace.server.http.negotiation import CSV, TRIPLE_FORMATS


@dataclass(frozen=True)
class FileFormat:
    """A format of files: its name for people, the authority concept, the media type."""

    title: str
    concept: str
    media: str


@dataclass(frozen=True)
class File:
    """A file of a data set, titled for people; size in bytes and SHA-256 digest where they are known."""

    address: str
    title: str
    form: FileFormat
    compression: str = ""
    size: int | None = None
    sha256: str = ""


CONCEPTS = {
    "ttl": "RDF_TURTLE",
    "nt": "RDF_N_TRIPLES",
    "nq": "RDF_N_QUADS",
    "trig": "RDF_TRIG",
    "jsonld": "JSON_LD",
    "rdf": "RDF_XML",
    "csv": "CSV",
}
"""The concept of each format in the authority table of file types of the European Union."""
FORMS = {
    form.name: FileFormat(form.title, CONCEPTS[form.name], form.media_type) for form in (*TRIPLE_FORMATS, CSV)
}
"""The formats by name."""
GRAPHS = ("ttl", "nt", "jsonld", "rdf")
"""The formats in which the triples of a data set are sent when they are asked for."""


def files_of(source: CatalogueSource, data: Data) -> list[File]:
    """Where a data set can be downloaded: the dumps of a release, or what is written when it is asked for."""
    return list(_dumped(source, data)) or on_request(source, data)


def complete(source: CatalogueSource) -> bool:
    """Whether every release has its dumps, so that the list of files will not change."""
    return all(dumps.folder(release).is_dir() for release in source.kept)


def _dumped(source: CatalogueSource, data: Data) -> Iterator[File]:
    release, listed = source.release, source.part_files(data.name)
    if not data.is_part:
        release = next((one for one in source.kept if one.id == data.release), source.release)
        listed = dumps.dump_files(release)
    by_media = {form.media: form for form in FORMS.values()}
    for one in listed:
        if form := by_media.get(one.media_type):
            address = source.links.absolute(f"dumps/{release.id}/{one.name}")
            yield File(address, one.title, form, one.compression, one.bytes, one.sha256)


def on_request(source: CatalogueSource, data: Data) -> list[File]:
    """Where the statements of a data set are written when they are asked for, not compressed."""
    other = "" if data.release == source.release.id else f"&release={data.release}"
    start, end = (f"{data.path}/data.", "") if data.is_part else ("rdf-graph-store?default=&format=", other)
    return [
        File(source.links.absolute(f"{start}{name}{end}"), FORMS[name].title, FORMS[name]) for name in GRAPHS
    ]

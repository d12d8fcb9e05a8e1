"""The files in which a data set can be had."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from policytrace.graph import dumps
from policytrace.graph.release import Release
from policytrace.server.catalogue.source import NAME, Data, Source


@dataclass(frozen=True)
class Form:
    """A format of files: its name for people, the authority concept, the media type."""

    title: str
    concept: str
    media: str


@dataclass(frozen=True)
class File:
    """A file of a data set, titled for people; size in bytes and SHA-256 digest where they are known."""

    address: str
    title: str
    form: Form
    compression: str = ""
    size: int | None = None
    sha256: str = ""


@cache
def forms() -> dict[str, Form]:
    """The formats by name."""
    source = files("policytrace") / "server" / "catalogue" / "forms.toml"
    return {name: Form(**row) for name, row in tomllib.loads(source.read_text("utf-8")).items()}


GRAPHS = ("ttl", "nt", "jsonld", "rdf")
"""The formats in which the triples of a data set are sent when they are asked for."""


def files_of(source: Source, data: Data) -> list[File]:
    """Where a data set can be downloaded: the dumps of a release, or what is written when it is asked for."""
    if not data.project and data.name.partition("/")[0] == NAME:
        release = next((one for one in source.kept if one.id == data.release), source.release)
        return list(_dumped(source, release)) or list(_asked(source, data))
    return list(_asked(source, data))


def complete(source: Source) -> bool:
    """Whether every release has its dumps, so that the list of files will not change."""
    return all(dumps.folder(release).is_dir() for release in source.kept)


def _dumped(source: Source, release: Release) -> Iterator[File]:
    by_media = {form.media: form for form in forms().values()}
    for one in dumps.listed(release):
        if form := by_media.get(one.media_type):
            address = source.links.absolute(f"dumps/{release.id}/{one.name}")
            yield File(address, one.title, form, one.compression, one.bytes, one.sha256)


def _asked(source: Source, data: Data) -> Iterator[File]:
    for name in GRAPHS:
        path = f"{data.path}/data.{name}"
        if data.name.partition("/")[0] == NAME:
            other = "" if data.release == source.release.id else f"&release={data.release}"
            path = f"rdf-graph-store?default=&format={name}{other}"
        yield File(source.links.absolute(path), forms()[name].title, forms()[name])

"""What the catalogue is written from: the data sets of one release, and what is known of the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pyoxigraph as ox

from policytrace.graph.distribution import dumps
from policytrace.graph.distribution.dumps import DumpFile
from policytrace.graph.lookup.reader import Reader
from policytrace.graph.releases.release import Release
from policytrace.graph.vocabulary.terms import DATASET, WHOLE
from policytrace.server.catalogue.words import words
from policytrace.server.presentation.urls import Links

NAME = WHOLE[len(DATASET) :]
"""The data set of a whole release; that of an older one has its id behind it."""
SERIES = DATASET + "releases"
"""The series of all releases."""
SHARED = "shared"
"""The folder of the tables that belong to no project."""


@dataclass(frozen=True)
class Data:
    """A data set: a whole release, or what one project or the shared tables give it.

    ``name`` is the last part of its identifier; ``started`` and ``ended`` are the days of the project's run
    where they are known, else of what rows date, as ISO dates; ``countries`` are those its things lie in;
    numbers are None where they are not known, the licence where none is named.
    """

    name: str
    title: str
    description: str
    issued: str
    modified: str
    release: str
    project: str = ""
    records: int | None = None
    triples: int | None = None
    started: str = ""
    ended: str = ""
    countries: tuple[str, ...] = ()
    licence: str | None = None

    @property
    def iri(self) -> str:
        """Its identifier."""
        return DATASET + self.name

    @property
    def is_part(self) -> bool:
        """Whether it is what the tables of one folder state, not a whole release."""
        return bool(self.project) or self.name.partition("/")[0] != NAME

    @property
    def path(self) -> str:
        """The path of the page about it, without leading slash."""
        return f"dataset/{self.name}"


@dataclass(frozen=True)
class CatalogueSource:
    """One release as the catalogue sees it.

    Args:
        kept: all releases that are kept, newest first.
        first: when the first release known here was made (ISO date).
        contact: address for corrections, absolute.
        live: whether a server answers, so that there are services.
    """

    links: Links
    release: Release
    reader: Reader
    kept: Sequence[Release]
    first: str
    contact: str
    live: bool = True

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The manifest of the release."""
        return self.release.manifest

    @property
    def statistics(self) -> Mapping[str, Any]:
        """The numbers of its default graph; empty for releases made before they were counted."""
        found: Mapping[str, Any] = self.manifest.get("statistics", {})
        return found

    @property
    def triples(self) -> int | None:
        """Triples of the default graph."""
        found: int | None = self.manifest.get("triples", {}).get("default")
        return found

    @property
    def created(self) -> str:
        """When the release was made (ISO 8601)."""
        return str(self.manifest["created"])

    @property
    def services(self) -> dict[str, Any]:
        """What is said of each service; a frozen copy has those that are files."""
        found: dict[str, Any] = words()["services"]
        return {name: said for name, said in found.items() if self.live or not said["computed"]}

    def whole(self) -> Data:
        """The data set of the whole release, which grows with each release."""
        return self._all(NAME, self.release, words()["whole"])

    def version(self, release: Release) -> Data:
        """The data set of one release, which never changes."""
        return self._all(f"{NAME}/{release.id}", release, words()["version"])

    def _all(self, name: str, release: Release, said: Mapping[str, str]) -> Data:
        manifest, created = release.manifest, str(release.manifest["created"])
        folders = manifest.get("folders", {}).values()
        places = manifest.get("statistics", {}).get("places", {})
        return Data(
            name=name,
            title=said["title"].format(id=release.id),
            description=said["description"].format(date=display_date(created)),
            issued=self.first if name == NAME else day(created),
            modified=created,
            release=release.id,
            records=sum(one["records"] for one in folders) or None,
            triples=manifest.get("triples", {}).get("default"),
            started=min((one["started"] for one in folders if one["started"]), default=""),
            ended=max((one["ended"] for one in folders if one["ended"]), default=""),
            countries=tuple(sorted({country for found in places.values() for country in found})),
            licence=release.licence,
        )

    def _countries(self, project: str) -> tuple[str, ...]:
        places: Mapping[str, Sequence[str]] = self.statistics.get("places", {})
        if project:
            return tuple(places.get(project, ()))
        return tuple(sorted({country for found in places.values() for country in found}))

    @cached_property
    def parts(self) -> list[Data]:
        """The data sets project by project, the shared tables last."""
        found = self.manifest.get("folders", {})
        projects = {ox.NamedNode(one["project"]) for one in found.values() if one["project"]}
        self.reader.prepare(projects)
        self.reader.prepare_names(projects)
        return [self.part(name) for name in sorted(found, key=lambda name: (name == SHARED, name))]

    @cached_property
    def _files_of_parts(self) -> dict[str, list[DumpFile]]:
        return {}

    def part_files(self, name: str) -> Sequence[DumpFile]:
        """The files of a part, by the name of its folder; none while they are not written."""
        if not self._files_of_parts:
            found: dict[str, list[DumpFile]] = {}
            for one in dumps.part_files(self.release):
                found.setdefault(dumps.part_of(one.name), []).append(one)
            self._files_of_parts.update(found)
        return self._files_of_parts.get(name, ())

    def part(self, name: str) -> Data:
        """The data set of a project, or of the shared tables, by the name of its folder.

        Raises:
            KeyError: this release has none of this name.
        """
        counted = self.manifest.get("folders", {})[name]
        node = ox.NamedNode(counted["project"]) if counted["project"] else None
        said = words()["project"] if node else words()["shared"]
        label = self.reader.label(node) if node else None
        short = label.text if label else name
        summary = (self.reader.text(node, "dct:description") or "") if node else ""
        title = (self.reader.text(node, "dct:title") or short) if node else ""
        return Data(
            name=name,
            title=said["title"].format(name=short),
            description=f"{said['description'].format(title=title)} {summary}".strip(),
            issued=day(counted["issued"]),
            modified=counted["modified"],
            release=self.release.id,
            project=counted["project"],
            records=counted["records"],
            triples=counted["triples"],
            started=counted["started"] or counted["earliest"],
            ended=counted["ended"] or counted["latest"],
            countries=self._countries(counted["project"]),
            licence=self.release.licence,
        )


def day(text: str) -> str:
    """The day of a time, both in ISO 8601."""
    return datetime.fromisoformat(text).date().isoformat()


def display_date(text: str) -> str:
    """A time in ISO 8601 as a day for people."""
    return f"{datetime.fromisoformat(text):%-d %B %Y}"

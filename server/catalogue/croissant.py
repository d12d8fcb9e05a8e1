"""The tables of a release as Croissant, the form in which machine learning tools read data sets."""

import json
from pathlib import PurePath
from typing import Any

from policytrace.graph.distribution import dumps
from policytrace.graph.distribution.dumps import DumpFile
from policytrace.graph.releases.release import Release
from policytrace.graph.tables.table_files import METADATA
from policytrace.server.catalogue import schema_org
from policytrace.server.catalogue.source import CatalogueSource, Data

PROFILE = "http://mlcommons.org/croissant/1.0"
CITED = "{publisher}: {title}. Release {release}. {iri}"
_TYPES = {"integer": "sc:Integer", "decimal": "sc:Float", "anyURI": "sc:URL"}
_TERMS = (
    *("citeAs", "column", "extract", "field", "fileObject", "fileProperty", "fileSet", "format", "includes"),
    *("isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex"),
    *("repeated", "replace", "separator", "source", "subField", "transform"),
    *("equivalentProperty", "samplingRate"),
)
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    **{name: f"cr:{name}" for name in _TERMS},
}
"""What the terms of a description mean."""


def croissant(source: CatalogueSource, data: Data, release: Release) -> dict[str, Any]:
    """A release by its tables: files with digests, and the columns of each; none while dumps are not written.

    References between tables are left out: readers take them for joins, and tables refer to themselves.
    """
    said = schema_org.dataset(source, data)
    tables = [file for file in dumps.dump_files(release) if file.rows]
    place = source.links.absolute(f"dumps/{release.id}/")
    return {
        **said,
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": PROFILE,
        "citeAs": CITED.format(
            publisher=said["publisher"]["name"], title=data.title, release=data.release, iri=data.iri
        ),
        "distribution": [_file(place, file) for file in tables],
        "recordSet": [_table(release, file) for file in tables],
    }


def _file(place: str, file: DumpFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "description": file.title,
        "contentUrl": place + file.name,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": file.media_type,
        "sha256": file.sha256,
    }


def _table(release: Release, file: DumpFile) -> dict[str, Any]:
    columns = json.loads(release.verified(file.name + METADATA).read_text("utf-8"))["tableSchema"]["columns"]
    stem = PurePath(file.name).stem
    return {
        "@type": "cr:RecordSet",
        "@id": f"table/{stem}",
        "name": stem,
        "description": file.title,
        "field": [_field(file.name, column) for column in columns],
    }


def _field(file: str, column: dict[str, Any]) -> dict[str, Any]:
    name, base = column["name"], column["datatype"]["base"] if "datatype" in column else ""
    return {
        "@type": "cr:Field",
        "@id": f"{file}/{name}",
        "name": name,
        "dataType": _TYPES.get(base, "sc:Text"),
        "source": {"fileObject": {"@id": file}, "extract": {"column": name}},
    }

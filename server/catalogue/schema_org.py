"""Data sets as schema.org has them, for the search engines that read pages."""

from collections.abc import Sequence
from typing import Any

import pyoxigraph as ox

from policytrace.server.catalogue.files import files_of
from policytrace.server.catalogue.source import CatalogueSource, Data
from policytrace.server.catalogue.words import words

CONTEXT = "https://schema.org/"
LONGEST = 5000
"""Characters of a description that search engines take."""


def dataset(source: CatalogueSource, data: Data) -> dict[str, Any]:
    """One data set, with where it can be downloaded."""
    links, publisher = source.links, words()["publisher"]
    names = (source.reader.label(ox.NamedNode(country)) for country in data.countries)
    agent = {"@type": "Organization", "@id": publisher["iri"], "name": publisher["name"]}
    found = {
        "@context": CONTEXT,
        "@type": "Dataset",
        "@id": data.iri,
        "name": data.title,
        "description": data.description[:LONGEST],
        "url": links.absolute(data.path),
        "sameAs": data.iri,
        "identifier": data.iri,
        "license": data.licence,
        "creator": agent,
        "publisher": agent,
        "keywords": words()["catalogue"]["keywords"],
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "version": data.release,
        "datePublished": data.issued,
        "dateModified": data.modified,
        "temporalCoverage": f"{data.started or '..'}/{data.ended or '..'}"
        if data.started or data.ended
        else None,
        "spatialCoverage": [{"@type": "Place", "name": name.text} for name in names if name],
        "measurementTechnique": words()["texts"]["provenance"],
        "includedInDataCatalog": {"@type": "DataCatalog", "@id": links.absolute("catalog")},
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": file.address,
                "encodingFormat": file.form.media,
                "name": file.title,
                "contentSize": f"{file.size} B" if file.size is not None else None,
                "sha256": file.sha256 or None,
            }
            for file in files_of(source, data)
        ],
    }
    found["distribution"] = [_known(one) for one in found["distribution"]]
    return _known(found)


def catalogue(source: CatalogueSource, some: Sequence[Data]) -> dict[str, Any]:
    """The catalogue, with the whole and some of its data sets in a few words."""
    said = words()["catalogue"]
    whole = dataset(source, source.whole())
    del whole["@context"]
    told = {
        "@context": CONTEXT,
        "@type": "DataCatalog",
        "@id": source.links.absolute("catalog"),
        "name": said["title"],
        "description": said["description"],
        "url": source.links.absolute("catalog"),
        "license": source.release.licence,
        "keywords": said["keywords"],
        "dataset": [
            whole,
            *(
                _known(
                    {
                        "@type": "Dataset",
                        "@id": data.iri,
                        "name": data.title,
                        "description": data.description[:LONGEST],
                        "url": source.links.absolute(data.path),
                        "license": data.licence,
                    }
                )
                for data in some
            ),
        ],
    }
    return _known(told)


def _known(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if value not in (None, [], "")}

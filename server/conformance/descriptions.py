"""Checks of the descriptions a site gives of itself: VoID, SPARQL, DCAT-AP, schema.org, its ontology."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from rdflib import OWL, RDF, RDFS, Graph, URIRef
from rdflib.term import Node

from policytrace.graph.vocabulary import media_types
from policytrace.server.conformance import mqa, shapes
from policytrace.server.conformance.client import OffSiteError
from policytrace.server.conformance.report import Check, Failed, Unchecked
from policytrace.server.conformance.site import RDF_TYPES, SiteFacts, graph, term

AREA = "Descriptions"
VOID = "https://www.w3.org/TR/void/"
PARTITIONS = 3
"""Classes whose count is compared with the endpoint."""
SAMPLE = 40
"""Addresses of a catalogue that are asked to see whether they answer."""
_SCRIPT = re.compile(r'<script[^>]*type="application/ld\+json"[^>]*>(.*?)</script>', re.DOTALL)


def _void(found: SiteFacts) -> Graph:
    if found.void is None:
        raise Unchecked("No VoID is found at /.well-known/void.")
    return found.void


def _catalogue(found: SiteFacts) -> Graph:
    if found.catalogue is None:
        raise Unchecked("No DCAT catalogue is found at /catalog.")
    return found.catalogue


def _counted(found: SiteFacts, pattern: str) -> int:
    if not found.endpoint:
        raise Unchecked("VoID names no SPARQL endpoint.")
    query = urlencode({"query": f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}"})
    reply = found.get(f"{found.endpoint}?{query}", media_types.JSON_RESULTS)
    try:
        return int(json.loads(reply.body)["results"]["bindings"][0]["n"]["value"])
    except (ValueError, KeyError, IndexError, TypeError):
        raise Failed(f"{found.endpoint} does not count: {reply.status} {reply.text[:100]}") from None


def void_found(found: SiteFacts) -> str:
    """VoID is where clients look for it."""
    reply = found.void_reply
    if reply is None or found.void is None:
        answer = f"{reply.status} {reply.media_type}" if reply else "no answer"
        raise Failed(f"/.well-known/void gives {answer}, not RDF that can be read")
    return f"{reply.address}: {len(found.void)} statements"


def void_complete(found: SiteFacts) -> str:
    """VoID says what a client needs."""
    void = _void(found)
    wanted = (
        "dct:title dct:description dct:license dct:publisher dct:modified void:sparqlEndpoint void:dataDump "
        "void:uriSpace void:exampleResource void:vocabulary void:feature void:triples void:classPartition "
        "void:propertyPartition void:distinctSubjects void:distinctObjects"
    )
    missing = [curie for curie in wanted.split() if (found.dataset, term(curie), None) not in void]
    if missing:
        raise Failed(f"Not said of {found.dataset}: {', '.join(missing)}")
    sets = len(set(void.subjects(RDF.type, term("void:Linkset"))))
    return f"all of {len(wanted.split())} properties; {sets} sets of links"


def void_true(found: SiteFacts) -> str:
    """The numbers of VoID are those of the endpoint."""
    void = _void(found)
    said = void.value(found.dataset, term("void:triples"))
    if said is None:
        raise Failed("VoID does not say how many triples there are")
    pairs = [("triples", _whole_number(said), "?s ?p ?o")]
    parts = sorted(
        (
            _whole_number(void.value(part, term("void:entities")) or 0),
            str(void.value(part, term("void:class"))),
        )
        for part in void.objects(found.dataset, term("void:classPartition"))
    )
    pairs += [(cls, number, f"?s a <{cls}>") for number, cls in parts[-PARTITIONS:]]
    wrong = [
        f"{name}: {number} said, {counted} counted"
        for name, number, pattern in pairs
        if (counted := _counted(found, pattern)) != number
    ]
    if wrong:
        raise Failed("; ".join(wrong))
    return f"{said} triples and {len(pairs) - 1} classes, counted at {found.endpoint}"


def _whole_number(said: object) -> int:
    try:
        return int(str(said))
    except ValueError:
        raise Failed(f"VoID gives “{said}” where a number is to stand") from None


def endpoint(found: SiteFacts) -> str:
    """The endpoint describes itself, and writes nothing."""
    if not found.endpoint:
        raise Unchecked("VoID names no SPARQL endpoint.")
    described = graph(found.get(found.endpoint, RDF_TYPES))
    wrong = []
    service = URIRef("http://www.w3.org/ns/sparql-service-description#Service")
    if described is None or (None, RDF.type, service) not in described:
        wrong.append("without a query it does not describe itself")
    update = urlencode({"query": "DELETE WHERE { ?s ?p <urn:nothing> }"})
    status = found.get(f"{found.endpoint}?{update}").status
    if not 400 <= status < 500:
        wrong.append(f"an update sent as a query gets {status}")
    if wrong:
        raise Failed("; ".join(wrong))
    return f"{found.endpoint} describes itself; an update gets {status}"


def catalogue_formats(found: SiteFacts) -> str:
    """The catalogue comes in the formats that portals read, the same in each."""
    if found.catalogue is None:
        raise Failed("No DCAT catalogue is found at /catalog.")
    sizes, wrong = {}, []
    for media in (media_types.TURTLE, media_types.RDF_XML, media_types.JSON_LD):
        statements = graph(found.follow(found.catalogue_address, media))
        if statements is None:
            wrong.append(f"{media} cannot be read")
        else:
            sizes[media] = len(statements)
    if len(set(sizes.values())) > 1:
        wrong.append(", ".join(f"{media} has {size} statements" for media, size in sizes.items()))
    if wrong:
        raise Failed("; ".join(wrong))
    sets = len(set(_catalogue(found).objects(None, term("dcat:dataset"))))
    return f"{found.catalogue_address}: {sets} data sets, {next(iter(sizes.values()))} statements"


def valid(found: SiteFacts) -> str:
    """The shapes of DCAT-AP find no violation."""
    said = shapes.findings(_catalogue(found))
    violations = [one for one in said if one.severity == "Violation"]
    if violations:
        told = (f"{one.path} ({one.count} times, {one.place}: {one.message})" for one in violations[:5])
        raise Failed("; ".join(told))
    warnings = ", ".join(f"{one.path} {one.count}" for one in said)
    return f"no violation; warnings: {warnings or 'none'}"


def quality(found: SiteFacts) -> str:
    """The metadata are excellent by the metrics of data.europa.eu."""
    catalogue, asked = _catalogue(found), 0

    def reach(address: str) -> bool:
        nonlocal asked
        asked += 1
        if asked > SAMPLE:
            return True
        try:
            return found.get(address, method="HEAD").status in (200, 302, 303)
        except OffSiteError:
            return False

    no_violation = all(one.severity != "Violation" for one in shapes.findings(catalogue))
    score = mqa.score(catalogue, no_violation, reach)
    lost = ", ".join(f"{m.name} {m.points:.0f}/{m.weight}" for m in score.metrics if m.points < m.weight)
    text = f"{score.points} of 405, {score.rating}; {min(asked, SAMPLE)} of {asked} addresses asked"
    if score.rating != "Excellent":
        raise Failed(f"{text}; lost at: {lost}")
    return f"{text}; lost at: {lost or 'nothing'}"


def marked_up(found: SiteFacts) -> str:
    """The page of a data set says for search engines what it is."""
    pages = sorted(map(str, _catalogue(found).objects(None, term("dcat:landingPage"))))
    if not pages:
        raise Unchecked("No data set of the catalogue has a landing page.")
    reply = found.follow(pages[0], media_types.HTML)
    for one in _marked(reply.text):
        missing = [name for name in ("name", "description", "license", "url") if not one.get(name)]
        if missing:
            raise Failed(f"{pages[0]}: no {', '.join(missing)}")
        if not 50 <= len(str(one["description"])) <= 5000:
            raise Failed(f"{pages[0]}: the description has {len(str(one['description']))} characters")
        return f"{pages[0]}: {one['name']}"
    raise Failed(f"{pages[0]} has no schema.org Dataset")


def _marked(html: str) -> Iterator[dict[str, Any]]:
    for text in _SCRIPT.findall(html):
        try:
            said = json.loads(text)
        except ValueError:
            raise Failed("a JSON-LD script cannot be read") from None
        if isinstance(said, dict) and said.get("@type") == "Dataset":
            yield said


HEADER = {
    "dct:title": "title",
    "dct:description": "description",
    "dct:license": "licence",
    "dct:creator": "author",
    "dct:created": "date of creation",
    "dct:issued": "date of issue",
    "dct:publisher": "publisher",
    "owl:versionIRI": "version",
    "owl:versionInfo": "version number",
    "vann:preferredNamespacePrefix": "prefix",
    "vann:preferredNamespaceUri": "namespace",
    "dct:bibliographicCitation": "citation",
}
"""What an ontology should say of itself."""


def _ontology(found: SiteFacts) -> tuple[Graph, Node]:
    space = str(next(iter(_void(found).objects(None, term("void:uriSpace"))), found.site.root))
    own = sorted(str(one) for one in _void(found).objects(None, term("void:vocabulary")))
    for name in own:
        if name.startswith((space, found.site.root)):
            said = graph(found.follow(found.here(name).partition("#")[0], RDF_TYPES))
            if said is not None and (node := next(iter(said.subjects(RDF.type, OWL.Ontology)), None)):
                return said, node
    raise Unchecked("VoID names no ontology of this site.")


def ontology(found: SiteFacts) -> str:
    """The ontology says what it is, and its version can be had."""
    said, node = _ontology(found)
    missing = [name for curie, name in HEADER.items() if (node, term(curie), None) not in said]
    version = said.value(node, OWL.versionIRI)
    if version is not None and found.follow(found.here(str(version)), RDF_TYPES).status != 200:
        missing.append(f"the version {version} cannot be had")
    if missing:
        raise Failed(f"Of {node}: {', '.join(missing)}")
    return f"{node}: {len(HEADER)} statements about itself, version {version}"


def terms(found: SiteFacts) -> str:
    """Every term of the ontology has a label and a definition."""
    said, node = _ontology(found)
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    own = {s for kind in kinds for s in said.subjects(RDF.type, kind) if str(s).startswith(str(node))}
    definitions = (term("skos:definition"), RDFS.comment)
    bare = sorted(
        str(s)
        for s in own
        if (s, RDFS.label, None) not in said or not any((s, d, None) in said for d in definitions)
    )
    if bare or not own:
        raise Failed(f"{len(bare)} of {len(own)} terms lack a label or definition: {', '.join(bare[:5])}")
    return f"{len(own)} terms with label and definition"


DCAT = "https://semiceu.github.io/DCAT-AP/releases/3.0.1/"
FOOPS = "https://foops.linkeddata.es/"

CHECKS = tuple(
    Check(name, AREA, title, reference, run)
    for name, title, reference, run in (
        ("void-found", "VoID is where clients look for it", VOID + "#well-known", void_found),
        ("void-complete", "VoID says what a client needs", VOID, void_complete),
        ("void-true", "The numbers of VoID are true", VOID + "#statistics", void_true),
        (
            "endpoint",
            "The SPARQL endpoint describes itself",
            "https://www.w3.org/TR/sparql11-service-description/",
            endpoint,
        ),
        ("catalogue-formats", "The catalogue comes in the formats of portals", DCAT, catalogue_formats),
        ("valid", "The catalogue is valid by DCAT-AP", DCAT, valid),
        (
            "quality",
            "The metadata are excellent by the metrics of data.europa.eu",
            "https://data.europa.eu/mqa/methodology",
            quality,
        ),
        (
            "marked-up",
            "Data sets are marked up for search engines",
            "https://developers.google.com/search/docs/appearance/structured-data/dataset",
            marked_up,
        ),
        ("ontology", "The ontology says what it is", FOOPS, ontology),
        ("terms", "Every term has a label and a definition", FOOPS, terms),
    )
)
"""The checks of this area."""

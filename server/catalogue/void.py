"""The release as VoID: how large it is, what is in it, where it leads, how to get it."""

from collections.abc import Mapping
from typing import Any

import pyoxigraph as ox

from policytrace.graph.building.statistics import ENTITY, namespace
from policytrace.graph.vocabulary.terms import BASE, WHOLE, expand
from policytrace.server.catalogue.facts import Facts, Node, english, iri, named, term, typed
from policytrace.server.catalogue.files import files_of
from policytrace.server.catalogue.source import CatalogueSource
from policytrace.server.catalogue.words import words

FORMATS = ("Turtle", "JSON-LD", "RDF_XML", "N-Triples")
"""Serialisations of the documents, by the names the W3C gave them."""
EXAMPLES = ("pt:GoodPractice", "pt:LearningTransfer", "pt:Measure", "pt:Region")
"""Classes of which the first thing serves as an example."""
PATTERN = ENTITY.replace(".org", r"\.org")
"""What the identifiers of things look like."""


def void(source: CatalogueSource) -> Facts:
    """The description of the data set of a release."""
    facts = Facts()
    document, whole = iri(source.links.absolute("void")), iri(WHOLE)
    facts.is_a(document, "void:DatasetDescription")
    facts.say(document, "dct:title", english(f"Description of {words()['whole']['title']}"))
    facts.say(document, "foaf:primaryTopic", whole)
    _whole(facts, source, whole)
    add_counts(facts, whole, source.triples, source.statistics)
    _linksets(facts, source, whole)
    for folder in source.parts:
        part = iri(folder.iri)
        facts.say(whole, "void:subset", part)
        facts.is_a(part, "void:Dataset")
        facts.say(part, "dct:title", english(folder.title))
        facts.say(part, "dct:license", named(folder.licence))
        facts.say(part, "foaf:homepage", iri(source.links.absolute(f"dataset/{folder.name}")))
        facts.say(part, "foaf:primaryTopic", iri(folder.project) if folder.project else None)
    return facts


def _whole(facts: Facts, source: CatalogueSource, whole: Node) -> None:
    said, links, publisher = words()["whole"], source.links, words()["publisher"]
    facts.is_a(whole, "void:Dataset")
    facts.say(whole, "dct:title", english(said["title"]))
    facts.say(whole, "dct:description", english(said["description"]))
    facts.say(whole, "dct:license", named(source.release.licence))
    facts.say(whole, "dct:publisher", iri(publisher["iri"]))
    facts.is_a(iri(publisher["iri"]), "foaf:Agent")
    facts.say(iri(publisher["iri"]), "foaf:name", ox.Literal(publisher["name"]))
    facts.say(whole, "dct:source", iri(links.absolute("collection/document")))
    facts.say(whole, "dct:issued", typed(source.first, "date"))
    facts.say(whole, "dct:modified", typed(source.created, "dateTime"))
    facts.say(whole, "dct:identifier", ox.Literal(source.release.id))
    facts.say(whole, "foaf:homepage", iri(links.absolute("")))
    facts.say(whole, "void:sparqlEndpoint", iri(links.absolute("sparql")) if source.live else None)
    graphs = (file for file in files_of(source, source.whole()) if file.form.concept != "CSV")
    facts.say(whole, "void:dataDump", *(iri(file.address) for file in graphs))
    facts.say(whole, "void:uriSpace", ox.Literal(BASE))
    facts.say(whole, "void:uriRegexPattern", ox.Literal(PATTERN))
    facts.say(whole, "void:feature", *(iri(f"http://www.w3.org/ns/formats/{name}") for name in FORMATS))
    terms = (*source.statistics.get("classes", ()), *source.statistics.get("properties", ()))
    facts.say(whole, "void:vocabulary", *(iri(name) for name in sorted({namespace(t) for t in terms})))
    facts.say(whole, "void:rootResource", iri(links.absolute("catalog")))
    for curie in EXAMPLES:
        facts.say(whole, "void:exampleResource", *source.reader.subjects("rdf:type", term(curie), limit=1))


def add_counts(facts: Facts, dataset: Node, triples: int | None, found: Mapping[str, Any]) -> None:
    """The numbers of a data set: triples, subjects, objects, and its partitions by class and property."""
    _number(facts, dataset, "void:triples", triples)
    if not found:
        return
    classes, properties, partitions = (
        found.get(name, {}) for name in ("classes", "properties", "partitions")
    )
    _number(facts, dataset, "void:classes", len(classes))
    _number(facts, dataset, "void:properties", len(properties))
    _number(facts, dataset, "void:distinctSubjects", found.get("subjects"))
    _number(facts, dataset, "void:distinctObjects", found.get("objects"))
    _number(facts, dataset, "void:entities", found.get("entities"))
    for at, (cls, count) in enumerate(sorted(classes.items())):
        part = ox.BlankNode(f"class{at}")
        facts.say(dataset, "void:classPartition", part)
        facts.say(part, "void:class", iri(cls))
        _number(facts, part, "void:entities", count)
        _properties(facts, part, f"class{at}property", partitions.get(cls, {}))
    _properties(facts, dataset, "property", properties)


def _properties(facts: Facts, dataset: Node, name: str, counts: Mapping[str, int]) -> None:
    for at, (prop, count) in enumerate(sorted(counts.items())):
        part = ox.BlankNode(f"{name}{at}")
        facts.say(dataset, "void:propertyPartition", part)
        facts.say(part, "void:property", iri(prop))
        _number(facts, part, "void:triples", count)


def _linksets(facts: Facts, source: CatalogueSource, whole: Node) -> None:
    """One set of links for each namespace they lead to, and each property."""
    for target, counts in source.statistics.get("links", {}).items():
        there = iri(target)
        facts.is_a(there, "void:Dataset")
        facts.say(there, "void:uriSpace", ox.Literal(target))
        if title := words()["targets"].get(target):
            facts.say(there, "dct:title", english(title))
        for predicate, count in counts.items():
            name = predicate.removeprefix(expand("skos:"))
            links = iri(f"{source.links.absolute('void')}#{name}-{target.partition('//')[2].strip('#/')}")
            facts.is_a(links, "void:Linkset")
            facts.say(whole, "void:subset", links)
            facts.say(links, "void:linkPredicate", iri(predicate))
            facts.say(links, "void:subjectsTarget", whole)
            facts.say(links, "void:objectsTarget", there)
            _number(facts, links, "void:triples", count)


def _number(facts: Facts, subject: Node, curie: str, count: int | None) -> None:
    if count is not None:
        facts.say(subject, curie, ox.Literal(count))

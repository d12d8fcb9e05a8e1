"""The catalogue by DCAT-AP 3.0.1: data sets, their files, the services, the series of releases."""

from functools import cache
from importlib.resources import files

import pyoxigraph as ox

from policytrace.graph.vocabulary import media_types
from policytrace.graph.vocabulary.terms import LICENCE, WHOLE
from policytrace.server.catalogue.facts import Facts, Node, english, iri, typed
from policytrace.server.catalogue.files import File, files_of
from policytrace.server.catalogue.geometry import extents
from policytrace.server.catalogue.source import SERIES, CatalogueSource, Data
from policytrace.server.catalogue.words import words

EU = "http://publications.europa.eu/resource/authority/"
THEMES = ("REGI", "GOVE")
CC_BY = EU + "licence/CC_BY_4_0"
"""How the authority tables name the licence of the packaged data."""
MEDIA = "https://www.iana.org/assignments/media-types/"
COMPRESSED = {"gzip": MEDIA + media_types.GZIP, "zstd": MEDIA + media_types.ZSTD}
PROFILE = "http://data.europa.eu/r5r/"
"""What descriptions here conform to: DCAT-AP."""
SHA256 = "https://spdx.org/rdf/terms#checksumAlgorithm_sha256"


def catalogue(source: CatalogueSource) -> Facts:
    """The whole catalogue."""
    facts, home = Facts(), iri(source.links.absolute("catalog"))
    said = words()["catalogue"]
    facts.is_a(home, "dcat:Catalog")
    facts.say(home, "dct:title", english(said["title"]))
    facts.say(home, "dct:description", english(said["description"]))
    _common(facts, source, home)
    whole = source.whole()
    source.reader.prepare({iri(country) for country in whole.countries})
    facts.say(home, "dct:issued", typed(source.first, "date"))
    facts.say(home, "dct:modified", typed(source.created, "dateTime"))
    _licence(facts, home, source.release.licence)
    facts.say(home, "foaf:homepage", _page(facts, source.links.absolute("")))
    facts.say(home, "dcat:themeTaxonomy", iri(EU + "data-theme"))
    _places(facts, source, home, whole)
    for data in (whole, *source.parts):
        facts.say(home, "dcat:dataset", iri(data.iri))
        _dataset(facts, source, data)
        _record(facts, source, home, data)
    _series(facts, source, home)
    for name in source.services:
        _service(facts, source, home, name)
    return with_authority_terms(facts)


def dataset(source: CatalogueSource, data: Data) -> Facts:
    """One data set."""
    facts = Facts()
    _dataset(facts, source, data)
    return with_authority_terms(facts)


def series(source: CatalogueSource) -> Facts:
    """The series of releases."""
    facts = Facts()
    _series(facts, source, iri(source.links.absolute("catalog")))
    return with_authority_terms(facts)


def _common(facts: Facts, source: CatalogueSource, subject: Node) -> None:
    publisher = words()["publisher"]
    agent, contact = iri(publisher["iri"]), iri(source.links.absolute("catalog#contact"))
    facts.say(subject, "dct:publisher", agent)
    facts.is_a(agent, "foaf:Agent")
    facts.say(agent, "foaf:name", ox.Literal(publisher["name"]))
    facts.say(agent, "dct:type", iri(publisher["type"]))
    facts.say(subject, "dcat:contactPoint", contact)
    facts.is_a(contact, "vcard:Kind", "vcard:Organization")
    facts.say(contact, "vcard:fn", ox.Literal(words()["texts"]["contact"]))
    way = "vcard:hasEmail" if source.contact.startswith("mailto:") else "vcard:hasURL"
    facts.say(contact, way, iri(source.contact.partition("?")[0]))
    facts.say(subject, "dct:language", iri(EU + "language/ENG"))


def _dataset(facts: Facts, source: CatalogueSource, data: Data) -> None:
    me = iri(data.iri)
    facts.is_a(me, "dcat:Dataset", "dcat:Resource")
    facts.say(me, "dct:title", english(data.title))
    facts.say(me, "dct:description", english(data.description))
    facts.say(me, "dct:identifier", ox.Literal(data.iri))
    _common(facts, source, me)
    facts.say(me, "dct:issued", typed(data.issued, "date"))
    facts.say(me, "dct:modified", typed(data.modified, "dateTime"))
    facts.say(me, "dcat:version", ox.Literal(data.release))
    facts.say(me, "dcat:keyword", *map(english, words()["catalogue"]["keywords"]))
    facts.say(me, "dcat:theme", *(iri(f"{EU}data-theme/{code}") for code in THEMES))
    facts.say(me, "dct:accessRights", iri(EU + "access-right/PUBLIC"))
    facts.say(me, "dct:accrualPeriodicity", iri(EU + "frequency/IRREG"))
    facts.say(me, "dcat:landingPage", _page(facts, source.links.absolute(data.path)))
    facts.say(me, "foaf:page", _page(facts, source.links.absolute("void")))
    _ontology(facts, me)
    _provenance(facts, source, me)
    _places(facts, source, me, data)
    _times(facts, source, me, data)
    for file in files_of(source, data):
        facts.say(me, "dcat:distribution", _distribution(facts, source, data, file))
    if data.iri == WHOLE:
        facts.say(me, "dcat:hasVersion", *(iri(source.version(one).iri) for one in source.kept))
        facts.say(me, "dct:hasPart", *(iri(part.iri) for part in source.parts))


def _ontology(facts: Facts, me: Node) -> None:
    ontology = iri("https://w3id.org/policytrace/ns")
    facts.say(me, "dct:conformsTo", ontology)
    facts.is_a(ontology, "dct:Standard")
    facts.say(ontology, "dct:title", english("PolicyTrace ontology"))


def _provenance(facts: Facts, source: CatalogueSource, me: Node) -> None:
    statement = iri(source.links.absolute("catalog#provenance"))
    facts.say(me, "dct:provenance", statement)
    facts.is_a(statement, "dct:ProvenanceStatement")
    facts.say(statement, "rdfs:label", english(words()["texts"]["provenance"]))


def _places(facts: Facts, source: CatalogueSource, me: Node, data: Data) -> None:
    """The countries, as the authority table names them, where the release says which they are."""
    for country in data.countries:
        for place in source.reader.nodes(iri(country), "skos:exactMatch"):
            if place.value.startswith(EU + "country/"):
                facts.say(me, "dct:spatial", place)
                facts.is_a(place, "dct:Location", "skos:Concept")
                facts.say(place, "skos:inScheme", iri(EU + "country"))
                if label := source.reader.label(iri(country)):
                    facts.say(place, "skos:prefLabel", english(label.text))
                if extent := extents().get(place.value.rpartition("/")[2]):
                    facts.say(place, "dcat:bbox", extent.box)
                    facts.say(place, "dcat:centroid", extent.middle)


def _times(facts: Facts, source: CatalogueSource, me: Node, data: Data) -> None:
    if not (data.started or data.ended):
        return
    period = iri(f"{source.links.absolute('catalog')}#time-{data.name.replace('/', '-')}")
    facts.say(me, "dct:temporal", period)
    facts.is_a(period, "dct:PeriodOfTime")
    facts.say(period, "dcat:startDate", typed(data.started, "date") if data.started else None)
    facts.say(period, "dcat:endDate", typed(data.ended, "date") if data.ended else None)


def _distribution(facts: Facts, source: CatalogueSource, data: Data, file: File) -> Node:
    me = iri(file.address)
    packed = f", compressed with {file.compression}" if file.compression else ""
    what = f"{file.title}{packed}"
    facts.is_a(me, "dcat:Distribution")
    facts.say(me, "dct:title", english(f"{data.title}: {what}"))
    text = f"{what}, a file of this data set in release {data.release}, as {file.form.title}."
    facts.say(me, "dct:description", english(text))
    facts.say(me, "dcat:accessURL", iri(source.links.absolute(data.path)))
    facts.say(me, "dcat:downloadURL", me)
    facts.say(me, "dct:format", iri(f"{EU}file-type/{file.form.concept}"))
    media = iri(MEDIA + file.form.media)
    facts.say(me, "dcat:mediaType", media)
    facts.is_a(media, "dct:MediaType")
    if file.compression:
        facts.say(me, "dcat:compressFormat", iri(COMPRESSED[file.compression]))
        facts.is_a(iri(COMPRESSED[file.compression]), "dct:MediaType")
    _licence(facts, me, data.licence)
    facts.say(me, "dct:language", iri(EU + "language/ENG"))
    facts.say(me, "dcatap:availability", iri(EU + "planned-availability/AVAILABLE"))
    facts.say(me, "dct:issued", typed(data.issued, "date"))
    facts.say(me, "dct:modified", typed(data.modified, "dateTime"))
    if data.licence == LICENCE:
        rights = iri(source.links.absolute("catalog#rights"))
        facts.say(me, "dct:rights", rights)
        facts.is_a(rights, "dct:RightsStatement")
        facts.say(rights, "rdfs:label", english(words()["texts"]["rights"]))
    _size(facts, me, file)
    return me


def _licence(facts: Facts, subject: Node, licence: str | None) -> None:
    """The licence by the name the authority tables give it, else as it is given; nothing for none."""
    if licence == LICENCE:
        facts.say(subject, "dct:license", iri(CC_BY))
    elif licence:
        facts.say(subject, "dct:license", iri(licence))
        facts.is_a(iri(licence), "dct:LicenseDocument")


def _size(facts: Facts, me: Node, file: File) -> None:
    if file.size is not None:
        facts.say(me, "dcat:byteSize", typed(str(file.size), "nonNegativeInteger"))
    if file.sha256:
        checksum = iri(f"{file.address}#sha256")
        facts.say(me, "spdx:checksum", checksum)
        facts.is_a(checksum, "spdx:Checksum")
        facts.say(checksum, "spdx:algorithm", iri(SHA256))
        facts.say(checksum, "spdx:checksumValue", typed(file.sha256, "hexBinary"))


def _record(facts: Facts, source: CatalogueSource, home: Node, data: Data) -> None:
    record = iri(f"{source.links.absolute('catalog')}#record-{data.name}")
    facts.say(home, "dcat:record", record)
    facts.is_a(record, "dcat:CatalogRecord")
    facts.say(record, "foaf:primaryTopic", iri(data.iri))
    facts.say(record, "dct:issued", typed(data.issued, "date"))
    facts.say(record, "dct:modified", typed(data.modified, "dateTime"))
    facts.say(record, "dct:conformsTo", iri(PROFILE))
    facts.is_a(iri(PROFILE), "dct:Standard")
    facts.say(iri(PROFILE), "dct:title", english("DCAT-AP"))
    facts.say(record, "adms:status", iri(EU + "distribution-status/COMPLETED"))


def _series(facts: Facts, source: CatalogueSource, home: Node) -> None:
    me, said = iri(SERIES), words()["series"]
    facts.say(home, "dcat:resource", me)
    facts.is_a(me, "dcat:DatasetSeries")
    facts.say(me, "dct:title", english(said["title"]))
    facts.say(me, "dct:description", english(said["description"]))
    _common(facts, source, me)
    facts.say(me, "dct:issued", typed(source.first, "date"))
    facts.say(me, "dct:modified", typed(source.created, "dateTime"))
    facts.say(me, "dct:accrualPeriodicity", iri(EU + "frequency/IRREG"))
    _places(facts, source, me, source.whole())
    later: Node | None = None
    for release in source.kept:
        data = source.version(release)
        one = iri(data.iri)
        facts.say(home, "dcat:dataset", one)
        _dataset(facts, source, data)
        facts.say(one, "dcat:inSeries", me)
        facts.say(one, "dct:isVersionOf", iri(WHOLE))
        if later is not None:
            facts.say(later, "dcat:prev", one)
        later = one
    if later is not None:
        facts.say(me, "dcat:first", later)
        facts.say(me, "dcat:last", iri(source.version(source.kept[0]).iri))


def _service(facts: Facts, source: CatalogueSource, home: Node, name: str) -> None:
    said = source.services[name]
    me = iri(source.links.absolute(f"catalog#service-{name}"))
    facts.say(home, "dcat:service", me)
    facts.is_a(me, "dcat:DataService")
    facts.say(me, "dct:title", english(said["title"]))
    facts.say(me, "dct:description", english(said["description"]))
    _common(facts, source, me)
    endpoint, about = (iri(source.links.absolute(said[name])) for name in ("endpoint", "about"))
    facts.say(me, "dcat:endpointURL", endpoint)
    facts.say(me, "dcat:endpointDescription", about)
    for address in (endpoint, about):
        facts.is_a(address, "rdfs:Resource")
    facts.say(me, "dcat:servesDataset", iri(WHOLE))
    facts.say(me, "dcat:theme", *(iri(f"{EU}data-theme/{code}") for code in THEMES))
    facts.say(me, "dcat:keyword", *map(english, said["keywords"]))
    _licence(facts, me, source.release.licence)
    facts.say(me, "dct:accessRights", iri(EU + "access-right/PUBLIC"))
    standard = iri(said["conforms"])
    facts.say(me, "dct:conformsTo", standard)
    facts.is_a(standard, "dct:Standard")
    facts.say(standard, "dct:title", english(said["conforms_title"]))


def _page(facts: Facts, address: str) -> Node:
    page = iri(address)
    facts.is_a(page, "foaf:Document")
    return page


@cache
def _authority() -> dict[str, list[ox.Triple]]:
    source = files("policytrace") / "server" / "catalogue" / "authority.ttl"
    found: dict[str, list[ox.Triple]] = {}
    for quad in ox.parse(source.read_bytes(), format=ox.RdfFormat.TURTLE):
        if isinstance(quad.subject, ox.NamedNode):
            found.setdefault(quad.subject.value, []).append(quad.triple)
    return found


def with_authority_terms(facts: Facts) -> Facts:
    """The same, with what the authority tables say of every concept that is referred to."""
    known, told = _authority(), set[str]()
    at = 0
    while at < len(facts.triples):
        value = facts.triples[at].object
        if isinstance(value, ox.NamedNode) and value.value in known and value.value not in told:
            told.add(value.value)
            facts.triples += known[value.value]
        at += 1
    return facts

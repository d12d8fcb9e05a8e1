"""What a row states beyond its columns: transfers as influence, links, NUTS codes, partnerships."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from policytrace.graph.tables.cells import Cells
from policytrace.graph.tables.documents import Documents, Publishers, label, rows
from policytrace.graph.tables.independence import Parties, Publisher, relation
from policytrace.graph.tables.places import PartyPlaces, giver_kind
from policytrace.graph.tables.tables import TableSet
from policytrace.graph.vocabulary.nt_terms import Term, code, literal, nt_iri
from policytrace.graph.vocabulary.scales import CONSIDERED, INFLUENCE, REALISED, REFUSED
from policytrace.graph.vocabulary.terms import thing

NUTS = "http://data.europa.eu/nuts/code/"
COUNTRIES = "http://publications.europa.eu/resource/authority/country/"

_ENTITY = {
    "source_practice_id": "good_practices",
    "source_proposal_id": "proposals",
    "source_measure_id": "measures",
}
_ACTIVITY = {"source_event_id": "events", "source_project_id": "project"}
_DIRECT_LINK = {
    "same-thing": "pt:sameThing",
    "documented-as": "pt:documentedAs",
    "builds-on": "pt:buildsOn",
    "alternative-to": "pt:alternativeTo",
    "improves": "pt:concernsInstrument",
    "addresses": "pt:addresses",
}
_LABEL_COLUMN = {
    "project": "acronym",
    "regions": "name",
    "organisations": "name",
    "good_practices": "title",
    "events": "title",
    "outputs": "title",
    "policy_instruments": "name",
    "action_plans": "title",
    "measures": "title",
    "proposals": "title",
    "problems": "title",
}
_LABELLED = tuple(_LABEL_COLUMN)
_BEHIND = {"good_practices": ("owner_id", "presented_by_id"), "measures": ("responsible_id",)}
"""Columns that name the organisation behind what was learned from, or behind what it led to."""
_ANSWERABLE = ("responsible_id", "host_ids")
"""Columns that name who answers for what the row of a measure, plan or event states."""

INTENDED = "intended"
"""State of a policy change that was not made."""

Statement = tuple[Term, str, Term]
"""Subject, full IRI of the property, and object."""


@dataclass(slots=True)
class Context:
    """What the statements of one row may need to know about the other rows."""

    dataset: TableSet
    cells: Cells
    documents: Documents
    publishers: Publishers
    places: PartyPlaces
    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    claims: dict[str, dict[str, str]] = field(default_factory=dict)
    """The rows that evidence bears on, by id."""
    behind: dict[tuple[str, str], set[Term]] = field(default_factory=dict)
    """The organisations behind a practice or a measure."""
    participants: dict[str, set[Term]] = field(default_factory=dict)
    """Folder of a project to the organisations that take part in it."""
    described: set[tuple[str, str]] = field(default_factory=set)
    """Claim and source that a row of the evidence table describes."""
    measures: dict[str, dict[str, str]] = field(default_factory=dict)
    """The rows of measures, by id."""
    plans: dict[str, dict[str, str]] = field(default_factory=dict)
    """The rows of action plans, by id."""
    led_to: dict[str, list[str]] = field(default_factory=dict)
    """Measure to the realised transfers that led to it."""

    def iri(self, table: str, key: str) -> Term:
        """The thing of a row, or ``""`` when there is none (its column already has a problem then)."""
        return self.cells.iri(table, key) if key and key in self.dataset.keys.get(table, {}) else ""

    def label(self, table: str, key: str) -> str:
        """The name of a thing, or its id."""
        return self.labels.get((table, key), key)


def context(dataset: TableSet, cells: Cells, documents: Documents) -> Context:
    """Gather what statements need from the whole data set."""
    found = Context(dataset, cells, documents, Publishers(dataset), PartyPlaces(dataset))
    for table in _LABELLED:
        column = _LABEL_COLUMN[table]
        for row in rows(dataset, table):
            found.labels[table, row["id"]] = row.get(column, "")
            behind = {found.iri("organisations", row.get(name, "")) for name in _BEHIND.get(table, ())} - {""}
            if behind:
                found.behind[table, row["id"]] = behind
    for row in rows(dataset, "measures"):
        found.measures[row["id"]] = row
    for row in rows(dataset, "action_plans"):
        found.plans[row["id"]] = row
    for row in rows(dataset, "transfers"):
        if layer(row) == INFLUENCE and row.get("to_measure_id"):
            found.led_to.setdefault(row["to_measure_id"], []).append(row["id"])
    for row in rows(dataset, "participants"):
        member = found.iri("organisations", row.get("organisation_id", ""))
        found.participants.setdefault(row[""], set()).add(member)
    for row in rows(dataset, "evidence"):
        for source in row.get("source_url", "").split(" ; "):
            found.described.add((row.get("claim_id", ""), source.strip()))
    wanted = {claim for claim, _ in found.described}
    for table in dataset.schema.tables["evidence"].columns["claim_id"].to if wanted else ():
        for row in rows(dataset, table):
            if row["id"] in wanted:
                found.claims.setdefault(row["id"], row)
    return found


def region(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """The NUTS identifier, as the same territory or as a wider one."""
    if row.get("nuts_code"):
        match = {"exact": "skos:exactMatch", "broad": "skos:broadMatch"}.get(row.get("nuts_match", ""))
        if match:
            yield me, nt_iri(match), f"<{NUTS}{row['nuts_code']}>"


def country(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """The country in the authority table of the EU."""
    if row.get("iso3"):
        yield me, nt_iri("skos:exactMatch"), f"<{COUNTRIES}{row['iso3']}>"
    yield me, nt_iri("skos:notation"), literal(row["id"])


def project(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """The partnership of the project."""
    partnership = f"<{thing('partnership', row['id'])}>"
    yield partnership, nt_iri("rdf:type"), nt_iri("pt:Partnership")
    yield (
        partnership,
        nt_iri("rdfs:label"),
        literal(f"Partnership of {row.get('acronym', row['id'])}", lang="en"),
    )
    yield partnership, nt_iri("pt:inProject"), me
    for source in sources(context, row):
        yield partnership, nt_iri("dct:source"), source


def participant(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """The partnership a membership belongs to, and the project's shortcuts to it."""
    key = context.dataset.projects.get(row[""])
    if key is None:
        return
    yield me, nt_iri("org:organization"), f"<{thing('partnership', key)}>"
    member, role = row.get("organisation_id", ""), row.get("role", "")
    label = f"{context.label('organisations', member)}, {role} in {context.label('project', key)}"
    yield me, nt_iri("rdfs:label"), literal(label, lang="en")
    kind = {"lead": "Partner", "partner": "Partner", "stakeholder": "Stakeholder"}.get(role)
    if kind:
        yield context.iri("project", key), nt_iri(f"pt:has{kind}Membership"), me


def figure(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """A name that says what is reported of what."""
    about = row.get("subject_id", "")
    names = (context.labels.get((table, about), "") for table in _LABELLED)
    subject = next((name for name in names if name), about)
    words = row.get("indicator", "").replace("-", " ")
    yield me, nt_iri("rdfs:label"), literal(f"{subject}, {words}: {row.get('value', '')}", lang="en")


def match(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """A name that says which thing is judged."""
    thing_id = row.get("thing_id", "")
    names = (context.labels.get((table, thing_id), "") for table in _LABELLED)
    name = next((name for name in names if name), thing_id)
    yield (
        me,
        nt_iri("rdfs:label"),
        literal(f"{name}, {row.get('verdict', '')} among what is reported", lang="en"),
    )


def policy_change(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """A name that says which measure made the change, what it rests on, and the money it moved.

    A change rests on the realised transfers that led to its measure, unless the change or the measure is
    known to have remained an intention; the instrument that it changed is then improved by it.
    """
    name = context.label("measures", row.get("measure_id", ""))
    yield me, nt_iri("rdfs:label"), literal(f"Policy change by {name}", lang="en")
    for transfer in _behind_change(context, row):
        yield me, nt_iri("pt:restsOn"), context.iri("transfers", transfer)
        if instrument := context.iri("policy_instruments", row.get("instrument_id", "")):
            yield instrument, nt_iri("pt:improvedBy"), me
    if same := row.get("same_money_as_id"):
        yield me, nt_iri("pt:money"), f"<{thing('sum', same)}>"
    elif row.get("amount"):
        yield from _money(me, row["id"], row["amount"], row.get("currency", ""), name)


def _behind_change(context: Context, row: dict[str, str]) -> list[str]:
    """The realised transfers that a change which was made rests on."""
    measure = context.measures.get(row.get("measure_id", ""), {})
    if row.get("state") == INTENDED or (measure.get("stage") and layer(measure) != INFLUENCE):
        return []
    return context.led_to.get(row.get("measure_id", ""), [])


def _money(me: Term, key: str, amount: str, currency: str, name: str) -> Iterator[Statement]:
    """A sum of money as a thing of its own, so that all that speak of it can point at it."""
    sum_of_money = f"<{thing('sum', key)}>"
    yield me, nt_iri("pt:money"), sum_of_money
    yield sum_of_money, nt_iri("rdf:type"), nt_iri("pt:SumOfMoney")
    yield sum_of_money, nt_iri("rdfs:label"), literal(f"{currency} {amount}: {name}".strip(), lang="en")
    yield sum_of_money, nt_iri("pt:amount"), literal(amount, datatype="decimal")
    if currency:
        yield sum_of_money, nt_iri("pt:currency"), code("currency", currency)


def link(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """The direct property that a structural link stands for."""
    tables = context.dataset.schema.tables["links"].columns["from_id"].to
    ends = [
        next((term for table in tables if (term := context.iri(table, row.get(end, "")))), "")
        for end in ("from_id", "to_id")
    ]
    name = _DIRECT_LINK.get(row.get("kind", ""))
    if name and all(ends):
        yield ends[0], nt_iri(name), ends[1]
        yield me, nt_iri("rdfs:label"), literal(f"{row['from_id']} {row['kind']} {row['to_id']}", lang="en")


def transfer(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """The source as qualified influence (PROV-O), what follows once realised, and evidence lines."""
    source_label = ""
    for columns, kind in ((_ENTITY, "Entity"), (_ACTIVITY, "Activity")):
        for column, table in columns.items():
            if term := context.iri(table, row.get(column, "")):
                source_label = source_label or context.label(table, row[column])
                yield me, nt_iri("pt:source"), term
                yield me, nt_iri("rdf:type"), nt_iri(f"prov:{kind}Influence")
                yield me, nt_iri(f"prov:{kind.lower()}"), term
    yield me, nt_iri("rdfs:label"), literal(_transfer_label(context, row, source_label), lang="en")
    yield from _parties(context, me, row)
    for key in _instruments(context, row):
        if term := context.iri("policy_instruments", key):
            yield me, nt_iri("pt:reachesInstrument"), term
    yield me, nt_iri("pt:layer"), code("layer", layer(row))
    if layer(row) == INFLUENCE:
        yield me, nt_iri("rdf:type"), nt_iri("pt:RealisedTransfer")
        for table, column, name in (
            ("measures", "to_measure_id", "pt:realisedThrough"),
            ("regions", "to_region_id", "pt:regionReceived"),
            ("organisations", "to_organisation_id", "pt:organisationReceived"),
        ):
            if term := context.iri(table, row.get(column, "")):
                yield term, nt_iri(name), me
    for number, cited in enumerate(_cited_documents(row), start=1):
        document = context.documents.of(cited)
        if document and (row["id"], cited) not in context.described:
            line = f"<{thing('evidence', row['id'])}-{number}>"
            yield line, nt_iri("rdf:type"), nt_iri("pt:EvidenceLine")
            yield line, nt_iri("pt:evidenceFor"), me
            yield line, nt_iri("pt:direction"), code("evidence-direction", "supports")
            yield line, nt_iri("dct:source"), document
            yield from _line(context, line, document, cited, row)


def _instruments(context: Context, row: dict[str, str]) -> list[str]:
    """The instrument that a transfer names, else that of its measure, else those that its plan addresses."""
    measure = context.measures.get(row.get("to_measure_id", ""), {})
    if named := row.get("to_instrument_id") or measure.get("instrument_id"):
        return [named]
    plan = context.plans.get(measure.get("plan_id", ""), {})
    return [key.strip() for key in plan.get("instrument_ids", "").split("|") if key.strip()]


def _parties(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """The places a transfer was received in and given in, and the kind of its giver."""
    joint = [key.strip() for key in row.get("joint_receiver_ids", "").split("|")]
    by_receiver = [row.get("to_organisation_id", ""), *joint]
    receiver = context.places.of([row.get("to_region_id", "")], by_receiver)
    alternatives = [key.strip() for key in row.get("from_one_of_ids", "").split("|")]
    given, by = row.get("from_region_id", ""), row.get("from_organisation_id", "")
    giver = context.places.of([given], [by])
    for name, places in (("pt:receivedIn", receiver), ("pt:givenIn", giver)):
        for table, key in sorted(places):
            if term := context.iri(table, key):
                yield me, nt_iri(name), term
    for key in dict.fromkeys(by_receiver):
        if term := context.iri("organisations", key):
            yield me, nt_iri("pt:receivedBy"), term
    receiving = context.places.own(row.get("to_region_id", ""), by_receiver[:1])
    giving = context.places.own(given, [by])
    for name, own in (
        ("pt:receiverRegion", receiving | context.places.own("", joint)),
        ("pt:giverRegion", giving),
    ):
        for key in own:
            if term := context.iri("regions", key):
                yield me, nt_iri(name), term
    source = context.measures.get(row.get("source_measure_id", ""), {}).get("region_id", "")
    onward = bool(source) and ("regions", source) in receiver
    kind = giver_kind(giver or context.places.of(alternatives, []), receiver, giving, onward=onward)
    yield me, nt_iri("pt:giverKind"), code("giver-kind", kind)


def layer(row: dict[str, str]) -> str:
    """The layer of a transfer or a measure: realised if it was at least committed and not refused then."""
    realised = row.get("stage") in REALISED and row.get("outcome") not in REFUSED
    return INFLUENCE if realised else CONSIDERED


def measure(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """The layer of a measure whose stage is recorded, and what it costs."""
    if row.get("stage"):
        yield me, nt_iri("pt:layer"), code("layer", layer(row))
    if row.get("cost"):
        yield from _money(me, row["id"], row["cost"], row.get("currency", ""), row.get("title", row["id"]))


def passage(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """The document of a passage, whether its place is told, and a quotation that finds it again.

    The quotation is a TextQuoteSelector (W3C Web Annotation Data Model, section 4.2.4).
    """
    for cited in _cited_documents(row):
        if document := context.documents.of(cited):
            yield me, nt_iri("pt:inDocument"), document
    state = row.get("locator_state") or ("given" if row.get("locator") else "none")
    yield me, nt_iri("pt:locatorState"), code("locator-state", state)
    yield me, nt_iri("rdfs:label"), literal(f"Passage: {row.get('locator') or 'place not given'}", lang="en")
    if row.get("quote_exact"):
        selector = f"<{thing('passage', row['id'])}-quote>"
        yield me, nt_iri("oa:hasSelector"), selector
        yield selector, nt_iri("rdf:type"), nt_iri("oa:TextQuoteSelector")
        for part in ("exact", "prefix", "suffix"):
            if text := row.get(f"quote_{part}"):
                yield selector, nt_iri(f"oa:{part}"), literal(text)


def document(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """Who published a document, who keeps the copy that was read, and what it is called without a title."""
    if not row.get("title"):
        yield me, nt_iri("rdfs:label"), literal(label(row.get("url", "")) or row["id"], lang="en")
    yield from published(context, me, row["id"])


def published(context: Context, me: Term, cited: str) -> Iterator[Statement]:
    """The publisher of a document, and the site that keeps a copy of it."""
    for name, key in (
        ("dct:publisher", context.publishers.of(cited)),
        ("pt:keptBy", context.publishers.keeper(cited)),
    ):
        if key and (term := context.iri("publishers", key)):
            yield me, nt_iri(name), term


def evidence(context: Context, me: Term, row: dict[str, str]) -> Iterator[Statement]:
    """The documents an evidence line stands in and their publisher's relation to the claim."""
    claim = context.claims.get(row.get("claim_id", ""))
    for cited in _cited_documents(row):
        if claim and (document := context.documents.of(cited)):
            yield from _line(context, me, document, cited, claim)


def sources(context: Context, row: dict[str, str]) -> Iterator[Term]:
    """The documents a row cites."""
    for cited in _cited_documents(row):
        if term := context.documents.of(cited):
            yield term


def _cited_documents(row: dict[str, str]) -> list[str]:
    return [cited.strip() for cited in row.get("source_url", "").split(" ; ") if cited.strip()]


def _transfer_label(context: Context, row: dict[str, str], source: str) -> str:
    giver = row.get("from_organisation_id", "")
    place = (
        context.label("organisations", giver)
        if giver
        else context.label("regions", row.get("from_region_id", ""))
    )
    if not source:
        source = f"source not named, {place}" if place else "source not named"
    for table, column in (
        ("measures", "to_measure_id"),
        ("organisations", "to_organisation_id"),
        ("regions", "to_region_id"),
    ):
        if row.get(column):
            return f"{source} → {context.label(table, row[column])}"
    return f"{source} → receiver not named"


def _line(
    context: Context, line: Term, document: Term, cited: str, claim: dict[str, str]
) -> Iterator[Statement]:
    yield line, nt_iri("pt:document"), document
    stands = publisher_relation(context, cited, claim)
    yield line, nt_iri("pt:publisherRelation"), code("publisher-relation", stands)
    name = claim.get("title") or context.label("measures", claim.get("to_measure_id", "")) or claim["id"]
    yield line, nt_iri("rdfs:label"), literal(f"Evidence for {name} ({stands})", lang="en")


def publisher_relation(context: Context, cited: str, claim: dict[str, str]) -> str:
    """How the publisher of a document stands to a claim: the code of the scheme ``publisher-relation``."""

    def organisations(*columns: str) -> set[Term]:
        named = (key for column in columns for key in claim.get(column, "").split("|"))
        return {context.iri("organisations", key.strip()) for key in named}

    def behind(table: str, column: str) -> set[Term]:
        return context.behind.get((table, claim.get(column, "")), set())

    parties = Parties(
        givers=organisations("from_organisation_id") | behind("good_practices", "source_practice_id"),
        receivers=organisations("to_organisation_id", *_ANSWERABLE) | behind("measures", "to_measure_id"),
        participants=context.participants.get(claim[""], set()),
        project=context.dataset.projects.get(claim[""], ""),
    )
    return relation(_publisher(context, cited), parties)


def _publisher(context: Context, cited: str) -> Publisher | None:
    found = context.publishers.declared.get(context.publishers.of(cited))
    if found is None:
        return None
    return Publisher(found.kind, context.iri("organisations", found.organisation), found.project)


BY_TABLE: dict[str, Callable[[Context, Term, dict[str, str]], Iterator[Statement]]] = {
    "countries": country,
    "documents": document,
    "evidence": evidence,
    "figures": figure,
    "links": link,
    "matches": match,
    "measures": measure,
    "participants": participant,
    "passages": passage,
    "policy_changes": policy_change,
    "project": project,
    "regions": region,
    "transfers": transfer,
}
"""Table to what its rows state beyond their columns."""

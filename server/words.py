"""The words of the interface: names of lists, of reused terms, and of what is shown where."""

from dataclasses import dataclass

from policytrace.graph.terms import expand


@dataclass(frozen=True)
class Section:
    """A list of things of one kind: segment, class, headings, and whether the home page names it."""

    segment: str
    cls: str
    one: str
    many: str
    about: str
    main: bool = True


SECTIONS: dict[str, Section] = {
    row[0]: Section(row[0], expand(row[1]), *row[2:])
    for row in (
        ("practice", "pt:GoodPractice", "Good practice", "Good practices", "initiatives shown to others"),
        (
            "transfer",
            "pt:LearningTransfer",
            "Learning transfer",
            "Learning transfers",
            "who took what from whom",
        ),
        ("measure", "pt:Measure", "Measure", "Measures", "what regions did or planned"),
        ("plan", "pt:ActionPlan", "Action plan", "Action plans", "a region's plan of measures"),
        (
            "instrument",
            "pt:PolicyInstrument",
            "Policy instrument",
            "Policy instruments",
            "programmes, strategies, laws",
        ),
        (
            "policy-change",
            "pt:PolicyChange",
            "Policy change",
            "Policy changes",
            "what changed in an instrument",
        ),
        (
            "event",
            "pt:LearningEvent",
            "Learning event",
            "Learning events",
            "study visits, peer reviews, workshops",
        ),
        ("proposal", "pt:Proposal", "Proposal", "Proposals", "recommendations and suggestions"),
        ("output", "pt:Output", "Output", "Outputs", "reports and other results"),
        ("problem", "pt:Problem", "Problem", "Problems", "what measures respond to"),
        (
            "organisation",
            "org:Organization",
            "Organisation",
            "Organisations",
            "partners, stakeholders, owners",
        ),
        ("region", "pt:Region", "Region", "Regions", "territories with their NUTS codes"),
        ("project", "pt:Project", "Project", "Projects", "cooperation projects"),
        (
            "platform",
            "pt:LearningPlatform",
            "Learning platform",
            "Learning platforms",
            "services beside projects",
        ),
        ("programme", "pt:Programme", "Programme", "Programmes", "what funds the projects"),
        (
            "figure",
            "pt:ReportedFigure",
            "Reported figure",
            "Reported figures",
            "numbers as sources give them",
        ),
        ("document", "pt:Document", "Source document", "Source documents", "where it all stands"),
        ("gap", "pt:KnowledgeGap", "Gap", "Gaps", "what is not known, and why"),
        ("publisher", "pt:Publisher", "Publisher", "Publishers", "who publishes the documents"),
        ("country", "skos:Concept", "Country", "Countries", "", False),
        ("evidence", "pt:EvidenceLine", "Evidence line", "Evidence lines", "", False),
        ("membership", "org:Membership", "Membership", "Memberships", "", False),
        ("partnership", "pt:Partnership", "Partnership", "Partnerships", "", False),
        ("match", "pt:FigureMatch", "Match of a figure", "Matches of figures", "", False),
        ("link", "pt:StructuralLink", "Structural link", "Structural links", "", False),
        ("hop", "pt:Hop", "Hop", "Hops", "", False),
    )
}

BESIDE: dict[str, tuple[str, ...]] = {
    "practice": ("pt:inRegion", "pt:inProject"),
    "measure": ("pt:inRegion", "pt:measureRealisation"),
    "plan": ("pt:inRegion", "pt:inProject"),
    "instrument": ("pt:inRegion", "pt:instrumentLevel"),
    "event": ("pt:dateAsWritten", "pt:eventKind", "pt:inProject"),
    "organisation": ("org:classification", "pt:inRegion"),
    "region": ("pt:country", "pt:nutsCode"),
    "project": ("dct:title",),
    "figure": ("pt:valueAsWritten", "pt:unit", "pt:about"),
    "gap": ("pt:about",),
    "document": ("dct:publisher",),
    "publisher": ("pt:publisherKind",),
    "policy-change": ("pt:changeType", "pt:changes"),
    "output": ("pt:dateAsWritten", "pt:inProject"),
}
"""What a list says of each thing beside its name."""

LONG = frozenset(("gap", "figure", "project"))
"""Kinds of things for which that is too long for the line above a title."""

REUSED: dict[str, str] = {
    expand(curie): name
    for curie, name in {
        "rdf:type": "class",
        "rdfs:label": "name",
        "rdfs:comment": "comment",
        "rdfs:seeAlso": "see also",
        "rdfs:subClassOf": "kind of",
        "rdfs:subPropertyOf": "more exact than",
        "rdfs:isDefinedBy": "defined by",
        "owl:inverseOf": "inverse of",
        "skos:altLabel": "other name",
        "skos:prefLabel": "name",
        "skos:definition": "definition",
        "skos:example": "example",
        "skos:note": "note",
        "skos:scopeNote": "scope note",
        "skos:notation": "code",
        "skos:inScheme": "in scheme",
        "skos:topConceptOf": "top concept of",
        "skos:exactMatch": "same as, elsewhere",
        "skos:closeMatch": "close to, elsewhere",
        "skos:broadMatch": "part of, elsewhere",
        "dct:title": "title",
        "dct:alternative": "other title",
        "dct:description": "description",
        "dct:source": "source",
        "dct:publisher": "publisher",
        "dct:isPartOf": "part of",
        "dct:isReplacedBy": "replaced by",
        "foaf:page": "web page",
        "foaf:homepage": "website",
        "org:member": "member",
        "org:organization": "partnership",
        "org:role": "role",
        "org:classification": "type",
    }.items()
}
"""Names for terms of other vocabularies that the ontology does not name itself."""

POINTED: dict[str, str] = {
    expand(curie): name
    for curie, name in {
        "pt:source": "What was learned from it",
        "pt:toMeasure": "Where it came from",
        "pt:throughEvent": "Learning that happened through it",
        "pt:fromRegion": "What others learned from this region",
        "pt:toRegion": "What this region learned",
        "pt:fromOrganisation": "What others learned from it",
        "pt:toOrganisation": "What it learned",
        "pt:toInstrument": "Learning that reached it",
        "pt:inProject": "In this project",
        "pt:about": "Figures and gaps about it",
        "pt:matchedThing": "Counted towards these figures",
        "pt:matchesFigure": "What was matched with it",
        "pt:inRegion": "In this region",
        "pt:inArea": "In this area",
        "pt:country": "In this country",
        "pt:document": "Evidence that stands in it",
        "dct:source": "What cites it",
        "dct:publisher": "What it published",
        "pt:owner": "Practices it owns",
        "pt:presentedBy": "Practices it presented",
        "pt:responsible": "Responsible for",
        "pt:managedBy": "Instruments it manages",
        "pt:changedBy": "Policy changes it brought",
        "pt:changes": "What changed in it",
        "pt:respondsTo": "Measures that respond to it",
        "pt:producedAt": "Produced at it",
        "pt:madeAt": "Proposals made at it",
        "pt:sameThing": "The same thing, seen otherwise",
        "pt:alternativeTo": "Alternatives to it",
        "pt:linkFrom": "Structural links from it",
        "pt:linkTo": "Structural links to it",
        "org:member": "Memberships",
        "org:organization": "Members",
        "org:classification": "Organisations of this type",
        "pt:realisation": "Transfers that got so far",
        "pt:mode": "Transfers of this mode",
        "pt:strength": "Transfers with evidence of this strength",
        "pt:claimStatus": "Claims of this status",
        "skos:inScheme": "Concepts",
        "pt:proposedBy": "Proposals it made",
        "pt:fundedBy": "What it funds",
        "pt:beside": "Works beside it",
        "pt:showed": "Events it was shown at",
        "pt:buildsOn": "What builds on it",
        "pt:documentedAs": "What it documents",
        "pt:concernsInstrument": "Measures and outputs that concern it",
        "pt:addresses": "Action plans that address it",
        "pt:reviewed": "Events that reviewed it",
        "pt:partOfPlan": "Its measures",
        "pt:studiedAt": "Problems studied at it",
        "pt:analyses": "Outputs that analyse it",
    }.items()
}
"""Headings for what points at a thing, where the inverse property does not say it better."""

COMPOSED: dict[str, tuple[str, ...]] = {"hop": ("pt:hopFrom", "pt:hopKind", "pt:hopTo")}
"""What names a thing without label, by the segment of its identifier."""

LEAD = tuple(expand(c) for c in ("dct:description", "pt:statement", "skos:definition", "rdfs:comment"))
"""Properties whose text opens a page."""

UNSHOWN = frozenset(expand(c) for c in ("rdf:type", "rdfs:label", "pt:earliest", "pt:latest", "dct:source"))
"""Properties a page shows in its own way."""

TECHNICAL = frozenset(
    expand(c)
    for c in ("pt:hopFrom", "pt:hopTo", "pt:hopTransfer", "pt:hopRecord", "pt:evidenceFor", "rdf:type")
)
"""Properties whose incoming links are folded away."""

COVERAGE = (
    "What stands here is what public pages state, mostly news of the projects themselves. A missing link "
    "means that no source was found for it, not that it does not exist."
)

RELATIONS = ("third-party", "receiver", "giver", "project", "programme", "unknown")
"""How a publisher may stand to a claim, the most independent first."""

RECORDED: dict[str, tuple[str, ...]] = {
    "what was learned from": ("pt:source",),
    "who gave it": ("pt:fromRegion", "pt:fromOrganisation"),
    "which organisation received it": ("pt:toOrganisation",),
    "the receiving region": ("pt:toRegion",),
    "the event it went through": ("pt:throughEvent",),
    "the measure": ("pt:toMeasure",),
    "what exactly moved": ("pt:transferredElements",),
    "how it was adapted": ("pt:adaptation",),
    "when": ("pt:dateAsWritten", "pt:earliest"),
    "an independent confirmation": ("pt:substantiatedBy", "pt:validatedBy"),
}
"""What a reader may look for in a transfer, and the properties any of which says it."""

MOVED: dict[str, tuple[str, ...]] = {
    "What moved": ("pt:transferredElements",),
    "How it was adapted": ("pt:adaptation",),
    "Mode": ("pt:mode", "pt:typeAsWritten"),
    "How far it got": ("pt:realisation", "pt:statusAsWritten"),
    "Obstacle": ("pt:obstacle",),
    "When": ("pt:dateAsWritten",),
    "Way of learning": ("pt:activityAsWritten",),
    "Amount": ("pt:amount", "pt:currency"),
    "Confirmed by": ("pt:substantiatedBy",),
    "Accepted by": ("pt:validatedBy",),
}
"""What the dossier of a transfer says of what moved, in its order; a line without values is left out."""

PRESENT: dict[str, tuple[str, ...]] = {
    "When": ("pt:dateAsWritten",),
    "Where": ("pt:place", "pt:country"),
    "Kind": ("pt:eventKind", "pt:eventFormat"),
    "Hosted by": ("pt:hostedBy",),
    "Who was there": ("pt:attendedBy", "pt:participantsAsWritten"),
    "Practices shown": ("pt:showed",),
}
"""What the dossier of a transfer says of the event it went through."""

CONFLICTS = {
    "evidence": "A source weakens it:",
    "realisation": "Another claim about the same source and receiver says “{}”:",
    "time": "The event certainly took place after the time of the measure:",
}
"""What does not fit a claim, before the name of what it does not fit with."""

REALISATIONS = (
    "implemented",
    "piloted",
    "committed",
    "reported",
    "intended",
    "candidate",
    "learning-only",
    "blocked",
    "rejected",
    "discontinued",
    "unknown",
)
"""How far a transfer may get, the furthest first."""

STRENGTHS = ("very-strong", "strong", "moderate", "weak", "very-weak")
"""Levels of strength, the strongest first."""

SIDES: dict[str, tuple[str, str]] = {
    "in": ("What went in", "Nothing is recorded that went in."),
    "out": ("What came out", "Nothing is recorded that came out."),
}
"""What the two sides of a dossier are called, and what is said where one is empty."""

EMPTY = "That no source was found does not mean that there was nothing."
"""What is said of every empty side."""

NAMED: dict[str, tuple[str, str]] = {
    "pt:fromRegion": ("giving region", "giving regions"),
    "pt:toRegion": ("receiving region", "receiving regions"),
    "pt:toOrganisation": ("receiving organisation", "receiving organisations"),
    "pt:throughEvent": ("event", "events"),
    "pt:toMeasure": ("measure", "measures"),
}
"""What several transfers name, each thing counted once, and what one and several of these are called."""

TALLIES = {
    "named": "What they name",
    "realisation": "How far they got",
    "strength": "Strength of the evidence",
}
"""What the tallies of several transfers are called."""

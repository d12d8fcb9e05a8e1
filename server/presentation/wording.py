"""The words of the interface: names of lists, of reused terms, and of what is shown where."""

from dataclasses import dataclass

from policytrace.graph.vocabulary.terms import expand
from policytrace.graph.vocabulary.translation import N_, NN_


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
        (
            "practice",
            "pt:GoodPractice",
            N_("Good practice"),
            N_("Good practices"),
            N_("initiatives shown to others"),
        ),
        (
            "transfer",
            "pt:LearningTransfer",
            N_("Learning transfer"),
            N_("Learning transfers"),
            N_("who took what from whom"),
        ),
        ("measure", "pt:Measure", N_("Measure"), N_("Measures"), N_("what regions did or planned")),
        ("plan", "pt:ActionPlan", N_("Action plan"), N_("Action plans"), N_("a region's plan of measures")),
        (
            "instrument",
            "pt:PolicyInstrument",
            N_("Policy instrument"),
            N_("Policy instruments"),
            N_("programmes, strategies, laws"),
        ),
        (
            "policy-change",
            "pt:PolicyChange",
            N_("Policy change"),
            N_("Policy changes"),
            N_("what changed in an instrument"),
        ),
        (
            "event",
            "pt:LearningEvent",
            N_("Learning event"),
            N_("Learning events"),
            N_("study visits, peer reviews, workshops"),
        ),
        ("proposal", "pt:Proposal", N_("Proposal"), N_("Proposals"), N_("recommendations and suggestions")),
        ("output", "pt:Output", N_("Output"), N_("Outputs"), N_("reports and other results")),
        ("problem", "pt:Problem", N_("Problem"), N_("Problems"), N_("what measures respond to")),
        (
            "organisation",
            "org:Organization",
            N_("Organisation"),
            N_("Organisations"),
            N_("partners, stakeholders, owners"),
        ),
        ("region", "pt:Region", N_("Region"), N_("Regions"), N_("territories with their NUTS codes")),
        ("project", "pt:Project", N_("Project"), N_("Projects"), N_("cooperation projects")),
        (
            "platform",
            "pt:LearningPlatform",
            N_("Learning platform"),
            N_("Learning platforms"),
            N_("services beside projects"),
        ),
        ("programme", "pt:Programme", N_("Programme"), N_("Programmes"), N_("what funds the projects")),
        (
            "figure",
            "pt:ReportedFigure",
            N_("Reported figure"),
            N_("Reported figures"),
            N_("numbers as sources give them"),
        ),
        ("document", "pt:Document", N_("Source document"), N_("Source documents"), N_("where it all stands")),
        ("gap", "pt:KnowledgeGap", N_("Gap"), N_("Gaps"), N_("what is not known, and why")),
        ("publisher", "pt:Publisher", N_("Publisher"), N_("Publishers"), N_("who publishes the documents")),
        ("country", "skos:Concept", N_("Country"), N_("Countries"), "", False),
        ("evidence", "pt:EvidenceLine", N_("Evidence line"), N_("Evidence lines"), "", False),
        ("membership", "org:Membership", N_("Membership"), N_("Memberships"), "", False),
        ("partnership", "pt:Partnership", N_("Partnership"), N_("Partnerships"), "", False),
        ("match", "pt:FigureMatch", N_("Match of a figure"), N_("Matches of figures"), "", False),
        ("link", "pt:StructuralLink", N_("Structural link"), N_("Structural links"), "", False),
        ("hop", "pt:Hop", N_("Hop"), N_("Hops"), "", False),
    )
}

PARAMETERS = {
    "project": N_("project"),
    "min_strength": N_("evidence at least"),
    "disputed": N_("disputed claims"),
    "kind": N_("kind"),
    "thing": N_("thing"),
    "partner": N_("partner"),
    "with": N_("with"),
    "without": N_("without"),
    "all": N_("all"),
    "organisation": N_("organisation"),
    "practice": N_("practice"),
    "event": N_("event"),
    "region": N_("region"),
    "country": N_("country"),
    "transfer": N_("transfer"),
}
"""Parameters of pages, and values they take, as forms name them; those of queries stand in their headers."""

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
        "rdf:type": N_("class"),
        "rdfs:label": N_("name"),
        "rdfs:comment": N_("comment"),
        "rdfs:seeAlso": N_("see also"),
        "rdfs:subClassOf": N_("kind of"),
        "rdfs:subPropertyOf": N_("more exact than"),
        "rdfs:isDefinedBy": N_("defined by"),
        "owl:inverseOf": N_("inverse of"),
        "skos:altLabel": N_("other name"),
        "skos:prefLabel": N_("name"),
        "skos:definition": N_("definition"),
        "skos:example": N_("example"),
        "skos:note": N_("note"),
        "skos:scopeNote": N_("scope note"),
        "skos:notation": N_("code"),
        "skos:inScheme": N_("in scheme"),
        "skos:topConceptOf": N_("top concept of"),
        "skos:exactMatch": N_("same as, elsewhere"),
        "skos:closeMatch": N_("close to, elsewhere"),
        "skos:broadMatch": N_("part of, elsewhere"),
        "dct:title": N_("title"),
        "dct:alternative": N_("other title"),
        "dct:description": N_("description"),
        "dct:source": N_("source"),
        "dct:publisher": N_("publisher"),
        "dct:isPartOf": N_("part of"),
        "dct:isReplacedBy": N_("replaced by"),
        "foaf:page": N_("web page"),
        "foaf:homepage": N_("website"),
        "org:member": N_("member"),
        "org:organization": N_("partnership"),
        "org:role": N_("role"),
        "org:classification": N_("type"),
    }.items()
}
"""Names for terms of other vocabularies that the ontology does not name itself."""

POINTED: dict[str, str] = {
    expand(curie): name
    for curie, name in {
        "pt:source": N_("What was learned from it"),
        "pt:toMeasure": N_("Where it came from"),
        "pt:throughEvent": N_("Learning that happened through it"),
        "pt:fromRegion": N_("What others learned from this region"),
        "pt:toRegion": N_("What this region learned"),
        "pt:fromOrganisation": N_("What others learned from it"),
        "pt:toOrganisation": N_("What it learned"),
        "pt:toInstrument": N_("Learning that reached it"),
        "pt:inProject": N_("In this project"),
        "pt:about": N_("Figures and gaps about it"),
        "pt:matchedThing": N_("Counted towards these figures"),
        "pt:matchesFigure": N_("What was matched with it"),
        "pt:inRegion": N_("In this region"),
        "pt:inArea": N_("In this area"),
        "pt:country": N_("In this country"),
        "pt:document": N_("Evidence that stands in it"),
        "dct:source": N_("What cites it"),
        "dct:publisher": N_("What it published"),
        "pt:owner": N_("Practices it owns"),
        "pt:presentedBy": N_("Practices it presented"),
        "pt:responsible": N_("Responsible for"),
        "pt:managedBy": N_("Instruments it manages"),
        "pt:changedBy": N_("Policy changes it brought"),
        "pt:changes": N_("What changed in it"),
        "pt:respondsTo": N_("Measures that respond to it"),
        "pt:producedAt": N_("Produced at it"),
        "pt:madeAt": N_("Proposals made at it"),
        "pt:sameThing": N_("The same thing, seen otherwise"),
        "pt:alternativeTo": N_("Alternatives to it"),
        "pt:linkFrom": N_("Structural links from it"),
        "pt:linkTo": N_("Structural links to it"),
        "org:member": N_("Memberships"),
        "org:organization": N_("Members"),
        "org:classification": N_("Organisations of this type"),
        "pt:realisation": N_("Transfers that got so far"),
        "pt:mode": N_("Transfers of this mode"),
        "pt:strength": N_("Transfers with evidence of this strength"),
        "pt:claimStatus": N_("Claims of this status"),
        "skos:inScheme": N_("Concepts"),
        "pt:proposedBy": N_("Proposals it made"),
        "pt:fundedBy": N_("What it funds"),
        "pt:beside": N_("Works beside it"),
        "pt:showed": N_("Events it was shown at"),
        "pt:buildsOn": N_("What builds on it"),
        "pt:documentedAs": N_("What it documents"),
        "pt:concernsInstrument": N_("Measures and outputs that concern it"),
        "pt:addresses": N_("Action plans that address it"),
        "pt:reviewed": N_("Events that reviewed it"),
        "pt:partOfPlan": N_("Its measures"),
        "pt:studiedAt": N_("Problems studied at it"),
        "pt:analyses": N_("Outputs that analyse it"),
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

COVERAGE = N_(
    "What stands here is what public pages state, mostly news of the projects themselves. A missing link "
    "means that no source was found for it, not that it does not exist."
)

RELATIONS = ("third-party", "receiver", "giver", "project", "programme", "unknown")
"""How a publisher may stand to a claim, the most independent first."""

RECORDED: dict[str, tuple[str, ...]] = {
    N_("what was learned from"): ("pt:source",),
    N_("who gave it"): ("pt:fromRegion", "pt:fromOrganisation"),
    N_("which organisation received it"): ("pt:toOrganisation",),
    N_("the receiving region"): ("pt:toRegion",),
    N_("the event it went through"): ("pt:throughEvent",),
    N_("the measure"): ("pt:toMeasure",),
    N_("what exactly moved"): ("pt:transferredElements",),
    N_("how it was adapted"): ("pt:adaptation",),
    N_("when"): ("pt:dateAsWritten", "pt:earliest"),
    N_("other explanations"): ("pt:rivalExplanation",),
    N_("an independent confirmation"): ("pt:substantiatedBy", "pt:validatedBy"),
}
"""What a reader may look for in a transfer, and the properties any of which says it."""

MOVED: dict[str, tuple[str, ...]] = {
    N_("What moved"): ("pt:transferredElements",),
    N_("How it was adapted"): ("pt:adaptation",),
    N_("Mode"): ("pt:mode", "pt:typeAsWritten"),
    N_("How far it got"): ("pt:realisation", "pt:statusAsWritten"),
    N_("Obstacle"): ("pt:obstacle",),
    N_("When"): ("pt:dateAsWritten",),
    N_("Way of learning"): ("pt:activityAsWritten",),
    N_("Amount"): ("pt:amount", "pt:currency"),
    N_("Confirmed by"): ("pt:substantiatedBy",),
    N_("Accepted by"): ("pt:validatedBy",),
}
"""What the dossier of a transfer says of what moved, in its order; a line without values is left out."""

PRESENT: dict[str, tuple[str, ...]] = {
    N_("When"): ("pt:dateAsWritten",),
    N_("Where"): ("pt:place", "pt:country"),
    N_("Kind"): ("pt:eventKind", "pt:eventFormat"),
    N_("Hosted by"): ("pt:hostedBy",),
    N_("Who was there"): ("pt:attendedBy", "pt:participantsAsWritten"),
    N_("Practices shown"): ("pt:showed",),
}
"""What the dossier of a transfer says of the event it went through."""

CONFLICTS = {
    "evidence": N_("A source weakens it:"),
    "realisation": N_("Another claim about the same source and receiver says “{}”:"),
    "time": N_("The event certainly took place after the time of the measure:"),
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
    "in": (N_("What went in"), N_("Nothing is recorded that went in.")),
    "out": (N_("What came out"), N_("Nothing is recorded that came out.")),
}
"""What the two sides of a dossier are called, and what is said where one is empty."""

EMPTY = N_("That no source was found does not mean that there was nothing.")
"""What is said of every empty side."""

NAMED: dict[str, tuple[str, str]] = {
    "pt:fromRegion": NN_("giving region", "giving regions"),
    "pt:toRegion": NN_("receiving region", "receiving regions"),
    "pt:toOrganisation": NN_("receiving organisation", "receiving organisations"),
    "pt:throughEvent": NN_("event", "events"),
    "pt:toMeasure": NN_("measure", "measures"),
}
"""What several transfers name, each thing counted once, and what one and several of these are called."""

TALLIES = {
    "named": N_("What they name"),
    "realisation": N_("How far they got"),
    "strength": N_("Strength of the evidence"),
}
"""What the tallies of several transfers are called."""

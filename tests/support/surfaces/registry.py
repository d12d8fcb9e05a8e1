"""The list of surfaces: which numbers of transfers each shows, and which surfaces show none.

A route or a command in neither list is new, and the test of numbers fails until it has a line here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from surfaces import analyses, drawings, indicators, lists, page_list, pairs, paths, reports, totals
from surfaces.data_set import DataSet, Differences


@dataclass(frozen=True)
class Surface:
    """Something that shows numbers of transfers.

    Attributes:
        name: what it is called in ``docs/reference/numbers.md``.
        check: what differs from the tables.
        endpoints: the routes that it takes, as the application calls them.
        commands: the commands that it takes.
        slow: whether the packaged data take so long that they are looked at only in full runs.
        forms: whether it is another form of what others show, so that tables made by chance prove no more.
    """

    name: str
    check: Callable[[DataSet], Differences]
    endpoints: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    slow: bool = False
    forms: bool = False


SURFACES = (
    Surface("model by SPARQL", totals.model, ("sparql.endpoint",), ("build", "sparql")),
    Surface("lists of things", totals.lists, ("lists.browse", "collections.collection")),
    Surface("VoID", totals.void, ("catalogue.about",)),
    Surface("catalogue", totals.catalogue, ("catalogue.dataset",)),
    Surface("statistics of a release", totals.statistics, commands=("stats",)),
    Surface("suggestions", totals.suggestions, ("suggest.suggest",)),
    Surface("matrix", pairs.analysis, ("analysis.data", "analysis.page"), ("analyse",)),
    Surface("matrix, nothing lost", pairs.totals, ("analysis.data",)),
    Surface("pictures", pairs.pictures, ("pictures.picture",)),
    Surface("pictures, flow drawn", drawings.flow, ("pictures.picture",)),
    Surface("pictures, grid drawn", drawings.grid, ("pictures.picture",)),
    Surface("pictures, in words", drawings.words, ("pictures.picture",)),
    Surface("library, pairs", pairs.library, ("library.question",), ("query",)),
    Surface("library, what survives", analyses.survival, ("library.question",), ("query",)),
    Surface("brokers", analyses.brokers, ("analysis.data", "analysis.page"), ("analyse",)),
    Surface("reach", analyses.reach, ("analysis.data", "analysis.page")),
    Surface("time from event to measure", analyses.lag, ("analysis.data",)),
    Surface(
        "indicators",
        indicators.everywhere,
        ("indicators.numbers", "indicators.numbers_file"),
        ("indicators",),
    ),
    Surface(
        "indicators, one by one",
        indicators.one_by_one,
        ("indicators.data",),
        ("indicators",),
        slow=True,
        forms=True,
    ),
    Surface("lists of transfers", lists.facets, ("lists.browse",)),
    Surface("lists of transfers, whole", lists.everything, ("lists.browse",)),
    Surface("what points at a thing", lists.pointing, ("lists.linked",)),
    Surface("answers about paths", paths.answers, ("paths.data",)),
    Surface("answers about paths, pairs", paths.pairs, ("paths.data",)),
    Surface("answers about paths, considered", paths.considered, ("paths.data",)),
    Surface("answers about paths, passages", paths.passages, ("paths.data",)),
    Surface("answers about paths, elsewhere", paths.elsewhere, commands=("paths",), forms=True),
    Surface("reports, workbooks", reports.workbooks, ("reports.thing",), forms=True),
    Surface("reports, pages", reports.pages, ("reports.thing",)),
    Surface("page: home", page_list.home, ("home.home",)),
    Surface("page: overview", page_list.overview, ("overview.all_projects", "overview.one_project")),
    Surface("page: dossiers of places", page_list.places, ("things.document",)),
    Surface("page: dossiers of things", page_list.things, ("things.document",)),
    Surface("page: dossiers of transfers", page_list.transfers, ("things.document", "through.paths_through")),
    Surface("page: kinds", page_list.kinds, ("lists.kinds",)),
    Surface("page: list of transfers", page_list.facets, ("lists.browse",)),
    Surface(
        "page: indicators", page_list.indicators, ("indicators.index", "indicators.page", "reports.indicator")
    ),
    Surface("page: analyses", page_list.analyses, ("analysis.page",)),
    Surface("page: strength", page_list.strength, ("strength.strength",)),
    Surface("page: answers about paths", page_list.questions, ("paths.page", "reports.question")),
    Surface("pages: no number without a name", page_list.named, forms=True),
)
"""Every surface that shows numbers of transfers."""

NO_NUMBERS = {
    "about.about": "words about the service",
    "about.licence": "the licence",
    "analysis.index": "names of the analyses",
    "atom.changes": "entries of a feed, one for each release",
    "bundles.bundle": "scripts",
    "catalogue.catalogue": "statements and rows of each data set, whose pages are compared",
    "catalogue.croissant": "files and columns",
    "catalogue.well_known": "leads to VoID",
    "checking.check": "problems of a workbook that is sent",
    "checking.template": "an empty workbook",
    "checking.form": "a form",
    "collections.collections": "leads to collections, which are compared",
    "completion.vocabulary": "terms for completion",
    "conformance.conformance": "results of conformance tests",
    "dumps.file": "statements themselves",
    "dumps.latest": "leads to files",
    "dumps.release": "sizes of files",
    "dumps.releases": "sizes of files",
    "examples.examples": "queries",
    "gaps.file": "what is missing, row by row",
    "gaps.page": "what is missing, counted by kind",
    "graph_store.graph": "statements themselves",
    "home.corrections": "a form",
    "ldes.page": "statements themselves",
    "ldes.release": "pages of a feed",
    "ldes.root": "pages of a feed",
    "library.index": "names of the queries",
    "linkset.linkset": "links",
    "lists.search": "things that have some words",
    "ontology.context": "terms",
    "ontology.latest_context": "terms",
    "ontology.schemes": "concepts",
    "ontology.shapes": "shapes",
    "ontology.term": "a term",
    "ontology.terms": "terms",
    "openapi.description": "the description of the interface",
    "operation.health": "whether the server answers",
    "operation.numbers": "requests and times of the server",
    "operation.ready": "whether queries are answered",
    "paths.document": "one path, hop by hop",
    "paths.identifier": "leads to the path",
    "pictures of paths.one": "one path, hop by hop",
    "pictures of paths.question": "the paths of an answer, drawn",
    "pictures of the ontology.classes": "classes of the ontology",
    "releases.compare": "what changed between releases",
    "releases.file": "what changed between releases",
    "releases.release": "what changed between releases",
    "releases.releases": "what changed between releases",
    "since.indicator": "what changed in an indicator between releases",
    "since.thing": "what changed in a thing between releases",
    "sitemap.index": "addresses",
    "sitemap.part": "addresses",
    "sitemap.robots": "addresses",
    "static": "files",
    "things.concept": "a concept",
    "things.identifier": "leads to the document",
    "things.named_graph": "statements themselves",
}
"""Routes that show no number of transfers, and what they show."""

NO_NUMBERS_OF_COMMANDS = {
    "backup": "which releases it saved",
    "check": "problems of a workbook",
    "conformance": "results of conformance tests",
    "describe": "statements about one thing",
    "diff": "what changed between releases",
    "dump": "files",
    "export": "statements themselves",
    "freeze": "a copy of the pages, which are compared",
    "gaps": "what is missing, row by row",
    "publish": "statements themselves",
    "restore": "which releases it brought back",
    "serve": "starts the server",
    "template": "an empty workbook",
    "validate": "problems of tables",
    "verify": "damaged files",
}
"""Commands that print no number of transfers, and what they print."""

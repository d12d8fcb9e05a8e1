"""What overviews ask: the same of one project, and of all of them, which is counted once for a release."""

from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.sparql.query_text import query_text
from policytrace.graph.vocabulary.terms import PREFIXES, SCHEME

_PROLOGUE = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in ("pt", "dct"))
_PROLOGUE += "".join(
    f"PREFIX {scheme}: <{SCHEME}{scheme}/>\n" for scheme in ("attribution", "evidence-direction")
)
_BY = """
SELECT ?code (COUNT(DISTINCT ?transfer) AS ?count) WHERE {
  ?transfer a pt:LearningTransfer ; pt:%s ?code . %s
} GROUP BY ?code"""
_RELATIONS = """
SELECT ?code (COUNT(DISTINCT ?transfer) AS ?count) WHERE {
  ?transfer a pt:LearningTransfer . %s ?line pt:evidenceFor ?transfer ; pt:publisherRelation ?code
} GROUP BY ?code"""
_PUBLISHERS = """
SELECT ?code (COUNT(DISTINCT ?document) AS ?count) WHERE {
  %s ?document a pt:Document ; dct:publisher/pt:publisherKind ?code
} GROUP BY ?code"""
_PROJECTS = """
SELECT ?project ?code (COUNT(?transfer) AS ?count) WHERE {
  ?transfer a pt:LearningTransfer ; pt:inProject ?project ; pt:layer ?code
} GROUP BY ?project ?code"""
_COUNT = """
SELECT (COUNT(DISTINCT ?thing) AS ?count) WHERE { ?transfer a pt:LearningTransfer . %s %s }"""
_MEASURES = "?transfer pt:toMeasure ?thing ."
_LINES = "?line pt:evidenceFor ?transfer ; pt:direction evidence-direction:supports ."
_PASSAGES = f"{_LINES} ?line pt:passage ?thing ."
_VOICES = f"""{_LINES} ?line pt:attribution ?attribution ; pt:document/dct:publisher ?publisher .
  VALUES ?attribution {{ attribution:explicit attribution:implied }}
  FILTER NOT EXISTS {{ ?line pt:repeats ?other }}
  OPTIONAL {{ ?publisher pt:publisherOrganisation ?organisation }}
  OPTIONAL {{ ?publisher pt:publisherProject ?itsProject }}
  BIND (COALESCE(?organisation, ?itsProject, ?publisher) AS ?thing)"""
_RESTING = """
SELECT (COUNT(?transfer) AS ?count) WHERE {
  { SELECT ?transfer (COUNT(DISTINCT ?thing) AS ?things) WHERE {
    ?transfer a pt:LearningTransfer . %s OPTIONAL { %s }
  } GROUP BY ?transfer }
  FILTER (?things %s)
}"""
_IN_PROJECT = "?transfer pt:inProject ?project ."
_CITED = "?thing pt:inProject ?project ; dct:source ?document ."

PROJECTS = _PROLOGUE + _PROJECTS
"""The transfers of each project, by layer."""


def shares(*, of_project: bool) -> dict[str, str]:
    """Queries that count transfers by stage, layer, strength and who says so, and documents by publisher.

    Args:
        of_project: count in the project that is bound to ``?project``; otherwise in all.
    """
    only, cited = (_IN_PROJECT, _CITED) if of_project else ("", "")
    found = {
        "stage": _BY % ("stage", only),
        "layer": _BY % ("layer", only),
        "strength": _BY % ("strength", only),
        "relations": _RELATIONS % only,
        "publishers": _PUBLISHERS % cited,
    }
    return {name: _PROLOGUE + query for name, query in found.items()}


def share_members(name: str, code: str, project: str = "") -> str:
    """The query for the transfers or documents that one of the ``shares`` counts.

    Args:
        name: which of them.
        code: IRI of what they have.
        project: IRI of the project they are counted in; empty for all.
    """
    query = shares(of_project=bool(project))[name].replace(" GROUP BY ?code", "")
    for thing in ("transfer", "document"):
        query = query.replace(
            f"SELECT ?code (COUNT(DISTINCT ?{thing}) AS ?count)", f"SELECT DISTINCT ?{thing}"
        )
    return query.replace("?code", f"<{code}>").replace("?project", f"<{project}>").replace("\n\n", "\n")


def totals(*, of_project: bool) -> dict[str, str]:
    """Queries with one number each: what transfers led to, and how many of them rest on how little.

    Args:
        of_project: count in the project that is bound to ``?project``; otherwise in all.
    """
    only = f"VALUES ?project {{ UNDEF }} {_IN_PROJECT}" if of_project else ""
    found = {
        "measures": _COUNT % (only, _MEASURES),
        "passages": _COUNT % (only, _PASSAGES),
        "transfers-one-passage": _RESTING % (only, _PASSAGES, "= 1"),
        "transfers-one-voice": _RESTING % (only, _VOICES, "<= 1"),
    }
    return {name: _PROLOGUE + query for name, query in found.items()}


def learning(by: str, *, of_project: bool) -> str:
    """The query for who learned from whom, by ``region`` or ``country``.

    Args:
        by: what givers and receivers are.
        of_project: count in the project that is bound to ``?project``; otherwise in all.
    """
    query = query_text(f"overview/learning-{by}")
    return query if of_project else query.replace("VALUES ?project { UNDEF }", "").replace(_IN_PROJECT, "")


def queries_of_all() -> tuple[str, ...]:
    """What an overview of all projects and the home page ask; none of these queries has parameters."""
    files = ("overview/regions", "overview/moments", "paths/example")
    learned = (learning(by, of_project=False) for by in ("region", "country"))
    numbers = (*shares(of_project=False).values(), *totals(of_project=False).values())
    return (*numbers, PROJECTS, *map(query_text, files), *learned)


def first_values(engine: Engine, name: str) -> dict[str, dict[str, Term]]:
    """What a query of ``queries/overview`` says of each thing: the first value of each column."""
    answer = engine.query(query_text(f"overview/{name}"))
    assert isinstance(answer, Rows)
    found: dict[str, dict[str, Term]] = {}
    for thing, *values in answer.rows:
        assert thing is not None
        of_thing = found.setdefault(thing.value, {})
        for column, value in zip(answer.variables[1:], values, strict=True):
            if value is not None and (column not in of_thing or str(value) < str(of_thing[column])):
                of_thing[column] = value
    return found

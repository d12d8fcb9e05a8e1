"""What overviews ask: the same of one project, and of all of them, which is counted once for a release."""

from policytrace.graph.sparql.binding import Term
from policytrace.graph.sparql.engine import Engine, Rows
from policytrace.graph.sparql.query_text import query_text
from policytrace.graph.vocabulary.terms import PREFIXES

_PROLOGUE = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in ("pt", "dct"))
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
  ?transfer a pt:LearningTransfer ; pt:inProject ?project ; pt:realisation ?code
} GROUP BY ?project ?code"""
_IN_PROJECT = "?transfer pt:inProject ?project ."
_CITED = "?thing pt:inProject ?project ; dct:source ?document ."

PROJECTS = _PROLOGUE + _PROJECTS
"""The transfers of each project, by realisation."""


def shares(*, of_project: bool) -> dict[str, str]:
    """Queries that count transfers by realisation, strength and who says so, and documents by publisher.

    Args:
        of_project: count in the project that is bound to ``?project``; otherwise in all.
    """
    only, cited = (_IN_PROJECT, _CITED) if of_project else ("", "")
    found = {
        "realisation": _BY % ("realisation", only),
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


def queries_of_all() -> tuple[str, ...]:
    """What an overview of all projects and the home page ask; none of these queries has parameters."""
    files = ("overview/regions", "overview/moments", "paths/example")
    return (*shares(of_project=False).values(), PROJECTS, *map(query_text, files))


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

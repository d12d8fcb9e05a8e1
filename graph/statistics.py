"""How often the default graph of a release uses each class and property: counted once, when it is built."""

from typing import Any

import pyoxigraph as ox

QUERIES = {
    "classes": "SELECT ?key (COUNT(*) AS ?count) { ?thing a ?key } GROUP BY ?key",
    "properties": "SELECT ?key (COUNT(*) AS ?count) { ?thing ?key ?value } GROUP BY ?key",
}
SUBJECTS = "SELECT (COUNT(DISTINCT ?thing) AS ?count) { ?thing ?property ?value }"


def statistics(store: ox.Store) -> dict[str, Any]:
    """Counts by class and by property of the default graph, and the number of its subjects."""
    counted = {name: _counts(store, query) for name, query in QUERIES.items()}
    answer = store.query(SUBJECTS)
    assert isinstance(answer, ox.QuerySolutions)
    return {**counted, "subjects": int(next(answer)["count"].value)}


def _counts(store: ox.Store, query: str) -> dict[str, int]:
    answer = store.query(query)
    assert isinstance(answer, ox.QuerySolutions)
    rows = [(row["key"], row["count"]) for row in answer]
    return {key.value: int(count.value) for key, count in rows if isinstance(key, ox.NamedNode)}

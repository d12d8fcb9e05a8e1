"""One worked example of a transfer path, found in the release itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from policytrace.graph.paths.answer import PathAnswer
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.sparql.query_text import query_text
from policytrace.server.paths.form import address, short_identifier

if TYPE_CHECKING:
    from policytrace.graph.paths.path_graph import PathGraph


@dataclass(frozen=True)
class Example:
    """A path from a good practice to a policy instrument, and questions about its ends."""

    path: PathAnswer
    between: str
    forward: str
    backward: str


def example(graph: "PathGraph") -> Example | None:
    """The best evidenced path from a good practice to a policy instrument; None if there is none.

    Raises:
        NoResultError: it was not found in time.
    """
    found = graph.engine.query(query_text("paths/example"))
    if not isinstance(found, Rows) or not found.rows:
        return None
    start, end = (
        short_identifier(term.value) if isinstance(term, ox.NamedNode) else "" for term in found.rows[0]
    )
    answer = graph.answer({"from": [start], "to": [end], "max_paths": ["1"]})
    if not answer.paths:
        return None
    return Example(
        answer.paths[0],
        address({"question": ["between"], "from": [start], "to": [end]}),
        address({"question": ["forward"], "from": [start]}),
        address({"question": ["backward"], "to": [end]}),
    )

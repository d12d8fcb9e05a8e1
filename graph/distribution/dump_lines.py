"""The order of the lines of dumps: by graph, the default graph first, and by statement in each graph."""

DEFAULT = b" "
"""Stands where the graph does, in lines of the default graph while they are sorted: before all others."""


def graph_first(line: bytes) -> bytes:
    """A line of N-Quads with its graph at the beginning."""
    statement, _, name = line[:-3].rpartition(b" ")
    if name.startswith(b"<") and b'"' not in name and statement.count(b" ") > 1:
        return name + b" " + statement + b" .\n"
    return DEFAULT + line

"""How is it linked, by which path?

Imports from ``vocabulary``, ``releases``, ``sparql``, ``tables``, ``hops`` and ``lookup``; the packages below
it in ``docs/architecture.md`` may import from it.
"""

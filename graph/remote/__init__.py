"""How does the same run on another SPARQL server?

Imports from ``vocabulary``, ``releases``, ``sparql``, ``hops`` and ``lookup``; the packages below it in
``docs/architecture.md`` may import from it.
"""

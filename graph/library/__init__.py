"""Which questions are answered ready-made?

Imports from ``vocabulary``, ``releases``, ``sparql`` and ``search``; the packages below it in
``docs/architecture.md`` may import from it.
"""

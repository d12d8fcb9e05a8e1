"""What is one step of learning, as rows and as arrays?

Imports from ``vocabulary``, ``releases``, ``sparql`` and ``reasoning``; the packages below it in
``docs/architecture.md`` may import from it.
"""

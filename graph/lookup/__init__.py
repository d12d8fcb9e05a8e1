"""What is said of one thing?

Imports from ``vocabulary``, ``releases`` and ``sparql``; the packages below it in ``docs/architecture.md``
may import from it.
"""

"""How is an answer or a problem written?

Imports from the graph half, and here from ``http``, ``operations``, ``execution``, ``releases`` and
``presentation``; the packages below it in ``docs/architecture.md`` may import from it.
"""

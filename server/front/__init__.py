"""What is answered before Flask sees it?

Imports from the graph half, and here from ``http``, ``operations``, ``execution``, ``releases``,
``responses``, ``limits``, ``linked_data`` and ``sparql``; the packages below it in ``docs/architecture.md``
may import from it.
"""

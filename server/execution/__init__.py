"""How is a query run so that it can be killed?

Imports from the graph half, and here from ``http`` and ``operations``; the packages below it in
``docs/architecture.md`` may import from it.
"""

"""Which language does it speak?

Imports from the graph half, and here from ``operations``; the packages below it in ``docs/architecture.md``
may import from it.
"""

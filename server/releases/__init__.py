"""Which release answers?

Imports from the graph half, and here from ``operations`` and ``execution``; the packages below it in
``docs/architecture.md`` may import from it.
"""

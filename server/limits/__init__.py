"""How much may one client take?

Imports from the graph half, and here from ``http``, ``operations``, ``execution`` and ``responses``; the
packages below it in ``docs/architecture.md`` may import from it.
"""

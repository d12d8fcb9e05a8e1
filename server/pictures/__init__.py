"""How is a picture drawn? (no routes)

Imports from the graph half, and here from ``http``, ``presentation`` and ``responses``; the packages below it
in ``docs/architecture.md`` may import from it.
"""

"""How does a site become static files?

Imports from the graph half, and here from ``http``, ``operations``, ``presentation``, ``responses`` and
``language``; the packages below it in ``docs/architecture.md`` may import from it.
"""

"""How is a term shown to people?

Imports from the graph half; the packages below it in ``docs/architecture.md`` may import from it.
"""

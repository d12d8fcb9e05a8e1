"""How is a thing found by what people type?

Imports from ``vocabulary`` and ``sparql``; the packages below it in ``docs/architecture.md`` may import from
it.
"""

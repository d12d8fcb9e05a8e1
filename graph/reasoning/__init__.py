"""What follows from the statements, and how strong is a claim?

Imports from ``vocabulary`` and ``tables``; the packages below it in ``docs/architecture.md`` may import from
it.
"""
